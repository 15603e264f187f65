"""What lies under the outlines: the micrograph, the micrograph through a filter, or the dark field."""

import math
from typing import Literal, get_args

from hrtem_core.analysis import Analysis
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures.colours import ColourMode
from hrtem_core.pictures.contrast import PLAIN, ByteImage, Contrast, black_and_white, grey_levels, reduced
from hrtem_core.pictures.dark_field import coloured, dark_field
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.wiener import wiener_filtered

Ground = Literal["micrograph", "filtered", "dark field"]

GROUNDS: tuple[Ground, ...] = get_args(Ground)


def analyzed_part(analysis: Analysis) -> FloatImage:
    """What was analyzed of the micrograph, in its own pixels; by it black and white are judged everywhere.

    Returns
    -------
    part
        Shape (rows, columns), a view.
    """
    placement, (rows, cols) = analysis.placement, analysis.domains.shape
    (row0, col0), step = placement.origin_px, placement.bin_factor
    return analysis.micrograph.intensity[row0 : row0 + rows * step, col0 : col0 + cols * step]


def ground_picture(
    analysis: Analysis,
    ground: Ground,
    contrast: Contrast = PLAIN,
    mode: ColourMode = "family",
    max_px: int | None = None,
) -> tuple[ByteImage, Frame]:
    """A picture to draw on, and which part of the micrograph it shows, in its pixels.

    Parameters
    ----------
    analysis
        What to show.
    ground
        The whole micrograph, or of the part that was analyzed its Wiener-filtered image or its dark field.
    contrast
        Of the micrograph; of a dark field its gamma counts.
    mode
        What the colours of a dark field say.
    max_px
        Longest side of the picture, which is made smaller by a whole factor; None for full resolution.

    Returns
    -------
    picture
        Shape (rows, columns), or (rows, columns, 3) of a dark field.
    frame
        What it covers; blocks of averaged pixels may reach a few beyond the image.
    """
    if ground == "dark field":
        longer = max(analysis.domains.shape)
        found = dark_field(analysis, min(longer, max_px or longer))
        whole = Frame.of_field(analysis.domains.shape, analysis.placement)
        return coloured(found, analysis, mode, contrast.gamma), whole
    image, origin, step = analysis.micrograph.intensity, (0, 0), 1
    part = analyzed_part(analysis)
    if ground == "filtered":
        part = image = wiener_filtered(analysis.prepared, analysis.spectrum)
        origin, step = analysis.placement.origin_px, analysis.placement.bin_factor
    factor = math.ceil(max(image.shape) / max_px) if max_px else 1
    grey = grey_levels(reduced(image, factor), contrast, black_and_white(part, contrast))
    height, width = (float(side * factor * step) for side in grey.shape)
    return grey, Frame(float(origin[0]), float(origin[1]), height, width)
