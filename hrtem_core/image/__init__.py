"""What a micrograph is, its scale, its wavevectors, its lens; where a place of one frame lies in another."""

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
    "NM_PER_MM",
    "NOT_SAID",
    "ORDINARY_WAVELENGTH_NM",
    "PLAUSIBLE_NM",
    "Aberrations",
    "Grid",
    "Instrument",
    "Micrograph",
    "PixelSize",
    "Placement",
    "Position",
    "Wavevector",
    "azimuth_deg",
    "clean_name",
    "distance_per_nm",
    "file_part",
    "folder_name",
    "frequencies_per_nm",
    "half_plane",
    "scaled_lengths",
    "wavelength_nm",
    "whole_px",
]
