"""Dead and hot rows and columns of a detector, which would lie over the whole spectrum as a band."""

import numpy as np

from hrtem_core.numerics import FloatArray, FloatImage, IntArray
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

BESIDE = 2
"""Lines are compared with those so far away on both sides: two faulty ones may lie side by side."""


def find_dead_lines(image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING) -> IntArray:
    """Faulty rows: their mean stands out from both sides, and most of their pixels share in that.

    The second condition spares what is drawn into a row, such as a scale bar, the comparison of the two sides
    a specimen's edge.

    Parameters
    ----------
    image
        Shape (rows, columns); rows with a NaN are left alone. Transposed, the faulty columns are found.
    tuning
        How far a faulty line stands out.

    Returns
    -------
    rows
        Shape (n,), rising.
    """
    mean = image.mean(axis=1, dtype=np.float64)
    if len(mean) < 8 * BESIDE:
        return np.empty(0, np.int64)
    before, after = _beside(len(mean))
    difference = mean - (mean[before] + mean[after]) / 2
    size = np.abs(difference)
    known = size[np.isfinite(size)]
    if not len(known):
        return np.empty(0, np.int64)
    limit = max(
        tuning.dead_line_sigmas * 1.4826 * float(np.median(known)),
        tuning.dead_line_tail * float(np.quantile(known, 0.95)),
    )
    found = np.flatnonzero((size > limit) & (np.abs(mean[before] - mean[after]) < size / 2))
    if len(found) > max(tuning.max_dead_line_share * len(mean), 2):
        return found[:0]
    typical = np.median(image[found] - _replacement(image, found), axis=1)
    return np.asarray(found[np.abs(typical) > size[found] / 2])


def mend_dead_lines(image: FloatImage, rows: IntArray) -> None:
    """Replaces rows, in place, by the mean of those beside them."""
    image[rows] = _replacement(image, rows)


def _beside(n: int) -> tuple[IntArray, IntArray]:
    """For every line the one before and the one after it to compare with; at the ends both lie inwards."""
    index = np.arange(n)
    before, after = index - BESIDE, index + BESIDE
    return np.where(before < 0, after, before), np.where(after >= n, before, after)


def _replacement(image: FloatImage, rows: IntArray) -> FloatArray:
    before, after = _beside(len(image))
    return np.asarray((image[before[rows]] + image[after[rows]]) / 2)
