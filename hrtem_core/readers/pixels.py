"""Decoded numbers of any kind to one intensity per pixel."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hrtem_core.errors import FileError
from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation import find_annotations
from hrtem_core.readers.strips import Strips, parts_of

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
"""Part of the pixels at either end that do not count for the contrast; of so many of them it is measured."""
MODULUS = "complex image: its modulus is used"

Change = Callable[[NDArray[Any]], NDArray[Any]]
"""Something done to numbers, one by one."""


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
        Shape (rows, columns) or (rows, columns, colours), or strips of a grey image; integer, float, bool or
        complex.

    Raises
    ------
    FileError
        If the elements are no numbers.
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if isinstance(pixels, Strips):
            return _single_precision(pixels)
        _check_kind(pixels)
        if pixels.ndim == 2:
            rows, cols = pixels.shape
            return _single_precision(Strips((rows, cols), lambda: parts_of(pixels)))
        if pixels.ndim != 3:
            raise FileError(f"A micrograph has rows and columns; this array has {pixels.ndim} dimensions.")
        return _grey_of_colours(pixels)


def _check_kind(pixels: NDArray[Any]) -> None:
    if pixels.dtype.kind not in "biufc":
        raise FileError(f"The image holds {pixels.dtype} instead of numbers; export it as a grey image.")


def _grey_of_colours(colours: NDArray[Any]) -> tuple[FloatImage, tuple[str, ...]]:
    """The brightness of a colour image, or the first channel of one or two, without what is not seen."""
    notes: tuple[str, ...] = ()
    if colours.dtype.kind == "c":
        colours, notes = np.abs(colours), (MODULUS,)
    grey = _by_parts(luminance, colours, np.float32)
    if colours.shape[2] >= 3:
        notes = (*notes, "colour image: its luminance is used", *_without_coloured(grey, colours))
    return _opaque(grey, colours, notes)


def _without_coloured(grey: FloatImage, colours: NDArray[Any]) -> tuple[str, ...]:
    """Set `grey` to NaN where colour is drawn on an image that has none, and a note on that."""
    brightest = float(np.float32(colours[..., :3].max()))
    n_faint = sum(int(np.count_nonzero(_chroma(part) <= FAINT * brightest)) for part in parts_of(colours))
    if n_faint / grey.size < MOSTLY_GREY:
        return ()
    vivid = _by_parts(lambda part: _chroma(part) > VIVID * brightest, colours, np.bool_)
    if not vivid.any():
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


def _chroma(colours: NDArray[Any]) -> FloatImage:
    """How far red, green and blue differ."""
    red, green, blue = (colours[..., channel].astype(np.float32) for channel in range(3))
    most, least = (pick(pick(red, green), blue) for pick in (np.maximum, np.minimum))
    return np.asarray(most - least)


def _by_parts(make: Change, colours: NDArray[Any], dtype: type) -> NDArray[Any]:
    """What is made of a colour image, one number for each pixel, without copies of all of it."""
    made: NDArray[Any] = np.empty(colours.shape[:2], dtype)
    row = 0
    for part in parts_of(colours):
        made[row : row + len(part)] = make(part)
        row += len(part)
    return made


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


class _Sample:
    """Some of many numbers, one in so many, from the first to the last.

    Parameters
    ----------
    n_numbers
        How many there are.
    """

    def __init__(self, n_numbers: int) -> None:
        self._step, self._first = max(1, n_numbers // SAMPLE), 0
        self._taken: list[NDArray[Any]] = []

    def take(self, numbers: NDArray[Any]) -> None:
        """Go on with further numbers."""
        flat = numbers.reshape(-1)
        self._taken.append(flat[self._first :: self._step].copy())
        self._first = (self._first - flat.size) % self._step

    def low_middle_high(self) -> tuple[Any, Any, Any]:
        """What they range over, without the extremes, and their median."""
        ordered = np.concatenate(self._taken)
        ordered.sort()
        low, middle, high = ordered[[round(q * (len(ordered) - 1)) for q in (CLIPPED, 0.5, 1 - CLIPPED)]]
        return low, middle, high


@dataclass(frozen=True, eq=False, kw_only=True)
class _Converted:
    """What became of an image's numbers as float32.

    Parameters
    ----------
    n_rows
        How many there were.
    n_unknown, n_beyond
        How many numbers are not finite, and how many are in the file only.
    is_wide, is_complex
        Whether the file's numbers have more digits, and two parts.
    sample
        Of all of the file's numbers, if they have more digits.
    """

    n_rows: int
    n_unknown: int
    n_beyond: int
    is_wide: bool
    is_complex: bool
    sample: _Sample


def _convert(strips: Strips, image: FloatImage, change: Change | None = None) -> _Converted:
    """Write all strips into `image`, each changed first."""
    row = n_unknown = n_beyond = 0
    is_wide = is_complex = False
    sample = _Sample(image.size)
    for part in strips.again():
        into, real = image[row : row + len(part)], _real(part)
        if into.shape != real.shape:
            raise ValueError(f"a strip of {real.shape} in an image of {strips.shape}")
        into[...] = real if change is None else change(real)
        row += len(part)
        if real.dtype.kind == "f":
            n_finite = int(np.count_nonzero(np.isfinite(real)))
            n_unknown += real.size - n_finite
            n_beyond += n_finite - int(np.count_nonzero(np.isfinite(into)))
        is_complex = part.dtype.kind == "c"
        is_wide = real.itemsize > 4 or (real.itemsize == 4 and real.dtype.kind in "iu")
        if is_wide:
            sample.take(real)
    return _Converted(
        n_rows=row, n_unknown=n_unknown, n_beyond=n_beyond, is_wide=is_wide, is_complex=is_complex,
        sample=sample,
    )  # fmt: skip


def _real(pixels: NDArray[Any]) -> NDArray[Any]:
    _check_kind(pixels)
    return np.asarray(np.abs(pixels)) if pixels.dtype.kind == "c" else pixels


def _single_precision(strips: Strips) -> tuple[FloatImage, tuple[str, ...]]:
    """The numbers as float32 without loss of contrast, and notes on what that took."""
    image = np.empty(strips.shape, np.float32)
    found = _convert(strips, image)
    n_known, notes = image.size - found.n_unknown, [MODULUS] * found.is_complex
    if found.n_unknown and n_known:
        share = _percent_of(found.n_unknown, image.size)
        notes.append(f"{share} of the pixels hold no finite number; they are left out")
    if found.is_wide and n_known:
        change, said = _into_range(_sample_of_known(strips, image, found))
        notes += said
        if change is not None:
            found = _convert(strips, image, change)
    if found.is_wide and found.n_beyond:
        share, largest = _percent_of(found.n_beyond, image.size), np.finfo(np.float32).max
        notes.append(f"{share} of the pixels hold numbers beyond {largest:.2g}; they are left out")
    return image[: found.n_rows], tuple(notes)


def _sample_of_known(strips: Strips, image: FloatImage, found: _Converted) -> tuple[Any, Any, Any]:
    """Low, middle and high of the finite numbers of an image; as float32 if that makes no difference.

    Rounding keeps the order of numbers, so they are those of the file, rounded, where no number is beyond
    float32. Only if they are near what `_into_range` looks for the file is decoded once more.
    """
    if not found.n_unknown:
        return found.sample.low_middle_high()
    n_known = image.size - found.n_unknown
    if not found.n_beyond:
        rounded = _known_of(parts_of(image), n_known)
        low, middle, high = map(float, rounded)
        contrast = high - low
        if 2 * abs(middle) < OFFSET * contrast and 10 / SINGLE < contrast < SINGLE / 10:
            return rounded
    return _known_of(strips.again(), n_known)


def _known_of(parts: Iterator[NDArray[Any]], n_known: int) -> tuple[Any, Any, Any]:
    """Low, middle and high of the finite numbers, of which there are `n_known`."""
    sample = _Sample(n_known)
    for part in parts:
        real = _real(part)
        sample.take(real[np.isfinite(real)])
    return sample.low_middle_high()


def _into_range(sample: tuple[Any, Any, Any]) -> tuple[Change | None, list[str]]:
    """What brings wide numbers into float32 without an offset that hides the contrast, and notes on it."""
    low, middle, high = sample
    contrast, notes = float(high.item() - low.item()), []
    changes: list[Change] = []
    if abs(float(middle)) > OFFSET * contrast > 0:
        notes.append(f"an offset of {float(middle):.7g} is taken away: it is far larger than the contrast")
        changes.append(lambda pixels: _less(pixels, middle))
    if not 1 / SINGLE < contrast < SINGLE and contrast > 0:
        exponent = math.floor(math.log10(contrast))
        notes.append(f"all numbers are divided by 1e{exponent:+d}: they are out of single precision's range")
        changes.append(lambda pixels: np.asarray(pixels / 10.0**exponent))
    if not changes:
        return None, []
    return lambda pixels: reduce(lambda made, change: change(made), changes, pixels), notes


def _less(pixels: NDArray[Any], offset: Any) -> FloatImage:
    """Pixels less an offset of their own type, without a detour by floats that would lose the contrast."""
    if pixels.dtype.kind == "f":
        return np.asarray(pixels - offset)
    above = (np.maximum(pixels, offset) - offset).astype(np.float64)
    return np.asarray(above - (offset - np.minimum(pixels, offset)).astype(np.float64))


def _percent(flags: BoolImage) -> str:
    return _percent_of(int(np.count_nonzero(flags)), flags.size)


def _percent_of(n: int, n_all: int) -> str:
    return f"{100 * (n / n_all):.2g} %"


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
        return ()  # most images
    n_finite = sum(int(np.count_nonzero(np.isfinite(part))) for part in parts_of(intensity))
    if not n_finite:
        return ("no pixel holds a finite number, so there is nothing to find; export the image again",)
    if n_finite == intensity.size and intensity.min() == intensity.max():
        return ("every pixel has the same value, so there is nothing to find",)
    return ()
