"""Scale bars: a round length, and the bar drawn into a picture."""

import math

from PIL import Image, ImageDraw

from hrtem_core.pictures.drawing import BLACK, WHITE, font

MAX_BAR_SHARE = 0.25
"""The scale bar is the longest nice length up to this share of the picture's width."""

SCREEN_BAR_PX = 10
"""Thickness of the bar in a picture for the screen, which is shown smaller than it is."""

LEAST_PX = 64
"""A picture that is narrower or lower than this bears no bar."""

MARGIN = 3
"""Distance of the bar from the picture's edges, in thicknesses of the bar."""

LETTERS = 4
"""Height of its letters in the same."""


def nice_length(limit: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above the limit."""
    decade = 10.0 ** math.floor(math.log10(limit))
    return max(factor * decade for factor in (1, 2, 5) if factor * decade <= limit * (1 + 1e-9))


def bar_length(extent: float) -> float:
    """Length of the scale bar of a picture of this width, in the same unit."""
    return nice_length(MAX_BAR_SHARE * extent)


def length_text(length: float, unit: str = "nm") -> str:
    """A length with its unit, such as "5 nm" or "0.2 µm"."""
    return f"{length / 1000:g} µm" if unit == "nm" and length >= 1000 else f"{length:g} {unit}"


def draw_scale_bar(
    picture: Image.Image,
    extent: float,
    unit: str = "nm",
    *,
    thickness_px: int | None = None,
    right: bool = False,
) -> None:
    """Draw a scale bar into a lower corner.

    Parameters
    ----------
    picture
        Changed in place; too small a one is left as it is.
    extent
        Width of the picture in `unit`.
    unit
        Of the bar's length.
    thickness_px
        Of the bar; its letters are four times as high. By default a 130th of the picture's shorter side, as
        for a picture that is seen at full size.
    right
        In the right corner in place of the left.
    """
    width, height = picture.size
    if min(width, height) < LEAST_PX:
        return
    length = bar_length(extent)
    length_px = round(length / extent * width)
    thick = thickness_px or max(4, min(width, height) // 130)
    x = width - MARGIN * thick - length_px if right else MARGIN * thick
    y = height - MARGIN * thick
    pen = ImageDraw.Draw(picture)
    pen.rectangle((x - 1, y - 1, x + length_px, y + thick), fill=BLACK)
    pen.rectangle((x, y, x + length_px - 1, y + thick - 1), fill=WHITE)
    pen.text(
        (x + length_px if right else x, y - thick),
        length_text(length, unit),
        fill=WHITE,
        font=font(max(15, LETTERS * thick)),
        anchor="rb" if right else "lb",
        stroke_width=max(1, thick // 3),
        stroke_fill=BLACK,
    )
