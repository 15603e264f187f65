"""The overlay as SVG: the micrograph embedded, every domain a shape that can be edited."""

import base64
import math
from html import escape

import numpy as np
from PIL import Image

from hrtem_core.analysis import Analysis
from hrtem_core.exports.png import MAX_OVERLAY_PX, png
from hrtem_core.numerics import FloatArray
from hrtem_core.pictures import (
    ColourMode,
    bar_length,
    domain_colours,
    domain_outlines,
    grey_levels,
    hex_of,
    length_text,
    reduced,
)


def overlay_svg(analysis: Analysis, mode: ColourMode = "family") -> str:
    """The overlay of an analysis as SVG, in pixels of the micrograph.

    Parameters
    ----------
    analysis
        What to show; each domain is a path, titled with its number, spacing, family and that one's name.
    mode
        What the colours say.
    """
    rows, cols = analysis.micrograph.shape
    placement = analysis.placement
    factor = math.ceil(max(rows, cols) / MAX_OVERLAY_PX)
    grey = grey_levels(reduced(analysis.micrograph.intensity, factor))
    picture = base64.b64encode(png(Image.fromarray(grey))).decode("ascii")
    colours = domain_colours(mode, analysis.domains, analysis.families, analysis.crystallites)
    # A reduced picture covers whole blocks, so a few pixels more than the micrograph.
    width, height = math.ceil(cols / factor) * factor, math.ceil(rows / factor) * factor
    shapes = []
    for domain, colour in zip(analysis.domains.accepted, colours, strict=True):
        path = " ".join(_path(outline) for outline in domain_outlines(domain, placement))
        spacing_nm = 1 / math.hypot(*domain.g_per_nm)
        number = int(analysis.families.family_of_peak[domain.peak])
        given = analysis.families.name_given(number)
        family = f"family {number}" + (f", {escape(given)}" if given else "")
        shapes.append(
            f'<path id="domain-{domain.domain_id}" d="{path}" stroke="{hex_of(colour)}">'
            f"<title>domain {domain.domain_id}, d = {spacing_nm:.4f} nm, {family}</title></path>"
        )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {cols} {rows}" '
            f'width="{cols}" height="{rows}">',
            f"<title>{escape(analysis.micrograph.name)}</title>",
            f'<image width="{width}" height="{height}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{picture}"/>',
            f'<g fill="none" stroke-linejoin="round" stroke-width="{max(cols / 500, 2):.2f}">',
            *shapes,
            "</g>",
            _scale_bar(rows, cols, placement.pixel_size.col_nm),
            "</svg>",
            "",
        ]
    )


def _path(outline: FloatArray) -> str:
    points = np.round(outline[:, ::-1], 2).tolist()
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def _scale_bar(rows: int, cols: int, pixel_nm: float) -> str:
    length_nm = bar_length(cols * pixel_nm)
    unit = max(min(rows, cols) / 130, 1)
    x, y = 3 * unit, rows - 4 * unit
    return (
        f'<g fill="white" stroke="black" stroke-width="{unit / 4:.2f}">'
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{length_nm / pixel_nm:.2f}" height="{unit:.2f}"/>'
        f'<text x="{x:.2f}" y="{y - unit:.2f}" font-family="sans-serif" font-size="{4 * unit:.2f}" '
        f'paint-order="stroke">{length_text(length_nm)}</text></g>'
    )
