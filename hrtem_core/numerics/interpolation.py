"""Linear interpolation between knots, and the maximum between three samples."""

import numpy as np

from hrtem_core.numerics.arrays import FloatArray, FloatImage


def interpolation(knots: FloatArray, points: FloatArray) -> FloatImage:
    """Matrix (n_points, n_knots) of linear interpolation, constant beyond the ends."""
    if len(knots) == 1:
        return np.ones((len(points), 1), dtype=np.float32)
    position = np.interp(points, knots, np.arange(len(knots)))
    lower = np.minimum(position.astype(int), len(knots) - 2)
    weight = (position - lower).astype(np.float32)
    matrix = np.zeros((len(points), len(knots)), dtype=np.float32)
    index = np.arange(len(points))
    matrix[index, lower] = 1 - weight
    matrix[index, lower + 1] = weight
    return matrix


def vertex(before: FloatArray, here: FloatArray, after: FloatArray) -> FloatArray:
    """Where between -0.5 and 0.5 a parabola through the logarithms of three powers has its maximum."""
    a, b, c = (np.log(np.maximum(v, 1e-6)) for v in (before, here, after))
    curvature = a - 2 * b + c
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = 0.5 * (a - c) / curvature
    return np.where(curvature < 0, np.clip(shift, -0.5, 0.5), 0.0)


def summit(power: FloatImage) -> tuple[float, float] | None:
    """Where between its samples a power is largest, in (row, column); None where that is at its rim."""
    row, col = (int(at) for at in np.unravel_index(int(np.argmax(power)), power.shape))
    if not (0 < row < power.shape[0] - 1 and 0 < col < power.shape[1] - 1):
        return None
    here = power[row, col]
    return (
        row + float(vertex(power[row - 1, col], here, power[row + 1, col])),
        col + float(vertex(power[row, col - 1], here, power[row, col + 1])),
    )


def pixel_range(positions_px: FloatArray, length_px: int, ratio: float = 1.0) -> tuple[int, int]:
    """First pixel, and the one after the last, that samples speak for; near a border as far as that.

    Parameters
    ----------
    positions_px
        Shape (n,), rising: where the samples lie, in pixels of the image they were taken of.
    length_px
        Pixels of the image along this axis.
    ratio
        Its pixels per pixel of the one the samples were taken of.
    """
    step = (positions_px[1] - positions_px[0]) * ratio if len(positions_px) > 1 else float(length_px)
    first, last = positions_px[0] * ratio, positions_px[-1] * ratio
    start = 0 if first < 1.5 * step else int(np.ceil(first))
    stop = length_px if length_px - 1 - last < 1.5 * step else int(last) + 1
    return max(start, 0), min(max(stop, start + 1), length_px)
