"""Stage 1, FFT peaks: the strongest maximum of spacings larger than those that are looked for."""

from typing import NamedTuple

import numpy as np

from hrtem_core.numerics import BoolImage, FloatArray, FloatImage, IntArray


class Outside(NamedTuple):
    """A maximum of a local spectrum beyond the range that is looked for.

    Parameters
    ----------
    d_nm
        Its spacing; 0 when there is none.
    significance
        Its power over that which noise exceeds `false_alarms` times.
    power
        Its power over the local noise.
    """

    d_nm: float
    significance: float
    power: float


NOTHING_OUTSIDE = Outside(0.0, 0.0, 0.0)


def neighbours(ratio: FloatImage, t: IntArray, r: IntArray, c: IntArray) -> dict[tuple[int, int], FloatArray]:
    """The eight neighbours of bins (t, r, c) of a stack of rfft2; beyond column 0 lies the other half."""
    n_rows, n_cols = ratio.shape[1:]
    around = {}
    for dr, dc in ((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)):
        rows = np.where(c + dc < 0, -(r + dr), r + dr) % n_rows
        around[dr, dc] = ratio[t, rows, np.minimum(np.abs(c + dc), n_cols - 1)]
    return around


def strongest_outside(
    ratio: FloatImage, below: BoolImage, radius_per_nm: FloatImage, threshold: float
) -> Outside:
    """The strongest maximum of a row of windows at frequencies below the band.

    Parameters
    ----------
    ratio
        Shape (windows, rows, columns): power over noise of every bin of their rfft2.
    below
        Shape (rows, columns): which bins count.
    radius_per_nm
        Shape (rows, columns): |g|.
    threshold
        The power that noise exceeds `false_alarms` times.
    """
    r, c = np.nonzero(below)
    if not len(r):
        return NOTHING_OUTSIDE
    window, at = np.unravel_index(int(np.argmax(ratio[:, r, c])), (len(ratio), len(r)))
    t, r, c = np.array([window]), r[at : at + 1], c[at : at + 1]
    value = float(ratio[t, r, c][0])
    around = np.array([side[0] for side in neighbours(ratio, t, r, c).values()])
    if value <= threshold or (around > value).any():
        return NOTHING_OUTSIDE
    return Outside(1 / float(radius_per_nm[r[0], c[0]]), value / threshold, value)
