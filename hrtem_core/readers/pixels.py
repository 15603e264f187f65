"""Decoded numbers of any kind to one intensity per pixel."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import MODULUS, Change, Strips, check_kind, parts_of, percent_of, single_precision
from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation import find_annotations

LUMINANCE = (0.299, 0.587, 0.114)
"""ITU-R BT.601 weights of red, green and blue."""


OPAQUE = 0.5
"""Pixels of less than this part of the largest opacity show the picture's ground, not the specimen."""
FAINT, VIVID, MOSTLY_GREY, DRAWN_MARGIN_PX = 0.1, 0.25, 0.7, 3
"""Differences between red, green and blue, in parts of the brightest: below the first JPEG makes them, above
the second a person; an image is grey when so much of it is."""
MAP_PIXEL_NM, MAP_PIXELS, MAP_COUNTS = 0.1, 1 << 20, 50.0
"""Coarser pixels, no more of them, and fewer counts in each: an elemental map's, not a micrograph's."""


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


def to_intensity(pixels: NDArray[Any] | Strips) -> tuple[FloatImage, tuple[str, ...]]:
    """One float32 per pixel, NaN or infinite where it has none, and remarks on how it was made.

    Parameters
    ----------
    pixels
        Shape (rows, columns) or (rows, columns, colours), or strips; integer, float, bool or complex.

    Raises
    ------
    FileError
        If the elements are no numbers.
    """
    strips = pixels if isinstance(pixels, Strips) else _strips_of(pixels)
    return _grey_of_colours(strips) if strips.n_colours else single_precision(strips)


def _strips_of(pixels: NDArray[Any]) -> Strips:
    """An array that is there, part by part."""
    if pixels.ndim not in (2, 3):
        raise FileError(f"A micrograph has rows and columns; this array has {pixels.ndim} dimensions.")
    rows, cols = pixels.shape[:2]
    return Strips((rows, cols), lambda: parts_of(pixels), pixels.shape[2] if pixels.ndim == 3 else 0)


@np.errstate(over="ignore", invalid="ignore", under="ignore")
def _grey_of_colours(colours: Strips) -> tuple[FloatImage, tuple[str, ...]]:
    """The brightness of a colour image, or the first channel of one or two, without what is not seen."""
    notes: tuple[str, ...] = ()
    if any(part.dtype.kind == "c" for part in islice(colours.again(), 1)):
        colours, notes = replace(colours, again=_moduli(colours)), (MODULUS,)
    grey = _by_parts(luminance, colours, np.float32)
    if colours.n_colours >= 3:
        notes = (*notes, "colour image: its luminance is used", *_without_coloured(grey, colours))
    return _opaque(grey, colours, notes)


def _moduli(colours: Strips) -> Callable[[], Iterator[NDArray[Any]]]:
    return lambda: map(np.abs, colours.again())


def _without_coloured(grey: FloatImage, colours: Strips) -> tuple[str, ...]:
    """Set `grey` to NaN where colour is drawn on an image that has none, and a note on that."""
    brightest = _largest(part[..., :3] for part in colours.again())
    n_faint = n_vivid = 0
    for part in colours.again():
        chroma = _chroma(part)
        n_faint += int(np.count_nonzero(chroma <= FAINT * brightest))
        n_vivid += int(np.count_nonzero(chroma > VIVID * brightest))
    if n_faint / grey.size < MOSTLY_GREY or not n_vivid:
        return ()
    vivid = _by_parts(lambda part: _chroma(part) > VIVID * brightest, colours, np.bool_)
    for kept in find_annotations(grey):  # the scale may be measured on its bar; preparation leaves it out
        rows = slice(max(kept.row0 - DRAWN_MARGIN_PX, 0), kept.row1 + DRAWN_MARGIN_PX)
        vivid[rows, max(kept.col0 - DRAWN_MARGIN_PX, 0) : kept.col1 + DRAWN_MARGIN_PX] = False
    if not vivid.any():
        return ()
    # JPEG halves the resolution of colours, and letters are smoothed.
    drawn = scipy.ndimage.binary_dilation(vivid, np.ones((3, 3)), DRAWN_MARGIN_PX)
    grey[drawn] = np.nan
    return (f"{_percent(drawn)} of the pixels are coloured drawings on a grey image; they are left out",)


def _chroma(colours: NDArray[Any]) -> FloatImage:
    """How far red, green and blue differ."""
    red, green, blue = (colours[..., channel].astype(np.float32) for channel in range(3))
    most, least = (pick(pick(red, green), blue) for pick in (np.maximum, np.minimum))
    return np.asarray(most - least)


def _by_parts(make: Change, colours: Strips, dtype: type) -> NDArray[Any]:
    """What is made of a colour image, one number for each pixel, without copies of all of it."""
    made: NDArray[Any] = np.empty(colours.shape, dtype)
    row = 0
    for part in colours.again():
        check_kind(part)
        made[row : row + len(part)] = make(part)
        row += len(part)
    return made


def _largest(parts: Iterable[NDArray[Any]]) -> float:
    """The largest number; NaN if there is one."""
    return float(np.max([np.float32(part.max()) for part in parts]))


def _opaque(grey: FloatImage, colours: Strips, notes: tuple[str, ...]) -> tuple[FloatImage, tuple[str, ...]]:
    """The image with NaN where it is transparent, and a note on that."""
    if colours.n_colours not in (2, 4):
        return grey, notes
    half = OPAQUE * _largest(part[..., -1] for part in colours.again())
    transparent = _by_parts(lambda part: part[..., -1] < half, colours, np.bool_)
    if not transparent.any():
        return grey, notes
    grey[transparent] = np.nan
    return grey, (*notes, f"{_percent(transparent)} of the pixels are transparent; they are left out")


def _percent(flags: BoolImage) -> str:
    return percent_of(int(np.count_nonzero(flags)), flags.size)


def map_remarks(intensity: FloatImage, pixel_nm: float | None) -> tuple[str, ...]:
    """A remark on what looks like an elemental map: few counts in coarse pixels.

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
        return ()  # most images
    n_finite = sum(int(np.count_nonzero(np.isfinite(part))) for part in parts_of(intensity))
    if not n_finite:
        return ("no pixel holds a finite number, so there is nothing to find; export the image again",)
    if n_finite == intensity.size and intensity.min() == intensity.max():
        return ("every pixel has the same value, so there is nothing to find",)
    return ()
