"""Outlines of domains as smooth paths, in pixels of the micrograph."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrtem_core.domains import Domain, innermost
from hrtem_core.image import Placement
from hrtem_core.numerics import FloatArray, smoothed, trace


def domain_outlines(domain: Domain, placement: Placement) -> list[FloatArray]:
    """Smooth outlines of a domain, holes included, for pictures.

    Returns
    -------
    outlines
        Shape (n, 2) each: (row, column) in pixels of the micrograph, from its outer corner.
    """
    region = domain.footprint
    return [placement.corners_px(smoothed(path) + region.corner) for path in trace(region.mask)]


MOST_POINTS = 30_000
"""Points of all outlines together in a picture for the screen."""


@dataclass(frozen=True)
class DrawnOutlines:
    """Outlines of domains as a browser draws them, in pixels of the micrograph from its outer corner.

    Parameters
    ----------
    paths
        Data of an SVG path for each domain, holes included.
    boxes
        (row, column, row, column) of the corners of what each covers.
    places
        (row, column) of each one's innermost place.
    """

    paths: list[str]
    boxes: list[tuple[float, float, float, float]]
    places: list[tuple[float, float]]


def drawn_outlines(domains: Sequence[Domain], outlines: Sequence[Sequence[FloatArray]]) -> DrawnOutlines:
    """Outlines ready for a browser: every second point to a tenth of a pixel, fewer where there are many.

    Parameters
    ----------
    domains
        Whose outlines.
    outlines
        Their paths, as `domain_outlines` gives them.
    """
    n_points = sum(len(path) for paths in outlines for path in paths)
    step = max(2, math.ceil(n_points / MOST_POINTS))
    found = DrawnOutlines([], [], [])
    for domain, paths in zip(domains, outlines, strict=True):
        (top, left), (bottom, right) = paths[0].min(axis=0).tolist(), paths[0].max(axis=0).tolist()
        row, col = innermost_place(domain, paths).tolist()
        found.paths.append("".join(path_data(path, step) for path in paths))
        found.boxes.append((top, left, bottom, right))
        found.places.append((row, col))
    return found


def path_data(path: FloatArray, step: int = 1) -> str:
    """A closed path as the data of an SVG path, each point relative to the one before.

    Parameters
    ----------
    path
        Shape (n, 2), (row, column).
    step
        Every how many points one is kept; of a path of few points all are.
    """
    kept = path[::step] if len(path) >= 12 * step else path
    tenths = np.rint(10 * kept[:, ::-1]).astype(int)
    x, y = (tenths[0] / 10).tolist()
    moves = (np.diff(tenths, axis=0) / 10).tolist()
    return f"M{x:g},{y:g}l" + " ".join(f"{dx:g},{dy:g}" for dx, dy in moves) + "z"


def innermost_place(domain: Domain, paths: Sequence[FloatArray]) -> FloatArray:
    """(row, column) of the domain's innermost place in the micrograph, shape (2,)."""
    start, end = paths[0].min(axis=0), paths[0].max(axis=0)
    shape = domain.footprint.mask.shape
    return np.asarray(start + (np.array(innermost(domain)) + 0.5) / shape * (end - start))
