"""Dead and hot pixels and X-ray spikes: single pixels that neither lattice nor noise can explain.

Strategy: one cheap pass compares every pixel with the mean of its four neighbours; the few that differ
beyond anything common in this image are looked at one by one. A spike stands out from the ring of pixels
three away, which fringes of any period above 2 px do not, and is sharp: at most one neighbour shares it,
while a feature the microscope can resolve always reaches its neighbours.
"""

import numpy as np

from hrtem_core.numerics import FloatImage, IntArray
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

BLOCK_ROWS = 64
"""As many rows at a time as a processor's cache holds."""

REACH = 3


def _differences(image: FloatImage, row0: int, row1: int) -> FloatImage:
    """Pixel minus the mean of its four neighbours for rows row0 to row1 - 1; edges repeat."""
    rows = np.clip(np.arange(row0 - 1, row1 + 1), 0, image.shape[0] - 1)
    block = image[rows]
    difference = block[1:-1].copy()
    difference -= 0.25 * block[:-2]
    difference -= 0.25 * block[2:]
    difference[:, 1:-1] -= 0.25 * (block[1:-1, :-2] + block[1:-1, 2:])
    difference[:, 0] -= 0.5 * block[1:-1, 1]
    difference[:, -1] -= 0.5 * block[1:-1, -2]
    return difference


def _threshold(image: FloatImage, tuning: PreparationTuning) -> float:
    """A difference nothing ordinary in this image reaches, from every 8th block of 8 rows."""
    step = max(8, image.shape[0] // 32)
    sample = np.concatenate(
        [_differences(image, row, min(row + 8, image.shape[0])) for row in range(0, image.shape[0], step)]
    )
    sizes = np.abs(sample[np.isfinite(sample)])
    if sizes.size == 0:
        return np.inf
    sigma = 1.4826 * float(np.median(sizes))
    return max(tuning.spike_sigmas * sigma, tuning.spike_tail * float(np.quantile(sizes, 0.999)))


def _candidates(image: FloatImage, tuning: PreparationTuning) -> IntArray:
    """Shape (n, 2): pixels far from their neighbours' mean; a spike's neighbours may be among them."""
    threshold = _threshold(image, tuning)
    if threshold == 0 or not np.isfinite(threshold):
        return np.empty((0, 2), np.int64)
    found = []
    for row0 in range(0, image.shape[0], BLOCK_ROWS):
        difference = _differences(image, row0, min(row0 + BLOCK_ROWS, image.shape[0]))
        rows, cols = np.nonzero(np.abs(difference) > threshold)
        found.append(np.stack((rows + row0, cols), axis=1))
    return np.concatenate(found)


def _ring() -> tuple[IntArray, IntArray]:
    """Offsets (row, column) of the 24 pixels on the border of a 7 x 7 window."""
    rows, cols = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    on_border = np.maximum(abs(rows), abs(cols)) == REACH
    return rows[on_border], cols[on_border]


def find_spikes(
    image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> tuple[IntArray, FloatImage]:
    """Faulty pixels, and what to put in their place.

    Parameters
    ----------
    image
        Shape (rows, columns); pixels that are NaN are left alone.
    tuning
        How far a spike stands out.

    Returns
    -------
    positions
        Shape (n, 2), (row, column) of every spike.
    values
        Shape (n,): the median of the ring three pixels away.
    """
    positions = _candidates(image, tuning)
    if len(positions) == 0 or len(positions) > max(tuning.max_spike_share * image.size, 20):
        return positions[:0], np.empty(0, np.float32)
    padded = (
        np.pad(image, REACH, mode="reflect") if min(image.shape) > REACH else np.pad(image, REACH, "edge")
    )
    rows, cols = positions.T + REACH
    ring_rows, ring_cols = _ring()
    ring = padded[rows[:, None] + ring_rows, cols[:, None] + ring_cols]
    median = np.nanmedian(np.where(np.isfinite(ring).any(axis=1, keepdims=True), ring, 0), axis=1)
    spread = np.nanmax(np.abs(ring - median[:, None]), axis=1, initial=0)
    excess = padded[rows, cols] - median
    neighbours = np.stack(
        [padded[rows + i, cols + j] - median for i, j in ((-1, 0), (1, 0), (0, -1), (0, 1))]
    )
    shared = np.sort(neighbours * np.sign(excess), axis=0)[-2]
    size = np.abs(excess)
    is_spike = (
        (size > tuning.spike_tail * spread)
        & (size > _threshold(image, tuning))
        & (shared < tuning.spike_shared * size)
    )
    return positions[is_spike], median[is_spike].astype(np.float32)
