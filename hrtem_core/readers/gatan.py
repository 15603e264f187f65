"""Gatan DigitalMicrograph 3 and 4: tags by nionswift-io's parser, numbers straight from the image data."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import Instrument
from hrtem_core.readers.scale import ScaleTag, is_energy, printable
from hrtem_core.readers.source import HEAD_BYTES, Source
from hrtem_core.readers.stored import Stack, stacks_among

TYPES = {
    1: "<i2", 2: "<f4", 3: "<c8", 6: "u1", 7: "<i4", 9: "i1", 10: "<u2", 11: "<u4",
    12: "<f8", 13: "<c16", 14: "u1", 23: "<u4", 39: "<i8", 40: "<u8",
}  # fmt: skip
"""DigitalMicrograph's DataType; 23 is a colour packed as blue, green, red, alpha."""

RGB = 23

MAX_READS = 300_000
"""Each of the 300 to 5,000 tags of a file is read in about six pieces, 1 µs each."""

_parser = threading.Lock()
"""nionswift-io keeps the file's version in a module variable: one file at a time."""


class _ExactReads:
    """A stream that ends loudly, where the parser would print and go on, and before it is read for ever."""

    def __init__(self, stream: BinaryIO, n_bytes: int) -> None:
        self._stream, self._n_bytes = stream, n_bytes
        self._n_reads = 0
        self.tell = stream.tell

    def read(self, size: int) -> bytes:
        """So many bytes; a file makes room for them before it looks whether they are there."""
        if size > HEAD_BYTES and size > self._n_bytes - self.tell():
            raise EOFError(f"wanted {size} bytes of {self._n_bytes}")
        data = self._stream.read(size)
        if len(data) < size:
            raise EOFError(f"wanted {size} bytes, got {len(data)}")
        self._n_reads += 1
        if self._n_reads > MAX_READS:
            raise FileError(
                f"The file holds more tags than any DigitalMicrograph file does (over {MAX_READS // 6}); "
                "export the image alone, as TIFF."
            )
        return data


def _tags(source: Source) -> Any:
    """The file's tree of tags."""
    try:
        from nion.io.DM_IO import parse_dm3
    except ImportError:
        from nionswift_plugin.DM_IO import parse_dm3
    with source.open() as stream, _parser:
        return parse_dm3.dm_read_header(_ExactReads(stream, source.n_bytes))


def _text(value: Any) -> str:
    """A tag's text; the parser hands it over as 16-bit numbers."""
    if isinstance(value, str):
        return value
    return value.tobytes().decode("utf-16-le", "replace") if hasattr(value, "tobytes") else ""


def _group(tags: Any, *keys: str) -> dict[str, Any]:
    """The tag group under `keys`, empty when it is not there."""
    for key in keys:
        tags = tags.get(key) if isinstance(tags, dict) else None
    return tags if isinstance(tags, dict) else {}


def _calibrations(data: dict[str, Any]) -> list[tuple[float, str]]:
    """(scale, unit) of every dimension, the columns' first."""
    dimensions = _group(data, "Calibrations").get("Dimension")
    entries = dimensions if isinstance(dimensions, list) else []
    return [(float(e.get("Scale", 0.0)), _text(e.get("Units", ""))) for e in entries if isinstance(e, dict)]


def _instrument(entry: dict[str, Any]) -> Instrument:
    """Voltage in V and Cs in mm, as DigitalMicrograph keeps what its users have entered."""
    told = _group(entry, "ImageTags", "Microscope Info")
    volts, cs_mm = (_number(told.get(name)) for name in ("Voltage", "Cs(mm)"))
    return Instrument.stated(volts=volts, cs_mm=cs_mm, origin="Gatan tags")


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, np.number)) else 0.0


def _stack(entry: dict[str, Any]) -> Stack | str:
    """An image of the file as frames, or why it is none."""
    data = _group(entry, "ImageData")
    dims = [int(n) for n in data.get("Dimensions", [])]
    title = printable(_text(entry.get("Name", "")))
    kind = data.get("DataType")
    if kind not in TYPES:
        return f"numbers of DigitalMicrograph type {kind}"
    calibrations = _calibrations(data)
    is_spectrum = "spectrum" in _text(_group(entry, "ImageTags", "Meta Data").get("Format", "")).lower()
    if is_spectrum or any(is_energy(unit) for _, unit in calibrations):
        return "a spectrum"
    if len(dims) not in (2, 3):
        return f"data of {len(dims)} dimension{'s' if len(dims) != 1 else ''}"
    raw = data["Data"]
    dtype = np.dtype(TYPES[kind])
    frames = np.frombuffer(getattr(raw, "raw_data", raw), dtype=dtype).reshape(dims[::-1])
    frames = frames.reshape(-1, *frames.shape[-2:])
    scales: tuple[ScaleTag, ...] = ()
    if len(calibrations) >= 2:
        (col, col_unit), (row, row_unit) = calibrations[:2]
        scales = (ScaleTag(row, col, row_unit, "DM calibration", col_unit),)

    def decode(frame: int) -> NDArray[Any]:
        pixels: NDArray[Any] = frames[frame]
        if kind == RGB:
            return np.ascontiguousarray(pixels).view(np.uint8).reshape(*pixels.shape, 4)[..., 2::-1]
        return pixels

    stored_as = "uint8" if kind == RGB else dtype.name
    return Stack(
        title=title,
        shape=(dims[1], dims[0]),
        stored_as=stored_as,
        decode=decode,
        n_frames=len(frames),
        bytes_per_pixel=dtype.itemsize,
        scales=scales,
        instrument=_instrument(entry),
    )


@contextmanager
def open_dm(source: Source) -> Iterator[list[Stack]]:
    """The images of a dm3 or dm4 file, without the thumbnail it begins with."""
    tags = _tags(source)
    entries = [e for e in (tags.get("ImageList") or []) if isinstance(e, dict) and "ImageData" in e]
    if len(entries) > 1 and _group(entries[0], "ImageData").get("DataType") == RGB:
        entries = entries[1:]
    found = [_stack(entry) for entry in entries]
    yield stacks_among(found, source.name)


@dataclass(frozen=True, eq=False)
class DMAxes:
    """Numbers of DigitalMicrograph with what their axes mean.

    Parameters
    ----------
    numbers
        The first axis varies slowest: a cube is (channels, rows, columns), or has its channels last.
    axes
        (scale, origin, unit) of every axis, in the order of the numbers'.
    """

    numbers: NDArray[Any]
    axes: tuple[tuple[float, float, str], ...]


def read_axes(source: Source) -> list[DMAxes]:
    """Every array of a dm3 or dm4 file with its axes; the origin counts in channels."""
    found = []
    for entry in _tags(source).get("ImageList") or []:
        data = _group(entry, "ImageData")
        dims, kind = [int(n) for n in data.get("Dimensions", [])], data.get("DataType")
        dimensions = _group(data, "Calibrations").get("Dimension")
        said = [one for one in dimensions if isinstance(one, dict)] if isinstance(dimensions, list) else []
        if kind not in TYPES or kind == RGB or len(said) != len(dims):
            continue
        raw = data["Data"]
        numbers = np.frombuffer(getattr(raw, "raw_data", raw), dtype=np.dtype(TYPES[kind]))
        axes = [
            (_number(one.get("Scale")), _number(one.get("Origin")), _text(one.get("Units", "")))
            for one in said
        ]
        found.append(DMAxes(numbers.reshape(dims[::-1]), tuple(axes[::-1])))
    return found
