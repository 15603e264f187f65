"""HDF5: Velox and Berkeley EMD, HyperSpy, and plain datasets with scale attributes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.readers.hdf5_guards import (
    check_chunks,
    check_heaps,
    check_unpacking,
    reaches_outside,
    safe_attributes,
)
from hrtem_core.readers.scale import ScaleTag, is_energy, printable
from hrtem_core.readers.source import Source
from hrtem_core.readers.stored import Stack, stacks_among
from hrtem_core.readers.velox import VELOX_IMAGES, velox_scale

MAX_DEPTH = 32
MAX_OBJECTS = 20_000
SCALE_NAMES = ("scale", "pixel_size", "pixelsize", "pixel_size_nm", "pixel_nm", "pixel size", "resolution")
UNIT_NAMES = ("scale_unit", "scale_units", "units", "unit", "pixel_unit", "pixel_size_unit", "pixelunit")
MICROMETRE_NAMES = ("element_size_um",)
ALL_NAMES = (*SCALE_NAMES, *UNIT_NAMES, *MICROMETRE_NAMES)


def _text(value: Any) -> str:
    """An attribute's text, whatever string type it was written with."""
    flat = np.asarray(value).reshape(-1)
    first = flat[0] if flat.size else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


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


def _attribute_scale(dataset: Any) -> Iterator[ScaleTag]:
    """Attributes such as `scale` and `units` on the dataset or the group it lies in."""
    for item in (dataset, dataset.parent):
        attributes = safe_attributes(item, ALL_NAMES)
        unit = next((_text(attributes[key]) for key in UNIT_NAMES if key in attributes), "")
        for key in (*SCALE_NAMES, *MICROMETRE_NAMES):
            numbers = _numbers(attributes[key]) if key in attributes else []
            if numbers:
                own = "nm" if key.endswith("_nm") else "µm" if key in MICROMETRE_NAMES else unit
                row = numbers[-2] if len(numbers) > 1 else numbers[0]
                yield ScaleTag(row, numbers[-1], own, f"HDF5 attribute {key}")


def _step(dim: Any, n: int) -> float:
    """Spacing of a Berkeley dimension vector; 0 when it has none."""
    if not isinstance(dim, h5py.Dataset) or dim.dtype.kind not in "iuf" or reaches_outside(dim):
        return 0.0
    if dim.ndim != 1 or dim.shape[0] < 2 or dim.shape[0] not in (2, n):
        return 0.0
    first, second = (float(v) for v in dim[:2])
    return second - first


def _hard(group: Any, key: str) -> Any:
    """A member reached by a hard link, else None."""
    return group[key] if isinstance(group.get(key, getlink=True), h5py.HardLink) else None


def _berkeley_scale(dataset: Any) -> Iterator[ScaleTag]:
    """dim1, dim2, ... beside `data` (from dim0 in newer files), the unit as attribute, such as [n_m]."""
    group = dataset.parent
    if "emd_group_type" not in group.attrs:
        return
    first = 0 if _hard(group, "dim0") is not None else 1
    dims = [_hard(group, f"dim{first + axis}") for axis in (dataset.ndim - 2, dataset.ndim - 1)]
    if any(dim is None for dim in dims):
        return
    row, col = (_step(dim, n) for dim, n in zip(dims, dataset.shape[-2:], strict=True))
    row_unit, col_unit = (_text(safe_attributes(dim, ("units",)).get("units", "")) for dim in dims)
    yield ScaleTag(row, col, row_unit, "EMD dimensions", col_unit)


def _hyperspy_axes(dataset: Any) -> list[dict[str, Any]]:
    """HyperSpy's groups axis-0, axis-1, ..., one for each dimension; empty when there are none."""
    groups = [_hard(dataset.parent, f"axis-{axis}") for axis in range(dataset.ndim)]
    return (
        [safe_attributes(g, ("scale", "units")) for g in groups]
        if all(isinstance(g, h5py.Group) for g in groups)
        else []
    )


def _hyperspy_scale(dataset: Any) -> Iterator[ScaleTag]:
    axes = _hyperspy_axes(dataset)[-2:]
    if len(axes) == 2 and all("scale" in axis for axis in axes):
        row, col = ((_numbers(axis["scale"]) or [0.0])[0] for axis in axes)
        row_unit, col_unit = (_text(axis.get("units", "")) for axis in axes)
        yield ScaleTag(row, col, row_unit, "HyperSpy axes", col_unit)


def _is_spectrum(dataset: Any) -> bool:
    """Whether a HyperSpy axis is an energy."""
    return any(is_energy(_text(axis.get("units", ""))) for axis in _hyperspy_axes(dataset))


def _frame(dataset: Any, frame_axis: int | None, source: Source, frame: int) -> NDArray[Any]:
    """Frame number `frame` along `frame_axis`; the whole dataset when it is one image."""
    check_unpacking(dataset, frame_axis, frame, source)
    if frame_axis is None:
        return np.asarray(dataset[()])
    return np.asarray(dataset[:, :, frame] if frame_axis == 2 else dataset[frame])


def _stack(path: str, dataset: Any, source: Source) -> Stack | str:
    """A dataset as frames, or why it is none."""
    if dataset.dtype.kind not in "biufc":
        return "data that are no numbers"
    if dataset.ndim not in (2, 3) or 0 in dataset.shape:
        return f"data of {dataset.ndim} dimension{'s' if dataset.ndim != 1 else ''}"
    if reaches_outside(dataset):
        return "data that lie in another file"
    if _is_spectrum(dataset):
        return "a spectrum"
    check_chunks(dataset, source)
    is_velox = path.startswith(VELOX_IMAGES) and path.endswith("/Data")
    velox = velox_scale(_hard(dataset.parent, "Metadata")) if is_velox else ()
    is_rgb = dataset.ndim == 3 and dataset.dtype == np.uint8 and dataset.shape[2] in (3, 4)
    is_colour = is_rgb and not is_velox
    shape = dataset.shape[:2] if is_velox or is_colour else dataset.shape[-2:]
    frame_axis = None if dataset.ndim == 2 or is_colour else 2 if is_velox else 0
    dialects = (_berkeley_scale, _hyperspy_scale, _attribute_scale)
    return Stack(
        title=printable(path.strip("/"), 100),
        shape=(shape[0], shape[1]),
        stored_as=str(dataset.dtype.newbyteorder("=")),
        decode=partial(_frame, dataset, frame_axis, source),
        n_frames=1 if frame_axis is None else dataset.shape[frame_axis],
        bytes_per_pixel=dataset.dtype.itemsize * (dataset.shape[2] if is_colour else 1),
        scales=(*velox, *(tag for dialect in dialects for tag in dialect(dataset))),
        compressed=dataset.chunks is not None,
    )


@contextmanager
def open_hdf5(source: Source) -> Iterator[list[Stack]]:
    """The images of an HDF5 file, single ones before stacks."""
    check_heaps(source)
    with source.open() as stream, h5py.File(stream, "r") as file:
        found = [_stack(path, dataset, source) for path, dataset in _walk(file, "", set())]
        yield stacks_among(found, source.name)
