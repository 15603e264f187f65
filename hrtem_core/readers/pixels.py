"""Decoded numbers of any kind to one intensity per pixel."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hrtem_core.errors import FileError
from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation import find_annotations

LUMINANCE = (0.299, 0.587, 0.114)
"""ITU-R BT.601 weights of red, green and blue."""


OPAQUE = 0.5
"""Pixels of less than this part of the largest opacity show the picture's ground, not the specimen."""
FAINT, VIVID, MOSTLY_GREY, DRAWN_MARGIN_PX = 0.1, 0.25, 0.7, 3
"""Differences between red, green and blue, in parts of the brightest: below the first JPEG makes them, above
the second a person; an image is grey when so much of it is."""
OFFSET = 1e3
"""An offset of more than this many times the contrast is taken away: float32 keeps 7 digits of a number."""
SINGLE = 1e30
"""A contrast larger than this, or smaller than its inverse, is brought into float32's range."""
MAP_PIXEL_NM, MAP_PIXELS, MAP_COUNTS = 0.1, 1 << 20, 50.0
"""Coarser pixels, no more of them, and fewer counts in each: an elemental map's, not a micrograph's."""
CLIPPED, SAMPLE = 0.01, 200_000
"""Part of the pixels at either end that do not count for the contrast."""


def luminance(colours: NDArray[Any]) -> FloatImage:
    """Brightness of a colour image.

    Parameters
    ----------
    colours
        Shape (rows, columns, 1 to 4): grey, grey and opacity, RGB, or RGB and opacity.
    """
    if colours.shape[2] < 3:
        return colours[..., 0].astype(np.float32)
    grey = np.zeros(colours.shape[:2], np.float32)
    for channel, weight in enumerate(LUMINANCE):
        grey += np.float32(weight) * colours[..., channel]
    return grey


