"""A micrograph: its numbers, scale, wavevectors and lens; where a place of one frame lies in another."""

from hrtem_core.image.aberrations import (
    NM_PER_MM,
    ORDINARY_WAVELENGTH_NM,
    Aberrations,
    wavelength_nm,
)
from hrtem_core.image.grid import Grid, Position
from hrtem_core.image.instrument import NOT_SAID, Instrument
from hrtem_core.image.lengths import scaled_lengths
from hrtem_core.image.micrograph import MAX_PIXELS, MIN_SIDE_PX, Micrograph
from hrtem_core.image.names import clean_name, file_part, folder_name
from hrtem_core.image.pixel_size import PLAUSIBLE_NM, PixelSize, whole_px
from hrtem_core.image.placement import Placement
from hrtem_core.image.precision import MODULUS, Change, check_kind, percent_of, single_precision
from hrtem_core.image.strips import STRIP_BYTES, Strips, parts_in, parts_of, rows_at_once
from hrtem_core.image.wavevectors import (
    Wavevector,
    azimuth_deg,
    distance_per_nm,
    frequencies_per_nm,
    half_plane,
)

__all__ = [
    "MAX_PIXELS",
    "MIN_SIDE_PX",
    "MODULUS",
    "NM_PER_MM",
    "NOT_SAID",
    "ORDINARY_WAVELENGTH_NM",
    "PLAUSIBLE_NM",
    "STRIP_BYTES",
    "Aberrations",
    "Change",
    "Grid",
    "Instrument",
    "Micrograph",
    "PixelSize",
    "Placement",
    "Position",
    "Strips",
    "Wavevector",
    "azimuth_deg",
    "check_kind",
    "clean_name",
    "distance_per_nm",
    "file_part",
    "folder_name",
    "frequencies_per_nm",
    "half_plane",
    "parts_in",
    "parts_of",
    "percent_of",
    "rows_at_once",
    "scaled_lengths",
    "single_precision",
    "wavelength_nm",
    "whole_px",
]
