"""Where the crystal of some fringes may lie: at +R, at -R, in between, or where the fringes are."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import scipy

from hrtem_core.domains import DOMAIN_TUNING, Domain, DomainParameters, outline_level
from hrtem_core.lens.sidebands import Cells, Sideband, Waves, shifted
from hrtem_core.lens.tuning import LensTuning
from hrtem_core.numerics import BoolImage, FloatArray, FloatImage, Footprint, LabelImage, box_of, pieces_of

Kind = Literal["both", "plus", "minus", "stays", "home"]
"""Both waves of a reflection, only g, only -g; fringes that the lens does not move; fringes not displaced."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Hypothesis:
    """A place where a crystal may be at home, and what of the fringes it would explain.

    Parameters
    ----------
    band
        Number of its sideband.
    kind
        Which waves it has.
    place
        The crystal, in cells of the grid.
    snr
        Median amplitude inside, in units of the noise amplitude.
    copies
        Masks of the sideband's window: the fringes it explains, copy by copy.
    in_field
        Part of each copy that lies in the field.
    claimed
        Shape of the window: where fringes belong to this crystal, found or not.
    touched
        Shape of the window: the pieces of fringes of which it explains a part.
    """

    band: int
    kind: Kind
    place: Footprint
    snr: float
    copies: tuple[BoolImage, ...] = ()
    in_field: tuple[float, ...] = ()
    claimed: BoolImage | None = None
    touched: BoolImage | None = None

    def news(self, explained: BoolImage) -> list[float]:
        """Part of each copy that is not explained yet."""
        return [
            float(np.count_nonzero(copy & ~explained)) / max(int(np.count_nonzero(copy)), 1)
            for copy in self.copies
        ]

    def coverage(self, explained: BoolImage) -> float:
        """Part of the fringes it touches, and that wait for an explanation, that it explains."""
        if self.touched is None:
            return 0.0
        waiting = self.touched & ~explained
        own = np.any(self.copies, axis=0) & waiting
        return float(np.count_nonzero(own)) / max(int(np.count_nonzero(waiting)), 1)


def prior(kind: Kind, tuning: LensTuning) -> float:
    """What a kind of hypothesis is worth before anything bears witness."""
    if kind == "home":
        return 1.0
    if kind == "both":
        return tuning.prior_both
    return tuning.prior_stays if kind == "stays" else tuning.prior_lone


