"""What lies under the outlines: the micrograph, the micrograph through a filter, or the dark field."""

import math
from typing import Literal, get_args

import numpy as np

from hrtem_core.analysis import Analysis
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures.colours import ColourMode
from hrtem_core.pictures.contrast import (
    PLAIN,
    ByteImage,
    Contrast,
    Limits,
    black_and_white,
    grey_levels,
    reduced,
)
from hrtem_core.pictures.dark_field import coloured, dark_field
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.wiener import wiener_filtered

Ground = Literal["micrograph", "filtered", "dark field"]

GROUNDS: tuple[Ground, ...] = get_args(Ground)


MIDDLE_STEP_PX = 8
"""Of the pixels that tell what is grey: every so many-th of a row, and of the rows."""


def analyzed_part(analysis: Analysis) -> FloatImage:
    """What was analyzed of the micrograph, in its own pixels.

    Returns
    -------
    part
        Shape (rows, columns), a view.
    """
    placement, (rows, cols) = analysis.placement, analysis.domains.shape
    (row0, col0), step = placement.origin_px, placement.bin_factor
    return analysis.micrograph.intensity[row0 : row0 + rows * step, col0 : col0 + cols * step]


def limits_of(analysis: Analysis, contrast: Contrast = PLAIN) -> Limits:
    """Black and white of a micrograph everywhere: those of what was analyzed, without what is drawn into it.

    A bar that is burned in, far brighter than the specimen, would be all that is seen beside black.

    Parameters
    ----------
    analysis
        What was analyzed, and where a bar or text is.
    contrast
        Percentiles.
    """
    part, drawn = analyzed_part(analysis), analysis.prepared.annotations
    if drawn:
        part, some = part.copy(), part[::MIDDLE_STEP_PX, ::MIDDLE_STEP_PX]
        middle = np.median(some[np.isfinite(some)]) if np.isfinite(some).any() else 0.0
        row0, col0 = analysis.placement.origin_px
        for one in drawn:
            rows = slice(max(one.row0 - row0, 0), max(one.row1 - row0, 0))
            part[rows, max(one.col0 - col0, 0) : max(one.col1 - col0, 0)] = middle
    return black_and_white(part, contrast)


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
    if ground == "filtered":
        image = wiener_filtered(analysis.prepared, analysis.spectrum)
        origin, step = analysis.placement.origin_px, analysis.placement.bin_factor
        limits = black_and_white(image, contrast)
    else:
        limits = limits_of(analysis, contrast)
    factor = math.ceil(max(image.shape) / max_px) if max_px else 1
    grey = grey_levels(reduced(image, factor), contrast, limits)
    height, width = (float(side * factor * step) for side in grey.shape)
    return grey, Frame(float(origin[0]), float(origin[1]), height, width)
