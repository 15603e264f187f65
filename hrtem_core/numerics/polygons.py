"""Polygons of regions: the paths round them, their hulls and widths."""

import math

import numpy as np

from hrtem_core.numerics.arrays import BoolImage, FloatArray, IntArray

STEPS = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
"""(row, column) of the four directions along pixel edges: right, down, left, up."""


def trace(mask: BoolImage) -> list[IntArray]:
    """Closed paths along the pixel edges round a region, exact to the pixel.

    Strategy: every edge between a pixel inside and one outside has a direction with the inside on its
    right. Where an edge ends the next one turns right if it can, else goes straight, else left, so that
    pixels that touch at a corner only are not joined. All successors are looked up at once; then each path
    is followed.

    Parameters
    ----------
    mask
        Shape (rows, columns).

    Returns
    -------
    paths
        Shape (n, 2) each: the (row, column) of every pixel corner passed, from the mask's outer corner;
        clockwise on the screen round the region, anticlockwise round its holes. Longest first.
    """
    padded = np.pad(mask, 1)
    above, left = padded[:-1, 1:-1], padded[1:-1, :-1]
    below, right = padded[1:, 1:-1], padded[1:-1, 1:]
    rows, cols = mask.shape[0] + 1, mask.shape[1] + 1
    leaving = np.zeros((rows, cols, 4), dtype=bool)
    leaving[:, :-1, 0] = below & ~above
    leaving[:-1, :, 1] = left & ~right
    leaving[:, 1:, 2] = above & ~below
    leaving[1:, :, 3] = right & ~left

    edges = np.flatnonzero(leaving)
    corner, direction = np.divmod(edges, 4)
    end = corner + (STEPS @ [cols, 1])[direction]
    known = leaving.ravel()
    successor = np.full(len(edges), -1)
    for turn in (-1, 0, 1):  # the last one found wins: right before straight before left
        onward = 4 * end + (direction + turn) % 4
        successor = np.where(known[onward], onward, successor)
    following = np.searchsorted(edges, successor).tolist()

    paths = [np.stack(np.divmod(corner[path], cols), axis=-1) for path in _cycles(following)]
    return sorted(paths, key=lambda path: -len(path))


def _cycles(following: list[int]) -> list[list[int]]:
    """The cycles of a permutation."""
    unseen, start = bytearray(b"1" * len(following)), 0
    cycles = []
    while (start := unseen.find(b"1", start)) >= 0:
        cycle, at = [start], following[start]
        while at != start:
            cycle.append(at)
            at = following[at]
        for at in cycle:
            unseen[at] = 0
        cycles.append(cycle)
    return cycles


def without_straights(path: IntArray) -> IntArray:
    """The same path with only the corners at which it turns."""
    before, after = path - np.roll(path, 1, axis=0), np.roll(path, -1, axis=0) - path
    return np.asarray(path[np.any(before != after, axis=1)])


def signed_area(path: IntArray) -> float:
    """Area inside a closed path in square pixels, positive when it is clockwise on the screen (shoelace)."""
    rows, cols = path[:, 0], path[:, 1]
    return float(np.sum(cols * np.roll(rows, -1) - np.roll(cols, -1) * rows)) / 2


def smoothed(path: IntArray) -> FloatArray:
    """A smooth outline through the middles of the pixel edges, less than half a pixel from the exact one."""
    middle = (path + np.roll(path, -1, axis=0)) / 2
    for _ in range(2):
        middle = (np.roll(middle, 1, axis=0) + 2 * middle + np.roll(middle, -1, axis=0)) / 4
    return middle


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
