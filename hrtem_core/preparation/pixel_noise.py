"""How strong an image's noise is from pixel to pixel, and whether there is any."""

import numpy as np

from hrtem_core.numerics import BoolImage, FloatArray, FloatImage
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

NORMAL_MEDIAN = 0.6745
"""Median of the modulus of a normal variable of unit deviation."""

ROWS = 512
"""Rows, evenly over the image, in which noise is measured."""


def noise_share(intensity: FloatImage, usable: BoolImage) -> float:
    """Standard deviation of what changes from pixel to pixel over that of the image.

    White noise is left in the mixed second difference 36 times as strong, and structure that pixels resolve
    hardly at all (Immerkær 1996, doi:10.1006/cviu.1996.0060).

    Parameters
    ----------
    intensity, usable
        Shape (rows, columns).
    """
    mixed, deviation = mixed_differences(intensity, usable)
    return min(1.0, float(np.sqrt(np.mean(mixed**2))) / (6 * deviation)) if deviation else 0.0


def is_noiseless(
    intensity: FloatImage, usable: BoolImage, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> bool:
    """Whether an image was computed, not taken: in most places it is smooth, and nowhere rough.

    A counted image is smooth in most places, too, but all the rougher in the others.
    """
    mixed, deviation = mixed_differences(intensity, usable)
    if not deviation:
        return False
    whole = float(np.sqrt(np.mean(mixed**2))) / (6 * deviation)
    typical = float(np.median(np.abs(mixed))) / (6 * NORMAL_MEDIAN * deviation)
    return typical < tuning.noiseless and whole < tuning.rough


def mixed_differences(intensity: FloatImage, usable: BoolImage) -> tuple[FloatArray, float]:
    """Mixed second differences where all nine pixels are usable, and the standard deviation there."""
    rows = np.unique(np.linspace(1, len(intensity) - 2, ROWS).astype(int))
    inside = usable[rows - 1] & usable[rows] & usable[rows + 1]
    inside = inside[:, :-2] & inside[:, 1:-1] & inside[:, 2:]
    if not inside.any():
        return np.zeros(1), 0.0
    middle = intensity[rows].astype(np.float64)
    along = intensity[rows - 1] - 2 * middle + intensity[rows + 1]
    mixed = (along[:, :-2] - 2 * along[:, 1:-1] + along[:, 2:])[inside]
    return mixed, float(middle[:, 1:-1][inside].std())
