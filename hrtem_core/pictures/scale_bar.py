"""Scale bars: a round length, and the bar drawn into a picture."""

import math

from PIL import Image, ImageDraw, ImageFont

from hrtem_core.pictures.drawing import BLACK, WHITE, font

MAX_BAR_SHARE = 0.25
"""The scale bar is the longest nice length up to this share of the picture's width."""


def nice_length_nm(limit_nm: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above the limit."""
    decade = 10.0 ** math.floor(math.log10(limit_nm))
    return max(factor * decade for factor in (1, 2, 5) if factor * decade <= limit_nm * (1 + 1e-9))


def length_text(length_nm: float) -> str:
    """A length with its unit, such as "5 nm" or "0.2 µm"."""
    return f"{length_nm:g} nm" if length_nm < 1000 else f"{length_nm / 1000:g} µm"


def draw_nm_bar(draw: ImageDraw.ImageDraw, size: tuple[int, int], pixel_nm: float) -> None:
    width, height = size
    if min(width, height) < 64:
        return
    length_nm = nice_length_nm(MAX_BAR_SHARE * width * pixel_nm)
    length_px = round(length_nm / pixel_nm)
    unit = max(4, min(width, height) // 130)
    x, y = 3 * unit, height - 3 * unit
    draw.rectangle((x - 1, y - 1, x + length_px, y + unit), fill="black")
    draw.rectangle((x, y, x + length_px - 1, y + unit - 1), fill="white")
    draw.text(
        (x, y - unit),
        length_text(length_nm),
        fill="white",
        font=ImageFont.load_default(max(15, 4 * unit)),
        anchor="lb",
        stroke_width=max(1, unit // 3),
        stroke_fill="black",
    )


BAR_STEPS = (1.0, 2.0, 5.0)


def bar_length(extent: float, share: float = 0.16) -> float:
    """A round length (1, 2 or 5 times a power of ten) near `share` of `extent`, not longer than a third."""
    target = extent * share
    power = 10.0 ** math.floor(math.log10(target))
    rounds = [step * factor for factor in (power, power * 10) for step in BAR_STEPS]
    return min((r for r in rounds if r <= extent / 3), key=lambda r: abs(math.log(r / target)))


def draw_scale_bar(
    picture: Image.Image, extent: float, unit: str, *, right: bool = False, letters: int = 24
) -> None:
    """Draw a scale bar into a lower corner.

    Parameters
    ----------
    picture
        Changed in place.
    extent
        Width of the picture in `unit`.
    unit
        Unit of the bar's length, such as nm.
    right
        In the right corner in place of the left.
    letters
        Height of the letters as a part of the picture's width, such as 24 for a 24th: fewer for a picture
        that is shown small.
    """
    length = bar_length(extent)
    size = max(24, picture.width // letters)
    width_px = round(length / extent * picture.width)
    margin, thick = round(picture.width * 0.03), max(4, size // 5)
    left = picture.width - margin - width_px if right else margin
    bottom = picture.height - margin
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left - 1, bottom - thick - 1, left + width_px + 1, bottom + 1), fill=BLACK)
    draw.rectangle((left, bottom - thick, left + width_px, bottom), fill=WHITE)
    place = (left + (width_px if right else 0), bottom - thick - picture.width // 120)
    draw.text(
        place,
        f"{length:g} {unit}",
        WHITE,
        font(size),
        anchor="rs" if right else "ls",
        stroke_width=2,
        stroke_fill=BLACK,
    )
