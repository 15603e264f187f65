"""How far an uncorrected lens has moved the fringes of each g, measured from the field itself.

Aberrations shift the fringes of g by +-R along g, R = |c1 g - c3 g³| (c1 = wavelength x defocus,
c3 = Cs x wavelength³), and an image shows both copies (Coene & Jansen 1992, Scanning Microsc. Suppl. 6, 379).
With the right R the reflections of one crystal coincide where both copies are found.
"""

from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.domains.domain import Domain, Domains
from hrtem_core.image import distance_per_nm, half_plane
from hrtem_core.numerics import BoolImage, FloatArray

GROUP_PER_NM = 0.2
"""Domains whose g differ by less belong to one reflection: the lens splits it over several places."""

COARSE_NM, ROUGH_PX = 0.3, 96
"""The search is made on pixels of this size, and before that on so many for the whole field."""

MAX_GROUPS = 80

MIN_STRETCH = 1.5
"""Mean stretch along g, in units of its standard error, from which on the field is examined at all."""

MIN_GAIN, MIN_MORE = 1.25, 1.0
"""The reflections must coincide this many times better, and by this many whole overlaps, than without a shift
and than with the best shift across g, which no lens does: or the lens is taken as corrected."""

MIN_OVERLAP = 0.3

PARALLEL = 0.97
"""Reflections count as of different directions when the cosine between them is below this."""

C1_NM2 = np.linspace(-0.5, 0.5, 41)

C3_NM4 = np.linspace(0.0, 0.036, 19)

MAX_SHIFT_NM = 6.0


@dataclass(frozen=True)
class Shift:
    """How far the lens moves fringes: R = |c1 g - c3 g³| in nm, g in 1/nm.

    Parameters
    ----------
    c1_nm2, c3_nm4
        Defocus and spherical aberration terms.
    """

    c1_nm2: float = 0.0
    c3_nm4: float = 0.0

    def of(self, g_per_nm: float) -> float:
        """Shift of the fringes of |g|, in nm."""
        return abs(self.c1_nm2 * g_per_nm - self.c3_nm4 * g_per_nm**3)


@dataclass(frozen=True, eq=False)
class Group:
    """Domains of one reflection.

    Parameters
    ----------
    members
        The domains.
    g_per_nm
        Shape (2,): their mean g.
    """

    members: tuple[Domain, ...]
    g_per_nm: FloatArray

    @property
    def length(self) -> float:
        """|g| in 1/nm."""
        return float(np.hypot(*self.g_per_nm))


def group_reflections(domains: tuple[Domain, ...]) -> list[Group]:
    """Domains of nearly the same g together, in order of their first member."""
    groups: list[list[Domain]] = []
    centres = np.zeros((0, 2))
    for domain in domains:
        g = half_plane(np.asarray([domain.g_per_nm]))[0]
        distance = distance_per_nm(centres, g)
        if len(groups) and distance.min() < GROUP_PER_NM:
            groups[int(distance.argmin())].append(domain)
        else:
            groups.append([domain])
            centres = np.vstack([centres, g])
    return [Group(tuple(members), centre) for members, centre in zip(groups, centres, strict=True)]


def spread(domains: tuple[Domain, ...], sizes_nm: tuple[float, float]) -> FloatArray:
    """Covariance of the positions of all pixels of some domains, shape (2, 2), in nm²."""
    total, first, second = 0.0, np.zeros(2), np.zeros((2, 2))
    footprints = [domain.footprint for domain in domains]
    for footprint in footprints:
        rows, cols = (
            (np.arange(n) + start - zero) * size
            for n, start, zero, size in zip(
                footprint.mask.shape, footprint.corner, footprints[0].corner, sizes_nm, strict=True
            )
        )
        mask = footprint.mask.astype(np.float32)
        in_row, in_col = mask.sum(axis=1, dtype=np.float64), mask.sum(axis=0, dtype=np.float64)
        total += in_row.sum()
        first += in_row @ rows, in_col @ cols
        both = rows @ (mask @ cols.astype(np.float32))
        second += [[in_row @ rows**2, both], [both, in_col @ cols**2]]
    mean = first / total
    return np.asarray(second / total - np.outer(mean, mean))


def stretch(groups: list[Group], sizes_nm: tuple[float, float]) -> float:
    """Mean logarithm of the variance along g over that across g, in units of its standard error."""
    ratios = []
    for group in groups:
        covariance = spread(group.members, sizes_nm)
        along = group.g_per_nm / group.length
        across = along[::-1] * (-1.0, 1.0)
        variances = [max(float(way @ covariance @ way), 1e-3) for way in (along, across)]
        ratios.append(np.log(variances[0] / variances[1]))
    deviation = float(np.std(ratios)) if len(ratios) > 3 else np.inf
    error = deviation / np.sqrt(len(ratios)) + 1e-9
    return float(np.mean(ratios)) / error if np.isfinite(error) else 0.0


def moved(mask: BoolImage, shift_px: tuple[int, int]) -> BoolImage:
    """The mask moved by whole pixels; what comes from beyond the field is unknown and counts as set."""
    out = np.ones_like(mask)
    source, target = [], []
    for step, length in zip(shift_px, mask.shape, strict=True):
        step = int(np.clip(step, -length, length))
        source.append(slice(max(-step, 0), length - max(step, 0)))
        target.append(slice(max(step, 0), length - max(-step, 0)))
    out[tuple(target)] = mask[tuple(source)]
    return out


