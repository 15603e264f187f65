"""Spectrum images out of HDF5: HyperSpy's arrays, and the streams of events of Velox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.numerics import IntArray
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
from hrtem_core.readers.scale import is_energy
from hrtem_core.readers.source import Source
from hrtem_core.readers.spectrum_image import MAX_CHANNELS, SpectrumImage, energy_scale, slabs_of
from hrtem_core.readers.spectrum_image_files import NO_CUBE
from hrtem_core.readers.velox import json_in

MAX_GROUPS = 200
NEXT_PIXEL = 65535
"""In a stream of Velox this word goes on to the next pixel; any other is the channel of an event."""
LEAST_SCANNED = 16
"""A scan that was stopped holds at least one in so many of its pixels."""
ROWS_AT_ONCE_BYTES = 64 << 20


@contextmanager
def open_hdf5_cube(source: Source) -> Iterator[SpectrumImage]:
    """The first spectrum image of an HDF5 file."""
    with mapped(source) as content:
        check_heaps(content, source.name)
        with source.open() as stream, h5py.File(stream, "r") as file:
            short = Attributes(content, source, file.id.get_create_plist().get_sizes()[0])
            found = _hyperspy(file, source, short) or _velox(file, source)
            if found is None:
                raise FileError(f"{source.name} {NO_CUBE}")
            yield found


def _members(group: Any, key: str) -> list[Any]:
    """The groups below one of a group's groups."""
    below = hard_link(group, key)
    if not isinstance(below, h5py.Group):
        return []
    return [
        item for name in list(below)[:MAX_GROUPS] if isinstance(item := hard_link(below, name), h5py.Group)
    ]


def _checked(dataset: Any, source: Source) -> None:
    """See that a dataset may be read.

    Raises
    ------
    FileError
        If it lies elsewhere, or is packed as it should not be.
    """
    if reaches_outside(dataset) or has_unread_filter(dataset):
        raise FileError(f"{source.name} holds data in another file, or packed in a way that is not read.")
    check_chunks(dataset, source)
    check_n_chunks(dataset, None, source)
    check_unpacking(dataset, chunks_by_frame(dataset, None).get(0, []), source)


def _hyperspy(file: Any, source: Source, short: Attributes) -> SpectrumImage | None:
    """HyperSpy: Experiments/<name>/data, with groups axis-0, axis-1, axis-2 that say what its axes are."""
    for group in _members(file, "Experiments"):
        data = hard_link(group, "data")
        axes = [hard_link(group, f"axis-{number}") for number in range(3)]
        is_cube = isinstance(data, h5py.Dataset) and data.ndim == 3 and data.dtype.kind in "biuf"
        if not is_cube or not all(isinstance(axis, h5py.Group) for axis in axes):
            continue
        said = [short.of(axis, ("scale", "offset", "units")) for axis in axes]
        energy = [n for n, one in enumerate(said) if is_energy(text_of(one.get("units", "")))]
        if len(energy) != 1:
            continue
        _checked(data, source)
        axis = said[energy[0]]
        first_ev, step_ev = energy_scale(
            float(np.ravel(axis.get("scale", 0.0))[0]), float(np.ravel(axis.get("offset", 0.0))[0]),
            text_of(axis["units"]),
        )  # fmt: skip
        shape = [n for number, n in enumerate(data.shape) if number != energy[0]]
        on_disk: Any = data if energy[0] == 2 else np.moveaxis(np.asarray(data[()]), energy[0], 2)
        return SpectrumImage(
            name=source.name, shape=(shape[0], shape[1]), n_channels=data.shape[energy[0]],
            first_ev=first_ev, step_ev=step_ev, slabs=slabs_of(on_disk),
        )  # fmt: skip
    return None


