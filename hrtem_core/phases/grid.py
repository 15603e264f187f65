"""What readings of a crystallite are made of: the grid of scatters and scales, widths, and densities."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.numerics import BoolArray, FloatArray, IntArray
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.tuning import PhaseTuning

LN_SQRT_2PI = 0.9189385
SLAB_INTEGRAL = 0.886
"""Integral of exp(-x²) from 0 to infinity."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Scatters and scales for which probabilities are worked out.

    Parameters
    ----------
    scatters
        Of d and angles, in units of the tuning's, rising; f of them.
    ln_scales
        ln of measured |g| over true |g|, rising; s of them.
    band_end_per_nm
        Reflections beyond are not expected.
    loose
        Any cell will do: a wide scatter of its own.
    most_hypotheses
        Orientations that are followed for each pair of domains.
    """

    scatters: tuple[float, ...]
    ln_scales: tuple[float, ...]
    band_end_per_nm: float
    loose: bool = False
    most_hypotheses: int = 24

    @property
    def scatter(self) -> FloatArray:
        """Shape (f,)."""
        return np.array(self.scatters)

    @property
    def ln_scale(self) -> FloatArray:
        """Shape (s,)."""
        return np.array(self.ln_scales)

    @property
    def true_band_ends(self) -> FloatArray:
        """Shape (s,): the true |g| beyond which nothing is expected."""
        return np.asarray(self.band_end_per_nm * np.exp(-self.ln_scale))

    @property
    def furthest(self) -> float:
        """Greatest deviation of the scale, as a logarithm."""
        return max(-self.ln_scales[0], self.ln_scales[-1])


@dataclass(frozen=True, eq=False)
class Reading:
    """One indexing of a crystallite.

    Parameters
    ----------
    ln_probability
        Shape (f, s): of this reading.
    hkl
        Miller indices by the row of the reflection in `Observed`.
    zone
        [uvw] without common factor; None with one direction only.
    """

    ln_probability: FloatArray
    hkl: dict[int, tuple[int, int, int]]
    zone: tuple[int, int, int] | None


@dataclass(frozen=True, eq=False)
class Evidence:
    """Natural logarithm of the probability of the reflections, shape (f, s), and the best readings."""

    ln_probability: FloatArray
    readings: tuple[Reading, ...]


@dataclass(frozen=True, eq=False)
class Widths:
    """Standard deviations on the grid: of ln d, shape (f, n), and of angles, shape (f,)."""

    ln_d: FloatArray
    angle: FloatArray
    counting: FloatArray

    @classmethod
    def of(cls, seen: Observed, grid: Grid, tuning: PhaseTuning) -> "Widths":
        ones = np.ones((len(grid.scatters), len(seen)))
        if grid.loose:
            angle = np.full(len(grid.scatters), np.radians(tuning.loose_angle_deg))
            return cls(tuning.loose_d * ones, angle, seen.d_relative_sigma)
        systematic = grid.scatter[:, None] * tuning.relative_scatter
        angle = grid.scatter * np.radians(tuning.angle_scatter_deg)
        return cls(np.hypot(systematic, seen.d_relative_sigma * ones), angle, seen.d_relative_sigma)


def ln_stray(tuning: PhaseTuning) -> float:
    """ln of the density of stray reflections in (ln g, azimuth)."""
    return float(np.log(tuning.strays / (np.log(0.65 / 0.127) * np.pi)))


def ln_density(z: FloatArray, tuning: PhaseTuning) -> FloatArray:
    """ln of a normal density with a wide tail, z standard deviations off, without 1 / (sd sqrt(2 pi))."""
    core = np.log(1 - tuning.tail_share) - 0.5 * z * z
    tail = np.log(tuning.tail_share / tuning.tail_stretch) - 0.5 * (z / tuning.tail_stretch) ** 2
    return np.asarray(np.logaddexp(core, tail))


def near_length(ln_lengths: FloatArray, ln_length: float, grid: Grid, width: float) -> BoolArray:
    """Which |g| of the lattice could be one measured."""
    reach = grid.furthest + (3 if grid.loose else 10) * width
    return np.asarray(np.abs(ln_lengths - ln_length) < reach)


def indices_of(values: list[int] | IntArray) -> tuple[int, int, int]:
    h, k, l = (int(value) for value in values)  # noqa: E741  (Miller indices)
    return h, k, l
