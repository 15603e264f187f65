"""Pixels for eyes: no file formats, no user interface."""

from hrtem_core.pictures import colours, fft, overlay
from hrtem_core.pictures.colours import REJECTED, SELECTED, ColourMode, domain_colours, family_hex, hex_of
from hrtem_core.pictures.contrast import ByteImage, Contrast, background, grey
from hrtem_core.pictures.drawing import BLACK, draw_circle, draw_marked_line, rgb, veil
from hrtem_core.pictures.fft import FftView
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.histogram import histogram_svg
from hrtem_core.pictures.overlay import Drawn, OverlayStyle, overlay_image
from hrtem_core.pictures.paths import domain_outlines
from hrtem_core.pictures.scale_bar import MAX_BAR_SHARE, draw_scale_bar, length_text, nice_length_nm

__all__ = [
    "BLACK",
    "MAX_BAR_SHARE",
    "REJECTED",
    "SELECTED",
    "ByteImage",
    "ColourMode",
    "Contrast",
    "Drawn",
    "FftView",
    "Frame",
    "OverlayStyle",
    "background",
    "colours",
    "domain_colours",
    "domain_outlines",
    "draw_circle",
    "draw_marked_line",
    "draw_scale_bar",
    "family_hex",
    "fft",
    "grey",
    "hex_of",
    "histogram_svg",
    "length_text",
    "nice_length_nm",
    "overlay",
    "overlay_image",
    "rgb",
    "veil",
]
