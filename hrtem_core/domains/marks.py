"""Domains named by position, so that a person's word survives new numbers; and those at a position."""

import math

import numpy as np

from hrtem_core.domains.domain import Domain, DomainMark, Domains
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.image import Placement, Wavevector, distance_per_nm
from hrtem_core.numerics import depth_inside


def is_rejected(
    domain: Domain,
    placement: Placement,
    marks: tuple[DomainMark, ...],
    *,
    tuning: DomainTuning = DOMAIN_TUNING,
) -> bool:
    """Whether a person's mark names this domain."""
    for row_nm, col_nm, *g in marks:
        if distance_per_nm(Wavevector(*g), domain.g_per_nm) > tuning.mark_reach_per_nm:
            continue
        positions = placement.position_nm(domain.footprint.positions())
        if np.hypot(*(positions - (row_nm, col_nm)).T).min() <= tuning.mark_reach_nm:
            return True
    return False


def mark_of(domain: Domain, placement: Placement) -> DomainMark:
    """A mark that names a domain: its innermost place, and its wavevector."""
    row_nm, col_nm = placement.position_nm(np.add(domain.footprint.corner, innermost(domain))).tolist()
    return DomainMark(row_nm, col_nm, *domain.g_per_nm)


def innermost(domain: Domain) -> tuple[int, int]:
    """(row, column) in the domain's mask furthest from its outline: inside it whatever its shape."""
    depth = depth_inside(domain.footprint.mask)
    row, col = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return int(row), int(col)


def domains_at(domains: Domains, row: float, col: float) -> list[Domain]:
    """The domains at a place, accepted or not, smallest first: where several lie, the one meant is on top.

    Parameters
    ----------
    domains
        Where to look.
    row, col
        In pixels of the prepared image from its outer corner.
    """
    at = np.array([math.floor(row)]), np.array([math.floor(col)])
    here = [one for one in (*domains.accepted, *domains.rejected) if one.footprint.holds(*at)[0]]
    return sorted(here, key=lambda one: one.footprint.n_pixels)
