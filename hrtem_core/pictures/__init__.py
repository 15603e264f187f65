"""Pixels for eyes: grey levels, filtered views, overlays; no file formats, no user interface."""

from hrtem_core.pictures import colours, fft
from hrtem_core.pictures.bragg_filter import (
    Closeup,
    amplitude_map,
    bragg_filtered,
    close_up,
    strongest_map,
    strongest_place,
)
from hrtem_core.pictures.colours import (
    FAINT,
    LIMIT,
    REJECTED,
    SELECTED,
    ColourMode,
    Rgb,
    domain_colours,
    family_hex,
    hex_of,
    phase_rgb,
)
from hrtem_core.pictures.contrast import (
    PLAIN,
    SHOWN_PX,
    ByteImage,
    Contrast,
    black_and_white,
    grey_levels,
    reduced,
    resized,
)
from hrtem_core.pictures.crystal_fft import crystal_power
from hrtem_core.pictures.dark_field import DarkField, coloured, dark_field
from hrtem_core.pictures.drawing import rgb
from hrtem_core.pictures.fft import FftView, closeup_frame, draw_closeup
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.ground import GROUNDS, Ground, ground_picture
from hrtem_core.pictures.histogram import histogram_svg
from hrtem_core.pictures.icon import icon
from hrtem_core.pictures.legend import LegendEntry, direction_wheel, legend_of, legend_places
from hrtem_core.pictures.lines import DASHES, Dashes, dashes_of, line_style
from hrtem_core.pictures.marks import draw_numbered
from hrtem_core.pictures.masks import through_masks
from hrtem_core.pictures.overlay import (
    FILL,
    OUTLINE,
    PLAIN_LOOK,
    Drawn,
    OverlayLook,
    OverlayStyle,
    all_outlines,
    crystals_of,
    draw_domains,
    drawn_crystals,
    drawn_domains,
    is_corner_taken,
    joined_numbers,
    lone_domains,
    overlay_image,
    strongest_domains,
)
from hrtem_core.pictures.paths import (
    DrawnOutlines,
    domain_outlines,
    drawn_outlines,
    innermost_place,
    path_data,
)
from hrtem_core.pictures.scale_bar import SCREEN_BAR_PX, bar_length, draw_scale_bar, length_text
from hrtem_core.pictures.wiener import wiener_filtered

__all__ = [
    "DASHES",
    "FAINT",
    "FILL",
    "GROUNDS",
    "LIMIT",
    "OUTLINE",
    "PLAIN",
    "PLAIN_LOOK",
    "REJECTED",
    "SCREEN_BAR_PX",
    "SELECTED",
    "SHOWN_PX",
    "ByteImage",
    "Closeup",
    "ColourMode",
    "Contrast",
    "DarkField",
    "Dashes",
    "Drawn",
    "DrawnOutlines",
    "FftView",
    "Frame",
    "Ground",
    "LegendEntry",
    "OverlayLook",
    "OverlayStyle",
    "Rgb",
    "all_outlines",
    "amplitude_map",
    "bar_length",
    "black_and_white",
    "bragg_filtered",
    "close_up",
    "closeup_frame",
    "coloured",
    "colours",
    "crystal_power",
    "crystals_of",
    "dark_field",
    "dashes_of",
    "direction_wheel",
    "domain_colours",
    "domain_outlines",
    "draw_closeup",
    "draw_domains",
    "draw_numbered",
    "draw_scale_bar",
    "drawn_crystals",
    "drawn_domains",
    "drawn_outlines",
    "family_hex",
    "fft",
    "grey_levels",
    "ground_picture",
    "hex_of",
    "histogram_svg",
    "icon",
    "innermost_place",
    "is_corner_taken",
    "joined_numbers",
    "legend_of",
    "legend_places",
    "length_text",
    "line_style",
    "lone_domains",
    "overlay_image",
    "path_data",
    "phase_rgb",
    "reduced",
    "resized",
    "rgb",
    "strongest_domains",
    "strongest_map",
    "strongest_place",
    "through_masks",
    "wiener_filtered",
]
