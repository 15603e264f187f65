"""HDF5: Velox and Berkeley EMD, HyperSpy, and plain datasets with scale attributes."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import NOT_SAID, rows_at_once
from hrtem_core.readers.berkeley import read_berkeley
from hrtem_core.readers.hdf5_guards import (
    Attributes,
    check_chunks,
    check_heaps,
    check_n_chunks,
    check_unpacking,
    chunks_by_frame,
    hard_link,
    has_unread_filter,
    mapped,
    reaches_outside,
    text_of,
)
from hrtem_core.readers.scale import ScaleTag, is_energy, printable
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack, stacks_among
from hrtem_core.readers.velox import (
    displayed_names,
    is_beside_velox_image,
    is_complex_pair,
    read_velox,
)

MAX_DEPTH = 32
MAX_OBJECTS, MAX_SETS = 10_000, 2_000
"""Groups and sets of data that are looked at, 0.3 and 1 ms each."""

CHUNKS_AT_ONCE = 4096
"""Chunks that are asked for at a time: the library takes 6 kB for each."""

SCALE_NAMES = ("scale", "pixel_size", "pixelsize", "pixel_size_nm", "pixel_nm", "pixel size", "resolution")
UNIT_NAMES = ("scale_unit", "scale_units", "units", "unit", "pixel_unit", "pixel_size_unit", "pixelunit")
MICROMETRE_NAMES = ("element_size_um",)
ALL_NAMES = (*SCALE_NAMES, *UNIT_NAMES, *MICROMETRE_NAMES)


def _numbers(value: Any) -> list[float]:
    """An attribute's one to three numbers, else nothing."""
    array = np.asarray(value).reshape(-1)
    return [float(v) for v in array] if array.dtype.kind in "iuf" and 1 <= array.size <= 3 else []


