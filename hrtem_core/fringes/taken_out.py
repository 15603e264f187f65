"""Stage 3, inverse FFT: the fringes that were taken out, and which later ones belong to them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hrtem_core.fringes.plates import Beside, Plate, is_lobe_of_plate
from hrtem_core.fringes.regions import MeasuredFringes, are_same
from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import FloatArray, Footprint
from hrtem_core.spectrum import Spectrum


@dataclass(frozen=True, eq=False, kw_only=True)
class Explained:
    """Fringes that were taken out."""

    fringes: MeasuredFringes
    candidate: int
    footprint: Footprint
    lobe_reach_px: float
    boundary_px: float
    field: tuple[int, int]
    plate: Plate | None
    close: tuple[Wavevector, ...]
    """Other lattices in the same region, closer in g than these were smooth when they were measured."""

    @cached_property
    def near(self) -> Footprint:
        """Where their side lobes reach."""
        return self.footprint.grown(self.lobe_reach_px)

    @cached_property
    def boundary(self) -> Footprint:
        """Where they end, and what their sharp end makes of them: more than smooth fringes can take out."""
        return self.footprint.boundary(self.boundary_px, self.field)


class TakenOut:
    """All fringes that were taken out of one image.

    Parameters
    ----------
    spectrum
        Of the image.
    tuning
        How far side lobes reach, and how high they are.
    """

    def __init__(self, spectrum: Spectrum, tuning: FringeTuning) -> None:
        self.tuning, self.profile = tuning, spectrum.profile
        self.area_nm2 = spectrum.grid.pixel_size.area_nm2
        self.pixel_nm = spectrum.grid.pixel_size.sizes_nm
        self.shape = spectrum.grid.shape
        self.lobe_reach_px = tuning.lobe_reach_nm / float(np.sqrt(self.area_nm2))
        self.boundary_px = tuning.boundary_nm / float(np.sqrt(self.area_nm2))
        self.explained: list[Explained] = []
        self._boxes: list[list[int]] = []

    def add(
        self,
        fringes: MeasuredFringes,
        candidate: int,
        footprint: Footprint,
        plate: Plate | None,
        close: tuple[Wavevector, ...] = (),
    ) -> None:
        """Some more."""
        self.explained.append(
            Explained(
                fringes=fringes,
                candidate=candidate,
                footprint=footprint,
                lobe_reach_px=self.lobe_reach_px,
                boundary_px=self.boundary_px,
                field=self.shape,
                plate=plate,
                close=close,
            )
        )
        rows, cols = footprint.window
        self._boxes.append([rows.start, -rows.stop, cols.start, -cols.stop])

    def true_amplitude(self, fringes: MeasuredFringes) -> float:
        """Amplitude in the micrograph's intensity, before whitening, to compare distant frequencies."""
        noise = np.interp(np.hypot(*fringes.g_per_nm), self.profile.g_per_nm, self.profile.noise)
        return float(fringes.amplitude * np.sqrt(noise))

    def is_new(self, fringes: MeasuredFringes, footprint: Footprint, plate: Plate | None) -> bool:
        """Whether fringes are neither a part nor a side lobe of fringes taken out before."""
        others = self._around(footprint)
        if any(self._belongs(fringes, footprint, other) for other in others):
            return False
        if self._comes_in_at_the_other_border(fringes, footprint) or self._is_a_ghost(fringes):
            return False
        if self._is_a_boundary(fringes, footprint, others) or self._is_a_rod(fringes, footprint, others):
            return False
        if any(self._is_flyback(fringes, footprint, other) for other in others):
            return False
        if all(other.plate is None for other in others):
            return True
        own = Beside(fringes.g_per_nm, fringes.amplitude, plate)
        return not is_lobe_of_plate(own, self.beside(footprint), self.tuning)

    def _comes_in_at_the_other_border(self, fringes: MeasuredFringes, footprint: Footprint) -> bool:
        """Whether a strip along a border comes from the opposite one: for a filter the two touch."""
        moves = []
        for axis, (side, n) in enumerate(zip(footprint.window, self.shape, strict=True)):
            for touches, by in ((side.start == 0, n), (side.stop == n, -n)):
                moves += [(by, 0) if axis == 0 else (0, by)] * touches
        return any(
            distance_per_nm(fringes.g_per_nm, other.fringes.g_per_nm) < self.tuning.same_g_per_nm
            and fringes.amplitude < self.tuning.border_share * other.fringes.amplitude
            and any(self._is_beside(footprint.moved(*by), other) for by in moves)
            for other in (self.explained if moves else ())
        )

    def _is_a_ghost(self, fringes: MeasuredFringes) -> bool:
        """Whether fringes are what whitening has spread over the field of far stronger ones of their g."""
        return any(
            distance_per_nm(fringes.g_per_nm, other.fringes.g_per_nm) < self.tuning.same_g_per_nm
            and fringes.amplitude < self.tuning.ghost_share * other.fringes.amplitude
            for other in self.explained
        )

    def _is_a_boundary(
        self, fringes: MeasuredFringes, footprint: Footprint, others: Sequence[Explained]
    ) -> bool:
        """Whether fringes are what is left where stronger ones end: a ribbon along a grain boundary."""
        tuning, n_pixels = self.tuning, footprint.n_pixels
        for share, least_n, part in tuning.boundaries:
            strong = [one for one in others if share * one.fringes.amplitude > fringes.amplitude]
            if (
                len(strong) >= least_n
                and footprint.covered([one.boundary for one in strong]) > part * n_pixels
            ):
                return True
        return False

    def _is_a_rod(self, fringes: MeasuredFringes, footprint: Footprint, others: Sequence[Explained]) -> bool:
        """Whether fringes are on the rod that a straight end of stronger ones draws through their spot.

        It is at right angles to that end, along which all fringes on it go on alike, and falls as the inverse
        of the distance from the spot (I. K. Robinson, Physical Review B 33 (1986) 3830,
        doi:10.1103/PhysRevB.33.3830).
        """
        tuning = self.tuning
        extents, _ = self._extents_nm(footprint)
        if extents[1] < tuning.rod_length * extents[0]:
            return False
        g = np.array(fringes.g_per_nm)
        for other in others:
            apart = np.array([g, -g]) - other.fringes.g_per_nm
            far = np.hypot(*apart.T)
            is_weak = fringes.amplitude * far < tuning.rod_height_per_nm * other.fringes.amplitude
            if not (is_weak & (far * extents[0] > 1)).any():
                continue
            end = footprint.common([other.boundary])
            if end.n_pixels <= tuning.rod_part * footprint.n_pixels:
                continue
            (_, length), (_, along) = self._extents_nm(end)
            if (is_weak & (np.abs(apart @ along) * length < tuning.rod_spot)).any():
                return True
        return False

    def _extents_nm(self, footprint: Footprint) -> tuple[FloatArray, FloatArray]:
        """Least and largest extent of a region, were it an ellipse, and their directions (2, 2), in rows."""
        sizes = np.array(self.pixel_nm)
        variance, axes = np.linalg.eigh(footprint.covariance_px2() * np.outer(sizes, sizes))
        return 4 * np.sqrt(np.maximum(variance, 0.0)), axes.T

    def _is_flyback(self, fringes: MeasuredFringes, footprint: Footprint, other: Explained) -> bool:
        """Whether a strip along a border is where the beam of a scan had not settled, in a large crystal.

        There planes are closer together, or farther apart, across the border only: along it they go on one by
        one into those of the crystal.
        """
        if other.footprint.n_pixels < self.tuning.line_field * math.prod(self.shape):
            return False
        g, whole = np.array(fringes.g_per_nm), np.array(other.fringes.g_per_nm)
        g *= np.copysign(1, g @ whole)
        stretch = self.tuning.flyback_stretch
        return any(
            self._is_strip(footprint, axis)
            and abs(g - whole)[1 - axis] * self.shape[1 - axis] * self.pixel_nm[1 - axis] < 1
            and whole[axis] ** 2 / stretch < g[axis] * whole[axis] < whole[axis] ** 2 * stretch
            for axis in (0, 1)
        )

    def _is_strip(self, footprint: Footprint, axis: int) -> bool:
        """Whether a footprint lies along most of a border at an end of an axis, and no farther in."""
        side, along = footprint.window[axis], footprint.window[1 - axis]
        length = along.stop - along.start
        if side.start > 0 and side.stop < self.shape[axis]:
            return False
        is_narrow = footprint.n_pixels <= self.tuning.flyback_width * self.shape[axis] * length
        return bool(is_narrow and length >= self.tuning.flyback_length * self.shape[1 - axis])

    def _around(self, footprint: Footprint) -> list[Explained]:
        """What has been taken out where side lobes may reach into a footprint's box."""
        reach = int(np.ceil(self.lobe_reach_px)) + 1
        rows, cols = footprint.window
        box = np.array([rows.start, -rows.stop, cols.start, -cols.stop]) - reach
        near = np.all(np.reshape(self._boxes, (-1, 4)) <= -box[[1, 0, 3, 2]], axis=1)
        return [self.explained[i] for i in np.flatnonzero(near)]

    def beside(self, footprint: Footprint) -> list[Beside]:
        """What has been taken out around there."""
        near = [other for other in self._around(footprint) if self._is_beside(footprint, other)]
        return [Beside(one.fringes.g_per_nm, one.fringes.amplitude, one.plate) for one in near]

    def _is_beside(self, footprint: Footprint, other: Explained) -> bool:
        """Whether a side lobe of other fringes may lie there."""
        return bool(footprint.shared(other.near) > self.tuning.min_beside * footprint.n_pixels)

    def _belongs(self, fringes: MeasuredFringes, footprint: Footprint, other: Explained) -> bool:
        """Whether fringes are a part, the second order, a side lobe or a residue of others."""
        tuning = self.tuning
        if are_same(fringes.g_per_nm, footprint, other.fringes.g_per_nm, other.footprint, tuning):
            return True
        if fringes.amplitude < tuning.residue_share * other.fringes.amplitude:
            return self._is_beside(footprint, other)
        g = other.fringes.g_per_nm
        if distance_per_nm(fringes.g_per_nm, Wavevector(2 * g.row, 2 * g.col)) < tuning.same_g_per_nm:
            limit = tuning.max_second_order * self.true_amplitude(other.fringes)
            inside = footprint.shared(other.near) > 0.5 * footprint.n_pixels
            if inside and self.true_amplitude(fringes) < limit:
                return True
        distance = distance_per_nm(fringes.g_per_nm, g)
        lobe = tuning.lobe_height * np.exp(-0.5 * (distance / tuning.lobe_width_per_nm) ** 2)
        weak = lobe > 0.1 and fringes.amplitude < lobe * other.fringes.amplitude
        if not weak or self._is_own(fringes, footprint, other):
            return False
        return self._is_beside(footprint, other)

    def _is_own(self, fringes: MeasuredFringes, footprint: Footprint, other: Explained) -> bool:
        """Whether fringes are too many, too strong and too far in g for a side lobe of others, or known."""
        side_nm = np.sqrt(footprint.n_pixels * self.area_nm2)
        spot_per_nm = self.tuning.close_spot_beats / side_nm
        if any(distance_per_nm(fringes.g_per_nm, g) < spot_per_nm for g in other.close):
            return True
        n_beats = distance_per_nm(fringes.g_per_nm, other.fringes.g_per_nm) * side_nm
        larger = max(other.footprint.n_pixels, self.tuning.own_inside * footprint.n_pixels)
        fills = footprint.shared(other.footprint) >= self.tuning.own_share * larger
        is_strong = fringes.amplitude >= self.tuning.own_height * other.fringes.amplitude
        return bool(n_beats >= self.tuning.own_beats and fills and is_strong)
