"""Stage 3, crystallites: domains that coincide belong to one crystal."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy

from hrtem_core.domains.domain import Domain, Domains
from hrtem_core.domains.one_lattice import joined_by_lattice
from hrtem_core.domains.overlaps import overlapping_pairs
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.domains.twins import shared_reflections
from hrtem_core.numerics import FloatArray, IntArray, read_only
from hrtem_core.parameters import check_limits, parameter


@dataclass(frozen=True)
class CrystalliteParameters:
    """Which domains are one crystal.

    Parameters
    ----------
    min_overlap
        Least overlap of two domains of one crystal: the area they share over the area they cover together
        (intersection over union), on average over all its domains.
    """

    min_overlap: float = parameter(
        0.5,
        "One crystal when overlapping by",
        "Domains that share this part of their common area are one crystallite.",
        limits=(0.05, 1.0),
        slider=(0.1, 1.0),
        step=0.05,
    )

    def __post_init__(self) -> None:
        check_limits(self, "crystallites")


@dataclass(frozen=True, eq=False)
class Crystallites:
    """Which domains belong together.

    Parameters
    ----------
    crystallite_of_domain
        Shape (n_domains,): the crystallite's number from 1, in the order of `Domains.accepted`; 0 for a
        domain of which nobody knows where its crystal lies.
    shared
        (row of `Domains.accepted`, crystallite): domains of one crystallite whose planes its twins show too.
    with_rejected
        The same numbers as they are while a person has rejected nothing, of the accepted domains, the
        rejected ones, and those set aside; empty where none is. What is left can so look as before.
    """

    crystallite_of_domain: IntArray
    shared: tuple[tuple[int, int], ...] = ()
    with_rejected: IntArray = field(default_factory=lambda: read_only(np.zeros(0, dtype=np.int64)))

    @property
    def n_crystallites(self) -> int:
        """Number of crystallites."""
        return int(self.crystallite_of_domain.max(initial=0))


def group_crystallites(
    domains: Domains, parameters: CrystalliteParameters, *, tuning: DomainTuning = DOMAIN_TUNING
) -> Crystallites:
    """Merge domains that coincide into crystallites.

    Agglomerative clustering with average linkage (UPGMA; Sokal & Michener 1958) of the intersection over
    union: the two groups whose domains overlap best on average become one while that average reaches
    `min_overlap`. A chain of neighbours, each overlapping the next, therefore stays apart. Intersection
    over union, and not over the smaller area, keeps a small grain on top of a large crystal its own.

    Parameters
    ----------
    domains
        Their accepted domains are merged.
    parameters
        Which domains are one crystal.

    Returns
    -------
    crystallites
        Numbered in the order of their first domains; empty when there is no domain.
    """
    numbers, pairs = grouped(domains.accepted, parameters, tuning)
    taken_out = (*domains.rejected, *domains.set_aside)
    every = grouped((*domains.accepted, *taken_out), parameters, tuning)[0] if taken_out else numbers
    twins = shared_reflections(domains.accepted, numbers, pairs, tuning)
    return Crystallites(read_only(numbers), twins, read_only(every))


def grouped(
    domains: Sequence[Domain], parameters: CrystalliteParameters, tuning: DomainTuning
) -> tuple[IntArray, IntArray]:
    """The crystallite's number of each domain, and the pairs that overlap, where both are known to lie.

    Numbers are from 1, in the order of first domains; 0 for a domain of which nobody knows where it lies.
    """
    areas = np.array([domain.footprint.n_pixels for domain in domains], dtype=float)
    certain = np.array([domain.place != "either" for domain in domains], dtype=bool)
    pairs, shared = overlapping_pairs(domains)
    known = certain[pairs].all(axis=1)
    pairs, shared = pairs[known], shared[known]
    overlap = shared / (areas[pairs[:, 0]] + areas[pairs[:, 1]] - shared)
    numbers = np.arange(len(areas))
    # A group's average reaches the least overlap only if one of its pairs does.
    for members in _connected(len(areas), pairs[overlap >= parameters.min_overlap]):
        inside = np.isin(pairs, members).all(axis=1)
        similarity = np.zeros((len(members), len(members)))
        i, j = np.searchsorted(members, pairs[inside]).T
        similarity[i, j] = similarity[j, i] = overlap[inside]
        numbers[members] = members[_average_linkage(similarity, parameters.min_overlap)]
    placed = tuple(domain for domain in domains if domain.place != "either")
    numbers[certain] = np.flatnonzero(certain)[
        joined_by_lattice(placed, np.searchsorted(np.flatnonzero(certain), numbers[certain]), tuning)
    ]
    # Every domain now carries the index of its crystallite's first domain: ranks are the numbers.
    crystallite = np.zeros(len(areas), dtype=np.int64)
    crystallite[certain] = np.unique(numbers[certain], return_inverse=True)[1] + 1
    return crystallite, pairs


def _connected(n: int, pairs: IntArray) -> list[IntArray]:
    """Sets of two or more vertices that hang together, each in ascending order."""
    if len(pairs) == 0:
        return []

    graph = scipy.sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(n, n))
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    return [np.flatnonzero(label == number) for number in np.flatnonzero(np.bincount(label) > 1)]


def _average_linkage(similarity: FloatArray, least: float) -> IntArray:
    """For each vertex the first vertex of its group.

    Parameters
    ----------
    similarity
        Shape (n, n), symmetric, the diagonal 0; overwritten.
    least
        Groups are merged while their average similarity is at least this.
    """
    n = len(similarity)
    size, first = np.ones(n), np.arange(n)
    while True:
        i, j = sorted(divmod(int(np.argmax(similarity)), n))
        if similarity[i, j] < least:
            return first
        # Lance-Williams update: the average over all pairs of members.
        row = (size[i] * similarity[i] + size[j] * similarity[j]) / (size[i] + size[j])
        row[i] = 0
        similarity[i], similarity[:, i] = row, row
        similarity[j], similarity[:, j] = 0, 0
        size[i] += size[j]
        first[first == j] = i