def _velox(file: Any, source: Source) -> SpectrumImage | None:
    """Velox: Data/SpectrumStream/<id>/Data, a stream of events; the scan's size is that of its images."""
    top = hard_link(file, "Data")
    if not isinstance(top, h5py.Group):
        return None
    streams = _members(top, "SpectrumStream")
    images = [hard_link(group, "Data") for group in _members(top, "Image")]
    shapes = [image.shape[:2] for image in images if isinstance(image, h5py.Dataset) and image.ndim == 3]
    if not streams or not shapes:
        return None
    words = []
    n_channels, first_ev, step_ev = 0, float("nan"), float("nan")
    for group in streams:
        data = hard_link(group, "Data")
        if not isinstance(data, h5py.Dataset) or data.dtype != np.uint16 or 0 in data.shape:
            continue
        _checked(data, source)
        words.append(np.asarray(data[:, 0] if data.ndim == 2 else data[:]))
        settings = json_in(group, "AcquisitionSettings", source)
        n_channels = max(n_channels, int(settings.get("bincount", 4096)))
        first_ev, step_ev = _velox_energies(json_in(group, "Metadata", source))
    if not words or not 0 < n_channels <= MAX_CHANNELS:
        return None
    rows, cols = _scanned_shape(shapes, words[0], source)
    events = [_events(stream, rows * cols) for stream in words]
    pixel, channel = (np.concatenate(part) for part in zip(*events, strict=True))
    order = np.argsort(pixel, kind="stable")
    return SpectrumImage(
        name=source.name, shape=(rows, cols), n_channels=n_channels, first_ev=first_ev, step_ev=step_ev,
        slabs=_event_slabs(pixel[order], channel[order], rows * cols, n_channels),
    )  # fmt: skip


def _scanned_shape(
    shapes: list[tuple[int, ...]], words: NDArray[np.uint16], source: Source
) -> tuple[int, int]:
    """(rows, columns) of the scan: that of the first image whose pixels the stream goes through.

    Raises
    ------
    FileError
        If the stream goes through next to none of the pixels stated.
    """
    n_pixels = int((words == NEXT_PIXEL).sum())
    filled = [shape for shape in shapes if _fills(n_pixels, shape[0] * shape[1])]
    rows, cols = (int(n) for n in (filled or shapes)[0])
    if rows * cols > LEAST_SCANNED * (n_pixels + 1):
        raise FileError(
            f"{source.name} states {rows} x {cols} spectra and holds {n_pixels + 1}; copy it again."
        )
    return rows, cols


def _fills(n_pixels: int, n_scanned: int) -> bool:
    """Whether a stream goes through a scan a whole number of times; it may leave out the last step."""
    return n_scanned > 0 and n_pixels >= n_scanned - 1 and n_pixels % n_scanned in (0, n_scanned - 1)


def _events(words: NDArray[np.uint16], n_pixels: int) -> tuple[IntArray, IntArray]:
    """Pixel, counted through the scan that begins anew with every frame, and channel of each event."""
    gates = words == NEXT_PIXEL
    pixel = np.cumsum(gates, dtype=np.int64)[~gates] % n_pixels
    return pixel.astype(np.int32), words[~gates]


def _event_slabs(pixel: IntArray, channel: IntArray, n_pixels: int, n_channels: int) -> Any:
    known = channel < n_channels
    pixel, channel = pixel[known], channel[known]
    at_once = max(1, ROWS_AT_ONCE_BYTES // (8 * n_channels))

    def slabs() -> Iterator[NDArray[Any]]:
        for start in range(0, n_pixels, at_once):
            stop = min(start + at_once, n_pixels)
            part = slice(*np.searchsorted(pixel, (start, stop)))
            index = (pixel[part].astype(np.int64) - start) * n_channels + channel[part]
            counted = np.bincount(index, minlength=(stop - start) * n_channels)
            yield counted.reshape(stop - start, n_channels)

    return slabs


def _velox_energies(metadata: dict[str, Any]) -> tuple[float, float]:
    """(first, step) in eV, of the detector that the stream is of."""
    try:
        name = metadata["BinaryResult"]["Detector"]
        for detector in metadata["Detectors"].values():
            if name in detector["DetectorName"]:
                return float(detector["OffsetEnergy"]), float(detector["Dispersion"])
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return float("nan"), float("nan")
