"""Which part of a field is usable, and why the rest is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.errors import RecipeError
from hrtem_core.numerics import BoolImage, FloatArray
from hrtem_core.preparation.annotations import Annotation
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

Polygon = tuple[tuple[float, float], ...]

STRIP_ROWS = 4
"""A polygon is looked at in strips of so many rows, each with the few sides that reach into it."""

MAX_TESTS, MAX_TESTS_PER_PX = 2e9, 100
"""How often a pixel may be held against a side, 5 ns each: the larger of these, the second of the image."""

TESTS_OF_A_STRIP = 10_000
"""As many take as long as all else that a strip needs."""


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


def in_polygons(
    shape: tuple[int, ...], polygons: Sequence[Polygon], checkpoint: Checkpoint = go_on
) -> BoolImage:
    """Pixels of an image of `shape` inside polygons, whose corners are (row, column) in px.

    Strategy: whether a pixel is inside depends on the sides that cross its row. So every strip of rows is
    given those sides only, and a traced outline of thousands of corners costs what its length does.

    Parameters
    ----------
    shape
        (rows, columns).
    polygons
        Corners, within the image or without.
    checkpoint
        Called after every strip.

    Raises
    ------
    RecipeError
        If the polygons go to and fro over the image so often that it would take minutes.
    """
    inside = np.zeros(shape, bool)
    if not polygons:
        return inside
    from skimage import draw  # slow to import, seldom needed

    pixels_inside: Any = draw.polygon
    _check_effort(shape, polygons, checkpoint)
    for corners in (np.array(polygon, dtype=float) for polygon in polygons):
        for row0 in _strips(shape[0], corners[:, 0]):
            strip = inside[row0 : row0 + STRIP_ROWS]
            sides = _reaching_into(corners, row0, row0 + len(strip))
            if len(sides):
                strip[pixels_inside(sides[:, 0] - row0, sides[:, 1], shape=strip.shape)] = True
            checkpoint()
    return inside


def _check_effort(shape: tuple[int, ...], polygons: Sequence[Polygon], checkpoint: Checkpoint) -> None:
    """Refuse polygons whose sides would have to be held against too many pixels, before any is."""
    left = max(MAX_TESTS, MAX_TESTS_PER_PX * float(np.prod(shape)))
    for corners in (np.array(polygon, dtype=float) for polygon in polygons):
        for row0 in _strips(shape[0], corners[:, 0]):
            n_sides = len(_reaching_into(corners, row0, row0 + STRIP_ROWS))
            left -= TESTS_OF_A_STRIP + n_sides * STRIP_ROWS * shape[1]
            if left < 0:
                raise RecipeError(
                    f"The ignored areas have {sum(map(len, polygons))} corners in {len(polygons)} polygons, "
                    "whose sides cross the image too often; draw them with fewer."
                )
        checkpoint()


def _strips(n_rows: int, rows: FloatArray) -> range:
    """The first rows of the strips of an image that a polygon with these rows reaches into."""
    first = min(max(int(rows.min()) - 1, 0), n_rows) // STRIP_ROWS * STRIP_ROWS
    return range(first, min(max(int(rows.max()) + 2, 0), n_rows), STRIP_ROWS)


def _reaching_into(corners: FloatArray, first: int, end: int) -> FloatArray:
    """A polygon that is the same from row `first` to row `end`, without most corners above and below."""
    side = (corners[:, 0] > end).astype(np.int8) - (corners[:, 0] < first)
    kept = (side == 0) | (np.roll(side, 1) != side) | (np.roll(side, -1) != side)
    return np.asarray(corners[kept])


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
