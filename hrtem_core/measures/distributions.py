"""Distributions of the domains: by number or by area, their mean, median and spread, and a smooth curve."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hrtem_core.numerics import FloatArray

Weighting = Literal["number", "area"]


def shares(areas_nm2: ArrayLike, weighting: Weighting = "number") -> FloatArray:
    """The share of each domain in the whole, equal or by area; they sum to 1.

    Parameters
    ----------
    areas_nm2
        Shape (n,): area of each domain.
    weighting
        What counts.
    """
    areas = np.asarray(areas_nm2, dtype=float)
    raw = areas if weighting == "area" else np.ones(len(areas))
    return np.asarray(raw / raw.sum()) if len(raw) else raw


@dataclass(frozen=True)
class Distribution:
    """A weighted distribution in numbers, all NaN of no values.

    Parameters
    ----------
    mean, median
        In the unit of the values.
    spread
        Standard deviation, in the same.
    """

    mean: float
    median: float
    spread: float


def distribution_of(values: ArrayLike, share: FloatArray) -> Distribution:
    """Mean, median and spread of weighted values.

    Parameters
    ----------
    values
        Shape (n,).
    share
        Shape (n,): weights that sum to 1.
    """
    known = np.asarray(values, dtype=float)
    if not len(known):
        return Distribution(np.nan, np.nan, np.nan)
    mean = float(share @ known)
    order = np.argsort(known)
    # The first value that half of the weight does not go beyond; rounding must not take the next one.
    half = np.searchsorted(np.cumsum(share[order]), 0.5 - 1e-9)
    return Distribution(mean, float(known[order][half]), float(np.sqrt(share @ (known - mean) ** 2)))


def kernel_density(values: FloatArray, share: FloatArray, at: FloatArray, least_width: float) -> FloatArray:
    """Gaussian kernel density of weighted values; its integral is 1.

    The bandwidth is that of a normal distribution with as many effective values, 1.06 σ n^(-1/5)
    (B. W. Silverman, Density Estimation for Statistics and Data Analysis, 1986, eq. 3.28).

    Parameters
    ----------
    values, share
        Shape (n,) each: the values, and weights that sum to 1.
    at
        Shape (m,): where the density is wanted.
    least_width
        The bandwidth is not smaller.

    Returns
    -------
    density
        Shape (m,).
    """
    effective = 1 / float(share @ share)
    width = max(1.06 * distribution_of(values, share).spread * effective**-0.2, least_width)
    kernel = np.exp(-0.5 * ((at[:, None] - values) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    return np.asarray(kernel @ share)


def sector_shares(azimuths_deg: ArrayLike, share: FloatArray, n_sectors: int) -> FloatArray:
    """The share of each sector of directions, the first centred on 0 degrees; 180 degrees are 0 again.

    Parameters
    ----------
    azimuths_deg
        Shape (n,): azimuths of g.
    share
        Shape (n,): weights that sum to 1.
    n_sectors
        Sectors in half a turn.
    """
    width = 180 / n_sectors
    sector = (np.floor((np.asarray(azimuths_deg, dtype=float) + width / 2) / width) % n_sectors).astype(int)
    return np.asarray(np.bincount(sector, share, minlength=n_sectors), dtype=float)
