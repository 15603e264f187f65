"""Files to micrographs: every vendor's quirks end here.

`read` opens one image, `list_images` says which ones a file holds, `describe_formats` which files open.
`read_numbers` gives an image's numbers untouched, `read_spans` a spectrum image summed over energies.
Whatever a file does wrong ends in a `FileError` with a sentence for the user. What ends in `_apart` does the
same in a process of its own, whose memory and time are limited: for files from anywhere.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import Micrograph, clean_name
from hrtem_core.numerics import FloatImage, read_only
from hrtem_core.readers.apart import begin_reading, list_images_apart, read_apart
from hrtem_core.readers.formats import FORMATS, Format, FormatInfo, describe_formats, recognize
from hrtem_core.readers.limits import Limits, check_count, check_stack
from hrtem_core.readers.numbers_apart import read_numbers_apart, read_spans_apart
from hrtem_core.readers.open_spectrum_image import RIPPLE, SPECTRUM_ENDINGS, open_spectrum_image, read_spans
from hrtem_core.readers.pixels import map_remarks, remarks_on, to_intensity
from hrtem_core.readers.scale import choose_scale, printable
from hrtem_core.readers.source import Source, open_source
from hrtem_core.readers.spectrum_image import Span, SpanSums, SpectrumImage
from hrtem_core.readers.stored import ImageInfo, Stack

__all__ = [
    "FORMATS",
    "RIPPLE",
    "SPECTRUM_ENDINGS",
    "Format",
    "FormatInfo",
    "ImageInfo",
    "Limits",
    "Span",
    "SpanSums",
    "SpectrumImage",
    "begin_reading",
    "clean_name",
    "describe_formats",
    "list_images",
    "list_images_apart",
    "open_spectrum_image",
    "read",
    "read_apart",
    "read_numbers",
    "read_numbers_apart",
    "read_spans",
    "read_spans_apart",
]

MAX_TITLES = 8
"""Images that are named in a message."""


@contextmanager
def _one_clear_sentence(source: Source, known: Format) -> Iterator[None]:
    """Turn whatever a library raises over a broken file into one sentence.

    The only broad catch of the program: seven libraries parse bytes that anyone may have written, and
    each has its own exceptions for that, down to AssertionError and struct.error.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a library's remarks on odd tags; the pixels decide
            yield
    except FileError:
        raise
    except MemoryError as error:
        raise FileError(
            f"{source.name} needs more memory than there is; crop or bin the image first."
        ) from error
    except Exception as error:
        raise FileError(
            f"{source.name} cannot be read as {known.name}: the file is damaged or incomplete. "
            "Copy it again, or export it as TIFF from the microscope's program."
        ) from error


@contextmanager
def _opened(source: Source) -> Iterator[list[Stack]]:
    """The stacks of a file, nothing decoded yet."""
    known = recognize(source)
    with _one_clear_sentence(source, known), known.open(source) as stacks:
        check_count(sum(stack.n_frames for stack in stacks), source.name)
        yield stacks


