"""The scale that Thermo Fisher's Velox writes into EMD files: JSON beside every image."""

import json
from typing import Any

import h5py
import numpy as np

from hrtem_core.readers.scale import ScaleTag

VELOX_IMAGES = "/Data/Image/"
MAX_JSON_BYTES = 4 << 20


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, str)) else 0.0


def velox_scale(metadata: Any) -> tuple[ScaleTag, ...]:
    """The scale in the metadata of the first frame; nothing when it is not there or not understood.

    Parameters
    ----------
    metadata
        Dataset of bytes, shape (length, frames): one JSON text per frame, filled up with zeros.
    """
    if not isinstance(metadata, h5py.Dataset) or metadata.ndim not in (1, 2) or metadata.is_virtual:
        return ()
    if metadata.external is not None or metadata.shape[0] > MAX_JSON_BYTES or metadata.dtype != np.uint8:
        return ()
    column = metadata[:, 0] if metadata.ndim == 2 else metadata[:]
    try:
        result = json.loads(column.tobytes().split(b"\0")[0])["BinaryResult"]
        size = result["PixelSize"]
        row, col = _number(size["height"]), _number(size["width"])
        units = str(result.get("PixelUnitY", "")), str(result.get("PixelUnitX", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()  # not every image carries a calibration: it then counts as none
    return (ScaleTag(row, col, units[0], "Velox metadata", units[1]),)