def to_intensity(pixels: NDArray[Any]) -> tuple[FloatImage, tuple[str, ...]]:
    """One float32 per pixel, NaN or infinite where it has none, and remarks on how it was made.

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
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if pixels.dtype.kind == "c":
            pixels, notes = np.abs(pixels), ("complex image: its modulus is used",)
        if pixels.ndim == 2:
            intensity, more = _single_precision(pixels)
            return intensity, (*notes, *more)
        grey = luminance(pixels)
        if pixels.shape[2] >= 3:
            notes = (*notes, "colour image: its luminance is used", *_without_coloured(grey, pixels))
        return _opaque(grey, pixels, notes)


def _without_coloured(grey: FloatImage, colours: NDArray[Any]) -> tuple[str, ...]:
    """Set `grey` to NaN where colour is drawn on an image that has none, and a note on that."""
    rgb = colours[..., :3].astype(np.float32)
    chroma = rgb.max(axis=2) - rgb.min(axis=2)
    brightest = float(rgb.max())
    is_grey = float(np.mean(chroma <= FAINT * brightest)) >= MOSTLY_GREY
    vivid = chroma > VIVID * brightest
    if not is_grey or not vivid.any():
        return ()
    for kept in find_annotations(grey):  # the scale may be measured on its bar; preparation leaves it out
        rows = slice(max(kept.row0 - DRAWN_MARGIN_PX, 0), kept.row1 + DRAWN_MARGIN_PX)
        vivid[rows, max(kept.col0 - DRAWN_MARGIN_PX, 0) : kept.col1 + DRAWN_MARGIN_PX] = False
    if not vivid.any():
        return ()
    # JPEG halves the resolution of colours, and letters are smoothed.
    drawn = ndimage.binary_dilation(vivid, np.ones((3, 3)), DRAWN_MARGIN_PX)
    grey[drawn] = np.nan
    return (f"{_percent(drawn)} of the pixels are coloured drawings on a grey image; they are left out",)


def _opaque(
    grey: FloatImage, colours: NDArray[Any], notes: tuple[str, ...]
) -> tuple[FloatImage, tuple[str, ...]]:
    """The image with NaN where it is transparent, and a note on that."""
    if colours.shape[2] not in (2, 4):
        return grey, notes
    opacity = colours[..., -1]
    transparent = opacity < OPAQUE * float(opacity.max())
    if not transparent.any():
        return grey, notes
    grey[transparent] = np.nan
    return grey, (*notes, f"{_percent(transparent)} of the pixels are transparent; they are left out")


def _single_precision(pixels: NDArray[Any]) -> tuple[FloatImage, tuple[str, ...]]:
    """The numbers as float32 without loss of contrast, and notes on what that took."""
    n_bytes, is_float = pixels.dtype.itemsize, pixels.dtype.kind == "f"
    if n_bytes < 4 and not is_float:
        return np.ascontiguousarray(pixels, dtype=np.float32), ()
    notes = []
    finite = np.isfinite(pixels)
    if not finite.all() and finite.any():
        notes.append(f"{_percent(~finite)} of the pixels hold no finite number; they are left out")
    if n_bytes <= 4 and is_float:
        return np.ascontiguousarray(pixels, dtype=np.float32), tuple(notes)
    pixels, said = _brought_into_range(pixels, finite)
    notes += said
    single = np.ascontiguousarray(pixels, dtype=np.float32)
    beyond = finite & ~np.isfinite(single)
    if beyond.any():
        largest = np.finfo(np.float32).max
        notes.append(f"{_percent(beyond)} of the pixels hold numbers beyond {largest:.2g}; they are left out")
    return single, tuple(notes)


def _brought_into_range(pixels: NDArray[Any], finite: BoolImage) -> tuple[NDArray[Any], list[str]]:
    """Numbers of many digits without an offset that hides the contrast, and of a size float32 can hold."""
    known = pixels.reshape(-1) if finite.all() else pixels[finite]  # no second copy of most images
    if not known.size:
        return pixels, []
    ordered = np.sort(known[:: max(1, known.size // SAMPLE)])
    low, middle, high = ordered[[round(q * (len(ordered) - 1)) for q in (CLIPPED, 0.5, 1 - CLIPPED)]]
    contrast, notes = float(high.item() - low.item()), []
    if abs(float(middle)) > OFFSET * contrast > 0:
        notes.append(f"an offset of {float(middle):.7g} is taken away: it is far larger than the contrast")
        pixels = _less(pixels, middle)
    if not 1 / SINGLE < contrast < SINGLE and contrast > 0:
        exponent = math.floor(math.log10(contrast))
        notes.append(f"all numbers are divided by 1e{exponent:+d}: they are out of single precision's range")
        pixels = pixels / 10.0**exponent
    return pixels, notes


def _less(pixels: NDArray[Any], offset: Any) -> FloatImage:
    """Pixels less an offset of their own type, without a detour by floats that would lose the contrast."""
    if pixels.dtype.kind == "f":
        return np.asarray(pixels - offset)
    above = (np.maximum(pixels, offset) - offset).astype(np.float64)
    return np.asarray(above - (offset - np.minimum(pixels, offset)).astype(np.float64))


def _percent(flags: BoolImage) -> str:
    return f"{100 * float(flags.mean()):.2g} %"


def map_remarks(intensity: FloatImage, pixel_nm: float | None) -> tuple[str, ...]:
    """A remark on an image that looks like an elemental map: few counts in coarse pixels.

    Parameters
    ----------
    intensity
        Shape (rows, columns).
    pixel_nm
        Its pixel size, None where that is not known.
    """
    if pixel_nm is None or pixel_nm < MAP_PIXEL_NM or intensity.size > MAP_PIXELS:
        return ()
    mean = float(np.nanmean(intensity)) if np.isfinite(intensity).any() else 0.0
    if not 0 < mean < MAP_COUNTS or not np.array_equal(intensity, np.round(intensity)):
        return ()
    return (
        f"pixels of {pixel_nm:.3g} nm with {mean:.2g} counts each: if this is an elemental map, it "
        "belongs to compose, with a micrograph of the same place",
    )


def remarks_on(intensity: FloatImage) -> tuple[str, ...]:
    """What a person should know of pixels in which nothing can be seen.

    Parameters
    ----------
    intensity
        Shape (rows, columns).
    """
    first = intensity[0]
    if np.isfinite(first).all() and first.min() < first.max():
        return ()  # most images; no second copy of all pixels
    finite = np.isfinite(intensity)
    known = intensity if finite.all() else intensity[finite]
    if not known.size:
        return ("no pixel holds a finite number, so there is nothing to find; export the image again",)
    if known.size == intensity.size and known.min() == known.max():
        return ("every pixel has the same value, so there is nothing to find",)
    return ()
