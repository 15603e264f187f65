"""What a person marked on a micrograph: the region to look at, areas to ignore, points."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from hrtem_core.image import PixelSize
from hrtem_core.pictures.colours import REJECTED, SELECTED
from hrtem_core.pictures.drawing import BLACK, draw_circle, draw_label, draw_marked_line, veil
from hrtem_core.preparation import PreparationParameters, excluded_polygons

Points = list[tuple[float, float]]

IGNORED, OUTSIDE = 0.4, 0.55
"""Opacity of the veils over areas that are ignored, and over what lies outside the region."""


def _shown(places: ArrayLike, picture: Image.Image, shape: tuple[int, int]) -> Points:
    """(row, column) of the micrograph, from its outer corner, as (x, y) of the picture."""
    scale = picture.height / shape[0], picture.width / shape[1]
    return [(x, y) for y, x in (np.asarray(places, dtype=float).reshape(-1, 2) * scale).tolist()]


def draw_preparation(
    picture: Image.Image, shape: tuple[int, int], pixel_size: PixelSize, parameters: PreparationParameters
) -> None:
    """Veil what is ignored: excluded areas, and everything outside the region.

    Parameters
    ----------
    picture
        Of the whole micrograph, changed in place.
    shape, pixel_size
        Of the micrograph.
    parameters
        Region and areas.
    """
    polygons = excluded_polygons(pixel_size, parameters)
    ignored = [_shown(np.array(polygon) + 0.5, picture, shape) for polygon in polygons]  # from the corner
    veil(picture, ignored, REJECTED, IGNORED)
    if parameters.region_px:
        top, left, bottom, right = parameters.region_px
        box = _shown([(top, left), (top, right), (bottom, right), (bottom, left)], picture, shape)
        veil(picture, [box], BLACK, OUTSIDE, outside=True)
        draw_marked_line(picture, [*box, box[0]], SELECTED)
    for polygon in ignored:
        draw_marked_line(picture, [*polygon, polygon[0]], REJECTED)


def draw_points(
    picture: Image.Image, shape: tuple[int, int], points: Iterable[tuple[float, float]], *, area: bool = False
) -> None:
    """Draw points that a person set, and the line through them.

    Parameters
    ----------
    picture
        Of the whole micrograph, changed in place.
    shape
        Of the micrograph.
    points
        (row, column) in pixels of the micrograph from its outer corner.
    area
        Whether they are corners of an area to ignore, which is veiled from the third on.
    """
    shown = _shown(list(points), picture, shape)
    if area and len(shown) > 2:
        veil(picture, [shown], REJECTED, IGNORED)
    draw_marked_line(picture, shown, SELECTED)
    for place in shown:
        draw_circle(picture, place, 9, BLACK, 5)
        draw_circle(picture, place, 8, SELECTED, 3)


def draw_numbered(
    picture: Image.Image, shape: tuple[int, int], points: Iterable[tuple[float, float]]
) -> None:
    """Draw places with their numbers, from 1.

    Parameters
    ----------
    picture, shape, points
        As for `draw_points`.
    """
    for number, (x, y) in enumerate(_shown(list(points), picture, shape), start=1):
        draw_circle(picture, (x, y), 9, BLACK, 5)
        draw_circle(picture, (x, y), 8, SELECTED, 3)
        draw_label(picture, (x + 22, y - 14), str(number))
