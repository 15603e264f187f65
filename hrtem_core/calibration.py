"""Pixels to nanometres and Fourier bins to cycles per nanometre: the only place that converts.

Axis order is (row, column), the row axis points down, g is in cycles per nm so that d = 1/|g|.
Pixels need not be square: rows and columns have their own size.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from hrtem_core.errors import ScaleError
from hrtem_core.types import FloatArray

Wavevector = tuple[float, float]
"""(row, column) components of g in 1/nm; a Friedel pair is named by either of its members."""

PLAUSIBLE_NM = (1e-4, 10.0)
"""Pixel sizes outside this range are no HRTEM micrograph: most often a wrong unit."""


@dataclass(frozen=True)
class PixelSize:
    """The size of a pixel along rows and columns, and where it came from.

    Parameters
    ----------
    row_nm, col_nm
        Distance between neighbouring rows, and between neighbouring columns, in nm.
    origin
        Where the number came from, in words for the user ("FEI metadata", "typed").
    relative_sigma
        Relative standard uncertainty of the calibration (0.01 is one percent).

    Raises
    ------
    ScaleError
        If a size is not a finite number in `PLAUSIBLE_NM`.
    """

    row_nm: float
    col_nm: float
    origin: str = "given"
    relative_sigma: float = 0.0

    def __post_init__(self) -> None:
        low, high = PLAUSIBLE_NM
        for size in (self.row_nm, self.col_nm):
            if not (math.isfinite(size) and low <= size <= high):
                raise ScaleError(
                    f"The pixel size must lie between {low:g} and {high:g} nm, got {size:g} nm; "
                    "check the number and its unit."
                )
        if not (math.isfinite(self.relative_sigma) and 0 <= self.relative_sigma < 0.5):
            raise ScaleError(
                "The calibration's relative uncertainty must lie between 0 and 0.5, "
                f"got {self.relative_sigma:g}."
            )

    @property
    def area_nm2(self) -> float:
        """Area of one pixel in nm²."""
        return self.row_nm * self.col_nm

    @property
    def mean_nm(self) -> float:
        """Geometric mean of the two sizes in nm."""
        return math.sqrt(self.area_nm2)

    @property
    def sizes_nm(self) -> tuple[float, float]:
        """(row, column) sizes in nm."""
        return self.row_nm, self.col_nm

    def binned(self, factor: int) -> "PixelSize":
        """The pixel size after averaging blocks of `factor` x `factor` pixels."""
        return replace(self, row_nm=self.row_nm * factor, col_nm=self.col_nm * factor)


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
