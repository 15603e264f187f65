"""Stage 3, inverse FFT: judges candidates on what stronger fringes have left, and takes them out of it.

`matching_pursuit` decides the order.
"""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.fringes.edges import is_fresnel
from hrtem_core.fringes.half_plateau import footprint_above
from hrtem_core.fringes.lattice_lines import level_line
from hrtem_core.fringes.measuring import Measuring
from hrtem_core.fringes.plates import Beside, Plate, g_on_pixels, is_rest, thin_plate
from hrtem_core.fringes.regions import MeasuredFringes, are_same
from hrtem_core.fringes.streaks import is_streak
from hrtem_core.fringes.subtraction import Left, Outlines, subtracted
from hrtem_core.fringes.taken_out import Explained, TakenOut
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Position, Wavevector, whole_px
from hrtem_core.numerics import Box, FloatImage, Footprint, box_around, do_overlap, widened
from hrtem_core.spectrum import Spectrum


@dataclass(frozen=True)
class Trial:
    """A candidate to be judged.

    Parameters
    ----------
    g_per_nm
        (row, column) in 1/nm.
    centre_px
        Where it is measured.
    window_nm
        Side of the window it was found in.
    candidate
        Its number.
    """

    g_per_nm: Wavevector
    centre_px: Position
    window_nm: float
    candidate: int


@dataclass(frozen=True, eq=False)
class Taking:
    """Fringes that are to be taken out, and what is left then."""

    fringes: MeasuredFringes
    footprint: Footprint
    plate: Plate | None
    left: Left


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdict:
    """What was found out about a candidate; nothing is changed yet.

    Parameters
    ----------
    reads
        The part of the field that this depends on: its pixels, and what was taken out or refused there.
    n_changes
        How many changes the pursuit had seen before.
    refused
        The fringes, when they belong to others taken out before or are a streak's.
    is_streak
        Whether they are a streak's that was not known.
    lines
        Lines of strong fringes that are to be levelled before the candidate is judged again.
    taking
        What is to be taken out, if it is.
    """

    reads: Box
    n_changes: int
    refused: tuple[Wavevector, Footprint] | None = None
    is_streak: bool = False
    lines: tuple[tuple[int, int], ...] = ()
    taking: Taking | None = None


