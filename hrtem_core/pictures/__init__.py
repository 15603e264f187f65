"""Pixels for eyes: no file formats, no user interface."""

from hrtem_core.pictures import colours, fft
from hrtem_core.pictures.colours import (
    REJECTED,
    SELECTED,
    ColourMode,
    domain_colours,
    family_hex,
    hex_of,
    phase_rgb,
)
from hrtem_core.pictures.contrast import ByteImage, Contrast, grey_levels, reduced, resized
from hrtem_core.pictures.drawing import rgb
from hrtem_core.pictures.fft import FftView, draw_closeup
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.histogram import histogram_svg
from hrtem_core.pictures.icon import icon
from hrtem_core.pictures.legend import LegendEntry, direction_wheel, legend_of, legend_places
from hrtem_core.pictures.marks import draw_numbered, draw_points, draw_preparation
from hrtem_core.pictures.overlay import (
    FILL,
    OUTLINE,
    PLAIN_LOOK,
    Drawn,
    OverlayLook,
    OverlayStyle,
    all_outlines,
    draw_domains,
    drawn_domains,
    is_corner_taken,
    joined_numbers,
    overlay_image,
)
from hrtem_core.pictures.paths import domain_outlines
from hrtem_core.pictures.scale_bar import SCREEN_BAR_PX, bar_length, draw_scale_bar, length_text

__all__ = [
    "FILL",
    "OUTLINE",
    "PLAIN_LOOK",
    "REJECTED",
    "SCREEN_BAR_PX",
    "SELECTED",
    "ByteImage",
    "ColourMode",
    "Contrast",
    "Drawn",
    "FftView",
    "Frame",
    "LegendEntry",
    "OverlayLook",
    "OverlayStyle",
    "all_outlines",
    "bar_length",
    "colours",
    "direction_wheel",
    "domain_colours",
    "domain_outlines",
    "draw_closeup",
    "draw_domains",
    "draw_numbered",
    "draw_points",
    "draw_preparation",
    "draw_scale_bar",
    "drawn_domains",
    "family_hex",
    "fft",
    "grey_levels",
    "hex_of",
    "histogram_svg",
    "icon",
    "is_corner_taken",
    "joined_numbers",
    "legend_of",
    "legend_places",
    "length_text",
    "overlay_image",
    "phase_rgb",
    "reduced",
    "resized",
    "rgb",
]
