"""Bins: of a histogram's values, and of an image's pixels."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hrtem_core.numerics.arrays import FloatArray

MAX_BINS, LEAST_BINS = 30, 5


def bin_edges(values: ArrayLike, span: tuple[float, float] | None = None) -> FloatArray:
    """Edges of a histogram's bins after the rule of Freedman and Diaconis.

    Where the rule asks for one bin, or for more than `MAX_BINS` (sharp lines far apart), a third as many as
    there are values, within bounds. D. Freedman & P. Diaconis, Z. Wahrscheinlichkeitstheorie 57 (1981) 453,
    doi:10.1007/BF01025868.

    Parameters
    ----------
    values
        Shape (n,), n at least 1.
    span
        First and last edge in place of the least and the largest value.
    """
    known = np.asarray(values, dtype=float)
    upper, lower = np.percentile(known, (75, 25))
    width = 2.0 * (upper - lower) * known.size ** (-1.0 / 3.0)
    # Not numpy's own "fd": of values that are nearly all equal it makes more bins than memory holds.
    extent = np.ptp(known)
    if width < extent <= MAX_BINS * width:
        n_bins = int(np.ceil(extent / width))
    else:
        n_bins = min(MAX_BINS, max(LEAST_BINS, known.size // 3))
    return np.asarray(np.histogram_bin_edges(known, n_bins, span))


def block_means(image: NDArray[Any], factor: int) -> NDArray[Any]:
    """Means of blocks of pixels, float32; with a factor of 1 the image itself.

    Parameters
    ----------
    image
        Shape (rows, columns).
    factor
        Pixels per side of a block; rows and columns that fill no block are left out.

    Returns
    -------
    means
        Shape (rows // factor, columns // factor).
    """
    if factor == 1:
        return image
    rows, cols = (side // factor for side in image.shape)
    blocks = image[: rows * factor, : cols * factor].reshape(rows, factor, cols, factor)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))
