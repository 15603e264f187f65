"""The micrograph with its domains: outlines or areas, numbers, and a scale bar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from hrtem_core.analysis import Analysis
from hrtem_core.domains import Domain
from hrtem_core.numerics import FloatArray, Footprint
from hrtem_core.pictures.colours import REJECTED, SELECTED, ColourMode, Rgb, domain_colours, strength
from hrtem_core.pictures.contrast import PLAIN, ByteImage, Contrast
from hrtem_core.pictures.drawing import draw_label, label_size, rgb
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.ground import Ground, ground_picture
from hrtem_core.pictures.legend import legend_of, with_legend
from hrtem_core.pictures.lines import Dashes, dashed, dashes_of
from hrtem_core.pictures.paths import domain_outlines, innermost_place
from hrtem_core.pictures.scale_bar import draw_scale_bar

OUTLINE, FILL = "outlines", "fills"

POINTS_PX = 1.5
"""Distance of the points that an outline is drawn through, in pixels of the picture."""


@dataclass(frozen=True, kw_only=True)
class OverlayStyle:
    """How domains are drawn.

    Parameters
    ----------
    fill
        Coloured areas in place of outlines.
    opacity
        Of outlines or areas, 0 to 1.
    labels
        Whether to write each domain's number.
    width
        Of the outlines, in pixels of the picture.
    dashes
        Whether families differ by the style of their outlines, too, where the colours say the family.
    """

    fill: bool = False
    opacity: float = 0.9
    labels: bool = False
    width: int = 2
    dashes: bool = False


@dataclass(frozen=True, kw_only=True)
class OverlayLook:
    """How the picture of a whole micrograph looks.

    Parameters
    ----------
    mode
        What the colours say.
    contrast
        Of the micrograph.
    style
        How domains are drawn; outlines are as wide as suits the picture's size, whatever it says.
    legend
        Whether what the colours mean stands below the picture.
    crystals
        One outline for each crystallite in place of one for each domain.
    ground
        What lies under the outlines.
    """

    mode: ColourMode = "family"
    contrast: Contrast = PLAIN
    style: OverlayStyle = OverlayStyle(opacity=1.0)
    legend: bool = False
    crystals: bool = False
    ground: Ground = "micrograph"


PLAIN_LOOK = OverlayLook()


@dataclass(frozen=True, eq=False)
class Drawn:
    """One domain as it is to be drawn.

    Parameters
    ----------
    domain
        The domain.
    paths
        Its closed outlines, shape (n, 2) each: (row, column) in pixels of the micrograph from its outer
        corner.
    colour
        Of its outlines, or of its area.
    dashes
        Style of its outlines where styles are drawn.
    """

    domain: Domain
    paths: Sequence[FloatArray]
    colour: Rgb
    dashes: Dashes = ()


def all_outlines(analysis: Analysis) -> list[list[FloatArray]]:
    """Outlines of the accepted domains, then of the rejected ones, as `Drawn` takes them."""
    found, placement = analysis.domains, analysis.placement
    return [domain_outlines(domain, placement) for domain in (*found.accepted, *found.rejected)]


def drawn_domains(
    analysis: Analysis, mode: ColourMode = "family", outlines: Sequence[Sequence[FloatArray]] | None = None
) -> tuple[list[Drawn], list[Drawn]]:
    """The accepted and the rejected domains, ready to be drawn.

    Parameters
    ----------
    analysis
        Whose domains.
    mode
        What their colours say.
    outlines
        Those of `all_outlines` if they are at hand.
    """
    found = analysis.domains
    colours = domain_colours(mode, found, analysis.families, analysis.crystallites, analysis.phases)
    colours += [REJECTED] * len(found.rejected)
    paths = all_outlines(analysis) if outlines is None else outlines
    lines = domain_dashes(analysis, mode) + [()] * len(found.rejected)
    every = (*found.accepted, *found.rejected)
    both = [Drawn(*one) for one in zip(every, paths, colours, lines, strict=True)]
    return both[: len(found.accepted)], both[len(found.accepted) :]


def domain_dashes(analysis: Analysis, mode: ColourMode) -> list[Dashes]:
    """The line style of each accepted domain: whole, but where the colours say the family."""
    families, accepted = analysis.families, analysis.domains.accepted
    if mode != "family":
        return [()] * len(accepted)
    numbers = (int(families.family_of_peak[one.peak]) for one in accepted)
    return [dashes_of(families.shown_number(number)) for number in numbers]


def strongest_domains(analysis: Analysis) -> list[int]:
    """For each crystallite the place of its strongest domain among the accepted ones."""
    found, number_of = analysis.domains.accepted, analysis.crystallites.crystallite_of_domain
    members = (np.flatnonzero(number_of == n + 1) for n in range(analysis.crystallites.n_crystallites))
    return [max(own.tolist(), key=lambda row: strength(found[row])) for own in members]


def crystals_of(analysis: Analysis) -> list[Domain]:
    """Each crystallite as its strongest domain, with its own number, over all that its domains cover."""
    found, number_of = analysis.domains.accepted, analysis.crystallites.crystallite_of_domain
    crystals = []
    for number, row in enumerate(strongest_domains(analysis), start=1):
        whole = Footprint.union([found[at].footprint for at in np.flatnonzero(number_of == number)])
        crystals.append(replace(found[row], domain_id=number, footprint=whole))
    return crystals


def drawn_crystals(analysis: Analysis, mode: ColourMode = "family") -> list[Drawn]:
    """The crystallites, ready to be drawn in the colours of their strongest domains."""
    crystals, placement = crystals_of(analysis), analysis.placement
    paths = [domain_outlines(one, placement) for one in crystals]
    of_domains = domain_colours(
        mode, analysis.domains, analysis.families, analysis.crystallites, analysis.phases
    )
    lines, rows = domain_dashes(analysis, mode), strongest_domains(analysis)
    colours, styles = [of_domains[row] for row in rows], [lines[row] for row in rows]
    return [Drawn(*one) for one in zip(crystals, paths, colours, styles, strict=True)]


def lone_domains(analysis: Analysis, drawn: Sequence[Drawn]) -> list[Drawn]:
    """Those of the accepted domains of which nobody knows where their crystal lies."""
    numbers = analysis.crystallites.crystallite_of_domain.tolist()
    return [one for one, number in zip(drawn, numbers, strict=True) if not number]


def overlay_image(
    analysis: Analysis, look: OverlayLook = PLAIN_LOOK, max_px: int | None = None
) -> Image.Image:
    """The whole micrograph, or the part that was analyzed, with its domains and a scale bar in nm.

    Parameters
    ----------
    analysis
        What to show.
    look
        How it looks.
    max_px
        Longest side of the picture, which is made smaller by a whole factor; None for full resolution.
    """
    base, field = ground_picture(analysis, look.ground, look.contrast, look.mode, max_px)
    domains, _ = drawn_domains(analysis, look.mode)
    accepted = drawn_crystals(analysis, look.mode) if look.crystals else domains
    lone = lone_domains(analysis, domains) if look.crystals else []
    style = replace(look.style, width=3 if max(base.shape) >= 1500 else 2)
    picture = draw_domains(base, field, accepted, style, lone=lone)
    extent = field.width * analysis.placement.pixel_size.col_nm
    draw_scale_bar(picture, extent, right=is_corner_taken(analysis, field))
    if not look.legend:
        return picture
    return with_legend(
        picture, legend_of(analysis, look.mode, lines=look.style.dashes), wheel=look.mode == "azimuth"
    )


def is_corner_taken(analysis: Analysis, field: Frame) -> bool:
    """Whether a bar or a text burned into the image stands where our scale bar would: in the lower left.

    Parameters
    ----------
    analysis
        Whose image.
    field
        Which part of the micrograph is shown, in its pixels.
    """
    middle = field.top + field.height / 2, field.left + field.width / 2
    shown = field.top + field.height, field.left
    return any(
        middle[0] < drawn.row1 and drawn.row0 < shown[0] and drawn.col0 < middle[1] and drawn.col1 > shown[1]
        for drawn in analysis.prepared.annotations
    )


def draw_domains(
    base: ByteImage,
    field: Frame,
    accepted: Sequence[Drawn],
    style: OverlayStyle,
    *,
    lone: Sequence[Drawn] = (),
    rejected: Sequence[Drawn] = (),
    highlighted: Sequence[Drawn] = (),
) -> Image.Image:
    """The micrograph with its domains.

    Parameters
    ----------
    base
        The image as grey levels or in colours, of any size.
    field
        Which part of the micrograph it shows, in its pixels from its outer corner.
    accepted
        Domains in their colours.
    style
        How to draw them.
    lone
        More of them, without a number.
    rejected
        Domains a person took out: a thin line in the colour of rejection.
    highlighted
        Domains to outline in white.
    """
    plain = rgb(base)
    picture = plain.copy()
    for one in (*accepted, *lone):
        if style.fill:
            _fill(picture, field, one)
    for one in (*accepted, *lone):  # over areas too: what lies below another is seen
        _outline(picture, field, one, one.colour, style.width, one.dashes if style.dashes else ())
    picture = Image.blend(plain, picture, style.opacity)
    for one in rejected:
        _outline(picture, field, one, REJECTED, 1)
    for one in highlighted:
        _outline(picture, field, one, SELECTED, style.width + 1)
    if style.labels:
        _number(picture, field, accepted)
    return picture


def _number(picture: Image.Image, field: Frame, accepted: Sequence[Drawn]) -> None:
    """Write the domains' numbers in their innermost places, those of domains on one place together."""
    places = [_in_picture(innermost_place(one.domain, one.paths), field, picture.size) for one in accepted]
    numbered = [
        ((float(x), float(y)), one.domain.domain_id) for (y, x), one in zip(places, accepted, strict=True)
    ]
    for place, text in joined_numbers(numbered, label_size(picture, "000")):
        draw_label(picture, place, text)


