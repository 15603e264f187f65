"""Lines, circles and labels on a picture."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from hrtem_core.pictures.colours import Rgb
from hrtem_core.pictures.contrast import ByteImage

WHITE: Rgb = (255, 255, 255)

BLACK: Rgb = (0, 0, 0)


def rgb(picture: ByteImage) -> Image.Image:
    """A picture, grey or not, that one can draw on in colour."""
    return Image.fromarray(picture).convert("RGB")


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow: the same everywhere, nothing loaded."""
    return ImageFont.load_default(size)


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
