"""The reflections of one crystal are one lattice: all of them together tell each one's g better than its own.

The lens bends every spot in its own way, by a part of the spot's width; a lattice has two wavevectors only.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from hrtem_core.domains import DOMAIN_TUNING, Domain, on_lattice
from hrtem_core.fringes import FRINGE_TUNING
from hrtem_core.image import Wavevector
from hrtem_core.lens.tuning import LensTuning
from hrtem_core.numerics import BoolArray, FloatArray, IntArray


def straightened(domains: list[Domain], crystals: IntArray, tuning: LensTuning) -> list[Domain]:
    """The domains with the g of their crystal's lattice, where there are enough of them to tell it.

    Parameters
    ----------
    domains
        n of them, each with its own g.
    crystals
        Shape (n,): the number of the crystal, 0 where nobody knows.
    tuning
        What was tuned.
    """
    straight = list(domains)
    for crystal in range(1, int(crystals.max(initial=0)) + 1):
        members = np.flatnonzero(crystals == crystal).tolist()
        together = _on_one_lattice([domains[i] for i in members], tuning)
        for i, domain in zip(members, together, strict=True):
            straight[i] = domain
    return straight


def _on_one_lattice(members: Sequence[Domain], tuning: LensTuning) -> list[Domain]:
    """One crystal's domains; those on the lattice that fits most of them with the g of a weighted fit."""
    g = np.array([domain.g_per_nm for domain in members], dtype=float)
    sigma = np.array([domain.g_sigma_per_nm for domain in members])
    basis = _basis(g, tuning.n_short)
    if basis is None:
        return list(members)
    fits = on_lattice(g, basis, DOMAIN_TUNING)
    indices = np.round(g @ np.linalg.inv(basis))
    if np.count_nonzero(fits) <= len(basis):
        return list(members)
    weighted = indices[fits] / sigma[fits, None]
    covariance = np.linalg.inv(weighted.T @ weighted)
    lattice = covariance @ weighted.T @ (g[fits] / sigma[fits, None])
    spread = np.sqrt(np.einsum("ij,jk,ik->i", indices, covariance, indices))
    return [
        _moved(domain, indices[i] @ lattice, float(spread[i])) if fits[i] else domain
        for i, domain in enumerate(members)
    ]


def _moved(domain: Domain, g_per_nm: FloatArray, sigma_per_nm: float) -> Domain:
    """The domain with the g of its crystal's lattice, whose own spread stays."""
    strain = FRINGE_TUNING.strain * float(np.hypot(*g_per_nm))
    return replace(
        domain,
        g_per_nm=Wavevector(float(g_per_nm[0]), float(g_per_nm[1])),
        g_sigma_per_nm=float(np.hypot(sigma_per_nm, strain)),
    )


def _basis(g_per_nm: FloatArray, n_short: int) -> FloatArray | None:
    """The two of the shortest whose lattice holds most, the coarsest of such; None when all are parallel."""
    short = np.argsort(np.hypot(*g_per_nm.T), kind="stable")[:n_short]
    best: tuple[int, float] = (0, 0.0)
    basis = None
    for pair in combinations(short.tolist(), 2):
        two = g_per_nm[list(pair)]
        area = abs(float(np.linalg.det(two)))
        if area <= DOMAIN_TUNING.min_sine * float(np.prod(np.hypot(*two.T))):
            continue
        held: BoolArray = on_lattice(g_per_nm, two, DOMAIN_TUNING)
        rank = int(np.count_nonzero(held)), area
        if rank > best:
            best, basis = rank, two
    return basis
