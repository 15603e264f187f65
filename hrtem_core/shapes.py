"""Size and position of a region, exact for the polygon of its pixels."""

import math
from dataclasses import dataclass

import numpy as np

from hrtem_core.calibration import PixelSize
from hrtem_core.types import BoolImage, FloatArray


@dataclass(frozen=True)
class Shape:
    """A region of the image in numbers.

    Parameters
    ----------
    area_nm2
        Number of pixels times the area of one.
    equivalent_diameter_nm
        Diameter of the disc of the same area.
    feret_max_nm, feret_min_nm
        Largest and smallest distance between two parallel lines that touch the region on both sides.
    centroid_px
        (row, column) in pixels of the mask, centres whole.
    """

    area_nm2: float
    equivalent_diameter_nm: float
    feret_max_nm: float
    feret_min_nm: float
    centroid_px: tuple[float, float]


def measure_shape(mask: BoolImage, pixel_size: PixelSize) -> Shape:
    """Measure a region.

    Parameters
    ----------
    mask
        Shape (rows, columns), at least one pixel set.
    pixel_size
        Of the mask; pixels need not be square.
    """
    in_row = np.count_nonzero(mask, axis=1)
    in_col = np.count_nonzero(mask, axis=0)
    n = int(in_row.sum())
    area = n * pixel_size.area_nm2
    feret_max, feret_min = feret_diameters(hull_of_pixels(mask) * pixel_size.sizes_nm)
    return Shape(
        area_nm2=area,
        equivalent_diameter_nm=2 * math.sqrt(area / math.pi),
        feret_max_nm=feret_max,
        feret_min_nm=feret_min,
        centroid_px=(
            float(in_row @ np.arange(len(in_row))) / n,
            float(in_col @ np.arange(len(in_col))) / n,
        ),
    )


def hull_of_pixels(mask: BoolImage) -> FloatArray:
    """Corners of the convex hull of the pixels, their full squares included.

    Returns
    -------
    corners
        Shape (n, 2), (row, column) in pixels from the mask's outer corner, in order round the hull.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)
    end = mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    # Only the first and last pixel of a row can reach the hull, each with its upper and lower corners.
    edges = np.stack([rows, rows + 1], axis=-1).ravel()
    right = np.stack([edges, end.repeat(2)], axis=-1)
    left = np.stack([edges, first.repeat(2)], axis=-1)
    corners = np.concatenate([right, left[::-1]])
    while True:
        # A corner of the hull bulges outwards between any two others, so whatever does not can go, all at
        # once; when nothing goes the polygon is convex. Qhull takes four times as long for so few points.
        rows, cols = np.diff(np.concatenate([corners[-1:], corners, corners[:1]]), axis=0).T
        bulges = rows[:-1] * cols[1:] < cols[:-1] * rows[1:]
        if bulges.all():
            return corners.astype(np.float64)
        corners = corners[bulges]


def feret_diameters(hull: FloatArray) -> tuple[float, float]:
    """Largest and smallest Feret diameter of a convex polygon.

    The largest is the distance of two corners, the smallest the width across one of the sides (the idea of
    rotating calipers, M. I. Shamos, PhD thesis, Yale 1978; all sides at once, as hulls are short).

    Parameters
    ----------
    hull
        Shape (n, 2), n >= 3, corners in order round the polygon, in nm.

    Returns
    -------
    feret_max_nm, feret_min_nm
    """
    rows, cols = hull.T
    largest = float(np.max(np.subtract.outer(rows, rows) ** 2 + np.subtract.outer(cols, cols) ** 2))
    side = np.diff(np.concatenate([hull, hull[:1]]), axis=0)
    normal = np.stack([-side[:, 1], side[:, 0]]) / np.hypot(side[:, 0], side[:, 1])
    across = hull @ normal
    return math.sqrt(largest), float(np.min(across.max(axis=0) - across.min(axis=0)))
