"""Stage 3, domains: fringes that an uncorrected lens has moved away from their crystal are moved back.

A crystal's high-order reflections lie beside it, in pairs, or stretched along g. What the lens has moved by
+R and by -R, U, is at home where both copies are found: (U + R) and (U - R).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from hrtem_core.domains.clustering import numbered
from hrtem_core.domains.domain import Domain, DomainParameters, Domains
from hrtem_core.domains.lens_shift import (
    PARALLEL,
    Group,
    Shift,
    at_home,
    group_reflections,
    measure_shift,
    union_of_group,
)
from hrtem_core.domains.overlaps import shared_px
from hrtem_core.errors import RecipeError
from hrtem_core.image import Placement
from hrtem_core.numerics import FloatArray, IntArray
from hrtem_core.parameters import parameter

MIN_WITNESS = 0.35
"""Overlap (intersection over union) with a reflection that is certain of its place."""


@dataclass(frozen=True)
class DelocalizationParameters:
    """Whether fringes are moved back to their crystals.

    Parameters
    ----------
    correct
        Look for delocalization and undo it; corrected instruments are left alone either way.
    """

    correct: bool = parameter(
        True,
        "Put moved fringes back",
        "A lens that is not corrected moves fringes off their crystal: where the field shows clearly how "
        "far, domains are drawn where the crystal is.",
    )

    def __post_init__(self) -> None:
        if not isinstance(self.correct, bool):
            raise RecipeError(f"correct must be true or false, got {self.correct!r}.")


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
