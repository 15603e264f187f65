"""Rows at an image's side that are the mirror image of those further in, as aligning and padding leave."""

import math

import numpy as np
from scipy import ndimage

from hrtem_core.numerics import FloatArray, FloatImage

PROBES = 4
"""Rows at the side that are looked for among the others."""
MAX_SHARE = 1 / 3
"""Wider than this part of the image no border is: symmetric crystals reach further."""
COLUMNS = 256
ALIKE = 0.75
"""Rows whose mean difference is less than this part of the usual one are looked at closely."""
UNIQUE = 0.5
"""The mirror image differs by less than this part of what any other rows do: those of a lattice repeat."""
NEAR = 3
STEP = 0.1
"""Aligning moves images by fractions of a pixel: the mirror lies anywhere between the rows."""
COMPARED, MARGIN = 16, 6


def mirrored_rows(image: FloatImage) -> int:
    """How many rows from row 0 on mirror those after them; 0 when they are data of their own.

    Parameters
    ----------
    image
        Shape (rows, columns).
    """
    step = max(1, image.shape[1] // COLUMNS)
    detail = image[:, 1::step] - image[:, :-1:step]
    reach = int(2 * MAX_SHARE * len(detail))
    if reach <= 2 * PROBES or not np.isfinite(detail[: reach + 1]).all():
        return 0
    sums = np.arange(2 * PROBES, reach)
    differences = np.array([_difference(detail, row) for row in range(PROBES)])
    alike: FloatArray = np.mean([differences[k][sums - k] for k in range(PROBES)], axis=0)
    usual = float(np.median(differences))
    best = int(np.argmin(alike))
    if not alike[best] < ALIKE * usual:
        return 0
    others = alike[np.abs(sums - sums[best]) > NEAR]
    row_sum, difference = _refined(detail, int(sums[best]))
    if not difference < UNIQUE * others.min(initial=usual):
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
        moved = ndimage.shift(beyond, (-fraction, 0), order=3, mode="nearest")
        mirror_image = moved[row_sum - start - np.arange(n)]
        found.append((float(np.abs(mirror_image - detail[:n]).mean()), row_sum + float(fraction)))
    difference, refined = min(found)
    return refined, difference
