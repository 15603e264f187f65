"""MRC: header by mrcfile's definition, frames straight from the bytes; the cell gives the scale in Å."""

import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from mrcfile.dtypes import HEADER_DTYPE, get_ext_header_dtype
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import parts_in
from hrtem_core.readers.scale import ScaleTag
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack

HEADER_BYTES = 1024
IMOD_STAMP = 1146047817
PLACEHOLDER, ROUNDED = 1.0, 1e-4
"""Å per pixel, and how far rounding takes it from that."""
TYPES = {0: "i1", 1: "i2", 2: "f4", 4: "c8", 6: "u2", 12: "f2"}
"""MRC2014 modes; 3 (complex integers) and 101 (half bytes) are not written by cameras."""


def _header(head: bytes, name: str) -> tuple[Any, str]:
    """The 1024-byte header and its byte order; the machine stamp is not always right."""
    native = "<" if sys.byteorder == "little" else ">"
    raw = np.frombuffer(head[:HEADER_BYTES], dtype=HEADER_DTYPE)
    stamped = "<" if raw["machst"][0][0] in (0x44, 0x41) else ">"
    for order in (stamped, native, "<", ">"):
        header = raw.view(raw.dtype.newbyteorder(order))[0]
        if 0 <= int(header["mode"]) < 200 and 0 < int(header["nx"]) < 1 << 24:
            return header, order
    raise FileError(f"{name} has no valid MRC header; the file is damaged, export it again.")


def _scale(header: Any) -> ScaleTag:
    """Å per pixel from the cell and the sampling along it; 1.000 Å is what programs write that know none."""
    sampling = (int(header["my"]), int(header["mx"]))
    cell = (float(header["cella"]["y"]), float(header["cella"]["x"]))
    row, col = (a / n if n > 0 else 0.0 for a, n in zip(cell, sampling, strict=True))
    is_placeholder = all(abs(size - PLACEHOLDER) < ROUNDED for size in (row, col))
    return ScaleTag(row, col, "Å", "MRC header", is_placeholder=is_placeholder)


def _extended_scale(header: Any, head: bytes, order: str) -> tuple[ScaleTag, ...]:
    """m per pixel from the extended header of FEI's and Thermo Fisher's programs, where there is one."""
    dtype = get_ext_header_dtype(bytes(header["exttyp"]).strip(b"\0"), order)
    if dtype is None or len(head) < HEADER_BYTES + dtype.itemsize or int(header["nsymbt"]) < dtype.itemsize:
        return ()
    first = np.frombuffer(head, dtype, count=1, offset=HEADER_BYTES)[0]
    return (ScaleTag(float(first["Pixel size Y"]), float(first["Pixel size X"]), "m", "FEI metadata"),)


def _is_unsigned(head: bytes, order: str) -> bool:
    """Whether bytes count from 0 to 255: IMOD and SerialEM write so and leave their stamp.

    The stamp stands at byte 152, then flags, of which the lowest says that bytes are signed (IMOD's file
    format); without a stamp they are signed (MRC2014).
    """
    stamp, flags = struct.unpack_from(f"{order}II", head, 152)
    return bool(stamp == IMOD_STAMP and not flags & 1)


@contextmanager
def open_mrc(source: Source) -> Iterator[list[Stack]]:
    """The image, or the sections, of an MRC file."""
    if len(source.head) < HEADER_BYTES:
        raise FileError(f"{source.name} ends within its MRC header; the file is damaged, export it again.")
    header, order = _header(source.head, source.name)
    mode = int(header["mode"])
    if mode not in TYPES:
        raise FileError(f"{source.name} has MRC mode {mode}, which is not read; export it as float (mode 2).")
    kind = "u1" if mode == 0 and _is_unsigned(source.head, order) else TYPES[mode]
    dtype = np.dtype(order + kind)
    cols, rows, n_frames = (int(header[key]) for key in ("nx", "ny", "nz"))
    start = HEADER_BYTES + int(header["nsymbt"])
    frame_bytes = rows * cols * dtype.itemsize
    if min(rows, cols, n_frames) < 1 or start < HEADER_BYTES or start + frame_bytes > source.n_bytes:
        raise FileError(f"{source.name} states {rows} x {cols} pixels but is shorter; copy it again.")
    complete = min(n_frames, (source.n_bytes - start) // frame_bytes)
    notes = () if complete == n_frames else (f"the file ends after {complete} of {n_frames} sections",)
    with source.open() as stream:

        def decode(frame: int) -> NDArray[Any]:
            stream.seek(start + frame * frame_bytes)
            return np.frombuffer(stream.read(frame_bytes), dtype=dtype).reshape(rows, cols)

        scales = (*_extended_scale(header, source.head, order), _scale(header))
        stack = Stack(
            title="",
            shape=(rows, cols),
            stored_as=dtype.name,
            decode=decode,
            n_frames=complete,
            bytes_per_pixel=dtype.itemsize,
            scales=scales,
            notes=notes,
            strips=lambda frame: parts_in(stream, start + frame * frame_bytes, (rows, cols), dtype),
        )
        yield [stack]
