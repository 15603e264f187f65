"""The micrograph with coloured domain outlines and a scale bar."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from hrtem_core.domains import Domain, Domains, innermost
from hrtem_core.numerics import FloatArray
from hrtem_core.pictures.colours import REJECTED, SELECTED, Rgb
from hrtem_core.pictures.contrast import ByteImage
from hrtem_core.pictures.drawing import draw_label, label_size, rgb
from hrtem_core.pictures.scale_bar import draw_nm_bar


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


OUTLINE, FILL = "outlines", "fills"

Paths = Sequence[FloatArray]
"""Closed outlines of one domain, shape (n, 2) each: (row, column) from the picture's corner, 0 to 1."""


@dataclass(frozen=True)
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
    """

    fill: bool = False
    opacity: float = 0.9
    labels: bool = False
    width: int = 2


@dataclass(frozen=True)
class Drawn:
    """One domain as it is to be drawn."""

    domain: Domain
    paths: Paths
    colour: Rgb


def draw_domains(
    base: ByteImage,
    accepted: Sequence[Drawn],
    style: OverlayStyle,
    *,
    rejected: Sequence[Drawn] = (),
    highlighted: Sequence[Drawn] = (),
) -> Image.Image:
    """The micrograph with its domains.

    Parameters
    ----------
    base
        The image as grey values, of any size.
    accepted
        Domains in their colours.
    style
        How to draw them.
    rejected
        Domains a person took out: a thin line in the colour of rejection.
    highlighted
        Domains to outline in white.
    """
    plain = rgb(base)
    picture = plain.copy()
    for one in accepted:
        if style.fill:
            _fill(picture, one)
    for one in accepted:
        _outline(picture, one, one.colour, style.width)  # over fills too: what lies below another is seen
    picture = Image.blend(plain, picture, style.opacity)
    for one in rejected:
        _outline(picture, one, REJECTED, 1)
    for one in highlighted:
        _outline(picture, one, SELECTED, style.width + 1)
    if style.labels:
        _number(picture, accepted)
    return picture


def _number(picture: Image.Image, accepted: Sequence[Drawn]) -> None:
    """Write the domains' numbers in their innermost places, those of domains on one place together."""
    labels: list[tuple[tuple[float, float], str]] = []
    across, down = label_size(picture, "000")
    for one in accepted:
        x, y = (share * side for share, side in zip(_innermost(one), picture.size, strict=True))
        number = str(one.domain.domain_id)
        near = (at for at, ((a, b), _) in enumerate(labels) if abs(x - a) < across and abs(y - b) < down)
        at = next(near, None)
        if at is None:
            labels.append(((x, y), number))
        else:
            labels[at] = labels[at][0], f"{labels[at][1]}, {number}"
    for place, text in labels:
        draw_label(picture, place, text)


def _points(path: FloatArray, size: tuple[int, int]) -> list[tuple[float, float]]:
    """The path in a picture of (width, height) `size` as (x, y), closed."""
    points = [(x, y) for y, x in (path * (size[1], size[0])).tolist()]
    return [*points, points[0]]


def _outline(picture: Image.Image, one: Drawn, colour: Rgb, width: int) -> None:
    pen = ImageDraw.Draw(picture)
    for path in one.paths:
        pen.line(_points(path, picture.size), fill=colour, width=width, joint="curve")


def _fill(picture: Image.Image, one: Drawn) -> None:
    """Fill a domain, its holes left open."""
    stencil = Image.new("1", picture.size)
    pen = ImageDraw.Draw(stencil)
    for path in one.paths:
        pen.polygon(_points(path, picture.size), fill=int(not _is_hole(path)))
    picture.paste(one.colour, mask=stencil)


def _is_hole(path: FloatArray) -> bool:
    """Whether a path runs round a hole: anticlockwise on the screen (shoelace formula)."""
    rows, cols = path.T
    return bool(cols @ np.roll(rows, -1) < np.roll(cols, -1) @ rows)


def _innermost(one: Drawn) -> tuple[float, float]:
    """(x, y), 0 to 1, of the domain's innermost place."""
    row, col = innermost(one.domain)
    rows, cols = one.domain.mask.shape
    (top, left), (bottom, right) = one.paths[0].min(axis=0), one.paths[0].max(axis=0)
    return left + (col + 0.5) / cols * (right - left), top + (row + 0.5) / rows * (bottom - top)


def domains_at(domains: Domains, row: float, col: float) -> list[Domain]:
    """The domains at a place of the prepared image in pixels, smallest first: the one meant is on top."""
    here = []
    for domain in (*domains.accepted, *domains.rejected):
        r, c = int(row) - domain.row0, int(col) - domain.col0
        inside = 0 <= r < domain.mask.shape[0] and 0 <= c < domain.mask.shape[1]
        if inside and domain.mask[r, c]:
            here.append(domain)
    return sorted(here, key=lambda domain: int(domain.mask.sum()))
