"""The FFT as a picture: log magnitude, scale bar in 1/nm, circles on the pairs, rings on the families."""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from PIL import Image, ImageDraw

from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatImage
from hrtem_core.peaks import Peaks
from hrtem_core.pictures.bragg_filter import Closeup
from hrtem_core.pictures.colours import FAINT, LIMIT, REJECTED, SELECTED, Rgb, family_rgb
from hrtem_core.pictures.contrast import ByteImage, Contrast, grey_levels, resized
from hrtem_core.pictures.drawing import BLACK, draw_circle, draw_cross, rgb
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.scale_bar import SCREEN_BAR_PX, draw_scale_bar
from hrtem_core.spacings import Families
from hrtem_core.spectrum import PowerPicture

SHOWN_PX = 900

RADIUS = 11.0

DASH_DEG = 4
"""From one dash of a limit's circle to the next."""

CLOSEUP_CONTRAST = Contrast(30.0, 99.9, 1.2)


@dataclass(frozen=True, kw_only=True)
class FftView:
    """How the FFT is shown.

    Parameters
    ----------
    local
        The maximum over local windows in place of the whole field.
    reach_per_nm
        Largest |g| shown along the axes, in 1/nm.
    gamma
        Exponent of the grey levels; below 1 brightens.
    noise
        Whether candidates that were not accepted are drawn.
    rings
        Whether a ring is drawn for each family.
    """

    local: bool = False
    reach_per_nm: float = 5.0
    gamma: float = 1.0
    noise: bool = True
    rings: bool = False