class Pursuit:
    """Takes fringes out of a whitened image, one after another.

    Strategy: a candidate is judged without changing anything, so that several can be judged side by side, and
    then its verdict is carried out. A verdict holds as long as nothing changes in what it has read.

    Parameters
    ----------
    spectrum
        The whitened image and its local noise; not changed.
    residual
        What is left so far; a copy is made.
    by_hand
        A person pointed at the wavevector: it need not stand out among all others.
    tuning
        The numbers of the method.
    """

    def __init__(
        self,
        spectrum: Spectrum,
        residual: FloatImage,
        *,
        by_hand: bool = False,
        tuning: FringeTuning = FRINGE_TUNING,
    ) -> None:
        self.tuning = tuning
        self.by_hand = by_hand
        self.spectrum = spectrum
        self.pixel_nm = spectrum.grid.pixel_size.sizes_nm
        self.shape = (residual.shape[0], residual.shape[1])
        self.residual = residual.copy()
        self.taken = TakenOut(spectrum, tuning)
        self.levelled: list[Footprint] = []
        """Where lines of strong lattices were levelled."""
        self.refused: list[tuple[Wavevector, Footprint]] = []
        """What was found to belong to fringes taken out before, or to be a streak."""
        self._measuring = Measuring(spectrum, by_hand, tuning)
        self._whole: Outlines | None = None
        self._leave_lines: list[tuple[int, Explained]] = []
        self._lines: set[tuple[int, int]] = set()
        self._streaks: list[tuple[Wavevector, Footprint]] = []
        self._changes: list[Box] = []

    @property
    def explained(self) -> list[Explained]:
        """What has been taken out so far, in this order."""
        return self.taken.explained

    def try_out(self, trial: Trial) -> bool:
        """Measures a candidate on the residual and takes it out when it is new and significant."""
        return self.carry_out(trial, self.judge(trial))

    def judge(self, trial: Trial) -> Verdict:
        """What a candidate is, as things are now.

        Strategy (docs/method.md, section 8): the cheap reasons to refuse it come first. It must hold enough
        energy and area, be no part, second order or side lobe of what was taken out, and no streak.
        """
        n_changes = len(self._changes)
        measured = self._measuring.measure(self.residual, trial.g_per_nm, trial.centre_px, trial.window_nm)
        nothing = Verdict(reads=measured.reads, n_changes=n_changes)
        fringes = measured.fringes
        if fringes is None or (fringes.region.excess < self.tuning.min_excess and not self.by_hand):
            return nothing
        footprint = footprint_above(fringes.region.map_, fringes.snr, fringes.region.threshold, self.shape)
        if footprint.n_pixels * self.spectrum.grid.pixel_size.area_nm2 < self.tuning.min_area_nm2:
            return nothing
        return self._judge_footprint(
            replace(nothing, reads=self._reads(measured.reads, footprint)), fringes, footprint
        )

    def _judge_footprint(self, verdict: Verdict, fringes: MeasuredFringes, footprint: Footprint) -> Verdict:
        """The verdict on fringes that are significant inside a footprint."""
        plate = self._plate(fringes, footprint)
        if plate:
            fringes = self._of_a_plate(fringes, footprint, plate)
        refused = fringes.g_per_nm, footprint
        if not self.taken.is_new(fringes, footprint, plate):
            return replace(verdict, refused=refused)
        lines = () if self.by_hand else self._lines_to_level(fringes, footprint, plate)
        if lines:
            return replace(verdict, lines=lines)
        if not self.by_hand and self._is_known_streak(fringes, footprint):
            return replace(verdict, refused=refused)
        if not self.by_hand and self._is_streak(fringes, footprint, plate):
            return replace(verdict, refused=refused, is_streak=True)
        return replace(verdict, taking=self._taking(fringes, footprint, plate))

    def _taking(self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate | None) -> Taking:
        """The fringes inside a soft outline, and the residual without them."""
        known = self._whole if footprint.n_pixels == self.residual.size else None
        left = subtracted(
            self.residual, footprint, fringes.g_per_nm, self.pixel_nm, known=known, tuning=self.tuning
        )
        return Taking(fringes.with_spread(self.pixel_nm, self.tuning), footprint, plate, left)

    def _reads(self, measured: Box, footprint: Footprint) -> Box:
        """All that a verdict on a footprint depends on."""
        tuning = self.tuning
        reach = max(tuning.taken_reach_nm, tuning.streak_margin_nm, tuning.plate_nm)
        return box_around([measured, widened(footprint.window, whole_px(reach, self.pixel_nm))])

    def _changes_around(self, footprint: Footprint) -> Box:
        """All that changes when fringes inside a footprint are taken out: pixels, and what lies near them."""
        lobes = int(np.ceil(self.taken.lobe_reach_px)) + 2
        rows, cols = whole_px(self.tuning.taken_reach_nm, self.pixel_nm)
        return widened(footprint.window, (max(rows, lobes), max(cols, lobes)))

    def holds(self, verdict: Verdict) -> bool:
        """Whether nothing that a verdict has read has changed since."""
        since = self._changes[verdict.n_changes :]
        return not any(do_overlap(verdict.reads, change) for change in since)

    def carry_out(self, trial: Trial, verdict: Verdict) -> bool:
        """Does what a verdict that holds asks for; whether the candidate was taken out."""
        if verdict.lines:
            self._level(verdict.lines)
            return self.try_out(trial)
        if verdict.refused:
            self.refused.append(verdict.refused)
            if verdict.is_streak:
                self._streaks.append(verdict.refused)
                self._changes.append(verdict.refused[1].window)
        if verdict.taking is None:
            return False
        self._take_out(verdict.taking, trial.candidate)
        return True

    def _take_out(self, taking: Taking, candidate: int) -> None:
        """Subtracts fringes from the residual, which from then on are explained."""
        self.residual[taking.left.window] = taking.left.pixels
        if taking.footprint.n_pixels == self.residual.size:
            self._whole = taking.left.outlines
        self.taken.add(taking.fringes, candidate, taking.footprint, taking.plate)
        if self._leaves_lines(self.explained[-1]):
            self._leave_lines.append((len(self.explained) - 1, self.explained[-1]))
        # Last: who begins to read while this is written has read what changes.
        self._changes.append(self._changes_around(taking.footprint))

    def _is_known_streak(self, fringes: MeasuredFringes, footprint: Footprint) -> bool:
        """Whether fringes are the same as such that were a streak's."""
        g = fringes.g_per_nm
        return any(are_same(g, footprint, *streak, self.tuning) for streak in self._streaks)

    def _is_streak(self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate | None) -> bool:
        """Whether fringes are a streak's."""
        if plate and plate.is_across(fringes.g_per_nm, self.tuning):
            return False
        where = self.residual, footprint, fringes.g_per_nm, self.pixel_nm
        if is_fresnel(*where, self.spectrum.profile, tuning=self.tuning):
            return True
        return not plate and is_streak(*where, fringes.region.noise_power, tuning=self.tuning)

    def _plate(self, fringes: MeasuredFringes, footprint: Footprint) -> Plate | None:
        """The thin plate that a footprint is, None where it is none, or the rest of stronger fringes."""
        plate = thin_plate(footprint, self.pixel_nm, self.tuning)
        own = Beside(fringes.g_per_nm, fringes.amplitude, plate)
        return plate if plate and not is_rest(own, self.taken.beside(footprint), self.tuning) else None

    def _of_a_plate(self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate) -> MeasuredFringes:
        """The fringes of a thin plate, with g and its uncertainty from the pixels."""
        g, noise_power, profile = fringes.g_per_nm, fringes.region.noise_power, self.spectrum.profile
        is_embedded = any(footprint.shared(o.footprint) > 0.5 * footprint.n_pixels for o in self.explained)
        found = g_on_pixels(
            self.residual, footprint, plate, g, self.pixel_nm, noise_power, profile, is_embedded, self.tuning
        )
        if found is None:
            return fringes
        g, counting = found
        sigma = max(fringes.g_sigma_per_nm, float(np.hypot(counting, self.tuning.strain * np.hypot(*g))))
        return replace(fringes, g_per_nm=g, g_sigma_per_nm=sigma)

    def _lines_to_level(
        self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate | None
    ) -> tuple[tuple[int, int], ...]:
        """Lines of strong fringes that these may be part of: whose, and along which axis."""
        return tuple(
            (index, axis)
            for index, other in self._leave_lines
            if not self._is_a_match(fringes, footprint, plate, other) and footprint.shared(other.near)
            for axis in (0, 1)
            if (index, axis) not in self._lines and self._is_on_line(fringes, other, axis)
        )

    def _level(self, lines: tuple[tuple[int, int], ...]) -> None:
        """Takes the level of lines to that of the noise beside them."""
        for index, axis in lines:
            other = self.explained[index]
            self._lines.add((index, axis))
            self.levelled.append(other.footprint)
            block = self.residual[other.footprint.window]
            level_line(block, other.fringes.g_per_nm, axis, self.pixel_nm, tuning=self.tuning)
            self._changes.append(other.footprint.window)

    def _leaves_lines(self, other: Explained) -> bool:
        """Whether fringes are so strong, over so much of the field, that what is left of them matters."""
        large = other.footprint.n_pixels >= self.tuning.line_field * self.residual.size
        return large and other.fringes.region.plateau >= self.tuning.line_snr

    def _is_a_match(
        self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate | None, other: Explained
    ) -> bool:
        """Whether fringes are too strong, over too much or as a plate, for what is left of others."""
        share, tuning = fringes.amplitude / other.fringes.amplitude, self.tuning
        is_large = footprint.n_pixels > tuning.line_max_area * other.footprint.n_pixels
        return bool(
            (is_large and share > tuning.line_max_share) or (plate and share > tuning.line_plate_share)
        )

    def _is_on_line(self, fringes: MeasuredFringes, other: Explained, axis: int) -> bool:
        """Whether fringes lie on the line along an axis through the spot of others, or of its partner."""
        across = 1 - axis
        width_nm = other.footprint.mask.shape[across] * self.pixel_nm[across]
        reach = self.tuning.line_near_per_nm + self.tuning.line_bins / width_nm
        return bool(abs(abs(fringes.g_per_nm[across]) - abs(other.fringes.g_per_nm[across])) < reach)
