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
from hrtem_core.errors import RecipeError
from hrtem_core.image import Placement
from hrtem_core.numerics import FloatArray, Footprint, IntArray
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


def correct_delocalization(
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
    homes = [home for group in groups for home in homes_of(group, domains, shift, least_px)]
    found = [home.domain for home in homes if home.certain or has_witness(home, homes)]
    moved_back = replace(domains, delocalization=(shift.c1_nm2, shift.c3_nm4))
    return numbered(moved_back, found, placement, domain_parameters.rejected)


@dataclass(frozen=True, eq=False)
class Home:
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


def homes_of(group: Group, domains: Domains, shift: Shift, least_px: float) -> list[Home]:
    """The places where one reflection may be at home: at least one of its copies lies in the field."""
    sizes = domains.pixel_size.sizes_nm
    where = at_home(union_of_group(group, domains.shape), group, shift, sizes)
    direction = group.g_per_nm / group.length
    step = direction * shift.of(group.length) / sizes
    labels, n = ndimage.label(ndimage.binary_opening(where, iterations=2))
    whole_step = np.round(step).astype(int)
    homes = []
    for number, box in enumerate(ndimage.find_objects(labels, max_label=n), start=1):
        footprint = Footprint(box[0].start, box[1].start, labels[box] == number)
        if footprint.n_pixels < least_px:
            continue
        places = footprint.positions()
        copies = [places + sign * step for sign in (1, -1)]
        in_field = [np.all((copy >= 0) & (copy < domains.shape), axis=1).mean() >= 0.5 for copy in copies]
        if any(in_field):
            copy_of = max(
                group.members, key=lambda member: _moved_into(member.footprint, footprint, whole_step)
            )
            homes.append(Home(replace(copy_of, footprint=footprint), direction, all(in_field)))
    return homes


def _moved_into(member: Footprint, home: Footprint, step_px: IntArray) -> int:
    """How many pixels of a domain lie in `home` after it is moved by the step, either way."""
    row, col = step_px.tolist()
    return max(member.moved(sign * row, sign * col).shared(home) for sign in (1, -1))


def has_witness(home: Home, homes: list[Home]) -> bool:
    """Whether a reflection of another direction, certain of its place, coincides with this one."""
    here = home.domain.footprint
    for other in homes:
        if other.certain and abs(float(other.direction @ home.direction)) < PARALLEL:
            shared = here.shared(other.domain.footprint)
            areas = here.n_pixels + other.domain.footprint.n_pixels
            if shared > MIN_WITNESS * (areas - shared):
                return True
    return False
