"""What the colours of directions mean, as a wheel."""

from PIL import Image, ImageDraw

from hrtem_core.pictures.colours import of_azimuth

STEP_DEG = 3

CLEAR = (0, 0, 0, 0)


def direction_wheel(size_px: int) -> Image.Image:
    """The colours of the directions of g: each stands twice, as g and as -g.

    Parameters
    ----------
    size_px
        Width and height; what lies outside the ring is transparent.
    """
    side = 2 * size_px  # twice the size, for smooth edges
    picture = Image.new("RGBA", (side, side), CLEAR)
    pen = ImageDraw.Draw(picture)
    half = STEP_DEG / 2 + 0.1  # a little more, or background shines through between two sectors
    for azimuth in range(0, 360, STEP_DEG):
        box = (4, 4, side - 4, side - 4)
        pen.pieslice(box, -azimuth - half, -azimuth + half, fill=(*of_azimuth(azimuth), 255))
    pen.ellipse((side * 0.25, side * 0.25, side * 0.75, side * 0.75), fill=CLEAR)
    return picture.resize((size_px, size_px), Image.Resampling.LANCZOS)
