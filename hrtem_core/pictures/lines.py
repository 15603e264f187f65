"""Line styles: families are told apart by them as well as by colour."""

import numpy as np

from hrtem_core.numerics import FloatArray

Dashes = tuple[float, ...]
"""Lengths of a line and of a gap in turn, for a line two pixels wide; none for a whole line."""

DASHES: dict[str, Dashes] = {"solid": (), "dashed": (9, 3), "dotted": (3, 2)}
"""Line styles of families in turn, by their names in a style sheet."""


def line_style(family: int) -> str:
    """Name of the line style of a family, numbered from 1."""
    return list(DASHES)[(family - 1) % len(DASHES)]


def dashes_of(family: int) -> Dashes:
    """The line style of a family, numbered from 1; that of no family is a whole line."""
    return DASHES[line_style(family)] if family else ()


def dashed(points: FloatArray, dashes: Dashes) -> list[FloatArray]:
    """The pieces of a line that are drawn.

    Parameters
    ----------
    points
        Shape (n, 2), closer together than the dashes are long.
    dashes
        Lengths of a piece and of a gap, in the unit of the points.
    """
    if not dashes:
        return [points]
    on, off = dashes
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    drawn = way % (on + off) < on
    starts = 1 + np.flatnonzero(np.diff(drawn))
    pieces = zip(np.split(points, starts), np.split(drawn, starts), strict=True)
    return [piece for piece, is_drawn in pieces if is_drawn[0] and len(piece) > 1]
