"""Pictures for the screen: 8-bit, at most `SHOWN_PX` wide, encoded once.

`st.image` would shrink and re-encode in its own way, and a 16-bit micrograph needs percentiles and gamma.
JPEG at 92 % without chroma subsampling keeps one-pixel coloured lines crisp at a quarter of the PNG's
size, which travels to the browser at every change.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hrtem_core.exports.colours import Rgb
from hrtem_core.exports.overlay import ByteImage
from hrtem_core.types import FloatImage

SHOWN_PX = 1000
SHOWN_SAMPLE_PX = 250_000
BAR_STEPS = (1.0, 2.0, 5.0)

WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)


@dataclass(frozen=True)
class Contrast:
    """How grey values are shown.

    Parameters
    ----------
    low_percent, high_percent
        Percentiles of the image shown as black and as white.
    gamma
        Exponent of the grey value between them; below 1 brightens.
    """

    low_percent: float = 0.5
    high_percent: float = 99.5
    gamma: float = 1.0


def shown_size(shape: tuple[int, int], limit: int = SHOWN_PX) -> tuple[int, int]:
    """(rows, columns) of the picture of an image, the longer side `limit` pixels."""
    scale = limit / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def resized(image: FloatImage, size: tuple[int, int]) -> FloatImage:
    """The image at (rows, columns) `size`, smoothed as far as it is made smaller.

    Not by averaging boxes: one or two pixels in turn would lay a grid over the noise.
    """
    picture = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BICUBIC), dtype=np.float32)


def grey(image: FloatImage, contrast: Contrast, limit: int = SHOWN_PX) -> ByteImage:
    """The image as grey values of the screen.

    Parameters
    ----------
    image
        Shape (rows, columns); NaN is shown as black.
    contrast
        Percentiles and gamma.
    limit
        Longer side of the picture in pixels.
    """
    finite = np.isfinite(image)
    if not finite.all():
        image = np.where(finite, image, image[finite].min() if finite.any() else 0).astype(np.float32)
    small = resized(image, shown_size((image.shape[0], image.shape[1]), limit))
    step = max(1, math.isqrt(small.size // SHOWN_SAMPLE_PX))
    low, high = np.percentile(small[::step, ::step], [contrast.low_percent, contrast.high_percent])
    scaled = np.clip((small - low) / max(float(high - low), 1e-12), 0, 1)
    if contrast.gamma != 1:
        scaled **= contrast.gamma
    return np.asarray(scaled * 255 + 0.5, dtype=np.uint8)


def rgb(picture: ByteImage) -> Image.Image:
    """A grey picture one can draw on in colour."""
    return Image.fromarray(picture).convert("RGB")


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a JPEG file."""
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=92, subsampling=0)
    return stream.getvalue()


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow: the same everywhere, nothing loaded."""
    return ImageFont.load_default(size)


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


def label_size(picture: Image.Image, text: str) -> tuple[float, float]:
    """(width, height) in pixels of a short text as `draw_label` writes it."""
    letters = max(16, picture.width // 40)
    return 0.6 * letters * len(text), 1.0 * letters


def draw_label(picture: Image.Image, place: tuple[float, float], text: str) -> None:
    """Write a short text centred at (x, y), or as near to it as it fits, readable on any grey and colour."""
    width, height = label_size(picture, text)
    x, y = (
        min(max(at, half), side - half)
        for at, half, side in zip(place, (width / 2, height / 2), picture.size, strict=True)
    )
    ImageDraw.Draw(picture).text(
        (x, y), text, WHITE, font(round(height)), anchor="mm", stroke_width=2, stroke_fill=BLACK
    )


def draw_circle(
    picture: Image.Image, place: tuple[float, float], radius: float, colour: Rgb, width: int = 2
) -> None:
    """Draw a circle round (x, y)."""
    x, y = place
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(picture).ellipse(box, outline=colour, width=width)


def draw_cross(
    picture: Image.Image, place: tuple[float, float], reach: float, colour: Rgb, width: int = 2
) -> None:
    """Cross out (x, y)."""
    x, y = place
    for turn in (1, -1):
        ends = [(x - reach, y - turn * reach), (x + reach, y + turn * reach)]
        draw_line(picture, ends, colour, width)


def draw_line(
    picture: Image.Image, points: Sequence[tuple[float, float]], colour: Rgb, width: int = 2
) -> None:
    """Draw connected straight lines through (x, y) points."""
    ImageDraw.Draw(picture).line([*points], fill=colour, width=width, joint="curve")


def draw_marked_line(picture: Image.Image, points: Sequence[tuple[float, float]], colour: Rgb) -> None:
    """Draw connected lines that stand out of the noise of a micrograph: coloured, with a black edge."""
    if len(points) > 1:
        draw_line(picture, points, BLACK, 6)
        draw_line(picture, points, colour, 3)


def veil(
    picture: Image.Image,
    polygons: Sequence[Sequence[tuple[float, float]]],
    colour: Rgb,
    opacity: float,
    *,
    outside: bool = False,
) -> None:
    """Lay a colour over polygons.

    Parameters
    ----------
    picture
        Changed in place.
    polygons
        Corners as (x, y) each.
    colour, opacity
        Of the veil; opacity 0 to 1.
    outside
        Over what lies outside of them in their place.
    """
    full = round(255 * opacity)
    mask = Image.new("L", picture.size, full if outside else 0)
    pen = ImageDraw.Draw(mask)
    for polygon in polygons:
        pen.polygon([*polygon], fill=0 if outside else full)
    picture.paste(colour, mask=mask)


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file, for what needs transparency."""
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return stream.getvalue()


@cache
def icon(size: int = 64) -> Image.Image:
    """The app's sign, a disc of fringes: drawn here, because Streamlit fetches named icons from a network."""
    rows, cols = np.ogrid[:size, :size]
    distance = np.hypot(rows - size / 2 + 0.5, cols - size / 2 + 0.5)
    fringes = 0.5 + 0.5 * np.cos(2 * np.pi * (rows + 2 * cols) / (0.4 * size))
    sign = np.zeros((size, size, 4), np.uint8)
    sign[..., :3] = (np.array([47, 111, 143]) + fringes[..., None] * np.array([150, 120, 100])).astype(
        np.uint8
    )
    sign[..., 3] = np.clip((size / 2 - distance) * 255, 0, 255)
    return Image.fromarray(sign)