def at_home(union: BoolImage, group: Group, shift: Shift, sizes_nm: tuple[float, float]) -> BoolImage:
    """Where both copies of a reflection are found."""
    distance = shift.of(group.length)
    step = [
        round(float(component) / group.length * distance / size)
        for component, size in zip(group.g_per_nm, sizes_nm, strict=True)
    ]
    return moved(union, (step[0], step[1])) & moved(union, (-step[0], -step[1]))


def union_of_group(group: Group, shape: tuple[int, int], factor: tuple[int, int] = (1, 1)) -> BoolImage:
    """All members on one image, every `factor`-th pixel."""
    union = np.zeros([-(-n // f) for n, f in zip(shape, factor, strict=True)], dtype=bool)
    for domain in group.members:
        corner = domain.footprint.corner
        skip = [-start % f for start, f in zip(corner, factor, strict=True)]
        sample = domain.footprint.mask[skip[0] :: factor[0], skip[1] :: factor[1]]
        row, col = ((start + more) // f for start, more, f in zip(corner, skip, factor, strict=True))
        union[row : row + sample.shape[0], col : col + sample.shape[1]] |= sample
    return union


def coincidence(
    unions: list[BoolImage], groups: list[Group], shift: Shift, sizes_nm: tuple[float, float]
) -> float:
    """How well the reflections of each crystal coincide: the sum of their overlaps (IoU)."""
    places = [at_home(union, group, shift, sizes_nm) for union, group in zip(unions, groups, strict=True)]
    homes = np.array([place.ravel() for place in places], dtype=np.float32)
    shared = homes @ homes.T
    area = np.diag(shared)
    overlap = shared / np.maximum(area[:, None] + area[None, :] - shared, 1)
    directions = np.array([g.g_per_nm / g.length for g in groups])
    apart = np.abs(directions @ directions.T) < PARALLEL
    return float(overlap[apart & (overlap > MIN_OVERLAP)].sum() / 2)


@dataclass(frozen=True, eq=False)
class Raster:
    """The reflections' domains on coarse pixels.

    Parameters
    ----------
    unions
        One image for each group.
    sizes_nm
        (row, column) size of their pixels.
    """

    unions: list[BoolImage]
    sizes_nm: tuple[float, float]

    @classmethod
    def of(cls, groups: list[Group], domains: Domains, pixel_nm: float) -> "Raster":
        """On pixels of about `pixel_nm`."""
        rows_nm, cols_nm = domains.pixel_size.sizes_nm
        factor = max(1, round(pixel_nm / rows_nm)), max(1, round(pixel_nm / cols_nm))
        unions = [union_of_group(group, domains.shape, factor) for group in groups]
        return cls(unions, (rows_nm * factor[0], cols_nm * factor[1]))


def best_shift(groups: list[Group], rough: Raster, fine: Raster) -> tuple[Shift, float]:
    """The shift with which the reflections coincide best, and how well.

    Every second shift is tried on the rough raster, and the neighbours of the best on the fine one.
    """
    largest = max(group.length for group in groups)

    def best_of(places: list[tuple[int, int]], raster: Raster) -> tuple[tuple[int, int], Shift, float]:
        shifts = [Shift(float(C1_NM2[i]), float(C3_NM4[j])) for i, j in places]
        scores = [
            coincidence(raster.unions, groups, shift, raster.sizes_nm)
            if shift.of(largest) <= MAX_SHIFT_NM
            else -1.0
            for shift in shifts
        ]
        best = int(np.argmax(scores))
        return places[best], shifts[best], scores[best]

    n, m = len(C1_NM2), len(C3_NM4)
    (i, j), *_ = best_of([(i, j) for j in range(0, m, 2) for i in range(0, n, 2)], rough)
    around = [(k, q) for q in (j - 1, j, j + 1) for k in (i - 1, i, i + 1) if 0 <= k < n and 0 <= q < m]
    return best_of(around, fine)[1:]


def measure_shift(domains: Domains) -> Shift:
    """How far the lens moves fringes in this field; nothing unless the field says so clearly.

    Strategy (docs/decisions/0009-delocalization.md): unless domains are stretched along their g there is
    nothing to look for. Then all shifts of a lens are tried, roughly and around the best one finely, for the
    one with which the reflections of each crystal coincide; it counts when it does clearly better than no
    shift, and than a shift across g, which no lens does.
    """
    sizes = domains.pixel_size.sizes_nm
    groups = group_reflections((*domains.accepted, *domains.rejected))[:MAX_GROUPS]
    if len(groups) < 4 or stretch(groups, sizes) < MIN_STRETCH:
        return Shift()
    field_nm = max(n * size for n, size in zip(domains.shape, sizes, strict=True))
    rough, fine = (Raster.of(groups, domains, nm) for nm in (max(COARSE_NM, field_nm / ROUGH_PX), COARSE_NM))

    def is_clear(score: float, without: float) -> bool:
        return score > MIN_GAIN * without + MIN_MORE

    shift, score = best_shift(groups, rough, fine)
    if not is_clear(score, coincidence(fine.unions, groups, Shift(), fine.sizes_nm)):
        return Shift()
    across = [replace(group, g_per_nm=group.g_per_nm[::-1] * (-1.0, 1.0)) for group in groups]
    return shift if is_clear(score, best_shift(across, rough, fine)[1]) else Shift()
