"""Formats of the optional extra: rosettasciio is imported only when such a file is asked for.

rosettasciio is under the GPL-3; nothing of the program depends on it.
"""

import importlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import Instrument
from hrtem_core.readers.scale import ScaleTag, is_energy, nm_per, printable
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack, stacks_among

SIGNATURES = {b"JK\0": "emi", b"AAMVHFSS": "bcf"}
METRE_NM = 1e9
"""Pixels larger than this are those of a diffraction pattern: TIA writes 1/m where it writes m for images."""

PLUGINS = {"ser": "rsciio.tia", "emi": "rsciio.tia", "bcf": "rsciio.bruker"}


@contextmanager
def as_path(source: Source, extension: str) -> Iterator[Path]:
    """A path that rosettasciio can open; uploads go to a private folder that is deleted afterwards."""
    if isinstance(source.content, Path) and source.content.suffix:
        yield source.content
        return
    with source.open() as stream:
        content = stream.read()
    # Windows deletes no file that a library still holds open; the system's own cleaning then gets it.
    with tempfile.TemporaryDirectory(prefix="hrtem-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"upload.{extension}"
        path.write_bytes(content)
        yield path


def _scale(axes: list[dict[str, Any]]) -> tuple[ScaleTag, ...]:
    row, col = axes[-2], axes[-1]
    if "scale" not in row or "scale" not in col:
        return ()
    units = (str(row.get("units") or ""), str(col.get("units") or ""))
    if (nm_per(units[0]) or 0.0) * float(row["scale"]) > METRE_NM:
        units = ("1/m", "1/m")
    return (ScaleTag(float(row["scale"]), float(col["scale"]), units[0], "rosettasciio metadata", units[1]),)


def _stack(signal: dict[str, Any]) -> Stack | str:
    """One of rosettasciio's signals as frames, or why it is none."""
    data = np.asarray(signal["data"])
    axes = sorted(signal["axes"], key=lambda axis: int(axis.get("index_in_array", 0)))
    if any(is_energy(str(axis.get("units") or "")) for axis in axes):
        return "a spectrum"
    if data.ndim not in (2, 3) or data.dtype.kind not in "biufc" or len(axes) != data.ndim:
        return f"data of {data.ndim} dimensions and type {data.dtype}"
    frames: NDArray[Any] = data.reshape(-1, *data.shape[-2:])
    title = printable(str(signal.get("metadata", {}).get("General", {}).get("title", "")))
    rows, cols = frames.shape[-2:]
    decode = partial(lambda images, i: images[i], frames)
    return Stack(
        title=title,
        shape=(rows, cols),
        stored_as=str(data.dtype),
        decode=decode,
        n_frames=len(frames),
        bytes_per_pixel=data.dtype.itemsize,
        scales=_scale(axes),
        instrument=_instrument(signal.get("metadata", {})),
    )


def _instrument(metadata: dict[str, Any]) -> Instrument:
    """The voltage, which rosettasciio gives in kV."""
    told = metadata.get("Acquisition_instrument", {}).get("TEM", {})
    beam_kv = told.get("beam_energy")
    volts = 1e3 * beam_kv if isinstance(beam_kv, (int, float)) else 0.0
    return Instrument.stated(volts=volts, origin="rosettasciio metadata")


def _extension_of(head: bytes) -> str:
    """The ending that a file should have, by its first bytes."""
    return next((known for start, known in SIGNATURES.items() if head.startswith(start)), "ser")


@contextmanager
def open_rosetta(source: Source) -> Iterator[list[Stack]]:
    """The images of a ser, emi or bcf file."""
    extension = source.extension if source.extension in PLUGINS else _extension_of(source.head)
    describes_only = (
        f"{source.name} only describes the images, which lie in .ser files beside it; open those."
    )
    if extension == "emi" and isinstance(source.content, bytes):
        raise FileError(describes_only)
    plugin = importlib.import_module(PLUGINS[extension])
    logging.getLogger("rsciio").setLevel(logging.CRITICAL)  # its remarks are not for the terminal
    options = {"select_type": "image"} if extension == "bcf" else {}
    with as_path(source, extension) as path:
        signals = plugin.file_reader(str(path), **options)
        if extension == "emi" and not signals:
            raise FileError(describes_only)
        found = [_stack(signal) for signal in signals]
    yield stacks_among(found, source.name)
