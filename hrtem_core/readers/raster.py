"""PNG, JPEG and BMP through Pillow; these formats carry no scale of the specimen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hrtem_core.errors import FileError
from hrtem_core.image import rows_at_once
from hrtem_core.readers.jpeg import jpeg_frame
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack

_BYTES = {"1": 1, "L": 1, "P": 4, "LA": 2, "PA": 4, "I": 4, "I;16": 2, "I;16B": 2, "F": 4}
JPEG = b"\xff\xd8\xff"
_COLOURS = {"L": 0, "LA": 2, "RGB": 3, "RGBA": 4, "I": 0, "I;16": 0, "I;16B": 0, "F": 0}
"""Pillow's modes that are read as they are, and a pixel's colours in them; 0 where it is one number."""


def _mode(picture: Image.Image) -> str:
    """What it is read as: palettes and colour models are resolved into RGB."""
    if picture.mode == "1":
        return "L"
    if picture.mode == "PA" or ("transparency" in picture.info and picture.mode in ("L", "P", "RGB")):
        return "RGBA"
    return picture.mode if picture.mode in _COLOURS else "RGB"


def _pixels(picture: Image.Image) -> NDArray[Any]:
    """Grey levels or colours."""
    mode = _mode(picture)
    return np.asarray(picture if picture.mode == mode else picture.convert(mode))


def _strips(picture: Image.Image) -> Iterator[NDArray[Any]]:
    """The same from its top a few rows at a time, so that it is not there once more as a whole."""
    step = rows_at_once(_BYTES.get(picture.mode, 4) * picture.width)
    for row in range(0, picture.height, step):
        yield _pixels(picture.crop((0, row, picture.width, min(row + step, picture.height))))


def _is_deep_colour(head: bytes) -> bool:
    """Whether a PNG has colours or transparency of 16 bits, of which Pillow keeps 8.

    Parameters
    ----------
    head
        First bytes of the file; depth and kind of colour stand at 24 and 25 (PNG specification, 11.2.2).
    """
    return len(head) > 25 and head[24] == 16 and head[25] != 0


def _check_jpeg(stream: BinaryIO, source: Source) -> None:
    """Refuse a JPEG file that is not built as one, or would be decoded over and over."""
    if source.head.startswith(JPEG):
        jpeg_frame(stream.read(), source.name)
        stream.seek(0)


@contextmanager
def open_raster(source: Source) -> Iterator[list[Stack]]:
    """The picture of a PNG, JPEG or BMP file."""
    with source.open() as stream:
        _check_jpeg(stream, source)
        try:
            picture = Image.open(stream, formats=("PNG", "JPEG", "BMP"))
        except Image.DecompressionBombError as error:
            raise FileError(
                f"{source.name} states more than 178 million pixels; crop it, or save it as TIFF."
            ) from error
        with picture:
            notes = ("JPEG loses detail: prefer the original file",) if picture.format == "JPEG" else ()
            if picture.format == "PNG" and _is_deep_colour(source.head):
                notes = ("only 8 of the 16 bits of its colours are read: save it as grey to keep all",)
            yield [
                Stack(
                    title="",
                    shape=(picture.height, picture.width),
                    stored_as="uint16" if picture.mode.startswith("I") else "uint8",
                    decode=lambda _: _pixels(picture),
                    strips=lambda _: _strips(picture),
                    n_colours=_COLOURS[_mode(picture)],
                    bytes_per_pixel=_BYTES.get(picture.mode, 4),
                    notes=notes,
                    compressed=True,
                )
            ]