def list_images(
    source: str | Path | bytes, *, name: str | None = None, limits: Limits | None = None
) -> list[ImageInfo]:
    """Every image of a file, in the order of the `image` argument of `read`.

    Parameters
    ----------
    source
        Path of the file, or its bytes.
    name
        The file's name; needed for bytes.
    limits
        What is still opened; the default limits when not given.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    given = open_source(source, name, limits or Limits())
    images: list[ImageInfo] = []
    with _opened(given) as stacks:
        for stack in stacks:
            for frame in range(stack.n_frames):
                part = f"{frame + 1} of {stack.n_frames}" if stack.n_frames > 1 else ""
                title = ", ".join(text for text in (stack.title, part) if text)
                index = len(images)
                title = title or f"image {index + 1}"
                info = ImageInfo(
                    index=index,
                    title=title,
                    rows=stack.shape[0],
                    cols=stack.shape[1],
                    stored_as=stack.stored_as,
                    n_frames=stack.n_frames,
                )
                images.append(info)
    return images


def _locate(stacks: list[Stack], image: int, name: str) -> tuple[Stack, int]:
    """The stack and frame of image number `image`, counted from 0 through the whole file."""
    first = 0
    for stack in stacks:
        if first <= image < first + stack.n_frames:
            return stack, image - first
        first += stack.n_frames
    holds = "one image, number 0" if first == 1 else f"images 0 to {first - 1}"
    raise FileError(f"{name} has no image {image}; it holds {holds}{_contents(stacks)}.")


def _contents(stacks: list[Stack]) -> str:
    """The numbers and titles of the first images of a file, where it gives them titles."""
    named, first = [], 0
    for stack in stacks[:MAX_TITLES]:
        numbers = str(first) if stack.n_frames == 1 else f"{first} to {first + stack.n_frames - 1}"
        named += [f"{numbers} {printable(stack.title, 40)}"] if stack.title else []
        first += stack.n_frames
    return f" ({', '.join(named)}{', …' if len(stacks) > MAX_TITLES else ''})" if named else ""


def _which(stacks: list[Stack], image: int, title: str) -> tuple[str, ...]:
    """A note that says which of several images was taken."""
    n_images = sum(stack.n_frames for stack in stacks)
    named = f": {title}" if title else ""
    return (f"image {image + 1} of {n_images} in the file{named}",) if n_images > 1 else ()


def _average(stack: Stack) -> tuple[FloatImage, tuple[str, ...]]:
    """The drift-corrected mean of a stack's frames, and a note on it."""
    from hrtem_core.preparation import average_frames

    mean = average_frames(lambda frame: to_intensity(stack.pixels(frame))[0], stack.n_frames)
    return mean.intensity, (mean.in_words,)


def read_numbers(
    source: str | Path | bytes, *, name: str | None = None, image: int = 0, limits: Limits | None = None
) -> NDArray[Any]:
    """The numbers of one image as they stand in the file, shape (rows, columns).

    A micrograph's intensity is a matter of contrast; a map's counts are not to be touched.

    Parameters
    ----------
    source, name, image, limits
        As for `read`.

    Raises
    ------
    FileError
        If the file cannot be read, or holds no such image, a coloured one, or complex numbers.
    """
    given = open_source(source, name, limits or Limits())
    with _opened(given) as stacks:
        stack, frame = _locate(stacks, image, given.name)
        check_stack(stack, given.n_bytes, given.name)
        numbers = np.array(stack.decode(frame))
        if numbers.ndim != 2:
            raise FileError(f"{given.name} is a coloured picture; export its numbers as a grey TIFF.")
        if numbers.shape != stack.shape:
            raise FileError(f"{given.name} holds fewer pixels than it states; copy it again.")
        if numbers.dtype.kind not in "biuf":
            raise FileError(f"{given.name} holds {numbers.dtype} in place of counts; export it as numbers.")
        return numbers


def read(
    source: str | Path | bytes,
    *,
    name: str | None = None,
    image: int = 0,
    average_frames: bool = False,
    limits: Limits | None = None,
) -> Micrograph:
    """One image of a file as a micrograph, with its scale where the file has one.

    Parameters
    ----------
    source
        Path of the file, or its bytes.
    name
        The file's name; needed for bytes.
    image
        Which image of the file, from 0, as listed by `list_images`.
    average_frames
        Whether to average all frames of the stack the image belongs to, after correcting their drift.
    limits
        What is still opened; the default limits when not given.

    Raises
    ------
    FileError
        If the file cannot be read, or holds no such image.
    """
    given = open_source(source, name, limits or Limits())
    with _opened(given) as stacks:
        stack, frame = _locate(stacks, image, given.name)
        check_stack(stack, given.n_bytes, given.name)
        pixel_size, scale_notes = choose_scale(stack.scales, given.name)
        if average_frames and stack.n_frames > 1:
            intensity, notes = _average(stack)
        else:
            intensity, notes = to_intensity(stack.pixels(frame))
            notes = (*_which(stacks, image, stack.title), *notes)
        if intensity.shape != stack.shape:
            raise FileError(f"{given.name} holds fewer pixels than it states; copy it again.")
        pixel_nm = pixel_size.mean_nm if pixel_size else None
        told = (*remarks_on(intensity), *map_remarks(intensity, pixel_nm))
        notes = (*notes, *stack.notes, *scale_notes, *told)
        return Micrograph(
            read_only(intensity),
            pixel_size,
            given.name,
            stack.stored_as,
            notes,
            scale_remarks=scale_notes,
            instrument=stack.instrument,
        )
