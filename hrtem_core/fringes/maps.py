"""Stage 3, inverse FFT: where the fringes of each wavevector are, the stage's product."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatArray, FloatImage, interpolation


@dataclass(frozen=True, eq=False, kw_only=True)
class FringeMap:
    """Where the fringes of one wavevector are, in one part of the field.

    Parameters
    ----------
    candidate
        Row of `Candidates` the map was made for, or -1 - k for the k-th peak added by hand.
    g_per_nm
        Refined wavevector (row, column) in 1/nm.
    g_sigma_per_nm
        Standard uncertainty of |g| in 1/nm.
    resolution_nm
        Standard deviation of the Gaussian that smoothed the map.
    rows_px, cols_px
        Positions of the map's samples in pixels of the working image.
    snr
        Shape (rows, columns), float32: fringe amplitude over the noise amplitude, one pair's fringes after
        the stronger ones were taken out; suppressed outside the fringes' own region.
    plateau
        Amplitude inside the fringes' region over the noise amplitude.
    excess
        Energy of the fringes above noise, in standard deviations of the noise's energy in their region.
    """

    candidate: int
    g_per_nm: Wavevector
    g_sigma_per_nm: float
    resolution_nm: float
    rows_px: FloatArray
    cols_px: FloatArray
    snr: FloatImage
    plateau: float
    excess: float

    def sampled(self, rows_px: FloatArray, cols_px: FloatArray) -> FloatImage:
        """The map at other positions, shape (len(rows_px), len(cols_px))."""
        rows, cols = interpolation(self.rows_px, rows_px), interpolation(self.cols_px, cols_px)
        return np.asarray(rows @ self.snr @ cols.T)


@dataclass(frozen=True, eq=False)
class FringeMaps:
    """All fringe maps of a field.

    Parameters
    ----------
    maps
        In the order in which they were explained, strongest first.
    map_of_candidate
        For each row of `Candidates`: index of the map it belongs to, or -1.
    residual
        Shape of the working image: the whitened image without the explained fringes.
    """

    maps: tuple[FringeMap, ...]
    map_of_candidate: tuple[int, ...]
    residual: FloatImage
