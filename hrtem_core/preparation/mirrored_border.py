"""Rows at an image's side that are the mirror image of those further in, as aligning and padding leave."""

import math

import numpy as np
import scipy

from hrtem_core.numerics import FloatArray, FloatImage
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

COLUMNS = 256
STEP = 0.1
"""Aligning moves images by fractions of a pixel: the mirror lies anywhere between the rows."""
COMPARED, MARGIN = 16, 6


def mirrored_rows(image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING) -> int:
    """How many rows from row 0 on mirror those after them; 0 when they are data of their own.

    Parameters
    ----------
    image
        Shape (rows, columns).
    tuning
        How much alike mirrored rows are.
    """
    step = max(1, image.shape[1] // COLUMNS)
    detail = image[:, 1::step] - image[:, :-1:step]
    reach = int(2 * tuning.max_mirror_share * len(detail))
    if reach <= 2 * tuning.mirror_probes or not np.isfinite(detail[: reach + 1]).all():
        return 0
    sums = np.arange(2 * tuning.mirror_probes, reach)
    differences = np.array([_difference(detail, row) for row in range(tuning.mirror_probes)])
    alike: FloatArray = np.mean([differences[k][sums - k] for k in range(tuning.mirror_probes)], axis=0)
    usual = float(np.median(differences))
    best = int(np.argmin(alike))
    if not alike[best] < tuning.mirror_alike * usual:
        return 0
    others = alike[np.abs(sums - sums[best]) > tuning.mirror_near]
    row_sum, difference = _refined(detail, int(sums[best]))
    if not difference < tuning.mirror_unique * others.min(initial=usual):
        return 0
    return math.ceil(row_sum / 2 - 0.25)


def _difference(detail: FloatImage, row: int) -> FloatArray:
    """Mean difference of every row from one."""
    return np.asarray(np.abs(detail - detail[row]).mean(axis=1))


def _refined(detail: FloatImage, row_sum: int) -> tuple[float, float]:
    """Sum of the numbers of two rows that mirror each other, with its fraction, and how much they differ."""
    n = min(COMPARED, row_sum // 2 - 1)
    start = max(row_sum - n - MARGIN, 0)
    beyond = detail[start : row_sum + MARGIN + 1]
    found = []
    for fraction in np.arange(-1, 1 + STEP / 2, STEP):
        moved = scipy.ndimage.shift(beyond, (-fraction, 0), order=3, mode="nearest")
        mirror_image = moved[row_sum - start - np.arange(n)]
        found.append((float(np.abs(mirror_image - detail[:n]).mean()), row_sum + float(fraction)))
    difference, refined = min(found)
    return refined, difference
