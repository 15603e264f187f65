"""The two waves of a reflection, each brought home: where its crystals may lie.

The sideband of an image at g is Phi(q) exp(-i chi(q)) + conj(Phi(-q)) exp(i chi(q)): the wave g displaced by
+R, and the wave -g by -R. Multiplied by exp(i chi) the first one is home and in focus, and the other one is
2R from home; with exp(-i chi) it is the other way round.
"""

from dataclasses import dataclass

import numpy as np

from hrtem_core.domains import Domain
from hrtem_core.fringes import Carried, Demodulated, LocalSpectrum
from hrtem_core.image import Aberrations, Wavevector, distance_per_nm, half_plane
from hrtem_core.lens.tuning import LensTuning
from hrtem_core.numerics import (
    BoolImage,
    FloatArray,
    FloatImage,
    Footprint,
    IntArray,
    boxes_of,
    interpolation,
)
from hrtem_core.spectrum import Spectrum


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of about `LensTuning.cell_nm` over the working image.

    Parameters
    ----------
    step_px
        (row, column) pixels of the working image from one cell to the next.
    shape
        (rows, columns) of cells.
    cell_nm
        (row, column) size of a cell.
    per_field_px
        (row, column) cells per pixel of the prepared image.
    """

    step_px: tuple[int, int]
    shape: tuple[int, int]
    cell_nm: tuple[float, float]
    per_field_px: tuple[float, float]

    @classmethod
    def over(cls, spectrum: Spectrum, tuning: LensTuning) -> "Cells":
        """The grid of one field."""
        sizes, work = spectrum.grid.pixel_size.sizes_nm, spectrum.grid.shape
        step = [max(1, round(tuning.cell_nm / p)) for p in sizes]
        shape = [-(-n // s) for n, s in zip(work, step, strict=True)]
        per_field = [w / f / s for w, f, s in zip(work, spectrum.grid.field_shape, step, strict=True)]
        return cls(
            (step[0], step[1]),
            (shape[0], shape[1]),
            (sizes[0] * step[0], sizes[1] * step[1]),
            (per_field[0], per_field[1]),
        )

    @property
    def area_nm2(self) -> float:
        """Area of a cell in nm²."""
        return self.cell_nm[0] * self.cell_nm[1]

    def footprint(self, domain: Domain) -> Footprint:
        """The cells whose centres lie in a domain."""
        first, picked = [], []
        region = domain.footprint
        for start, n, ratio, limit in zip(
            region.corner, region.mask.shape, self.per_field_px, self.shape, strict=True
        ):
            cells = np.arange(int(start * ratio), min(int((start + n) * ratio) + 2, limit))
            places = np.round(cells / ratio).astype(int) - start
            inside = (places >= 0) & (places < n)
            first.append(int(cells[inside][0]) if inside.any() else 0)
            picked.append(places[inside])
        return Footprint(first[0], first[1], region.mask[np.ix_(picked[0], picked[1])])

    def on_field(self, place: Footprint, field_shape: tuple[int, int]) -> Footprint:
        """A region of cells on the pixels of the prepared image, its outline smooth between cells."""
        window, matrices = [], []
        for first, n, ratio, limit in zip(
            place.corner, place.mask.shape, self.per_field_px, field_shape, strict=True
        ):
            start = max(0, int(np.ceil((first - 1) / ratio)))
            stop = max(start + 1, min(limit, int((first + n) / ratio) + 1))
            window.append(start)
            cells = np.arange(start, stop) * ratio
            matrices.append(interpolation(np.arange(first - 1, first + n + 1, dtype=float), cells))
        drawn = matrices[0] @ np.pad(place.mask, 1).astype(np.float32) @ matrices[1].T > 0.5
        return Footprint(window[0], window[1], drawn)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sideband:
    """One reflection's fringes in one part of the field.

    Parameters
    ----------
    members, places
        Its domains, and their cells: where the fringes are.
    g_per_nm
        (row, column) in 1/nm.
    displacement
        Shape (2,): R in cells (row, column).
    row0, col0
        First cell of the window, which holds the domains and where they may come from.
    seen
        Shape (rows, columns) of the window: the cells of all members.
    in_field
        Shape (rows, columns): the cells of the field; nothing is known of what lies beyond.
    tuning
        What was tuned.
    """

    members: tuple[Domain, ...]
    places: tuple[Footprint, ...]
    g_per_nm: Wavevector
    displacement: FloatArray
    row0: int
    col0: int
    seen: BoolImage
    in_field: BoolImage
    tuning: LensTuning

    @classmethod
    def of(
        cls,
        members: tuple[Domain, ...],
        g_per_nm: Wavevector,
        lens: Aberrations,
        grid: Cells,
        tuning: LensTuning,
    ) -> "Sideband":
        """With a window that reaches R, and a margin, beyond the members."""
        displacement = lens.displacement_nm(g_per_nm) / grid.cell_nm
        places = tuple(grid.footprint(domain) for domain in members)
        boxes = boxes_of(places)
        margin = margin_cells(displacement, grid, tuning)
        low, high = boxes[:, :2].min(axis=0) - margin, boxes[:, 2:].max(axis=0) + margin
        seen = np.zeros((high[0] - low[0], high[1] - low[1]), dtype=bool)
        for place in places:
            row, col = place.row0 - low[0], place.col0 - low[1]
            seen[row : row + place.mask.shape[0], col : col + place.mask.shape[1]] |= place.mask
        rows, cols = (
            (np.arange(a, b) >= 0) & (np.arange(a, b) < n)
            for a, b, n in zip(low, high, grid.shape, strict=True)
        )
        in_field = rows[:, None] & cols[None, :]
        row0, col0 = int(low[0]), int(low[1])
        return cls(
            members=members,
            places=places,
            g_per_nm=g_per_nm,
            displacement=displacement,
            row0=row0,
            col0=col0,
            seen=seen,
            in_field=in_field,
            tuning=tuning,
        )

    def is_displaced(self, grid: Cells) -> bool:
        """Whether the lens has carried these fringes so far that it matters."""
        return float(np.hypot(*(self.displacement * grid.cell_nm))) >= self.tuning.least_shift_nm

    def brought_home(self, spectrum: Spectrum, grid: Cells, lens: Aberrations) -> "Waves":
        """Both waves of the reflection where their crystals are, and in focus."""
        step, corner = np.array(grid.step_px), np.array([self.row0, self.col0])
        margin = margin_cells(self.displacement, grid, self.tuning)
        start, stop = (corner - margin) * step, (corner + self.seen.shape + margin) * step
        local = LocalSpectrum(
            spectrum.whitened,
            spectrum.grid.pixel_size.sizes_nm,
            (int(start[0]), int(start[1])),
            (int(stop[0]), int(stop[1])),
            spectrum.profile,
        )

        move = lens.displacement_nm(self.g_per_nm)

        def wave(sign: int) -> Demodulated:
            displacement = float(sign * move[0]), float(sign * move[1])
            carried = Carried(lambda row, col: sign * lens.chi(row, col), displacement)
            return local.demodulate(self.g_per_nm, self.tuning.resolution_nm, carried=carried)

        rows_px, cols_px = (
            (first + np.arange(n)) * float(s)
            for first, n, s in zip(corner, self.seen.shape, step, strict=True)
        )
        work = spectrum.grid.shape
        inside = np.clip(rows_px, 0, work[0] - 1), np.clip(cols_px, 0, work[1] - 1)
        noise = float(np.median(spectrum.noise.at(self.g_per_nm, *inside)))
        return Waves(rows_px=rows_px, cols_px=cols_px, plus=wave(1), minus=wave(-1), noise=noise)


@dataclass(frozen=True, eq=False, kw_only=True)
class Waves:
    """The waves g and -g of one reflection, each brought home.

    Parameters
    ----------
    rows_px, cols_px
        Where the cells of the sideband's window lie in the working image.
    plus, minus
        The wave g, whose fringes lie at +R, and -g, whose fringes lie at -R.
    noise
        Noise power in this part of the field, in units of the field's.
    """

    rows_px: FloatArray
    cols_px: FloatArray
    plus: Demodulated
    minus: Demodulated
    noise: float

    def amplitudes(self) -> tuple[FloatImage, FloatImage]:
        """Of both waves on the window's cells, in units of the noise amplitude."""
        plus, minus = (
            interpolation(map_.rows_px, self.rows_px)
            @ np.abs(map_.amplitude)
            @ interpolation(map_.cols_px, self.cols_px).T
            / np.float32(np.sqrt(self.noise))
            for map_ in (self.plus, self.minus)
        )
        return np.asarray(plus), np.asarray(minus)


