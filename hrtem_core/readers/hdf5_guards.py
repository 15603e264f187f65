"""What the HDF5 library does not guard against: damaged heaps, huge chunks, bombs, and other files."""

import mmap
import struct
import zlib
from typing import Any

import h5py
import numpy as np

from hrtem_core.errors import FileError
from hrtem_core.readers.limits import FREE_BYTES, MAX_EXPANSION
from hrtem_core.readers.source import Source

PLAIN = (h5py.h5t.TypeStringID, h5py.h5t.TypeIntegerID, h5py.h5t.TypeFloatID)
MAX_ATTRIBUTES = 200
MAX_VALUES = 16
MAX_VALUE_BYTES = 1024
HEAP = b"GCOL\1"
"""Signature and version: five bytes come about by chance once in a terabyte of pixels."""

MAX_DEFLATE = 1032
"""No deflate stream expands more than this (zlib's manual)."""


def check_heaps(source: Source) -> None:
    """Refuse a file whose heaps of texts are damaged: the HDF5 library would search them for ever.

    A heap is the word GCOL, version 1, its length, then objects: number, uses, length, content; number 0
    is free space and ends it (HDF5 file format specification 3.0, III.E).
    """
    with source.open() as stream:
        if isinstance(source.content, bytes):
            _check_collections(source.content, source.name)
        else:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
                _check_collections(content, source.name)


def _check_collections(content: bytes | mmap.mmap, name: str) -> None:
    at = content.find(HEAP)
    while at >= 0:
        if not _is_sound(content, at):
            raise FileError(f"{name} is damaged in its list of texts; copy it again, or export it as TIFF.")
        at = content.find(HEAP, at + 4)


def _is_sound(content: bytes | mmap.mmap, at: int) -> bool:
    """Whether the objects of the heap at `at` follow each other and fit into it."""
    (length,) = struct.unpack_from("<Q", content, at + 8) if at + 16 <= len(content) else (0,)
    end, cursor = min(at + length, len(content)), at + 16
    while cursor + 16 <= end:
        number, _, _, size = struct.unpack_from("<HHIQ", content, cursor)
        step = size if number == 0 else 16 + (size + 7) // 8 * 8
        if step < 16 or cursor + step > end:
            return False
        cursor += step
    return True


def safe_attributes(item: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The attributes with these names that are short numbers or texts, by lower-case name.

    Others are not touched: the library crashes on damaged ones of variable length.

    Parameters
    ----------
    item
        A dataset or a group.
    names
        Lower-case names.
    """
    found: dict[str, Any] = {}
    for key in list(item.attrs)[:MAX_ATTRIBUTES]:
        if key.lower() not in names:
            continue
        attribute = item.attrs.get_id(key)
        kind, n_values = attribute.get_type(), attribute.get_space().get_simple_extent_npoints()
        is_short = 1 <= n_values <= MAX_VALUES and kind.get_size() <= MAX_VALUE_BYTES
        if isinstance(kind, PLAIN) and is_short:
            found[key.lower()] = item.attrs[key]
    return found


def reaches_outside(dataset: Any) -> bool:
    """Whether the numbers lie in another file: external storage, or a virtual dataset."""
    return bool(dataset.is_virtual) or dataset.external is not None


def check_chunks(dataset: Any, source: Source) -> None:
    """Refuse chunks far larger than the file: each is unpacked whole."""
    chunk = int(np.prod([float(n) for n in dataset.chunks or ()])) * dataset.dtype.itemsize
    if chunk > max(FREE_BYTES, MAX_EXPANSION * source.n_bytes):
        raise FileError(f"{source.name} states chunks of {chunk / 2**20:.0f} MiB; the file is damaged.")


def check_unpacking(dataset: Any, frame_axis: int | None, frame: int, source: Source) -> None:
    """Refuse chunks longer than the file, and deflated ones that hold more than their size.

    The library would allocate the one, and unpack all of the other.

    Parameters
    ----------
    dataset
        The dataset that is about to be read.
    frame_axis, frame
        Only chunks of this frame along this axis are looked at; all when the axis is None.
    source
        The file, for its length and name.
    """
    if dataset.chunks is None:
        return
    stated = int(np.prod(dataset.chunks)) * dataset.dtype.itemsize
    for number in range(dataset.id.get_num_chunks()):
        chunk = dataset.id.get_chunk_info(number)
        if chunk.size > source.n_bytes:
            raise FileError(f"{source.name} states a chunk longer than the file; copy it again.")
        if dataset.compression != "gzip" or chunk.size * MAX_DEFLATE <= FREE_BYTES:
            continue
        if frame_axis is not None:
            first = chunk.chunk_offset[frame_axis]
            if not first <= frame < first + dataset.chunks[frame_axis]:
                continue
        _, packed = dataset.id.read_direct_chunk(chunk.chunk_offset)
        # A checksum filter may add a few bytes to what the chunk states.
        if len(zlib.decompressobj().decompress(packed, stated + 65)) > stated + 64:
            raise FileError(
                f"{source.name} unpacks to more than it states, as no micrograph does; export it again."
            )
