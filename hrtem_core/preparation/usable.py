"""Which part of a field is usable, and why the rest is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrtem_core.numerics import BoolImage
from hrtem_core.preparation.annotations import Annotation
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class LeftOut:
    """A part of the field that is not usable.

    Parameters
    ----------
    reason
        Why, in words for the user, such as "constant border".
    share
        Of the field's pixels; those that an earlier reason has left out do not count again.
    """

    reason: str
    share: float


def left_out_in_words(left_out: Sequence[LeftOut]) -> str:
    """What was left out, such as "12 % constant border, 1.5 % drawing"; "" if nothing was."""
    return ", ".join(f"{100 * one.share:.2g} % {one.reason}" for one in left_out)


class UsableArea:
    """Where a field is usable, and why not elsewhere.

    Parameters
    ----------
    shape
        (rows, columns) of the field.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.mask: BoolImage = np.ones(shape, bool)
        self.left_out: list[LeftOut] = []

    def leave_out(self, where: BoolImage, reason: str) -> None:
        """Set the mask to False where `where` is True."""
        share = np.count_nonzero(self.mask & where) / self.mask.size
        if share:
            self.left_out.append(LeftOut(reason, share))
            self.mask &= ~where


def in_polygons(shape: tuple[int, ...], polygons: Sequence[Polygon]) -> BoolImage:
    """Pixels of an image of `shape` inside polygons, whose corners are (row, column) in px."""
    inside = np.zeros(shape, bool)
    if polygons:
        from skimage import draw  # slow to import, seldom needed

        pixels_inside: Any = draw.polygon
        for corners in polygons:
            rows, cols = np.array(corners, dtype=float).T
            inside[pixels_inside(rows, cols, shape=shape)] = True
    return inside


def in_drawings(
    shape: tuple[int, ...], drawings: Sequence[Annotation], *, tuning: PreparationTuning = PREPARATION_TUNING
) -> BoolImage:
    """Pixels of an image of `shape` in drawings, and a margin round them."""
    inside = np.zeros(shape, bool)
    margin = max(tuning.drawing_margin_px, round(tuning.drawing_margin * min(shape)))
    for drawn in drawings:
        rows = slice(max(drawn.row0 - margin, 0), drawn.row1 + margin)
        inside[rows, max(drawn.col0 - margin, 0) : drawn.col1 + margin] = True
    return inside
