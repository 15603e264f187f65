"""Pictures as PNG files."""

import io
from dataclasses import replace

from PIL import Image

from hrtem_core.analysis import Analysis
from hrtem_core.pictures import PLAIN_LOOK, OverlayLook, OverlayStyle, overlay_image

MAX_OVERLAY_PX = 2048
"""Longer side of `overlay.png`: larger micrographs are shown smaller by a whole factor."""


def overlay_png(
    analysis: Analysis, look: OverlayLook = PLAIN_LOOK, max_px: int | None = MAX_OVERLAY_PX
) -> bytes:
    """The overlay of an analysis as PNG.

    Parameters
    ----------
    analysis
        What to show.
    look
        How it looks.
    max_px
        Longest side of the picture, None for the micrograph's own resolution.
    """
    return png(overlay_image(analysis, look, max_px))


def dark_field_png(analysis: Analysis, look: OverlayLook = PLAIN_LOOK) -> bytes:
    """The dark-field composite as PNG, every pixel of the analyzed part, with what its colours mean.

    Parameters
    ----------
    analysis
        What to show.
    look
        What the colours say, and the gamma of the brightness; nothing is drawn over it.
    """
    bare = replace(look, ground="dark field", style=OverlayStyle(opacity=0), legend=True)
    return png(overlay_image(analysis, bare))


def png(picture: Image.Image) -> bytes:
    """PNG bytes, quickly: noise does not compress, whatever the level."""
    target = io.BytesIO()
    picture.save(target, format="PNG", compress_level=1)
    return target.getvalue()
