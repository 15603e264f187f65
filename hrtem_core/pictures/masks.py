"""The inverse FFT through round masks that a person places on spots, each with its Friedel mate."""

from collections.abc import Iterator, Sequence

import numpy as np
import scipy

from hrtem_core.image import PixelSize, frequencies_per_nm
from hrtem_core.numerics import FloatArray, FloatImage, IntArray, n_threads, read_only
from hrtem_core.recipe import MaskPair
from hrtem_core.spectrum import periodic_spectrum


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
    return read_only(scipy.fft.irfft2(waves * open_, s=shape, workers=n_threads()))


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
