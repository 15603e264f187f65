"""What Thermo Fisher's Velox writes into EMD files: an image and JSON beside it, spectra in other groups."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from hrtem_core.image import NOT_SAID, Instrument
from hrtem_core.readers.hdf5_guards import check_small, hard_link
from hrtem_core.readers.scale import ScaleTag, printable
from hrtem_core.readers.source import Source

IMAGES = "/Data/Image/"
MAX_JSON_BYTES = 4 << 20
MAX_DISPLAYS, MAX_STEPS = 200, 8


@dataclass(frozen=True)
class VeloxImage:
    """What Velox says of an image.

    Parameters
    ----------
    detector
        Name of the camera or detector, "" when it is not given.
    scales
        Its scale, if it has one.
    instrument
        The voltage; Velox does not know Cs.
    """

    detector: str = ""
    scales: tuple[ScaleTag, ...] = ()
    instrument: Instrument = NOT_SAID


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, str)) else 0.0


def is_complex_pair(dtype: np.dtype[Any]) -> bool:
    """Whether the numbers are pairs of a real and an imaginary part, as Velox writes Fourier transforms."""
    return dtype.names is not None and any(name.lower().startswith("imag") for name in dtype.names)


def is_beside_velox_image(path: str, dataset: Any) -> bool:
    """Whether a dataset of a Velox file is no image: spectra, descriptions, tables of frames.

    Parameters
    ----------
    path
        Of the dataset, such as "/Data/Image/1532/Data".
    dataset
        The dataset; Velox puts "Metadata" beside all it writes.
    """
    parts = path.split("/")
    in_velox_group = len(parts) == 5 and parts[1] == "Data" and "Metadata" in dataset.parent
    return in_velox_group and not (path.startswith(IMAGES) and parts[4] == "Data")


def json_in(group: Any, key: str, source: Source) -> dict[str, Any]:
    """The JSON text that Velox keeps as bytes or a string; empty when there is none."""
    data = hard_link(group, key)
    if not isinstance(data, h5py.Dataset) or data.ndim == 0 or 0 in data.shape or data.size > MAX_JSON_BYTES:
        return {}
    if not check_small(data, source):
        return {}
    if data.dtype == np.uint8:
        column = data[:, 0] if data.ndim == 2 else data[:]
        raw = column.tobytes().split(b"\0")[0]
    elif data.dtype.kind in "OS":
        raw = np.ravel(data[:1])[0]
    else:
        return {}
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError, TypeError):
        return {}
    return tree if isinstance(tree, dict) else {}


def displayed_names(file: Any, source: Source) -> dict[str, str]:
    """What Velox calls its images where it shows them, such as "O" or "HAADF", by their group's name."""
    names: dict[str, str] = {}
    for steps in (("Displays", "ImageDisplay"), ("Presentation", "Displays", "ImageDisplay")):
        displays = _group_at(file, steps)
        for key in list(displays)[:MAX_DISPLAYS] if displays is not None else ():
            said = json_in(displays, key, source)
            path, name = said.get("dataPath"), said.get("id") or said.get("title")
            if isinstance(said.get("display"), dict):
                name = said["display"].get("label")
            if isinstance(said.get("data"), str):
                *above, last = said["data"].strip("/").split("/")
                referred = _group_at(file, above)
                path = None if referred is None else json_in(referred, last, source).get("dataPath")
            if isinstance(path, str) and isinstance(name, str) and name:
                names.setdefault(path.rpartition("/")[2], printable(name, 40))
    return names


def _group_at(group: Any, steps: Sequence[str]) -> Any:
    """The group some steps below another one, by hard links alone; None where there is none."""
    for step in steps[:MAX_STEPS]:
        group = hard_link(group, step) if isinstance(group, h5py.Group) and step else None
    return group if isinstance(group, h5py.Group) else None


def read_velox(path: str, metadata: Any, source: Source) -> VeloxImage | None:
    """What Velox says of the first frame of an image; None when the dataset is not one of its images.

    Parameters
    ----------
    path
        Of the dataset, such as "/Data/Image/1532/Data".
    metadata
        Dataset of bytes beside it, shape (length, frames): one JSON text per frame, filled up with zeros.
    source
        The file.
    """
    if not (path.startswith(IMAGES) and path.endswith("/Data")):
        return None
    if not isinstance(metadata, h5py.Dataset) or metadata.ndim not in (1, 2) or 0 in metadata.shape:
        return VeloxImage()
    is_text = metadata.dtype == np.uint8 and metadata.shape[0] <= MAX_JSON_BYTES
    if not (is_text and check_small(metadata, source)):
        return VeloxImage()
    column = metadata[:, 0] if metadata.ndim == 2 else metadata[:]
    try:
        told = json.loads(column.tobytes().split(b"\0")[0])
        result = told["BinaryResult"]
        detector = printable(str(result.get("Detector", "")))
        instrument = _instrument(told.get("Optics"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return VeloxImage()  # a description that is not understood counts as none
    try:
        row, col = _number(result["PixelSize"]["height"]), _number(result["PixelSize"]["width"])
        units = str(result.get("PixelUnitY", "")), str(result.get("PixelUnitX", ""))
    except (ValueError, KeyError, TypeError):
        return VeloxImage(detector, (), instrument)  # not every image carries a calibration
    return VeloxImage(detector, (ScaleTag(row, col, units[0], "Velox metadata", units[1]),), instrument)


def _instrument(optics: Any) -> Instrument:
    volts = 0.0
    with suppress(ValueError):  # a voltage that is no number is none, and the scale still counts
        volts = _number(optics.get("AccelerationVoltage")) if isinstance(optics, dict) else 0.0
    return Instrument.stated(volts=volts, origin="Velox metadata")
