"""What a crystal in any orientation would show of a lattice, as far out as the image shows anything."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hrtem_core.numerics import FloatArray, IntArray, read_only
from hrtem_core.phases.grid import Grid
from hrtem_core.phases.reflections import Reflections
from hrtem_core.phases.tuning import PhaseTuning

BEYOND = 1.02
"""Reflections this much further out than the band's end are still expected."""
TURNS = 36
"""Orientations about one reflection over which the visibility of the others is averaged."""
ORIENTATIONS = 400
"""Directions of the beam, evenly over half a sphere."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What crystals of a lattice show inside the band of |g| that an image shows, for every scale of a grid.

    Parameters
    ----------
    half
        Shape (k,): rows of the reflections that are inside at any scale, one of each Friedel pair.
    alone
        Shape (m, s): for each form the probability that of a crystal showing it nothing else is seen; 1 for
        forms outside.
    ln_found
        Shape (s,): ln of the probability that a crystal shows anything, and so is found.
    """

    half: IntArray
    alone: FloatArray
    ln_found: FloatArray


@lru_cache(maxsize=256)
def expected_of(lattice: Reflections, grid: Grid, tuning: PhaseTuning) -> Expected:
    """What crystals of a lattice show.

    Parameters
    ----------
    lattice
        Its reflections.
    grid
        Scales, and the end of the band.
    tuning
        How often a visible reflection is found, and the reach of the Ewald plane.
    """
    by_length = lattice.half[np.argsort(lattice.g_lengths_per_nm[lattice.half], kind="stable")]
    lengths = lattice.g_lengths_per_nm[by_length]
    ends = grid.true_band_ends * BEYOND
    half = by_length[lengths < ends.max()]
    # Where nothing lies inside, the first reflection is taken: a ratio to nothing would be infinite.
    inside = np.maximum(np.searchsorted(lengths, ends), 1)
    alone = np.ones((len(lattice.forms), len(ends)))
    for row in np.flatnonzero(lattice.g_lengths_per_nm[lattice.forms] < ends.max()):
        alone[row] = _alone(lattice, int(lattice.forms[row]), half, inside, tuning)
    found = 1 - _nothing(lattice, half, _all_beams(), inside, tuning) if len(half) else np.ones(len(ends))
    return Expected(read_only(half), read_only(alone), read_only(np.log(found)))


def _nothing(
    lattice: Reflections, half: IntArray, beams: FloatArray, inside: IntArray, tuning: PhaseTuning
) -> FloatArray:
    """Mean over beams (b, 3) of exp(-expected number of the first `inside` reflections), shape (s,)."""
    near = np.exp(-((beams @ lattice.g_per_nm[half].T / tuning.slab_per_nm) ** 2))
    expected = np.cumsum(tuning.detection * near * lattice.visibilities[half], axis=1)
    ends, which = np.unique(np.minimum(inside, len(half)), return_inverse=True)
    return np.asarray(np.exp(-expected[:, ends - 1]).mean(axis=0)[which])


def _all_beams() -> FloatArray:
    """Unit vectors, shape (b, 3): Fibonacci's lattice on half a sphere."""
    height = (np.arange(ORIENTATIONS) + 0.5) / ORIENTATIONS
    turn = np.pi * (1 + np.sqrt(5)) * np.arange(ORIENTATIONS)
    across = np.sqrt(1 - height**2)
    return np.column_stack([across * np.cos(turn), across * np.sin(turn), height])


def _alone(
    lattice: Reflections, form: int, half: IntArray, inside: IntArray, tuning: PhaseTuning
) -> FloatArray:
    """Mean over turns about a reflection of exp(-expected number of others), shape (s,)."""
    along = lattice.g_per_nm[form] / lattice.g_lengths_per_nm[form]
    in_line = np.abs(lattice.g_per_nm[half] @ along) > 0.999 * lattice.g_lengths_per_nm[half]
    others = half[~in_line]
    if not len(others):
        return np.ones(len(inside))
    first = np.concatenate([[0], np.cumsum(~in_line)])[np.minimum(inside, len(half))]
    angle = np.arange(TURNS) * np.pi / TURNS
    across = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
    across /= np.linalg.norm(across)
    beams = np.outer(np.cos(angle), across) + np.outer(np.sin(angle), np.cross(along, across))
    nothing = _nothing(lattice, others, beams, np.maximum(first, 1), tuning)
    return np.where(first > 0, nothing, 1.0)
