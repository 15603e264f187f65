"""The overlay as SVG: the micrograph embedded, every domain a shape that can be edited."""

import base64
import math
from html import escape

import numpy as np
from PIL import Image

from hrtem_core.analysis import Analysis
from hrtem_core.domains import innermost
from hrtem_core.exports.png import MAX_OVERLAY_PX, png
from hrtem_core.measures import named_families
from hrtem_core.numerics import FloatArray
from hrtem_core.pictures import (
    PLAIN_LOOK,
    Frame,
    LegendEntry,
    OverlayLook,
    bar_length,
    domain_colours,
    domain_outlines,
    ground_picture,
    hex_of,
    is_corner_taken,
    joined_numbers,
    legend_of,
    legend_places,
    length_text,
)


def overlay_svg(analysis: Analysis, look: OverlayLook = PLAIN_LOOK) -> str:
    """The overlay of an analysis as SVG, in pixels of the micrograph.

    Parameters
    ----------
    analysis
        What to show; each domain is a path, titled with its number, spacing, family and that one's name.
    look
        How it looks; every domain is an outline.
    """
    rows, cols = analysis.micrograph.shape
    placement = analysis.placement
    families = named_families(analysis.phases, analysis.domains, analysis.families)
    base, field = ground_picture(analysis, look.ground, look.contrast, look.mode, MAX_OVERLAY_PX)
    picture = base64.b64encode(png(Image.fromarray(base))).decode("ascii")
    colours = domain_colours(
        look.mode, analysis.domains, analysis.families, analysis.crystallites, analysis.phases
    )
    taken = is_corner_taken(analysis, Frame(0.0, 0.0, float(rows), float(cols)))
    legend = legend_of(analysis, look.mode) if look.legend else []
    below, height_px = _legend(legend, rows, cols)
    shapes, numbers = [], []
    for domain, colour in zip(analysis.domains.accepted, colours, strict=True):
        path = " ".join(_path(outline) for outline in domain_outlines(domain, placement))
        spacing_nm = 1 / math.hypot(*domain.g_per_nm)
        number = int(families.family_of_peak[domain.peak])
        given = families.name_given(number)
        family = f"family {number}" + (f", {escape(given)}" if given else "")
        shapes.append(
            f'<path id="domain-{domain.domain_id}" d="{path}" stroke="{hex_of(colour)}">'
            f"<title>domain {domain.domain_id}, d = {spacing_nm:.4f} nm, {family}</title></path>"
        )
        if look.style.labels:
            row, col = placement.corners_px(np.array(innermost(domain)) + domain.footprint.corner + 0.5)
            numbers.append(((float(col), float(row)), domain.domain_id))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {cols} {rows + height_px:g}" '
            f'width="{cols}" height="{rows + height_px:g}">',
            f"<title>{escape(analysis.micrograph.name)}</title>",
            f'<image x="{field.left:g}" y="{field.top:g}" width="{field.width:g}" '
            f'height="{field.height:g}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{picture}"/>',
            f'<g fill="none" stroke-linejoin="round" stroke-width="{max(cols / 500, 2):.2f}">',
            *shapes,
            "</g>",
            *_numbers(numbers, cols),
            _scale_bar(rows, cols, placement.pixel_size.col_nm, right=taken),
            *below,
            "</svg>",
            "",
        ]
    )


def _path(outline: FloatArray) -> str:
    points = np.round(outline[:, ::-1], 2).tolist()
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def _numbers(numbered: list[tuple[tuple[float, float], int]], cols: int) -> list[str]:
    """The domains' numbers at (x, y) in pixels of the micrograph."""
    letters = max(cols / 45, 8)
    return [
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="{letters:.1f}" '
        'text-anchor="middle" dominant-baseline="central" fill="white" stroke="black" '
        f'stroke-width="{letters / 8:.1f}" paint-order="stroke">{text}</text>'
        for (x, y), text in joined_numbers(numbered, (1.8 * letters, letters))
    ]


def _legend(entries: list[LegendEntry], rows: int, cols: int) -> tuple[list[str], float]:
    """The legend's shapes below the micrograph, and the height they take."""
    if not entries:
        return [], 0.0
    letters = max(cols / 60, 6)
    places = legend_places(entries, cols, letters)
    height = (1.6 * (1 + places[-1][0]) + 0.6) * letters
    shapes = [f'<rect y="{rows}" width="{cols}" height="{height:g}" fill="black"/>']
    for (line, x), (colour, text) in zip(places, entries, strict=True):
        y = rows + (0.6 + 1.6 * line) * letters
        shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{letters:.1f}" height="{letters:.1f}" '
            f'fill="{hex_of(colour)}"/><text x="{x + 1.4 * letters:.1f}" y="{y + 0.85 * letters:.1f}" '
            f'font-family="sans-serif" font-size="{letters:.1f}" fill="white">{escape(text)}</text>'
        )
    return shapes, height


def _scale_bar(rows: int, cols: int, pixel_nm: float, *, right: bool) -> str:
    length_nm = bar_length(cols * pixel_nm)
    unit = max(min(rows, cols) / 130, 1)
    x = cols - 3 * unit - length_nm / pixel_nm if right else 3 * unit
    y = rows - 4 * unit
    return (
        f'<g fill="white" stroke="black" stroke-width="{unit / 4:.2f}">'
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{length_nm / pixel_nm:.2f}" height="{unit:.2f}"/>'
        f'<text x="{x:.2f}" y="{y - unit:.2f}" font-family="sans-serif" font-size="{4 * unit:.2f}" '
        f'paint-order="stroke">{length_text(length_nm)}</text></g>'
    )
