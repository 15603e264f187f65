"""The inverse FFT through round masks that a person places on spots, each with its Friedel mate."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from hrtem_core.image import PixelSize, Wavevector, frequencies_per_nm
from hrtem_core.numerics import FloatArray, FloatImage, IntArray, n_threads, read_only
from hrtem_core.spectrum import periodic_spectrum


@dataclass(frozen=True)
class MaskPair:
    """Two round holes at g and -g, their edges as soft as half a wave of a cosine.

    Parameters
    ----------
    g_per_nm
        Middle of one of them.
    radius_per_nm
        Where half of an amplitude passes.
    edge_per_nm
        Width of the edge, from all to nothing; 0 is a hard one, whose image rings.
    """

    g_per_nm: Wavevector
    radius_per_nm: float
    edge_per_nm: float

    @property
    def inner_per_nm(self) -> float:
        """Radius up to which all passes."""
        return max(self.radius_per_nm - self.edge_per_nm / 2, 0.0)

    @property
    def outer_per_nm(self) -> float:
        """Radius from which on nothing passes."""
        return self.radius_per_nm + self.edge_per_nm / 2

    @property
    def resolution_nm(self) -> float:
        """Distance over which the inverse FFT blurs: half a wave of the highest frequency beside g."""
        return 1 / (2 * self.radius_per_nm)

    def share(self, distance_per_nm: FloatImage) -> FloatImage:
        """The share of an amplitude that passes at a distance from the middle."""
        width = max(self.outer_per_nm - self.inner_per_nm, 1e-12)
        way = np.clip((distance_per_nm - self.inner_per_nm) / width, 0, 1)
        return np.asarray(0.5 + 0.5 * np.cos(math.pi * way))


def through_masks(image: FloatImage, pixel_size: PixelSize, masks: Sequence[MaskPair]) -> FloatImage:
    """The inverse FFT of an image through masks; where two overlap the more open one counts.

    Parameters
    ----------
    image
        Shape (rows, columns).
    pixel_size
        Of its pixels.
    masks
        Any number; without one nothing passes.

    Returns
    -------
    filtered
        Shape of the image, float32, mean 0 unless a mask covers the zero frequency.
    """
    shape = image.shape[0], image.shape[1]
    waves = periodic_spectrum(image.astype(np.float32), shape)
    rows = frequencies_per_nm(shape[0], pixel_size.row_nm)
    cols = np.abs(frequencies_per_nm(shape[1], pixel_size.col_nm))[: waves.shape[1]]
    open_ = np.zeros(waves.shape, dtype=np.float32)
    for mask in masks:
        for row, col, share in _holes(mask, rows, cols):
            open_[np.ix_(row, col)] = np.maximum(open_[np.ix_(row, col)], share)
    return read_only(fft.irfft2(waves * open_, s=shape, workers=n_threads()))


def _holes(
    mask: MaskPair, rows: FloatArray, cols: FloatArray
) -> Iterator[tuple[IntArray, IntArray, FloatImage]]:
    """Rows and columns near g and near -g, and what passes there."""
    for sign in (1, -1):
        down, across = (
            frequency - sign * g for frequency, g in zip((rows, cols), mask.g_per_nm, strict=True)
        )
        row, col = (np.flatnonzero(np.abs(apart) <= mask.outer_per_nm) for apart in (down, across))
        yield row, col, mask.share(np.hypot(down[row][:, None], across[col]))