def _walk(group: Any, path: str, seen: set[Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every dataset reached by hard links; soft and external links are not followed."""
    if depth > MAX_DEPTH:
        raise FileError(f"The groups are nested deeper than {MAX_DEPTH}; export the image alone.")
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            continue
        item = group[key]
        identity = h5py.h5o.get_info(item.id).addr
        if identity in seen:
            continue
        seen.add(identity)
        if len(seen) > MAX_OBJECTS:
            raise FileError(f"The file holds more than {MAX_OBJECTS} objects; export the image alone.")
        if isinstance(item, h5py.Dataset):
            yield f"{path}/{key}", item
        elif isinstance(item, h5py.Group):
            yield from _walk(item, f"{path}/{key}", seen, depth + 1)


def _attribute_scale(dataset: Any, short: Attributes) -> Iterator[ScaleTag]:
    """Attributes such as `scale` and `units` on the dataset or the group it lies in."""
    for item in (dataset, dataset.parent):
        attributes = short.of(item, ALL_NAMES)
        unit = next((text_of(attributes[key]) for key in UNIT_NAMES if key in attributes), "")
        for key in (*SCALE_NAMES, *MICROMETRE_NAMES):
            numbers = _numbers(attributes[key]) if key in attributes else []
            if numbers:
                own = "nm" if key.endswith("_nm") else "µm" if key in MICROMETRE_NAMES else unit
                row = numbers[-2] if len(numbers) > 1 else numbers[0]
                yield ScaleTag(row, numbers[-1], own, f"HDF5 attribute {key}")


def _hyperspy_axes(dataset: Any, short: Attributes) -> list[dict[str, Any]]:
    """HyperSpy's groups axis-0, axis-1, ..., one for each dimension; empty when there are none."""
    groups = [hard_link(dataset.parent, f"axis-{axis}") for axis in range(dataset.ndim)]
    return (
        [short.of(g, ("scale", "units")) for g in groups]
        if all(isinstance(g, h5py.Group) for g in groups)
        else []
    )


def _hyperspy_scale(dataset: Any, short: Attributes) -> Iterator[ScaleTag]:
    axes = _hyperspy_axes(dataset, short)[-2:]
    if len(axes) == 2 and all("scale" in axis for axis in axes):
        row, col = ((_numbers(axis["scale"]) or [0.0])[0] for axis in axes)
        row_unit, col_unit = (text_of(axis.get("units", "")) for axis in axes)
        yield ScaleTag(row, col, row_unit, "HyperSpy axes", col_unit)


def _is_spectrum(dataset: Any, short: Attributes) -> bool:
    """Whether a HyperSpy axis is an energy."""
    return any(is_energy(text_of(axis.get("units", ""))) for axis in _hyperspy_axes(dataset, short))


class _Frames:
    """Decodes the frames of a dataset.

    Parameters
    ----------
    dataset
        Numbers of 2 or 3 dimensions.
    frame_axis
        The axis along which the frames lie; None when the whole dataset is one image.
    source
        The file it lies in.
    columns_first
        Whether a frame is stored as (columns, rows).
    """

    def __init__(self, dataset: Any, frame_axis: int | None, source: Source, columns_first: bool) -> None:
        self._dataset, self._frame_axis, self._source = dataset, frame_axis, source
        self._columns_first = columns_first

    @cached_property
    def _chunks(self) -> dict[int, list[Any]]:
        return chunks_by_frame(self._dataset, self._frame_axis)

    def __call__(self, frame: int) -> NDArray[Any]:
        """Frame number `frame`, shape (rows, columns) or (rows, columns, colours)."""
        return np.concatenate(list(self.strips(frame)))

    def strips(self, frame: int) -> Iterator[NDArray[Any]]:
        """The same from its top, some rows at a time: whole chunks, each unpacked once."""
        dataset, axis = self._dataset, self._frame_axis
        first = frame // dataset.chunks[axis] if axis is not None and dataset.chunks is not None else 0
        check_unpacking(dataset, self._chunks.get(first, []), self._source)
        n_chunks = check_n_chunks(dataset, axis, self._source)
        n_rows = dataset.shape[self._row_axis]
        step = self._rows_at_once(n_chunks)
        for row in range(0, n_rows, step):
            pixels = self._rows(frame, slice(row, row + step))
            yield pixels.T if self._columns_first else pixels

    @property
    def _row_axis(self) -> int:
        """The axis along which the rows lie."""
        return int(self._frame_axis == 0) + int(self._columns_first)

    def _rows_at_once(self, n_chunks: int) -> int:
        """Rows of a strip, so that it is not much, and not too many chunks."""
        dataset, axis = self._dataset, self._row_axis
        n_rows, step = dataset.shape[axis], dataset.chunks[axis] if dataset.chunks else 1
        n_pixels = math.prod(
            n for other, n in enumerate(dataset.shape) if other not in (axis, self._frame_axis)
        )
        wanted = rows_at_once(n_pixels * dataset.dtype.itemsize, step)
        most = step * max(1, CHUNKS_AT_ONCE * -(-n_rows // step) // max(1, n_chunks))
        return int(min(wanted, most))

    def _rows(self, frame: int, rows: slice) -> NDArray[Any]:
        """Some rows, in the order of the file's axes."""
        other = (slice(None), rows) if self._columns_first else (rows, slice(None))
        if self._frame_axis == 0:
            return np.asarray(self._dataset[(frame, *other)])
        return np.asarray(self._dataset[(*other, frame)] if self._frame_axis == 2 else self._dataset[other])


def _why_none(path: str, dataset: Any, short: Attributes) -> str:
    """Why a dataset is no image; "" when it is one."""
    if is_complex_pair(dataset.dtype):
        return "a complex image such as a Fourier transform"
    if dataset.dtype.kind not in "biufc":
        return "data that are no numbers"
    if is_beside_velox_image(path, dataset):
        return "spectra or descriptions of Velox"
    if dataset.ndim not in (2, 3) or 0 in dataset.shape:
        return f"data of {dataset.ndim} dimension{'s' if dataset.ndim != 1 else ''}"
    if reaches_outside(dataset):
        return "data that lie in another file"
    if has_unread_filter(dataset):
        return "data packed in a way that is not read (use gzip or none)"
    return "a spectrum" if _is_spectrum(dataset, short) else ""


def _stack(path: str, dataset: Any, source: Source, short: Attributes, names: dict[str, str]) -> Stack | str:
    """A dataset as frames, or why it is none."""
    if reason := _why_none(path, dataset, short):
        return reason
    check_chunks(dataset, source)
    velox = read_velox(path, hard_link(dataset.parent, "Metadata"), source)
    is_rgb = dataset.ndim == 3 and dataset.dtype == np.uint8 and dataset.shape[2] in (3, 4)
    is_colour = is_rgb and velox is None
    shape = dataset.shape[:2] if velox is not None or is_colour else dataset.shape[-2:]
    frame_axis = None if dataset.ndim == 2 or is_colour else 2 if velox is not None else 0
    berkeley = read_berkeley(dataset, short)
    scales = (*berkeley.scales, *_hyperspy_scale(dataset, short), *_attribute_scale(dataset, short))
    columns_first = berkeley.columns_first and not is_colour
    frames = _Frames(dataset, frame_axis, source, columns_first)
    return Stack(
        title=(names.get(path.split("/")[-2]) or velox.detector if velox else "")
        or printable(path.strip("/"), 100),
        shape=(shape[1], shape[0]) if columns_first else (shape[0], shape[1]),
        stored_as=str(dataset.dtype.newbyteorder("=")),
        decode=frames,
        n_frames=1 if frame_axis is None else dataset.shape[frame_axis],
        bytes_per_pixel=dataset.dtype.itemsize * (dataset.shape[2] if is_colour else 1),
        scales=(*(velox.scales if velox else ()), *scales),
        compressed=dataset.chunks is not None,
        instrument=velox.instrument if velox else NOT_SAID,
        strips=None if is_colour else frames.strips,
    )


@contextmanager
def open_hdf5(source: Source) -> Iterator[list[Stack]]:
    """The images of an HDF5 file, single ones before stacks."""
    with mapped(source) as content:
        check_heaps(content, source.name)
        with source.open() as stream, h5py.File(stream, "r") as file:
            short = Attributes(content, source, file.id.get_create_plist().get_sizes()[0])
            sets = list(islice(_walk(file, "", set()), MAX_SETS + 1))
            if len(sets) > MAX_SETS:
                raise FileError(
                    f"{source.name} holds more than {MAX_SETS} sets of data; export the image alone."
                )
            names = displayed_names(file, source)
            found = [_stack(path, dataset, source, short, names) for path, dataset in sets]
            yield stacks_among(found, source.name)
