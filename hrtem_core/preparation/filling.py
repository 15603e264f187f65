"""Holes in an image filled smoothly from their surroundings, so that no edge shows up in a spectrum."""

import numpy as np

from hrtem_core.numerics import BoolImage, FloatImage

PAD_PX = 16


def _pull(values: FloatImage, weights: FloatImage) -> tuple[FloatImage, FloatImage]:
    """Weighted means of 2 x 2 blocks, and how much of each block is known; odd sides repeat their edge."""
    pad = [(0, n % 2) for n in values.shape]
    weighted = np.pad(values * weights, pad, mode="edge")
    known = np.pad(weights, pad, mode="edge")
    shape = (known.shape[0] // 2, 2, known.shape[1] // 2, 2)
    total = known.reshape(shape).sum(axis=(1, 3))
    mean = weighted.reshape(shape).sum(axis=(1, 3)) / np.maximum(total, np.finfo(np.float32).tiny)
    return mean.astype(np.float32), np.minimum(total, 1).astype(np.float32)


def _doubled(coarse: FloatImage, shape: tuple[int, ...]) -> FloatImage:
    """Bilinear enlargement by two, cut to `shape`."""
    fine = coarse
    for axis in (0, 1):
        moved = np.moveaxis(fine, axis, 0)
        before = np.concatenate((moved[:1], moved[:-1]))
        after = np.concatenate((moved[1:], moved[-1:]))
        pairs = np.stack((0.75 * moved + 0.25 * before, 0.75 * moved + 0.25 * after), axis=1)
        fine = np.moveaxis(pairs.reshape(2 * len(moved), *moved.shape[1:]), 0, axis)
    return fine[: shape[0], : shape[1]].astype(np.float32)


def _pull_push(values: FloatImage, weights: FloatImage) -> FloatImage:
    """Unknown pixels take the mean of the smallest neighbourhood that knows one.

    Gortler et al. 1996, doi:10.1145/237170.237200: averages go down a pyramid and come back up.
    """
    if min(values.shape) <= 1 or weights.min() >= 1:
        average = np.average(values, weights=weights) if weights.any() else 0.0
        return np.where(weights > 0, values, np.float32(average))
    mean, known = _pull(values, weights)
    guess = _doubled(_pull_push(mean, known), values.shape)
    filled_in: FloatImage = weights * values + (1 - weights) * guess
    return filled_in


def filled(image: FloatImage, usable: BoolImage) -> FloatImage:
    """The image with every pixel that is not usable filled in; all zero when none is usable.

    Parameters
    ----------
    image
        Shape (rows, columns); may hold anything where it is not usable.
    usable
        Shape (rows, columns).
    """
    if usable.all():
        return image
    if not usable.any():
        return np.zeros(image.shape, np.float32)
    rows, cols = np.flatnonzero(~usable.all(axis=1)), np.flatnonzero(~usable.all(axis=0))
    box = tuple(slice(max(int(k[0]) - PAD_PX, 0), int(k[-1]) + 1 + PAD_PX) for k in (rows, cols))
    if not usable[box].any():
        box = (slice(None), slice(None))
    hole = ~usable[box]
    result = image.copy()
    known = image[box].copy()
    known[hole] = 0
    result[box][hole] = _pull_push(known, usable[box].astype(np.float32))[hole]
    return result