def hypotheses(
    bands: list[Sideband],
    waves: list[Waves | None],
    grid: Cells,
    parameters: DomainParameters,
    tuning: LensTuning,
) -> list[Hypothesis]:
    """Every place where a crystal of these fringes may be at home.

    Parameters
    ----------
    bands, waves
        The fringes of each reflection, and its waves brought home; None where the lens does not move them.
    grid
        The cells that places are counted in.
    parameters
        How outlines are drawn.
    tuning
        What was tuned.
    """
    found = []
    for number, (band, both) in enumerate(zip(bands, waves, strict=True)):
        if both is None:
            members = zip(band.places, band.members, strict=True)
            found += [
                Hypothesis(band=number, kind="home", place=place, snr=domain.snr) for place, domain in members
            ]
        else:
            found += _Displaced(
                number=number, band=band, grid=grid, parameters=parameters, tuning=tuning
            ).hypotheses(*both.amplitudes())
    return [one for one in found if one.place.n_pixels]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Displaced:
    """Makes the hypotheses of one sideband."""

    number: int
    band: Sideband
    grid: Cells
    parameters: DomainParameters
    tuning: LensTuning

    @cached_property
    def _pieces(self) -> tuple[LabelImage, int]:
        """The connected pieces of the fringes, numbered from 1, and how many there are."""
        labels, n = scipy.ndimage.label(self.band.seen)
        return labels, n

    def hypotheses(self, plus: FloatImage, minus: FloatImage) -> list[Hypothesis]:
        """All of them, from the amplitudes of both waves at home."""
        move, seen, blur = self.band.displacement, self.band.seen, self.tuning.blur_cells
        known = seen | ~self.band.in_field
        either = _grown(shifted(seen, -move), blur), _grown(shifted(seen, move), blur)
        there, back = shifted(known, -move, beyond=True), shifted(known, move, beyond=True)
        both = _grown(there, blur) & _grown(back, blur)
        return [
            *self._at_home("both", np.minimum(plus, minus), both & (either[0] | either[1]), (move, -move)),
            *self._at_home("plus", plus, either[0], (move,)),
            *self._at_home("minus", minus, either[1], (-move,)),
            *map(self._stays, self.band.places, self.band.members),
        ]

    def _at_home(
        self, kind: Kind, amplitude: FloatImage, region: BoolImage, moves: tuple[FloatArray, ...]
    ) -> list[Hypothesis]:
        """Outlines of an amplitude whose copies lie where fringes were found."""
        found = []
        near, least, blur = _grown(self.band.seen, 1), self.tuning.in_field, self.tuning.blur_cells
        for mask, snr in outlined(
            np.where(region & self.band.in_field, amplitude, 0), self.grid, self.parameters
        ):
            copies = [shifted(mask, move) & self.band.in_field for move in moves]
            parts = [float(np.count_nonzero(copy) / np.count_nonzero(mask)) for copy in copies]
            seen = [
                np.count_nonzero(copy & near) > self.tuning.min_seen * np.count_nonzero(copy)
                for copy in copies
            ]
            if max(parts) > least and all(s or p < least for s, p in zip(seen, parts, strict=True)):
                # A weak second copy may be hidden in the noise: whatever lies there is this crystal's.
                claimed = np.any([_grown(shifted(mask, sign * moves[0]), blur) for sign in (1, -1)], axis=0)
                found.append(self._made(kind, mask, snr, copies, parts, claimed))
        return found

    def _stays(self, place: Footprint, domain: Domain) -> Hypothesis:
        """A crystal that lies where its fringes are."""
        mask = np.zeros_like(self.band.seen)
        row, col = place.row0 - self.band.row0, place.col0 - self.band.col0
        mask[row : row + place.mask.shape[0], col : col + place.mask.shape[1]] = place.mask
        return self._made("stays", mask, domain.snr, [mask], [1.0], _grown(mask, self.tuning.blur_cells))

    def _made(
        self,
        kind: Kind,
        mask: BoolImage,
        snr: float,
        copies: list[BoolImage],
        in_field: list[float],
        claimed: BoolImage,
    ) -> Hypothesis:
        seen = [copy & self.band.seen for copy in copies]
        explained = np.any(seen, axis=0)
        labels, n = self._pieces
        counts = np.bincount(labels[explained], minlength=n + 1)
        touched = (counts > self.tuning.min_touched * np.count_nonzero(explained))[labels]
        rows, cols = box_of(mask) if mask.any() else (slice(0, 0), slice(0, 0))
        place = Footprint(self.band.row0 + rows.start, self.band.col0 + cols.start, mask[rows, cols])
        return Hypothesis(
            band=self.number,
            kind=kind,
            place=place,
            snr=snr,
            copies=tuple(seen),
            in_field=tuple(in_field),
            claimed=claimed,
            touched=touched,
        )


def _grown(mask: BoolImage, cells: int) -> BoolImage:
    """The mask with what is at most so many steps along rows and columns from it; faster than `ndimage`."""
    for _ in range(cells):
        grown = mask.copy()
        grown[1:] |= mask[:-1]
        grown[:-1] |= mask[1:]
        grown[:, 1:] |= mask[:, :-1]
        grown[:, :-1] |= mask[:, 1:]
        mask = grown
    return mask


def outlined(
    amplitude: FloatImage, grid: Cells, parameters: DomainParameters
) -> list[tuple[BoolImage, float]]:
    """Connected regions above a part of their own plateau: masks of the map's shape, and their amplitudes."""
    found = []
    least = max(1.0, parameters.min_area_nm2 / grid.area_nm2)
    labels, n = scipy.ndimage.label(amplitude > parameters.threshold_snr)
    for number, box in enumerate(scipy.ndimage.find_objects(labels, max_label=n), start=1):
        own = labels[box] == number
        if np.count_nonzero(own) < least / 2:
            continue
        level = outline_level(amplitude[box][own], parameters, DOMAIN_TUNING.plateau_quantile)
        for piece, mask in pieces_of(own & (amplitude[box] > level), least):
            whole = np.zeros(amplitude.shape, dtype=bool)
            whole[box][piece] = mask
            found.append((whole, float(np.median(amplitude[whole]))))
    return found
