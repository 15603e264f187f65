"""What the HDF5 library does not guard against: damaged heaps and texts, huge chunks, bombs, other files."""

import math
import mmap
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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

NAMES = b"HEAP\0\0\0\0"
SIGNATURE = b"\x89HDF\r\n\x1a\n"

MAX_DEFLATE = 1032
"""No deflate stream expands more than this (zlib's manual)."""

PACKED_AT_ONCE = 16 << 10
"""These are unpacked to 16 MiB at most."""

FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}
"""What packed chunks are unpacked: the others believe what a damaged file says of their size."""

Content = bytes | mmap.mmap


@contextmanager
def mapped(source: Source) -> Iterator[Content]:
    """The bytes of the file, not copied."""
    if isinstance(source.content, bytes):
        yield source.content
        return
    with source.open() as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


SEARCHED_BYTES = 32 << 20
"""After so many a mapped file's pages are given back: else this process holds all of the file."""


def _places(content: Content, word: bytes, start: int = 0) -> Iterator[int]:
    """Every place of a word in a file, those that overlap too."""
    for first in range(start, len(content), SEARCHED_BYTES):
        last = min(first + SEARCHED_BYTES + len(word) - 1, len(content))
        at = content.find(word, first, last)
        while at >= 0:
            yield at
            at = content.find(word, at + 1, last)
        if isinstance(content, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            content.madvise(mmap.MADV_DONTNEED)


def check_heaps(content: Content, name: str) -> None:
    """Refuse a file whose heaps of texts are damaged: the HDF5 library would search them for ever.

    A heap is the word GCOL, version 1, its length, then objects: number, uses, length, content; number 0
    is free space and ends it (HDF5 file format specification 3.0, III.E).

    Parameters
    ----------
    content, name
        Bytes and name of the file.

    Raises
    ------
    FileError
        If the objects of a heap do not fit into it, heaps overlap, or a list of free space has no end.
    """
    steps = _Steps(len(content))
    for at in _places(content, HEAP):
        if not _is_sound(content, at, steps):
            raise FileError(f"{name} is damaged in its list of texts; copy it again, or export it as TIFF.")
    base = next(_places(content, SIGNATURE), 0)
    for at in _places(content, NAMES):
        if not _ends(content, at, base, steps):
            raise FileError(f"{name} is damaged in its list of names; copy it again, or export it as TIFF.")


class _Steps:
    """How many objects of heaps may be passed: twice as many as fit into the file side by side.

    Heaps do not overlap. Those of a file that lies may, and their objects would be passed again and again.
    """

    def __init__(self, n_bytes: int) -> None:
        self._left = 2 * n_bytes // 16

    def take(self) -> bool:
        """Whether one more may be passed."""
        self._left -= 1
        return self._left >= 0


def _ends(content: Content, at: int, base: int, steps: _Steps) -> bool:
    """Whether the list of free space of the heap of names at `at` comes to an end.

    After the word HEAP and version 0: length, first free block, address of the names; a free block begins
    with the place of the next, and 1 ends the list (HDF5 file format specification 3.0, III.D).
    """
    if at + 32 > len(content):
        return True
    length, block, names_at = struct.unpack_from("<QQQ", content, at + 8)
    seen: set[int] = set()
    while block != 1 and block + 16 <= length and base + names_at + block + 16 <= len(content):
        if block in seen or not steps.take():
            return False
        seen.add(block)
        (block,) = struct.unpack_from("<Q", content, base + names_at + block)
    return True


def _is_sound(content: Content, at: int, steps: _Steps) -> bool:
    """Whether the objects of the heap at `at` follow each other and fit into it."""
    (length,) = struct.unpack_from("<Q", content, at + 8) if at + 16 <= len(content) else (0,)
    end, cursor = min(at + length, len(content)), at + 16
    while cursor + 16 <= end:
        number, _, _, size = struct.unpack_from("<HHIQ", content, cursor)
        step = size if number == 0 else 16 + (size + 7) // 8 * 8
        if step < 16 or cursor + step > end or not steps.take():
            return False
        cursor += step
    return True


def text_of(value: Any) -> str:
    """An attribute's text, whatever string type it was written with."""
    flat = np.asarray(value).reshape(-1)
    first = flat[0] if flat.size else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def hard_link(group: Any, key: str) -> Any:
    """A member reached by a hard link, else None: others may lead into other files."""
    return group[key] if isinstance(group.get(key, getlink=True), h5py.HardLink) else None


def _places_of_values(content: Content, at: int, n_name: int, step: int) -> range:
    """Where the values of an attribute stand whose name is at `at`; empty when it is no attribute's name.

    An attribute is: version 1 to 3, flags, the lengths of name, type and space, in version 3 the character
    set, then these three, in version 1 filled up to 8 bytes each, then its values. The space is: version,
    number of dimensions, flags, then from byte 8 (version 2: 4) on the dimensions (HDF5 file format
    specification 3.0, IV.A.2.m and b).

    Parameters
    ----------
    content
        Bytes of the file.
    at, n_name
        Where the name begins, and its length with the zero that ends it.
    step
        Bytes of one value.
    """
    for version, n_header in ((1, 8), (2, 8), (3, 9)):
        start = at - n_header
        if start < 0 or content[start] != version:
            continue
        lengths = struct.unpack_from("<HHH", content, start + 2)
        unit = 8 if version == 1 else 1
        name, kind, space = (-(-length // unit) * unit for length in lengths)
        first, space_at = at + name + kind + space, at + name + kind
        if lengths[0] != n_name or first + step > len(content) or space < 2:
            continue
        dims_at = space_at + (8 if content[space_at] == 1 else 4)
        dims = struct.unpack_from(f"<{min(content[space_at + 1], 2)}Q", content, dims_at)
        n_values = min(math.prod(dims), MAX_VALUES, (len(content) - first) // step)
        return range(first, first + n_values * step, step)
    return range(0)


class Attributes:
    """Attributes that are short numbers or short texts; the others are not touched.

    The library crashes on damaged ones, and makes room for whatever length (up to 4 GiB) a text of variable
    length states before it looks whether there is one. So that length is read first, from the bytes: every
    attribute stands in the file in one piece, with its name, and all of that name must be short.

    Parameters
    ----------
    content, source
        Bytes of the file, and the file.
    offset_bytes
        How many bytes an address in the file takes.
    """

    def __init__(self, content: Content, source: Source, offset_bytes: int) -> None:
        self._content, self.source = content, source
        self._value_bytes = 4 + offset_bytes + 4  # length, address of the heap, number in it
        self._longest: dict[str, int] = {}

    def _longest_text(self, key: str) -> int:
        """The longest text stated by any attribute of this name; more than is read when there is none."""
        if key not in self._longest:
            name, lengths = key.encode() + b"\0", [0]
            is_known = False
            for at in _places(self._content, name):
                places = _places_of_values(self._content, at, len(name), self._value_bytes)
                is_known |= len(places) > 0
                lengths += [struct.unpack_from("<I", self._content, place)[0] for place in places]
            self._longest[key] = max(lengths) if is_known else MAX_VALUE_BYTES + 1
        return self._longest[key]

    def _is_short(self, key: str, attribute: Any) -> bool:
        kind, n_values = attribute.get_type(), attribute.get_space().get_simple_extent_npoints()
        if not isinstance(kind, PLAIN) or not 1 <= n_values <= MAX_VALUES:
            return False
        is_variable = isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str()
        return (self._longest_text(key) if is_variable else kind.get_size()) <= MAX_VALUE_BYTES

    def of(self, item: Any, names: tuple[str, ...]) -> dict[str, Any]:
        """The short attributes with these names, by lower-case name.

        Parameters
        ----------
        item
            A dataset or a group.
        names
            Lower-case names.
        """
        found: dict[str, Any] = {}
        for key in list(item.attrs)[:MAX_ATTRIBUTES]:
            if key.lower() in names and self._is_short(key, item.attrs.get_id(key)):
                found[key.lower()] = item.attrs[key]
        return found


def reaches_outside(dataset: Any) -> bool:
    """Whether the numbers lie in another file: external storage, or a virtual dataset."""
    return bool(dataset.is_virtual) or dataset.external is not None


def has_unread_filter(dataset: Any) -> bool:
    """Whether the chunks are packed by a filter that is not trusted, or twice."""
    plan = dataset.id.get_create_plist()
    codes = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    return len(set(codes)) < len(codes) or not FILTERS.issuperset(codes)


def check_chunks(dataset: Any, source: Source) -> None:
    """Refuse chunks far larger than the file: each is unpacked whole."""
    chunk = int(np.prod([float(n) for n in dataset.chunks or ()])) * dataset.dtype.itemsize
    if chunk > max(FREE_BYTES, MAX_EXPANSION * source.n_bytes):
        raise FileError(f"{source.name} states chunks of {chunk / 2**20:.0f} MiB; the file is damaged.")


LEAST_CHUNKS, INDEX_BYTES = 4096, 8
"""So many chunks any file may state; of more, each takes at least these bytes in a list of them."""


def check_n_chunks(dataset: Any, frame_axis: int | None, source: Source) -> int:
    """Refuse an image of more chunks than the file has room to list; gives their number.

    The library takes 6 kB for each chunk that it is asked for, also for those that were never written:
    65536 x 9 pixels in chunks of one are 3.7 GB, from a file of 12 kB.

    Parameters
    ----------
    dataset, frame_axis, source
        As for `chunks_by_frame`; the chunks of one frame count.
    """
    if dataset.chunks is None:
        return 0
    counts = [-(-int(n) // int(step)) for n, step in zip(dataset.shape, dataset.chunks, strict=True)]
    n_chunks = math.prod(n for axis, n in enumerate(counts) if axis != frame_axis)
    if n_chunks > max(LEAST_CHUNKS, source.n_bytes // INDEX_BYTES):
        raise FileError(f"{source.name} states {n_chunks} chunks, more than it has room for; it is damaged.")
    return n_chunks


def chunks_by_frame(dataset: Any, frame_axis: int | None) -> dict[int, list[Any]]:
    """The chunks of a dataset by their number along `frame_axis`; all under 0 when that is None.

    Chunk after chunk is visited: asked for by number, the n-th is found by counting to n, which took 55 s
    for the 42,025 chunks of 10 x 10 pixels that an image of 2048 x 2048 may have.
    """
    found: dict[int, list[Any]] = {}
    if dataset.chunks is None:
        return found

    def visit(chunk: Any) -> None:
        number = 0 if frame_axis is None else chunk.chunk_offset[frame_axis] // dataset.chunks[frame_axis]
        found.setdefault(number, []).append(chunk)

    dataset.id.chunk_iter(visit)
    return found


def check_unpacking(dataset: Any, chunks: list[Any], source: Source) -> None:
    """Refuse chunks longer than the file, and deflated ones that hold more than their size.

    The library would allocate the one, and unpack all of the other.

    Parameters
    ----------
    dataset, chunks
        The dataset that is about to be read, and its chunks that will be unpacked.
    source
        The file, for its length and name.
    """
    stated = int(np.prod(dataset.chunks or ())) * dataset.dtype.itemsize
    for chunk in chunks:
        if chunk.size > source.n_bytes:
            raise FileError(f"{source.name} states a chunk longer than the file; copy it again.")
        if dataset.compression != "gzip" or chunk.size * MAX_DEFLATE <= FREE_BYTES:
            continue
        _, packed = dataset.id.read_direct_chunk(chunk.chunk_offset)
        # A checksum filter may add a few bytes to what the chunk states.
        if _unpacks_to_more(packed, stated + 64):
            raise FileError(
                f"{source.name} unpacks to more than it states, as no micrograph does; export it again."
            )


def _unpacks_to_more(packed: bytes, n_bytes: int) -> bool:
    """Whether a deflated stream holds more than so many bytes; only a part of it is unpacked at a time."""
    stream, left = zlib.decompressobj(), n_bytes
    for at in range(0, len(packed), PACKED_AT_ONCE):
        left -= len(stream.decompress(packed[at : at + PACKED_AT_ONCE]))
        if left < 0:
            return True
    return False


def check_small(dataset: Any, source: Source) -> bool:
    """Whether a dataset of numbers beside an image may be read: in this file, and packed as it should be.

    Raises
    ------
    FileError
        As `check_chunks` and `check_unpacking`.
    """
    if reaches_outside(dataset) or has_unread_filter(dataset):
        return False
    check_chunks(dataset, source)
    check_unpacking(dataset, chunks_by_frame(dataset, None).get(0, []), source)
    return True
