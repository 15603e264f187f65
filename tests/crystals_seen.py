"""Crystallites of known structures in known orientations, as an image would show them."""

import numpy as np

from hrtem_core.phases import Observed, Structure, reflections_of
from hrtem_core.synthesis.structures import random_rotation

ERROR = 0.0015
"""Relative standard deviation of g, along and across."""


def crystal_of(
    structure: Structure,
    zone: tuple[int, int, int] | None,
    rng: np.random.Generator,
    *,
    stretch: float = 1.0,
    most: int = 5,
    first_domain: int = 0,
) -> tuple[Observed, list[tuple[int, int, int]]]:
    """What a crystal shows along a zone axis, turned about it at random; one reflection where none is given.

    Returns
    -------
    seen, hkl
        The reflections, the strongest first, and what they are.
    """
    lattice = reflections_of(structure)
    half = lattice.half[lattice.g_lengths_per_nm[lattice.half] < 7.5]
    if zone is None:
        best = half[np.argsort(-lattice.visibilities[half], kind="stable")[:3]]
        chosen = rng.choice(best, 1)
    else:
        zoned = half[(lattice.hkl[half] @ zone) == 0]
        chosen = zoned[np.argsort(-lattice.visibilities[zoned], kind="stable")][:most]
    frame = _in_plane(lattice.g_per_nm[chosen], rng)
    g = frame * stretch + rng.normal(0, ERROR, frame.shape) * np.linalg.norm(frame, axis=1)[:, None]
    sigma = np.full(len(g), ERROR)
    order = np.arange(len(g)) + first_domain
    hkl = [(int(h), int(k), int(l)) for h, k, l in lattice.hkl[chosen]]  # noqa: E741
    return Observed(order, g, sigma, 10.0 - np.arange(len(g))), hkl


def _in_plane(g_per_nm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Reflections of one plane as (row, column), the plane turned at random."""
    turned = g_per_nm @ random_rotation(rng)
    _, _, axes = np.linalg.svd(turned, full_matrices=True)
    flat = turned @ axes[:2].T
    return flat * (1, rng.choice([-1, 1]))
