"""Stage 3, domains: fringes that an uncorrected lens has moved away from their crystal are moved back.

Aberrations shift the fringes of g by +-R along g, R = |c1 g - c3 g³| (c1 = wavelength x defocus,
c3 = Cs x wavelength³), and an image shows both copies: a crystal's high-order reflections lie beside it, in
pairs, or stretched along g (Coene & Jansen 1992, Scanning Microsc. Suppl. 6, 379). What the lens has moved by
+R and by -R, U, is at home where both copies are found: (U + R) and (U - R).

R is measured from the field itself: with the right R the reflections of one crystal coincide.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from hrtem_core.calibration import distance_per_nm, half_plane
from hrtem_core.domains import Domain, DomainParameters, Domains, numbered
from hrtem_core.errors import RecipeError
from hrtem_core.overlaps import shared_px
from hrtem_core.placement import Placement
from hrtem_core.types import BoolImage, FloatArray, IntArray

GROUP_PER_NM = 0.2
"""Domains whose g differ by less belong to one reflection: the lens splits it over several places."""
COARSE_NM = 0.3
MAX_GROUPS = 80
MIN_STRETCH = 1.5
"""Mean stretch along g, in units of its standard error, from which on the field is examined at all."""
MIN_GAIN, MIN_MORE = 1.25, 1.0
"""The reflections must coincide this many times better, and by this many whole overlaps, than without a shift
and than with the best shift across g, which no lens does: or the lens is taken as corrected."""
MIN_OVERLAP = 0.3
MIN_WITNESS = 0.35
PARALLEL = 0.97
"""Reflections count as of different directions when the cosine between them is below this."""
C1_NM2 = np.linspace(-0.5, 0.5, 41)
C3_NM4 = np.linspace(0.0, 0.036, 19)
MAX_SHIFT_NM = 6.0


@dataclass(frozen=True)
class DelocalizationParameters:
    """Whether fringes are moved back to their crystals.

    Parameters
    ----------
    correct
        Look for delocalization and undo it; corrected instruments are left alone either way.
    """

    correct: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.correct, bool):
            raise RecipeError(f"correct must be true or false, got {self.correct!r}.")


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
    corner = domains[0].row0, domains[0].col0
    for domain in domains:
        rows, cols = (
            (np.arange(n) + start - zero) * size
            for n, start, zero, size in zip(
                domain.mask.shape, (domain.row0, domain.col0), corner, sizes_nm, strict=True
            )
        )
        mask = domain.mask.astype(np.float32)
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
    union = np.zeros(shape, dtype=bool)
    for domain in group.members:
        union[domain.window] |= domain.mask
    return union[:: factor[0], :: factor[1]]


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


def best_shift(
    unions: list[BoolImage], groups: list[Group], sizes_nm: tuple[float, float]
) -> tuple[Shift, float]:
    """The shift with which the reflections coincide best, and how well."""
    largest = max(group.length for group in groups)
    shifts = (Shift(float(c1), float(c3)) for c3 in C3_NM4 for c1 in C1_NM2)
    possible = [shift for shift in shifts if shift.of(largest) <= MAX_SHIFT_NM]
    scores = [coincidence(unions, groups, shift, sizes_nm) for shift in possible]
    best = int(np.argmax(scores))
    return possible[best], scores[best]


def measure_shift(domains: Domains) -> Shift:
    """How far the lens moves fringes in this field; nothing unless the field says so clearly."""
    sizes = domains.pixel_size.sizes_nm
    groups = group_reflections((*domains.accepted, *domains.rejected))[:MAX_GROUPS]
    if len(groups) < 4 or stretch(groups, sizes) < MIN_STRETCH:
        return Shift()
    factor = (max(1, round(COARSE_NM / sizes[0])), max(1, round(COARSE_NM / sizes[1])))
    coarse = (sizes[0] * factor[0], sizes[1] * factor[1])
    unions = [union_of_group(group, domains.shape, factor) for group in groups]

    def is_clear(score: float, without: float) -> bool:
        return score > MIN_GAIN * without + MIN_MORE

    shift, score = best_shift(unions, groups, coarse)
    if not is_clear(score, coincidence(unions, groups, Shift(), coarse)):
        return Shift()
    across = [replace(group, g_per_nm=group.g_per_nm[::-1] * (-1.0, 1.0)) for group in groups]
    return shift if is_clear(score, best_shift(unions, across, coarse)[1]) else Shift()


def relocate(
    domains: Domains,
    placement: Placement,
    parameters: DelocalizationParameters,
    domain_parameters: DomainParameters,
) -> Domains:
    """The domains where their crystals are.

    Parameters
    ----------
    domains
        As found: where the fringes are.
    placement
        Where the prepared image lies in the micrograph, for the person's marks.
    parameters
        Whether to correct.
    domain_parameters
        The least area of a domain, and the domains a person rejected.
    """
    shift = measure_shift(domains) if parameters.correct else Shift()
    if shift == Shift():
        return domains
    least_px = max(1.0, domain_parameters.min_area_nm2 / domains.pixel_size.area_nm2)
    groups = group_reflections((*domains.accepted, *domains.rejected))
    pieces = [piece for group in groups for piece in pieces_of(group, domains, shift, least_px)]
    found = [piece.domain for piece in pieces if piece.certain or has_witness(piece, pieces)]
    moved_back = replace(domains, delocalization=(shift.c1_nm2, shift.c3_nm4))
    return numbered(moved_back, found, placement, domain_parameters.rejected)


@dataclass(frozen=True, eq=False)
class Piece:
    """A place where a reflection may be at home.

    Parameters
    ----------
    domain
        The domain it would be.
    direction
        Shape (2,): of g.
    certain
        Both copies lie in the field; with one beyond its border, another reflection must bear witness.
    """

    domain: Domain
    direction: FloatArray
    certain: bool


def pieces_of(group: Group, domains: Domains, shift: Shift, least_px: float) -> list[Piece]:
    """The places where one reflection may be at home: at least one of its copies lies in the field."""
    sizes = domains.pixel_size.sizes_nm
    union = union_of_group(group, domains.shape)
    home = at_home(union, group, shift, sizes)
    direction = group.g_per_nm / group.length
    step = direction * shift.of(group.length) / sizes
    labels, n = ndimage.label(ndimage.binary_opening(home, iterations=2))
    whole_step = np.round(step).astype(int)
    pieces = []
    for number, box in enumerate(ndimage.find_objects(labels, max_label=n), start=1):
        mask = labels[box] == number
        if np.count_nonzero(mask) < least_px:
            continue
        places = np.argwhere(mask) + np.array([box[0].start, box[1].start])
        copies = [places + sign * step for sign in (1, -1)]
        in_field = [np.all((copy >= 0) & (copy < domains.shape), axis=1).mean() >= 0.5 for copy in copies]
        if any(in_field):
            domain = replace(group.members[0], row0=box[0].start, col0=box[1].start, mask=mask)
            copy_of = max(group.members, key=lambda member: _moved_into(member, domain, whole_step))
            domain = replace(copy_of, row0=domain.row0, col0=domain.col0, mask=mask)
            pieces.append(Piece(domain, direction, all(in_field)))
    return pieces


def _moved_into(member: Domain, home: Domain, step_px: IntArray) -> int:
    """How much of a domain lies in `home` after it is moved by the step, either way."""
    return max(
        shared_px(
            replace(
                member, row0=member.row0 + sign * int(step_px[0]), col0=member.col0 + sign * int(step_px[1])
            ),
            home,
        )
        for sign in (1, -1)
    )


def has_witness(piece: Piece, pieces: list[Piece]) -> bool:
    """Whether a reflection of another direction, certain of its place, coincides with this one."""
    for other in pieces:
        if other.certain and abs(float(other.direction @ piece.direction)) < PARALLEL:
            shared = shared_px(piece.domain, other.domain)
            areas = np.count_nonzero(piece.domain.mask) + np.count_nonzero(other.domain.mask)
            if shared > MIN_WITNESS * (areas - shared):
                return True
    return False
