"""Pictures as PNG files."""

import io
import math

from PIL import Image

from hrtem_core.analysis import Analysis
from hrtem_core.pictures import (
    ByteImage,
    ColourMode,
    background,
    domain_colours,
    domain_outlines,
    overlay_image,
)

MAX_OVERLAY_PX = 2048
"""Longer side of `overlay.png`: larger micrographs are shown smaller by a whole factor."""


def overlay_png(analysis: Analysis, mode: ColourMode = "family") -> bytes:
    """The overlay of an analysis as PNG, at most `MAX_OVERLAY_PX` pixels wide and high.

    Parameters
    ----------
    analysis
        What to show.
    mode
        What the colours say.
    """
    factor = math.ceil(max(analysis.micrograph.shape) / MAX_OVERLAY_PX)
    placement = analysis.placement
    outlines = [domain_outlines(domain, placement) for domain in analysis.domains.accepted]
    colours = domain_colours(mode, analysis.domains, analysis.families, analysis.crystallites)
    picture = overlay_image(
        background(analysis.micrograph.intensity, factor),
        outlines,
        colours,
        scale=1 / factor,
        pixel_nm=placement.pixel_size.col_nm * factor,
    )
    return png(picture)


def png(picture: ByteImage) -> bytes:
    """PNG bytes, quickly: noise does not compress, whatever the level."""
    target = io.BytesIO()
    Image.fromarray(picture).save(target, format="PNG", compress_level=1)
    return target.getvalue()
