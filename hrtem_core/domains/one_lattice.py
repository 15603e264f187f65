"""Stage 3, crystallites: reflections of one lattice, on the place of its crystal, are one crystal's.

Weak reflections rise above the noise in a part of their crystal only, or in several parts: their domains
overlap with those of the strong ones too little to coincide.
"""

from collections.abc import Sequence

import numpy as np

from hrtem_core.domains.domain import Domain
from hrtem_core.domains.tuning import DomainTuning
from hrtem_core.numerics import BoolArray, FloatArray, Footprint, IntArray


def joined_by_lattice(domains: Sequence[Domain], numbers: IntArray, tuning: DomainTuning) -> IntArray:
    """Groups of domains as they are, but for those that lie inside a larger one and on its lattice.

    Parameters
    ----------
    domains
        n of them.
    numbers
        Shape (n,): for each domain the index of the first of its group.
    tuning
        How well they must fit.

    Returns
    -------
    numbers
        Shape (n,), as given.
    """
    joined = numbers.copy()
    groups = [np.flatnonzero(numbers == first) for first in np.unique(numbers)]
    places = [Footprint.union([domains[i].footprint for i in group.tolist()]) for group in groups]
    order = sorted(range(len(groups)), key=lambda at: -places[at].n_pixels)
    for rank, at in enumerate(order):
        basis = shortest_pair(wavevectors(domains, groups[at]), tuning)
        if basis is None or joined[groups[at][0]] != groups[at][0]:
            continue
        for other in order[rank + 1 :]:
            inside = places[at].shared(places[other]) >= tuning.min_inside * places[other].n_pixels
            if inside and on_lattice(wavevectors(domains, groups[other]), basis, tuning).all():
                joined[np.isin(joined, joined[groups[other]])] = joined[groups[at][0]]
    return _by_first(joined)


def wavevectors(domains: Sequence[Domain], members: IntArray) -> FloatArray:
    """g of some domains, shape (n, 2), in 1/nm."""
    return np.array([domains[i].g_per_nm for i in members.tolist()], dtype=float).reshape(-1, 2)


def shortest_pair(g_per_nm: FloatArray, tuning: DomainTuning) -> FloatArray | None:
    """The two shortest wavevectors (2, 2) that span a plane; None when all are parallel."""
    ordered = g_per_nm[np.argsort(np.hypot(*g_per_nm.T), kind="stable")]
    for g in ordered[1:]:
        sine = abs(np.linalg.det(np.array([ordered[0], g]))) / (np.hypot(*ordered[0]) * np.hypot(*g))
        if sine > tuning.min_sine:
            return np.array([ordered[0], g])
    return None


def on_lattice(
    g_per_nm: FloatArray, basis: FloatArray, tuning: DomainTuning, *, near_per_nm: float = 0.0
) -> BoolArray:
    """Which wavevectors (n, 2) are sums of whole multiples of two others (2, 2), or so near to one."""
    indices = np.round(g_per_nm @ np.linalg.inv(basis))
    low = np.abs(indices).max(axis=1) <= tuning.max_index
    miss = np.hypot(*(g_per_nm - indices @ basis).T)
    return np.asarray(low & (miss <= np.maximum(tuning.lattice_miss * np.hypot(*g_per_nm.T), near_per_nm)))


def _by_first(joined: IntArray) -> IntArray:
    """Every group named by the index of its first domain."""
    _, first, group = np.unique(joined, return_index=True, return_inverse=True)
    return np.asarray(first[group])
