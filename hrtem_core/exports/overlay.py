"""The micrograph with coloured domain outlines and a scale bar."""

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hrtem_core.analysis import Analysis
from hrtem_core.exports.colours import ColourMode, Rgb, domain_colours
from hrtem_core.exports.outlines import domain_outlines
from hrtem_core.types import FloatArray, FloatImage

ByteImage = NDArray[np.uint8]
MAX_OVERLAY_PX = 2048
"""Longer side of `overlay.png`: larger micrographs are shown smaller by a whole factor."""
PERCENTILES = (0.5, 99.5)
MAX_BAR_SHARE = 0.25
"""The scale bar is the longest nice length up to this share of the picture's width."""
SAMPLE_PX = 500_000
"""Pixels that the contrast is judged by."""


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


def background(intensity: FloatImage, factor: int = 1, gamma: float = 1.0) -> ByteImage:
    """Grey values of a micrograph, its contrast set by percentiles.

    Parameters
    ----------
    intensity
        Shape (rows, columns); what is not finite becomes black.
    factor
        Blocks of factor x factor pixels are averaged into one.
    gamma
        Below 1 brightens the middle.

    Returns
    -------
    grey
        Shape (ceil(rows / factor), ceil(columns / factor)).
    """
    pixels = np.asarray(intensity, dtype=np.float32)
    if factor > 1:
        pixels = np.asarray(Image.fromarray(pixels).reduce(factor))
    step = max(1, math.isqrt(pixels.size // SAMPLE_PX))
    sample = pixels[::step, ::step]
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, PERCENTILES) if sample.size else (0.0, 1.0)
    shown = (pixels - np.float32(low)) * np.float32(1 / max(high - low, np.finfo(np.float32).tiny))
    np.nan_to_num(shown, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    np.clip(shown, 0, 1, out=shown)
    if gamma != 1.0:
        shown **= np.float32(gamma)
    return np.asarray(shown * np.float32(255), dtype=np.uint8)


def overlay_image(
    grey: ByteImage,
    outlines: Sequence[Sequence[FloatArray]],
    colours: Sequence[Rgb],
    *,
    scale: float = 1.0,
    pixel_nm: float | None = None,
    line_px: int | None = None,
) -> ByteImage:
    """Draw outlines and a scale bar on a grey picture.

    Parameters
    ----------
    grey
        Shape (rows, columns).
    outlines
        For each domain its closed outlines, shape (n, 2), (row, column) in pixels of the micrograph.
    colours
        One per domain.
    scale
        Pixels of the picture per pixel of the micrograph.
    pixel_nm
        Width of a pixel of the picture in nm; None draws no scale bar.
    line_px
        Width of the lines; by default 2, and 3 from 1500 px on.

    Returns
    -------
    picture
        Shape (rows, columns, 3).
    """
    picture = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(picture)
    width = line_px or (3 if max(grey.shape) >= 1500 else 2)
    for paths, colour in zip(outlines, colours, strict=True):
        for path in paths:
            draw.line(_drawn(path, scale), fill=colour, width=width)
    if pixel_nm is not None:
        draw_nm_bar(draw, (picture.width, picture.height), pixel_nm)
    return np.asarray(picture)


def _drawn(path: FloatArray, scale: float) -> list[tuple[float, float]]:
    """Points (x, y) of a closed line in the picture, about a pixel or two apart."""
    step = max(1, round(1.5 / scale)) if len(path) > 12 else 1
    points = path[::step, ::-1] * scale - 0.5
    return [(x, y) for x, y in np.concatenate([points, points[:2]]).tolist()]


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


def png(picture: ByteImage) -> bytes:
    """PNG bytes, quickly: noise does not compress, whatever the level."""
    target = io.BytesIO()
    Image.fromarray(picture).save(target, format="PNG", compress_level=1)
    return target.getvalue()