def margin_cells(displacement: FloatArray, grid: Cells, tuning: LensTuning) -> IntArray:
    """How far beyond a domain its crystal may reach, in cells (row, column)."""
    return np.asarray(np.ceil(np.abs(displacement) + tuning.margin_nm / np.array(grid.cell_nm)).astype(int))


def shifted(mask: BoolImage, by: FloatArray, *, beyond: bool = False) -> BoolImage:
    """The mask moved by (row, column) whole cells; what comes from beyond its borders is `beyond`."""
    out = np.full_like(mask, beyond)
    source, target = [], []
    for step, n in zip(np.round(by).astype(int).tolist(), mask.shape, strict=True):
        step = max(-n, min(n, step))
        source.append(slice(max(-step, 0), n - max(step, 0)))
        target.append(slice(max(step, 0), n + min(step, 0)))
    out[tuple(target)] = mask[tuple(source)]
    return out


def reflections(domains: tuple[Domain, ...], tuning: LensTuning) -> list[tuple[Domain, ...]]:
    """Domains of nearly the same g together, in order of their first member."""
    groups: list[list[Domain]] = []
    centres = np.zeros((0, 2))
    for domain in domains:
        distance = distance_per_nm(centres, domain.g_per_nm)
        if len(groups) and distance.min() < tuning.same_reflection_per_nm:
            groups[int(distance.argmin())].append(domain)
        else:
            groups.append([domain])
            centres = np.vstack([centres, domain.g_per_nm])
    return [tuple(members) for members in groups]


def near_each_other(members: tuple[Domain, ...], reach_px: FloatArray) -> list[tuple[Domain, ...]]:
    """The domains in parts whose boxes, grown by `reach_px` (row, column), hang together."""
    boxes = boxes_of([domain.footprint for domain in members])
    low, high = boxes[:, :2] - reach_px, boxes[:, 2:] + reach_px
    touching = np.all((low[:, None] < high[None]) & (low[None] < high[:, None]), axis=-1)
    part = np.arange(len(members))
    for _ in members:
        part = np.array([part[row].min() for row in touching])
    return [tuple(members[i] for i in np.flatnonzero(part == number)) for number in np.unique(part)]


def sidebands(
    domains: tuple[Domain, ...], lens: Aberrations, grid: Cells, tuning: LensTuning
) -> list[Sideband]:
    """The domains of each reflection, those that may be copies of one another together."""
    found = []
    for members in reflections(domains, tuning):
        direction = half_plane(np.asarray([members[0].g_per_nm]))[0]
        g = Wavevector(float(direction[0]), float(direction[1]))
        reach = margin_cells(lens.displacement_nm(g) / grid.cell_nm, grid, tuning) / grid.per_field_px
        found += [Sideband.of(part, g, lens, grid, tuning) for part in near_each_other(members, reach)]
    return found
