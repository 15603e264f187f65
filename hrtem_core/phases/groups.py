"""Candidates whose lattices differ by less than a scale is uncertain: geometry cannot tell them apart."""

import numpy as np

from hrtem_core.numerics import FloatArray, IntArray
from hrtem_core.phases.reflections import Reflections

COMPARED = 5
"""Rings that are compared, those of the longest spacings that symmetry allows."""
ALIKE = 0.005
"""Rings agree when one common factor brings them this close, relative."""
LEAST_AMPLITUDE = 1e-3
"""Relative to the strongest: what is below is forbidden."""


def undecidable(lattices: list[Reflections], ln_tolerance: float) -> list[list[int]]:
    """Groups of two or more candidates that no measurement of wavevectors on this scale tells apart.

    Parameters
    ----------
    lattices
        Of the candidates.
    ln_tolerance
        Two lattices are one when a common factor of at most this, as a logarithm, makes them agree.

    Returns
    -------
    groups
        Rows of candidates, each in at most one group.
    """
    rings = [_rings(lattice) for lattice in lattices]
    left, groups = list(range(len(lattices))), []
    while left:
        first, *others = left
        group = [first, *(other for other in others if _agree(rings[first], rings[other], ln_tolerance))]
        left = [one for one in left if one not in group]
        if len(group) > 1:
            groups.append(group)
    return groups


def _rings(lattice: Reflections) -> tuple[FloatArray, IntArray]:
    """ln |g| and multiplicity of the forms that symmetry allows, shortest first."""
    allowed = lattice.amplitudes[lattice.forms] > LEAST_AMPLITUDE * lattice.amplitudes.max(initial=0.0)
    seen, many = lattice.forms[allowed], lattice.multiplicities[allowed]
    order = np.argsort(lattice.g_lengths_per_nm[seen], kind="stable")[:COMPARED]
    return np.asarray(np.log(lattice.g_lengths_per_nm[seen[order]])), many[order]


def _agree(one: tuple[FloatArray, IntArray], other: tuple[FloatArray, IntArray], tolerance: float) -> bool:
    (first, many), (second, many_too) = one, other
    if len(first) != len(second) or not len(first) or (many != many_too).any():
        return False
    apart = first - second
    return bool(abs(apart.mean()) <= tolerance and np.ptp(apart) <= ALIKE)
