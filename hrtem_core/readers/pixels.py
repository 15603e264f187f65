"""Decoded numbers of any kind to one intensity per pixel."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.numerics import FloatImage

LUMINANCE = (0.299, 0.587, 0.114)
"""ITU-R BT.601 weights of red, green and blue."""


def luminance(colours: NDArray[Any]) -> FloatImage:
    """Brightness of a colour image.

    Parameters
    ----------
    colours
        Shape (rows, columns, 1 to 4): grey, grey and alpha, RGB, or RGB and alpha; alpha is ignored.
    """
    if colours.shape[2] < 3:
        return colours[..., 0].astype(np.float32)
    grey = np.zeros(colours.shape[:2], np.float32)
    for channel, weight in enumerate(LUMINANCE):
        grey += np.float32(weight) * colours[..., channel]
    return grey


def to_intensity(pixels: NDArray[Any]) -> tuple[FloatImage, tuple[str, ...]]:
    """One float32 per pixel, and remarks on how it was made.

    Parameters
    ----------
    pixels
        Shape (rows, columns) or (rows, columns, colours); integer, float, bool or complex.

    Raises
    ------
    FileError
        If the elements are no numbers.
    """
    if pixels.dtype.kind not in "biufc":
        raise FileError(f"The image holds {pixels.dtype} instead of numbers; export it as a grey image.")
    if pixels.ndim not in (2, 3):
        raise FileError(f"A micrograph has rows and columns; this array has {pixels.ndim} dimensions.")
    notes: tuple[str, ...] = ()
    with np.errstate(over="ignore", invalid="ignore"):
        if pixels.dtype.kind == "c":
            pixels, notes = np.abs(pixels), ("complex image: its modulus is used",)
        if pixels.ndim == 3:
            if pixels.shape[2] >= 3:
                notes = (*notes, "colour image: its luminance is used")
            return luminance(pixels), notes
        return np.ascontiguousarray(pixels, dtype=np.float32), notes


def remarks_on(intensity: FloatImage) -> tuple[str, ...]:
    """What a person should know of pixels in which little or nothing can be seen.

    Parameters
    ----------
    intensity
        Shape (rows, columns).
    """
    lowest, highest = float(intensity.min()), float(intensity.max())
    if math.isfinite(lowest) and math.isfinite(highest):
        return ("every pixel has the same value, so there is nothing to find",) if lowest == highest else ()
    share = 1 - float(np.isfinite(intensity).mean())
    if share == 1:
        return ("no pixel holds a finite number, so there is nothing to find; export the image again",)
    return (f"{100 * share:.2g} % of the pixels hold no finite number; they are left out",)
