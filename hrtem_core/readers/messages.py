"""What a reading process and the one that asks it say to each other: JSON and bytes, nothing that runs.

The reading process parses files that anyone may have written, so what it says is not believed blindly: it is
never unpickled, and its lengths are checked before room is made for them.
"""

import json
import math
import os
import re
import struct
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import MAX_PIXELS, Instrument, Micrograph, PixelSize
from hrtem_core.numerics import FloatImage, read_only
from hrtem_core.readers.spectrum_image import SpanSums
from hrtem_core.readers.stored import ImageInfo

MAX_MESSAGE_BYTES = 1 << 26
"""Of JSON; the list of 100,000 images has 15 MB."""

MAX_ARRAY_BYTES = 8 * MAX_PIXELS
"""Of numbers as they stand in a file: labels of the largest micrograph, or many maps."""

NUMBERS = re.compile(r"[<>|=][biuf]\d{1,2}")
"""Types of numbers, as NumPy writes them."""

AT_ONCE = 1 << 20


def send(stream: BinaryIO, message: dict[str, Any], payload: bytes | memoryview = b"") -> None:
    """Write a message, and the bytes that follow it."""
    text = json.dumps(message).encode()
    stream.write(struct.pack("<QQ", len(text), len(payload)) + text)
    stream.write(payload)
    stream.flush()


def receive(stream: BinaryIO, most_bytes: int) -> tuple[dict[str, Any], bytearray]:
    """Read a message and its bytes.

    Parameters
    ----------
    stream
        As `send` wrote it.
    most_bytes
        How many bytes may follow the message.

    Raises
    ------
    EOFError
        If the stream ends, or announces more than it may.
    """
    n_text, n_payload = struct.unpack("<QQ", _exactly(stream, 16))
    if n_text > MAX_MESSAGE_BYTES or n_payload > most_bytes:
        raise EOFError(f"{n_text} and {n_payload} bytes were announced")
    message = json.loads(_exactly(stream, n_text))
    if not isinstance(message, dict):
        raise EOFError("no message")
    return message, _exactly(stream, n_payload)


def _exactly(stream: BinaryIO, n_bytes: int) -> bytearray:
    content = bytearray(n_bytes)
    view, at = memoryview(content), 0
    while at < n_bytes:
        n = stream.readinto(view[at : at + AT_ONCE])  # type: ignore[attr-defined]
        if not n:
            raise EOFError("the stream ended")
        at += n
    return content


def micrograph_in_words(micrograph: Micrograph) -> dict[str, Any]:
    """All of a micrograph but its pixels; their digest too, which takes as long as reading them."""
    return {
        "shape": micrograph.shape,
        "pixel_size": None if micrograph.pixel_size is None else asdict(micrograph.pixel_size),
        "name": micrograph.name,
        "stored_as": micrograph.stored_as,
        "notes": micrograph.notes,
        "scale_remarks": micrograph.scale_remarks,
        "digest": micrograph.digest,
        "instrument": asdict(micrograph.instrument),
    }


def n_pixel_bytes(words: dict[str, Any]) -> int:
    """How many bytes the pixels have.

    Raises
    ------
    FileError
        If no micrograph has so many.
    """
    rows, cols = (int(n) for n in words["shape"])
    if not 0 < rows * cols <= MAX_PIXELS or min(rows, cols) < 1:
        raise FileError(f"The image would have {rows} x {cols} pixels; crop or bin it first.")
    return rows * cols * 4


def micrograph_from(words: dict[str, Any], pixels: Any) -> Micrograph:
    """The micrograph that was described, from the buffer of its pixels."""
    rows, cols = (int(n) for n in words["shape"])
    intensity: FloatImage = np.frombuffer(pixels, np.float32, rows * cols).reshape(rows, cols)
    size = words["pixel_size"]
    return Micrograph(
        read_only(intensity),
        None if size is None else PixelSize(**size),
        str(words["name"]),
        str(words["stored_as"]),
        tuple(map(str, words["notes"])),
        digest=str(words["digest"]),
        scale_remarks=tuple(map(str, words["scale_remarks"])),
        instrument=Instrument(**words["instrument"]),
    )


def array_in_words(numbers: NDArray[Any]) -> dict[str, Any]:
    """What an array's bytes mean."""
    return {"shape": numbers.shape, "dtype": numbers.dtype.str}


def n_array_bytes(words: dict[str, Any]) -> int:
    """How many bytes an array has that was described.

    Raises
    ------
    FileError
        If nothing that is read has so many, or holds such numbers.
    """
    shape, dtype = [int(n) for n in words["shape"]], str(words["dtype"])
    if not NUMBERS.fullmatch(dtype) or min(shape, default=0) < 0 or len(shape) > 3:
        raise FileError(f"The file would hold {dtype[:20]} of {len(shape)} dimensions; export it as numbers.")
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    if not 0 < n_bytes <= MAX_ARRAY_BYTES:
        raise FileError(f"The file would hold {n_bytes:,} bytes of numbers; crop or bin it first.")
    return n_bytes


def n_content_bytes(answer: dict[str, Any]) -> int:
    """How many bytes belong to an answer, of a micrograph or of numbers."""
    return n_pixel_bytes(answer["micrograph"]) if "micrograph" in answer else n_array_bytes(answer["array"])


def array_from(words: dict[str, Any], content: Any) -> NDArray[Any]:
    """The array that was described, from the buffer of its bytes."""
    dtype, shape = np.dtype(str(words["dtype"])), [int(n) for n in words["shape"]]
    return np.frombuffer(content, dtype, math.prod(shape)).reshape(shape)


def span_sums_in_words(found: SpanSums) -> dict[str, Any]:
    """All of summed spectra but the sums themselves."""
    return {
        "name": found.name, "first_ev": found.first_ev, "step_ev": found.step_ev,
        "total": found.total.tolist(), "spans": found.spans,
    }  # fmt: skip


def span_sums_from(words: dict[str, Any], sums: NDArray[Any]) -> SpanSums:
    """The summed spectra that were described."""
    return SpanSums(
        name=str(words["name"]), first_ev=float(words["first_ev"]), step_ev=float(words["step_ev"]),
        total=np.array(words["total"], dtype=float),
        spans=tuple((float(low), float(high)) for low, high in words["spans"]), sums=sums,
    )  # fmt: skip


def images_in_words(images: list[ImageInfo]) -> list[dict[str, Any]]:
    """A list of images as JSON."""
    return [asdict(image) for image in images]


def images_from(words: list[dict[str, Any]]) -> list[ImageInfo]:
    """The list of images that was described."""
    return [ImageInfo(**image) for image in words]


def in_memory(content: bytes | memoryview) -> int | None:
    """A file without a name that lives in memory and holds these bytes; None where there is no such thing.

    Another process of the same user finds it under /proc. What POSIX calls shared memory has 64 MB in most
    containers; this has what the machine has.
    """
    if not hasattr(os, "memfd_create"):
        return None
    try:
        number = os.memfd_create("micrograph", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError:
        return None
    view = memoryview(content)
    while len(view):
        view = view[os.write(number, view) :]
    return number
