"""All that is done to pixels before an FFT."""

from hrtem_core.preparation.frames import average_frames
from hrtem_core.preparation.prepare import (
    Polygon,
    PreparationParameters,
    Prepared,
    excluded_polygons,
    placed,
    prepare,
)
from hrtem_core.preparation.scale_bar import ScaleBar, find_scale_bar

__all__ = [
    "Polygon",
    "PreparationParameters",
    "Prepared",
    "ScaleBar",
    "average_frames",
    "excluded_polygons",
    "find_scale_bar",
    "placed",
    "prepare",
]