def base(power: PowerPicture, view: FftView) -> tuple[ByteImage, Frame]:
    """The spectrum's grey levels, and which part of g-space they show."""
    rows, cols = power.power.shape
    half = max(4, round(view.reach_per_nm / power.step_per_nm))
    top, left = max(0, rows // 2 - half), max(0, cols // 2 - half)
    part = _without_gaps(power.power[top : rows // 2 + half + 1, left : cols // 2 + half + 1])
    decades = np.log10(np.maximum(part, 1e-3)).astype(np.float32)
    shown = grey_levels(resized(decades, SHOWN_PX), Contrast(20.0, 99.95, view.gamma))
    step = power.step_per_nm
    frame = Frame(
        (top - rows // 2 - 0.5) * step,
        (left - cols // 2 - 0.5) * step,
        part.shape[0] * step,
        part.shape[1] * step,
    )
    return shown, frame


def _without_gaps(power: FloatImage) -> FloatImage:
    """Pixels between the bins of a small image's FFT take the largest power nearby."""
    filled = float(np.mean(power > 0))
    size = math.ceil(1 / math.sqrt(max(filled, 1e-3)))
    return power if size == 1 else np.where(power > 0, power, scipy.ndimage.maximum_filter(power, size))


def draw(
    shown: ByteImage,
    frame: Frame,
    peaks: Peaks,
    families: Families,
    view: FftView,
    selected: int | None = None,
    offered: Wavevector | None = None,
    *,
    band_per_nm: tuple[float, float] | None = None,
    unit: str = "1/nm",
    unit_per_nm: float = 1.0,
) -> Image.Image:
    """The FFT with its pairs.

    Parameters
    ----------
    shown, frame
        As `base` gives them.
    peaks, families
        What to circle.
    view
        How to draw.
    selected
        Row of the pair to emphasise.
    offered
        Place where a peak might be added, in 1/nm.
    band_per_nm
        Least and largest |g| looked for, to be drawn as dashed circles.
    unit, unit_per_nm
        Of the scale bar, and how many 1/nm it is.
    """
    picture = rgb(shown)
    colours = family_rgb(families)
    for limit in band_per_nm or ():
        _dashed_ring(picture, frame, limit)
    if view.rings:
        for at, d_nm in enumerate(families.d_nm):
            _ring(picture, frame, 1 / d_nm, colours[at])
    for row in reversed(range(len(peaks))):
        look = _look(peaks, families, row, colours)
        if view.noise or peaks.accepted[row] or peaks.by_hand[row]:
            crossed = peaks.by_hand[row] == "rejected"
            _pair(picture, frame, Wavevector(*peaks.g_per_nm[row]), *look, crossed=crossed)
    if selected is not None:
        _pair(picture, frame, Wavevector(*peaks.g_per_nm[selected]), SELECTED, RADIUS + 5, 2)
    if offered is not None:
        _pair(picture, frame, offered, SELECTED, RADIUS, 1)
    draw_scale_bar(picture, frame.width / unit_per_nm, unit, thickness_px=SCREEN_BAR_PX)
    return picture


def _look(peaks: Peaks, families: Families, row: int, colours: list[Rgb]) -> tuple[Rgb, float, int]:
    """Colour, radius and line width of a pair's circles."""
    family = int(families.family_of_peak[row])
    if peaks.accepted[row] and family:
        return colours[family - 1], RADIUS, 2
    if peaks.by_hand[row] == "rejected":
        return REJECTED, RADIUS, 2
    return FAINT, RADIUS * 0.6, 1


def place(picture: Image.Image, frame: Frame, at: tuple[float, float]) -> tuple[float, float]:
    """(x, y) in the picture of a (row, column) in the coordinates that the frame counts in."""
    return (
        (at[1] - frame.left) / frame.width * picture.width,
        (at[0] - frame.top) / frame.height * picture.height,
    )


def _pair(
    picture: Image.Image,
    frame: Frame,
    spot: tuple[float, float],
    colour: Rgb,
    radius: float,
    width: int,
    *,
    crossed: bool = False,
) -> None:
    for sign in (1, -1):
        at = place(picture, frame, (sign * spot[0], sign * spot[1]))
        if width > 1:  # a dark edge, or a circle is lost on a bright spot
            draw_circle(picture, at, radius + 1, BLACK, width + 2)
        draw_circle(picture, at, radius, colour, width)
        if crossed:  # not by colour alone: a family's may be near
            draw_cross(picture, at, 0.7 * radius, colour, width)


def _box(picture: Image.Image, frame: Frame, g_per_nm: float) -> tuple[float, float, float, float]:
    """Of the ring of that |g|, in the picture."""
    return (
        *place(picture, frame, (-g_per_nm, -g_per_nm)),
        *place(picture, frame, (g_per_nm, g_per_nm)),
    )


def _ring(picture: Image.Image, frame: Frame, g_per_nm: float, colour: Rgb) -> None:
    ImageDraw.Draw(picture).ellipse(_box(picture, frame, g_per_nm), outline=colour, width=2)


def _dashed_ring(picture: Image.Image, frame: Frame, g_per_nm: float) -> None:
    """A limit of what is looked for: dashed, so that it is no family's ring."""
    pen, box = ImageDraw.Draw(picture), _box(picture, frame, g_per_nm)
    for start in range(0, 360, DASH_DEG):
        pen.arc(box, start, start + DASH_DEG / 2, fill=LIMIT, width=2)


def draw_closeup(closeup: Closeup, longer_px: int = SHOWN_PX) -> Image.Image:
    """The FFT of a close-up, cropped to a little beyond the pair, with a circle on each of its two spots.

    Parameters
    ----------
    closeup
        What to show.
    longer_px
        Side of the picture.
    """
    side, half = len(closeup.power), _shown_bins(closeup)
    inner = slice(side // 2 - half, side // 2 + half)
    decades = np.log10(closeup.power + 1e-6 * closeup.power.max() + 1e-30).astype(np.float32)
    picture = rgb(grey_levels(resized(decades[inner, inner], longer_px), CLOSEUP_CONTRAST))
    corner = -half - 0.5
    frame = Frame(corner, corner, 2.0 * half, 2.0 * half)
    _pair(picture, frame, closeup.g_bins, SELECTED, RADIUS + 1, 2)
    return picture


def closeup_frame(closeup: Closeup) -> Frame:
    """Which part of g-space, in 1/nm, the FFT of a close-up shows as `draw_closeup` draws it."""
    half, side = _shown_bins(closeup), len(closeup.power)
    down, across = (1 / (side * size) for size in closeup.pixel_size.sizes_nm)
    corner = -half - 0.5
    return Frame(corner * down, corner * across, 2.0 * half * down, 2.0 * half * across)


def _shown_bins(closeup: Closeup) -> int:
    """How far from the zero frequency the FFT of a close-up is shown."""
    return int(min(len(closeup.power) // 2, max(8, 1.7 * math.hypot(*closeup.g_bins))))
