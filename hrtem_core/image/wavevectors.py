"""Wavevectors g and Friedel pairs: the frequencies of Fourier bins, directions, distances.

Axis order is (row, column), the row axis points down, g is in cycles per nm so that d = 1/|g|."""

import numpy as np
from numpy.typing import ArrayLike

from hrtem_core.numerics import FloatArray

Wavevector = tuple[float, float]
"""(row, column) components of g in 1/nm; a Friedel pair is named by either of its members."""


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


def distance_per_nm(g_per_nm: FloatArray, other: ArrayLike) -> FloatArray:
    """Distances of Friedel pairs, shape (n, 2), from the pair `other`, shape (2,), in 1/nm."""
    g, other = np.asarray(g_per_nm), np.asarray(other)
    return np.asarray(np.minimum(np.hypot(*(g - other).T), np.hypot(*(g + other).T)))
