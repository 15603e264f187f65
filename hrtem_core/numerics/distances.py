"""Distances to a region and inside it; those of a rectangle, as a lattice over the field is, at once."""

import numpy as np
import scipy

from hrtem_core.numerics.arrays import BoolImage, FloatArray, FloatImage

Box = tuple[slice, slice]
"""Rows and columns of a part of an image."""


def box_of(mask: BoolImage) -> Box:
    """The smallest part that holds everything set in a mask of which something is."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def depth_inside(mask: BoolImage) -> FloatImage:
    """Distance in pixels of every pixel of a mask to the nearest one outside; all beyond it is outside."""
    if mask.all():
        depths = (np.minimum(np.arange(n) + 1, n - np.arange(n)) for n in mask.shape)
        rows, cols = (depth.astype(float) for depth in depths)
        return np.asarray(np.minimum(rows[:, None], cols))
    return np.asarray(scipy.ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1])


def distance_to(mask: BoolImage, sampling: tuple[float, float] = (1.0, 1.0)) -> FloatImage:
    """Distance of every pixel to the nearest one of a mask, in which something is set.

    Parameters
    ----------
    mask
        Shape (rows, columns).
    sampling
        Distance of neighbouring rows, and columns.
    """
    box = box_of(mask)
    if mask[box].all():
        rows, cols = (
            _beyond(n, side) * step for n, side, step in zip(mask.shape, box, sampling, strict=True)
        )
        return np.asarray(np.hypot(rows[:, None], cols))
    return np.asarray(scipy.ndimage.distance_transform_edt(~mask, sampling=sampling))


def dilated(mask: BoolImage, reach: float, sampling: tuple[float, float]) -> BoolImage:
    """Whether the distance of every pixel to a mask is at most `reach`, as `distance_to` measures.

    Where `reach` is few pixels this takes a tenth of the time: the mask is widened along its rows, ever more,
    and every width is laid over the rows so far above and below that it is the chord of a disc.

    Parameters
    ----------
    mask
        Shape (rows, columns).
    reach
        In the units of `sampling`.
    sampling
        Distance of neighbouring rows, and columns.
    """
    far = int(reach / sampling[0])
    chords = [_chord(reach, row * sampling[0], sampling[1]) for row in range(far, -1, -1)]
    wide, out, width = mask.copy(), mask.copy(), 0
    for row, chord in zip(range(far, -1, -1), chords, strict=True):
        while width < chord:
            wide = _one_wider(wide)
            width += 1
        if row:
            out[row:] |= wide[:-row]
            out[:-row] |= wide[row:]
    return out | wide


def _chord(reach: float, rows_off: float, step: float) -> int:
    """Half the chord of a disc, in columns, so far off its middle row."""
    columns = np.arange(int(reach / step) + 2)
    return int(np.flatnonzero(np.sqrt(rows_off**2 + (columns * step) ** 2) <= reach).max(initial=-1))


def _one_wider(mask: BoolImage) -> BoolImage:
    """A mask with one more column on both sides of every run."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    return wide


def _beyond(n: int, side: slice) -> FloatArray:
    """How far each of n positions lies beyond an interval."""
    at = np.arange(n)
    beyond = np.maximum(np.maximum(side.start - at, at - side.stop + 1), 0)
    return np.asarray(beyond.astype(float))


def largest_disc(mask: BoolImage, sampling: tuple[float, float]) -> float:
    """Diameter of the largest disc that fits into a region, however it bends, as `distance_to` measures."""
    box = box_of(mask)
    if mask[box].all():
        depths = [(side.stop - side.start + 1) // 2 * step for side, step in zip(box, sampling, strict=True)]
        return float(2 * min(depths))
    # The nearest pixel outside lies at most one beyond the box.
    rows, cols = (slice(max(side.start - 1, 0), side.stop + 1) for side in box)
    return 2 * float(scipy.ndimage.distance_transform_edt(mask[rows, cols], sampling=sampling).max())


def blurred(mask: BoolImage, sigma_px: tuple[float, float]) -> FloatImage:
    """A mask, in which something is set, smoothed by a Gaussian that is cut off at three deviations."""
    box = box_of(mask)
    if mask[box].all():
        rows, cols = (
            scipy.ndimage.gaussian_filter1d(_within(n, side), sigma, truncate=3.0)
            for n, side, sigma in zip(mask.shape, box, sigma_px, strict=True)
        )
        return np.asarray(np.outer(rows, cols))
    return np.asarray(scipy.ndimage.gaussian_filter(mask.astype(np.float32), sigma_px, truncate=3.0))


def _within(n: int, side: slice) -> FloatArray:
    """1 for those of n positions that lie in an interval, else 0."""
    inside = np.zeros(n, dtype=np.float32)
    inside[side] = 1.0
    return inside