def joined_numbers(
    numbered: Sequence[tuple[tuple[float, float], int]], room: tuple[float, float]
) -> list[tuple[tuple[float, float], str]]:
    """Numbers at (x, y) as labels, those that would be written over one another together.

    Parameters
    ----------
    numbered
        Places and numbers.
    room
        (width, height) that a label takes.
    """
    labels: list[tuple[tuple[float, float], str]] = []
    for (x, y), number in numbered:
        near = (at for at, ((a, b), _) in enumerate(labels) if abs(x - a) < room[0] and abs(y - b) < room[1])
        at = next(near, None)
        if at is None:
            labels.append(((x, y), str(number)))
        else:
            labels[at] = labels[at][0], f"{labels[at][1]}, {number}"
    return labels


def _in_picture(places: FloatArray, field: Frame, size: tuple[int, int]) -> FloatArray:
    """Places (..., 2) of the micrograph in pixels of a picture of (width, height) `size`, centres whole."""
    scale = size[1] / field.height, size[0] / field.width
    return np.asarray((places - (field.top, field.left)) * scale - 0.5)


def _points(path: FloatArray, field: Frame, size: tuple[int, int]) -> list[tuple[float, float]]:
    """Points (x, y) of a closed line in the picture, about a pixel or two apart."""
    step = max(1, round(POINTS_PX * field.width / size[0])) if len(path) > 12 else 1
    points = _in_picture(path[::step], field, size)
    return [(x, y) for y, x in np.concatenate([points, points[:2]]).tolist()]


def _outline(
    picture: Image.Image, field: Frame, one: Drawn, colour: Rgb, width: int, dashes: Dashes = ()
) -> None:
    pen, lengths = ImageDraw.Draw(picture), tuple(length * width / 2 for length in dashes)
    for path in one.paths:
        for piece in dashed(np.array(_points(path, field, picture.size)), lengths):
            pen.line([(x, y) for x, y in piece.tolist()], fill=colour, width=width)


def _fill(picture: Image.Image, field: Frame, one: Drawn) -> None:
    """Fill a domain, its holes left open."""
    stencil = Image.new("1", picture.size)
    pen = ImageDraw.Draw(stencil)
    for path in one.paths:
        pen.polygon(_points(path, field, picture.size), fill=int(not _is_hole(path)))
    picture.paste(one.colour, mask=stencil)


def _is_hole(path: FloatArray) -> bool:
    """Whether a path runs round a hole: anticlockwise on the screen (shoelace formula)."""
    rows, cols = path.T
    return bool(cols @ np.roll(rows, -1) < np.roll(cols, -1) @ rows)
