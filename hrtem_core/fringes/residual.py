"""Stage 3, inverse FFT: measures fringes on a whitened image, and takes them out of it.

What a candidate is worth is measured on what stronger ones have left: `matching_pursuit` decides the order.
"""

from dataclasses import replace

import numpy as np

from hrtem_core.fringes.close_lattices import close_lattices, sparing
from hrtem_core.fringes.demodulation import Demodulated, LocalSpectrum
from hrtem_core.fringes.divided import of_one_lattice
from hrtem_core.fringes.edges import is_fresnel
from hrtem_core.fringes.half_plateau import footprint_above, half_plateau
from hrtem_core.fringes.lattice_lines import level_line
from hrtem_core.fringes.plates import Beside, Plate, g_on_pixels, is_rest, thin_plate
from hrtem_core.fringes.regions import MeasuredFringes, Region, are_same, g_sigma, refine
from hrtem_core.fringes.streaks import is_streak
from hrtem_core.fringes.subtraction import Outlines, subtract
from hrtem_core.fringes.taken_out import Explained, TakenOut
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Position, Wavevector
from hrtem_core.numerics import FloatImage, Footprint
from hrtem_core.spectrum import Spectrum


class Pursuit:
    """Takes fringes out of a whitened image, one after another.

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
        self.n_beyond = 0
        """How many of what was taken out first lie beyond the range that is looked for."""
        self._whole: Outlines | None = None
        self._leave_lines: list[tuple[int, Explained]] = []
        self._lines: set[tuple[int, int]] = set()
        self._streaks: list[tuple[Wavevector, Footprint]] = []

    @property
    def explained(self) -> list[Explained]:
        """What has been taken out so far, in this order."""
        return self.taken.explained

    def threshold(self, resolution_nm: float) -> float:
        """Amplitude that noise exceeds somewhere in the field `false_regions` times."""
        if self.by_hand:
            return self.tuning.hand_snr
        cells = max(1.0, self.spectrum.grid.area_nm2 / (4 * np.pi * resolution_nm**2))
        return float(np.sqrt(np.log(cells * self.tuning.looks / self.tuning.false_regions)) * 1.05)

    def measure(self, g: Wavevector, centre_px: Position, window_nm: float) -> MeasuredFringes | None:
        """The fringes at `g` around a place, at the resolution where they stand out most.

        Strategy (docs/method.md, sections 6 and 7): a square around the place is demodulated at several
        resolutions, the region above half of its plateau is cut out of each map, the one with the most energy
        above noise is taken, and g is refined inside it. The square grows until the region lies inside it.
        """
        half = max(self.tuning.first_reach * window_nm, self.tuning.min_reach_nm)
        field = max(n * p for n, p in zip(self.shape, self.pixel_nm, strict=True))
        while True:
            if half >= self.tuning.whole_reach * field:
                half = field
            best = self._measure_within(g, centre_px, window_nm, half)
            if best is None or not best.touches or half >= field:
                return best
            half *= self.tuning.growth

    def _measure_within(
        self, g: Wavevector, centre_px: Position, window_nm: float, half_nm: float
    ) -> MeasuredFringes | None:
        low = [max(0, int(c - half_nm / p)) for c, p in zip(centre_px, self.pixel_nm, strict=True)]
        high = [
            min(n - 1, int(c + half_nm / p))
            for c, p, n in zip(centre_px, self.pixel_nm, self.shape, strict=True)
        ]
        tuning = self.tuning
        is_large = window_nm >= tuning.large_window_nm
        resolutions = [r for r in tuning.resolutions_nm if r < tuning.large_resolution_nm or is_large]
        margin = [int(tuning.margin_sigmas * max(resolutions) / p) for p in self.pixel_nm]
        local = LocalSpectrum(
            self.residual,
            self.pixel_nm,
            (low[0] - margin[0], low[1] - margin[1]),
            (high[0] + 1 + margin[0], high[1] + 1 + margin[1]),
            self.spectrum.profile,
            tuning=tuning,
        )
        plane = self.spectrum.noise.plane(g)
        looks = []
        for resolution in resolutions:
            map_ = local.demodulate(g, resolution).part((low[0], high[0]), (low[1], high[1]))
            region = self._region(plane, map_, resolution, centre_px, window_nm)
            looks += [region] if region is not None else []
            if region is not None and region.excess < max(look.excess for look in looks):
                break  # coarser than the fringes' region: it only gets worse
        for look in self._in_turn(looks):
            refined = refine(look, g, self.pixel_nm, tuning=tuning)
            if refined is not None:
                # The Gaussian mask pulls the maximum towards its own centre: look again from there.
                map_ = local.demodulate(refined, look.resolution_nm).part(
                    (low[0], high[0]), (low[1], high[1])
                )
                again = self._region(plane, map_, look.resolution_nm, centre_px, window_nm) or look
                again = of_one_lattice(again, centre_px, self.pixel_nm, tuning)
                refined = refine(again, refined, self.pixel_nm, tuning=tuning) or refined
                return self._fringes(again, refined, low, high)
        return None

    def _in_turn(self, looks: list[Region]) -> list[Region]:
        """The looks at fringes, the best first: the clearest, or the finest if they are large and strong."""
        clearest, tuning = sorted(looks, key=lambda region: -region.excess), self.tuning
        if not looks or clearest[0].area_nm2 < tuning.fine_nm2:
            return clearest
        fine = [look for look in looks if look.plateau >= tuning.fine_snr]
        whole_nm2 = max(
            (one.area_nm2 for one in fine if one.resolution_nm <= tuning.bridging_nm), default=0.0
        )
        if whole_nm2 > tuning.fine_field * self.spectrum.grid.area_nm2:
            return clearest
        kept = [look for look in fine if look.area_nm2 >= tuning.fine_share * whole_nm2]
        return [*sorted(kept, key=lambda region: region.resolution_nm), *clearest]

    def _region(
        self,
        noise_plane: FloatImage,
        map_: Demodulated,
        resolution_nm: float,
        centre_px: Position,
        window_nm: float,
    ) -> Region | None:
        """The region of one map around a place, if it is significant."""
        if min(map_.amplitude.shape) < 2:
            return None
        noise = self.spectrum.noise.drawn(noise_plane, map_.rows_px, map_.cols_px)
        modulus = np.abs(map_.amplitude)
        significance = modulus * np.sqrt(map_.cover / noise)
        radius_nm = max(window_nm / 3, 1.0)
        near = np.outer(
            np.abs(map_.rows_px - centre_px[0]) * self.pixel_nm[0] < radius_nm,
            np.abs(map_.cols_px - centre_px[1]) * self.pixel_nm[1] < radius_nm,
        )
        row, col = np.unravel_index(int(np.argmax(np.where(near, significance, 0))), near.shape)
        seed = (int(row), int(col))
        if not near[seed] or significance[seed] < self.threshold(resolution_nm):
            return None
        noise_power = float(np.median(noise))
        snr = np.asarray(modulus / np.float32(np.sqrt(noise_power)))
        outlined = half_plateau(snr, seed, self.tuning)
        if outlined is None:
            return None
        mask, plateau, threshold = outlined
        cell = (map_.rows_px[1] - map_.rows_px[0]) * (map_.cols_px[1] - map_.cols_px[0])
        cells = float(cell) * self.spectrum.grid.pixel_size.area_nm2 / (4 * np.pi * resolution_nm**2)
        energy = float((significance[mask] ** 2 - 1).sum()) * cells
        area_nm2 = float(np.count_nonzero(mask) * cells * 4 * np.pi * resolution_nm**2)
        if area_nm2 < self.tuning.min_area_nm2 or energy <= 0:
            return None
        excess = energy / np.sqrt(1 + np.count_nonzero(mask) * cells)
        return Region(
            map_=map_,
            resolution_nm=resolution_nm,
            fading_px=self.tuning.fading_px(resolution_nm),
            mask=mask,
            area_nm2=area_nm2,
            snr=snr,
            threshold=threshold,
            plateau=plateau,
            noise_power=noise_power,
            energy=energy,
            excess=float(excess),
        )

    def _fringes(self, region: Region, g: Wavevector, low: list[int], high: list[int]) -> MeasuredFringes:
        mask = region.mask
        touches = bool(
            (mask[0].any() and low[0] > 0)
            or (mask[-1].any() and high[0] < self.shape[0] - 1)
            or (mask[:, 0].any() and low[1] > 0)
            or (mask[:, -1].any() and high[1] < self.shape[1] - 1)
        )
        sigma = g_sigma(region, g, self.pixel_nm, tuning=self.tuning)
        return MeasuredFringes(region.trimmed(), g, sigma, touches)

    def strongest_place(self, g: Wavevector) -> tuple[Position, float]:
        """Place in pixels where the fringes at `g` are strongest in the field, and their amplitude there."""
        tuning, profile = self.tuning, self.spectrum.profile
        whole = LocalSpectrum(self.residual, self.pixel_nm, (0, 0), self.shape, profile, tuning=tuning)
        map_ = whole.demodulate(g, tuning.hand_resolution_nm)
        noise = self.spectrum.noise.at(g, map_.rows_px, map_.cols_px)
        significance = np.abs(map_.amplitude) * np.sqrt(map_.cover / noise)
        row, col = np.unravel_index(int(np.argmax(significance)), significance.shape)
        place = Position(float(map_.rows_px[row]), float(map_.cols_px[col]))
        return place, float(significance[row, col])

    def take_out(
        self, fringes: MeasuredFringes, footprint: Footprint, candidate: int, plate: Plate | None
    ) -> None:
        """Subtracts the fringes inside a soft outline from the residual."""
        where = self.residual, footprint, fringes.g_per_nm, self.pixel_nm
        close = () if self.by_hand else close_lattices(*where, self.tuning)
        if close:
            subtract(*where, tuning=sparing(fringes.g_per_nm, close, self.tuning))
        elif footprint.n_pixels == self.residual.size:
            self._whole = subtract(*where, known=self._whole, tuning=self.tuning)
        else:
            subtract(*where, tuning=self.tuning)
        fringes = fringes.with_spread(self.pixel_nm, self.tuning)
        self.taken.add(fringes, candidate, footprint, plate, close)

    def _is_streak(self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate | None) -> bool:
        """Whether fringes are a streak's, or the same as such that were."""
        if any(are_same(fringes.g_per_nm, footprint, *streak, self.tuning) for streak in self._streaks):
            return True
        if plate and plate.is_across(fringes.g_per_nm, self.tuning):
            return False
        where = self.residual, footprint, fringes.g_per_nm, self.pixel_nm
        found = is_fresnel(*where, self.spectrum.profile, tuning=self.tuning)
        if not (found or plate):
            found = is_streak(*where, fringes.region.noise_power, tuning=self.tuning)
        self._streaks += [(fringes.g_per_nm, footprint)] * found
        return found

    def try_out(self, g: Wavevector, centre_px: Position, window_nm: float, candidate: int) -> bool:
        """Measures a candidate on the residual and takes it out when it is new and significant.

        Strategy (docs/method.md, section 8): the cheap reasons to refuse it come first. It must hold enough
        energy and area, be no part, second order or side lobe of what was taken out, and no streak.
        """
        fringes = self.measure(g, centre_px, window_nm)
        if fringes is None or (fringes.region.excess < self.tuning.min_excess and not self.by_hand):
            return False
        footprint = footprint_above(fringes.region.map_, fringes.snr, fringes.region.threshold, self.shape)
        if footprint.n_pixels * self.spectrum.grid.pixel_size.area_nm2 < self.tuning.min_area_nm2:
            return False
        plate = self._plate(fringes, footprint)
        if plate:
            fringes = self._of_a_plate(fringes, footprint, plate)
        if not self.taken.is_new(fringes, footprint, plate):
            self.refused.append((fringes.g_per_nm, footprint))
            return False
        if not self.by_hand and self._level_lines(fringes, footprint):
            return self.try_out(g, centre_px, window_nm, candidate)
        if not self.by_hand and self._is_streak(fringes, footprint, plate):
            self.refused.append((fringes.g_per_nm, footprint))
            return False
        self.take_out(fringes, footprint, candidate, plate)
        if self.leaves_lines(fringes, footprint):
            self._leave_lines.append((len(self.explained) - 1, self.explained[-1]))
        return True

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

    def _level_lines(self, fringes: MeasuredFringes, footprint: Footprint) -> bool:
        """Levels lines of strong fringes that these may be part of; False when there are none, or no more."""
        new = False
        for index, other in self._leave_lines:
            if self._is_a_match(fringes, footprint, other) or not footprint.shared(other.near):
                continue
            for axis in (0, 1):
                if (index, axis) not in self._lines and self._is_on_line(fringes, other, axis):
                    self._lines.add((index, axis))
                    self.levelled.append(other.footprint)
                    block = self.residual[other.footprint.window]
                    level_line(block, other.fringes.g_per_nm, axis, self.pixel_nm, tuning=self.tuning)
                    new = True
        return new

    def leaves_lines(self, fringes: MeasuredFringes, footprint: Footprint) -> bool:
        """Whether fringes are so strong, over so much of the field, that what is left of them matters."""
        large = footprint.n_pixels >= self.tuning.line_field * self.residual.size
        return large and fringes.region.plateau >= self.tuning.line_snr

    def _is_a_match(self, fringes: MeasuredFringes, footprint: Footprint, other: Explained) -> bool:
        """Whether fringes are too strong for what is left of others, all the more over much of these."""
        share, tuning = fringes.amplitude / other.fringes.amplitude, self.tuning
        is_large = footprint.n_pixels > tuning.line_max_area * other.footprint.n_pixels
        return share > (tuning.line_max_share if is_large else tuning.line_any_share)

    def _is_on_line(self, fringes: MeasuredFringes, other: Explained, axis: int) -> bool:
        """Whether fringes lie on the line along an axis through the spot of others, or of its partner."""
        across = 1 - axis
        width_nm = other.footprint.mask.shape[across] * self.pixel_nm[across]
        reach = self.tuning.line_near_per_nm + self.tuning.line_bins / width_nm
        return bool(abs(abs(fringes.g_per_nm[across]) - abs(other.fringes.g_per_nm[across])) < reach)
