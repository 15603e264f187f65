"""The overlay as SVG: the micrograph embedded, every domain and crystallite a shape that can be edited."""

import base64
import math
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from hrtem_core.analysis import Analysis
from hrtem_core.domains import Domain
from hrtem_core.exports.png import MAX_OVERLAY_PX, png
from hrtem_core.measures import named_families
from hrtem_core.numerics import FloatArray
from hrtem_core.pictures import (
    LINE,
    PATCH,
    PLAIN_LOOK,
    Drawn,
    Frame,
    LegendEntry,
    OverlayLook,
    bar_length,
    drawn_crystals,
    drawn_domains,
    ground_picture,
    hex_of,
    innermost_place,
    is_corner_taken,
    joined_numbers,
    legend_of,
    legend_places,
    length_text,
    lone_domains,
)


def overlay_svg(analysis: Analysis, look: OverlayLook = PLAIN_LOOK) -> str:
    """The overlay of an analysis as SVG, in pixels of the micrograph.

    Domains and crystallites are two layers, of which the one that the look asks for is seen.

    Parameters
    ----------
    analysis
        What to show; each domain is a path, titled with its number, spacing, family and that one's name, and
        so is each crystallite, of its strongest domain.
    look
        How it looks.
    """
    rows, cols = analysis.micrograph.shape
    base, field = ground_picture(analysis, look.ground, look.contrast, look.mode, MAX_OVERLAY_PX)
    picture = base64.b64encode(png(Image.fromarray(base))).decode("ascii")
    taken = is_corner_taken(analysis, Frame(0.0, 0.0, float(rows), float(cols)))
    legend = legend_of(analysis, look.mode, lines=look.style.dashes) if look.legend else []
    below, height_px = _legend(legend, rows, cols)
    domains, _ = drawn_domains(analysis, look.mode)
    crystals = drawn_crystals(analysis, look.mode)
    shown = crystals if look.crystals else domains
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" '
            'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
            f'viewBox="0 0 {cols} {rows + height_px:g}" width="{cols}" height="{rows + height_px:g}">',
            f"<title>{escape(analysis.micrograph.name)}</title>",
            f'<image x="{field.left:g}" y="{field.top:g}" width="{field.width:g}" '
            f'height="{field.height:g}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{picture}"/>',
            *_layer(analysis, look, "domain", domains, is_shown=not look.crystals),
            *_layer(analysis, look, "crystallite", crystals, is_shown=look.crystals),
            *_layer(analysis, look, "alone", lone_domains(analysis, domains), is_shown=look.crystals),
            *(_numbers(shown, cols) if look.style.labels else []),
            _scale_bar(rows, cols, analysis.placement.pixel_size.col_nm, right=taken),
            *below,
            "</svg>",
            "",
        ]
    )


LAYERS = {
    "domain": ("domains", "Domains"),
    "crystallite": ("crystallites", "Crystallites"),
    "alone": ("domains-alone", "Domains of no crystallite"),
}
"""Names of the layers for programs and for people, by how the names of their shapes begin."""


def _layer(
    analysis: Analysis, look: OverlayLook, kind: str, drawn: Sequence[Drawn], *, is_shown: bool
) -> list[str]:
    """Shapes that are shown or hidden together."""
    width, (name, label) = max(analysis.micrograph.shape[1] / 500, 2), LAYERS[kind]
    hidden = "" if is_shown else ' style="display:none"'
    return [
        f'<g id="{name}" inkscape:groupmode="layer" inkscape:label="{label}"{hidden} fill="none" '
        f'fill-rule="evenodd" stroke-linejoin="round" stroke-width="{width:.2f}" '
        f'opacity="{look.style.opacity:g}">',
        *(_shape(analysis, look, kind, one, width) for one in drawn),
        "</g>",
    ]


def _shape(analysis: Analysis, look: OverlayLook, kind: str, one: Drawn, width: float) -> str:
    """One domain or crystallite."""
    path, colour = " ".join(map(_path, one.paths)), hex_of(one.colour)
    lengths = " ".join(f"{length * width / 2:.2f}" for length in one.dashes)
    dashes = f' stroke-dasharray="{lengths}"' if lengths and look.style.dashes else ""
    fill = f' fill="{colour}"' if look.style.fill else ""
    return (
        f'<path id="{kind}-{one.domain.domain_id}" d="{path}" stroke="{colour}"{dashes}{fill}>'
        f"<title>{_title(analysis, kind, one.domain)}</title></path>"
    )


def _title(analysis: Analysis, kind: str, domain: Domain) -> str:
    """Number, spacing, family and the family's name."""
    families = named_families(analysis)
    number = int(families.family_of_peak[domain.peak])
    given = families.name_given(number)
    called = "crystallite" if kind == "crystallite" else "domain"
    return f"{called} {domain.domain_id}, d = {1 / math.hypot(*domain.g_per_nm):.4f} nm, family {number}" + (
        f", {escape(given)}" if given else ""
    )


def _path(outline: FloatArray) -> str:
    points = np.round(outline[:, ::-1], 2).tolist()
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def _numbers(shown: Sequence[Drawn], cols: int) -> list[str]:
    """The numbers of what is shown in its innermost places."""
    letters = max(cols / 45, 8)
    places = [innermost_place(one.domain, one.paths).tolist() for one in shown]
    numbered = [((x, y), one.domain.domain_id) for (y, x), one in zip(places, shown, strict=True)]
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
    for (line, x), one in zip(places, entries, strict=True):
        y = rows + (0.6 + 1.6 * line) * letters
        shapes.append(
            f'{_sign(one, x, y, letters)}<text x="{x + PATCH * letters:.1f}" y="{y + 0.85 * letters:.1f}" '
            f'font-family="sans-serif" font-size="{letters:.1f}" fill="white">{escape(one.text)}</text>'
        )
    return shapes, height


def _sign(entry: LegendEntry, x: float, y: float, letters: float) -> str:
    """A patch of a colour, or a line of the colour in its style."""
    colour = hex_of(entry.colour)
    if entry.dashes is None:
        return f'<rect x="{x:.1f}" y="{y:.1f}" width="{letters:.1f}" height="{letters:.1f}" fill="{colour}"/>'
    width = letters / 4
    lengths = " ".join(f"{length * width / 2:.2f}" for length in entry.dashes)
    dashes = f' stroke-dasharray="{lengths}"' if lengths else ""
    return (
        f'<path d="M{x:.1f} {y + letters / 2:.1f}h{LINE * letters:.1f}" stroke="{colour}" '
        f'stroke-width="{width:.2f}"{dashes}/>'
    )


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
