"""Places that a person marked in a picture, with their numbers."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from hrtem_core.pictures.colours import SELECTED
from hrtem_core.pictures.drawing import BLACK, draw_circle, draw_label

Points = list[tuple[float, float]]


def _shown(places: ArrayLike, picture: Image.Image, shape: tuple[int, int]) -> Points:
    """(row, column) of the micrograph, from its outer corner, as (x, y) of the picture."""
    scale = picture.height / shape[0], picture.width / shape[1]
    return [(x, y) for y, x in (np.asarray(places, dtype=float).reshape(-1, 2) * scale).tolist()]


def draw_numbered(
    picture: Image.Image, shape: tuple[int, int], points: Iterable[tuple[float, float]]
) -> None:
    """Draw places with their numbers, from 1.

    Parameters
    ----------
    picture
        Of the whole image, changed in place.
    shape
        (rows, columns) of the image.
    points
        (row, column) in pixels of the image from its outer corner.
    """
    for number, (x, y) in enumerate(_shown(list(points), picture, shape), start=1):
        draw_circle(picture, (x, y), 9, BLACK, 5)
        draw_circle(picture, (x, y), 8, SELECTED, 3)
        draw_label(picture, (x + 22, y - 14), str(number))
