"""Numbers of any kind as float32, without loss of contrast."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image.strips import Strips, parts_of
from hrtem_core.numerics import FloatImage

OFFSET = 1e3
"""An offset of more than this many times the contrast is taken away: float32 keeps 7 digits of a number."""
SINGLE = 1e30
"""A contrast larger than this, or smaller than its inverse, is brought into float32's range."""
CLIPPED, SAMPLE = 0.01, 200_000
"""Part of the pixels at either end that do not count for the contrast; of so many of them it is measured."""
MODULUS = "complex image: its modulus is used"

Change = Callable[[NDArray[Any]], NDArray[Any]]
"""Something done to numbers, one by one."""


def check_kind(pixels: NDArray[Any]) -> None:
    """Refuse what is no numbers, as a `FileError`."""
    if pixels.dtype.kind not in "biufc":
        raise FileError(f"The image holds {pixels.dtype} instead of numbers; export it as a grey image.")


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
    check_kind(pixels)
    return np.asarray(np.abs(pixels)) if pixels.dtype.kind == "c" else pixels


@np.errstate(over="ignore", invalid="ignore", under="ignore")
def single_precision(strips: Strips) -> tuple[FloatImage, tuple[str, ...]]:
    """The numbers as float32 without loss of contrast, and notes on what that took."""
    image = np.empty(strips.shape, np.float32)
    found = _convert(strips, image)
    n_known, notes = image.size - found.n_unknown, [MODULUS] * found.is_complex
    if found.n_unknown and n_known:
        share = percent_of(found.n_unknown, image.size)
        notes.append(f"{share} of the pixels hold no finite number; they are left out")
    if found.is_wide and n_known:
        change, said = _into_range(_sample_of_known(strips, image, found))
        notes += said
        if change is not None:
            found = _convert(strips, image, change)
    if found.is_wide and found.n_beyond:
        share, largest = percent_of(found.n_beyond, image.size), np.finfo(np.float32).max
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


def percent_of(n: int, n_all: int) -> str:
    """A share in words."""
    return f"{100 * (n / n_all):.2g} %"
