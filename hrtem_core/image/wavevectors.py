"""Wavevectors g and Friedel pairs: the frequencies of Fourier bins, directions, distances.

Axis order is (row, column), the row axis points down, g is in cycles per nm so that d = 1/|g|."""

from typing import NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike

from hrtem_core.numerics import FloatArray


class Wavevector(NamedTuple):
    """Components of g in 1/nm; a Friedel pair is named by either of its members."""

    row: float
    col: float


def frequencies_per_nm(n_pixels: int, pixel_nm: float) -> FloatArray:
    """Spatial frequencies in cycles per nm of an FFT of `n_pixels`, in the order of `scipy.fft.fft`."""
    return np.asarray(np.fft.fftfreq(n_pixels, pixel_nm), dtype=np.float64)


def azimuth_deg(g_per_nm: ArrayLike) -> FloatArray:
    """Direction of g in the image, 0 = to the right, 90 = up, folded into [0, 180) degrees.

    Parameters
    ----------
    g_per_nm
        Shape (..., 2), (row, column) in cycles per nm, the row axis pointing down.
    """
    g = np.asarray(g_per_nm, dtype=float)
    angle = np.degrees(np.arctan2(-g[..., 0], g[..., 1])) % 180.0
    return np.where(angle >= 180.0 - 1e-9, 0.0, angle)


def half_plane(g_per_nm: ArrayLike) -> FloatArray:
    """The member of each Friedel pair (g, -g) with azimuth in [0, 180) degrees: up, or to the right."""
    g = np.array(g_per_nm, dtype=float)
    flip = (g[..., 0] > 0) | ((g[..., 0] == 0) & (g[..., 1] < 0))
    g[flip] *= -1
    return g


@overload
def distance_per_nm(g_per_nm: Wavevector, other: Wavevector) -> float: ...
@overload
def distance_per_nm(g_per_nm: FloatArray, other: Wavevector | FloatArray) -> FloatArray: ...
def distance_per_nm(g_per_nm: Wavevector | FloatArray, other: Wavevector | FloatArray) -> float | FloatArray:
    """Distance of Friedel pairs in 1/nm: that of g from the nearer of `other` and -`other`.

    Parameters
    ----------
    g_per_nm, other
        Shape (..., 2) each, or one wavevector.
    """
    g, other = np.asarray(g_per_nm), np.asarray(other)
    apart, across = g - other, g + other
    distance: FloatArray = np.minimum(
        np.hypot(apart[..., 0], apart[..., 1]), np.hypot(across[..., 0], across[..., 1])
    )
    return distance
