"""NumPy .npy and .npz: arrays as they were saved; objects are refused, nothing is unpickled."""

import functools
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import STRIP_BYTES, parts_in
from hrtem_core.readers.limits import FREE_BYTES, MAX_EXPANSION, MAX_FILE_BYTES
from hrtem_core.readers.scale import ScaleTag, printable
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack, stacks_among

MAX_MEMBERS = 1000
SMALL_BYTES = 4096
SCALE_KEYS = {"pixel_nm": "nm", "pixel_size_nm": "nm", "pixel_size": "", "scale": ""}
UNIT_KEYS = ("unit", "units", "scale_unit", "pixel_unit")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class _Header:
    """What a .npy stream says of its array; the numbers begin behind `n_bytes`."""

    shape: Shape
    dtype: np.dtype[Any]
    by_columns: bool
    n_bytes: int


def _header(stream: IO[bytes], n_bytes: int, name: str) -> _Header:
    """The header of a .npy stream of `n_bytes`, refused when it states more than it holds."""
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, by_columns, dtype = read(stream)
    if dtype.hasobject:
        raise FileError(f"{name} holds Python objects, which are never opened; save numbers.")
    n_elements = 1
    for n in shape:
        n_elements *= int(n)
    if min(shape, default=1) < 0 or n_elements * dtype.itemsize > n_bytes:
        raise FileError(f"{name} states {' x '.join(map(str, shape))} numbers but is shorter; save it again.")
    return _Header(tuple(int(n) for n in shape), dtype, by_columns, stream.tell())


def array_in(stream: IO[bytes], n_bytes: int, name: str) -> NDArray[Any]:
    """The array of a .npy stream of `n_bytes`, checked before it is allocated."""
    content = stream.read(n_bytes)
    _header(io.BytesIO(content), len(content), name)
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array


def _as_stack(
    header: _Header,
    load: Callable[[], NDArray[Any]],
    opened: Callable[[], AbstractContextManager[IO[bytes]]],
    title: str = "",
    scales: tuple[ScaleTag, ...] = (),
    *,
    is_packed: bool = False,
) -> Stack | None:
    """An array as frames; None when it is no image.

    Parameters
    ----------
    header
        Of the array: (rows, columns), bytes of (rows, columns, 3 or 4), or (frames, rows, columns).
    load
        Gives the array.
    opened
        Gives the .npy stream.
    title
        Its name in the file.
    scales
        Scales that hold for it.
    is_packed
        Whether the stream has to be unpacked up to where a frame begins.
    """
    shape, dtype = header.shape, header.dtype
    if dtype.kind not in "biufc" or len(shape) not in (2, 3) or 0 in shape:
        return None
    is_colour = len(shape) == 3 and dtype == np.uint8 and shape[2] in (3, 4)
    is_single = len(shape) == 2 or is_colour
    rows, cols = shape[:2] if is_single else shape[1:]
    whole = functools.cache(load)
    at_once = is_colour or header.by_columns or (is_packed and not is_single)
    return Stack(
        title=title,
        shape=(rows, cols),
        stored_as=str(dtype),
        decode=(lambda _: whole()) if is_single else (lambda frame: np.asarray(whole()[frame])),
        n_frames=1 if is_single else shape[0],
        bytes_per_pixel=dtype.itemsize * (shape[2] if is_colour else 1),
        scales=scales,
        compressed=True,
        strips=None if at_once else lambda frame: _parts(opened, header, frame),
    )


def _parts(
    opened: Callable[[], AbstractContextManager[IO[bytes]]], header: _Header, frame: int
) -> Iterator[NDArray[Any]]:
    """The rows of a frame that lies in its stream by rows, some at a time; the stream is read to its end.

    An archive knows only there whether all of it is as it was written.
    """
    rows, cols = header.shape[-2:]
    start = header.n_bytes + frame * rows * cols * header.dtype.itemsize
    with opened() as stream:
        yield from parts_in(stream, start, (rows, cols), header.dtype)
        while stream.read(STRIP_BYTES):
            continue


def _scales(values: dict[str, NDArray[Any]]) -> tuple[ScaleTag, ...]:
    """Scales stated by small arrays beside the image, such as `pixel_nm`."""
    unit = next((str(values[key].flat[0]) for key in UNIT_KEYS if key in values and values[key].size), "")
    tags = []
    for key, own_unit in SCALE_KEYS.items():
        if key in values and values[key].dtype.kind in "iuf" and values[key].size in (1, 2):
            numbers = [float(v) for v in values[key].flat]
            tags.append(ScaleTag(numbers[0], numbers[-1], own_unit or unit, f"NumPy entry {key}"))
    return tuple(tags)


def members_of(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The arrays of an archive, refused when unpacking them would be unreasonable."""
    members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    if len(members) > MAX_MEMBERS:
        raise FileError(f"{name} holds {len(members)} arrays, more than {MAX_MEMBERS}; split the file.")
    for info in members:
        honest = max(FREE_BYTES, MAX_EXPANSION * info.compress_size)
        if info.file_size > min(honest, MAX_FILE_BYTES):
            raise FileError(
                f"{name} would unpack {info.compress_size / 2**20:.1f} MiB into "
                f"{info.file_size / 2**20:.0f} MiB, which no micrograph does; save it uncompressed."
            )
    return members


@contextmanager
def open_npy(source: Source) -> Iterator[list[Stack]]:
    """The array of a .npy file."""
    with source.open() as stream:
        header = _header(stream, source.n_bytes, source.name)

        def load() -> NDArray[Any]:
            stream.seek(0)
            return array_in(stream, source.n_bytes, source.name)

        stack = _as_stack(header, load, source.open)
        if stack is None:
            raise FileError(
                f"{source.name} holds an array of shape {' x '.join(map(str, header.shape))} and type "
                f"{header.dtype}; a micrograph has rows and columns of numbers."
            )
        yield [stack]


@contextmanager
def open_npz(source: Source) -> Iterator[list[Stack]]:
    """The images of a .npz file: floats and counts before masks, single images before stacks."""
    with source.open() as stream, zipfile.ZipFile(stream) as archive:

        def array_of(info: zipfile.ZipInfo) -> NDArray[Any]:
            with archive.open(info) as content:
                return array_in(content, info.file_size, source.name)

        members = members_of(archive, source.name)
        small = [info for info in members if info.file_size <= SMALL_BYTES]
        scales = _scales({info.filename.removesuffix(".npy"): array_of(info) for info in small})
        found: list[Stack | str] = []
        for info in members:
            with archive.open(info) as content:
                header = _header(content, info.file_size, source.name)
            title = printable(info.filename.removesuffix(".npy"))
            load, opened = functools.partial(array_of, info), functools.partial(archive.open, info)
            stack = _as_stack(header, load, opened, title, scales, is_packed=True)
            found.append(stack or "arrays without rows and columns of numbers")
        yield stacks_among(found, source.name)
