"""All that is done to pixels before an FFT."""

from hrtem_core.preparation.annotations import find_annotations
from hrtem_core.preparation.frames import average_frames
from hrtem_core.preparation.pixel_noise import is_noiseless, noise_share
from hrtem_core.preparation.prepare import (
    PreparationParameters,
    Prepared,
    excluded_polygons,
    placed,
    prepare,
)
from hrtem_core.preparation.scale_bar import ScaleBar, find_scale_bar
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning
from hrtem_core.preparation.usable import LeftOut, Polygon, in_polygons, left_out_in_words
from hrtem_core.preparation.vacuum import find_vacuum

__all__ = [
    "PREPARATION_TUNING",
    "LeftOut",
    "Polygon",
    "PreparationParameters",
    "PreparationTuning",
    "Prepared",
    "ScaleBar",
    "average_frames",
    "excluded_polygons",
    "find_annotations",
    "find_scale_bar",
    "find_vacuum",
    "in_polygons",
    "is_noiseless",
    "left_out_in_words",
    "noise_share",
    "placed",
    "prepare",
]
