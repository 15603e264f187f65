"""A region of an image: its mask and where that lies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from hrtem_core.numerics.arrays import BoolArray, BoolImage, FloatImage, IntArray

Box = tuple[slice, slice]
"""Rows and columns of a part of an image."""


def box_of(mask: BoolImage) -> Box:
    """The smallest part that holds everything set in a mask of which something is."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


@dataclass(frozen=True, eq=False)
class Footprint:
    """A region of the working image.

    Parameters
    ----------
    row0, col0
        First row and column of the bounding box in pixels.
    mask
        Shape (rows, columns) of the bounding box.
    """

    row0: int
    col0: int
    mask: BoolImage

    @property
    def window(self) -> tuple[slice, slice]:
        """Slices of the working image that hold the mask."""
        rows, cols = self.mask.shape
        return slice(self.row0, self.row0 + rows), slice(self.col0, self.col0 + cols)

    @cached_property
    def n_pixels(self) -> int:
        """Number of pixels inside."""
        return int(np.count_nonzero(self.mask))

    def holds(self, rows_px: IntArray, cols_px: IntArray) -> BoolArray:
        """Which pixels of the working image, shape (n,) each, are inside."""
        rows, cols = rows_px - self.row0, cols_px - self.col0
        inside = (rows >= 0) & (rows < self.mask.shape[0]) & (cols >= 0) & (cols < self.mask.shape[1])
        inside[inside] = self.mask[rows[inside], cols[inside]]
        return np.asarray(inside)

    def shared(self, other: "Footprint") -> int:
        """Number of pixels inside both."""
        row0, row1 = max(self.row0, other.row0), min(self.window[0].stop, other.window[0].stop)
        col0, col1 = max(self.col0, other.col0), min(self.window[1].stop, other.window[1].stop)
        if row0 >= row1 or col0 >= col1:
            return 0
        one = self.mask[row0 - self.row0 : row1 - self.row0, col0 - self.col0 : col1 - self.col0]
        two = other.mask[row0 - other.row0 : row1 - other.row0, col0 - other.col0 : col1 - other.col0]
        return int(np.count_nonzero(one & two))

    def grown(self, distance_px: float) -> "Footprint":
        """The pixels within `distance_px` of the region; the box may reach beyond the image."""
        margin = int(np.ceil(distance_px)) + 1
        padded = np.pad(self.mask, margin)
        near = ndimage.distance_transform_edt(~padded) <= distance_px
        return Footprint(self.row0 - margin, self.col0 - margin, near)


@dataclass(frozen=True, eq=False)
class Patch:
    """A footprint's surroundings, cut out of an image; beyond the image's borders they are zero.

    Parameters
    ----------
    block
        Shape (rows, columns), float32: a copy of the image.
    mask
        Shape (rows, columns): the footprint.
    in_field
        Shape (rows, columns), float32: 1 where the image is.
    window, inside
        Slices of the image, and of the patch, that are the same pixels.
    """

    block: FloatImage
    mask: BoolImage
    in_field: FloatImage
    window: tuple[slice, ...]
    inside: tuple[slice, ...]

    @classmethod
    def around(
        cls, image: FloatImage, footprint: Footprint, margin_nm: float, pixel_nm: tuple[float, float]
    ) -> "Patch":
        """The footprint with a margin on all sides."""
        margin = [int(np.ceil(margin_nm / p)) for p in pixel_nm]
        mask = np.pad(footprint.mask, [(m, m) for m in margin])
        start = (footprint.row0 - margin[0], footprint.col0 - margin[1])
        low = [max(first, 0) for first in start]
        high = [min(f + n, limit) for f, n, limit in zip(start, mask.shape, image.shape, strict=True)]
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        inside = tuple(slice(a - f, b - f) for a, b, f in zip(low, high, start, strict=True))
        block, in_field = np.zeros((2, *mask.shape), dtype=np.float32)
        block[inside], in_field[inside] = image[window], 1
        return cls(block, mask, in_field, window, inside)


def component(mask: BoolImage, seed: tuple[int, int]) -> BoolImage:
    """The 4-connected component of `mask` that holds `seed`."""
    labels, _ = ndimage.label(mask)
    return np.asarray(labels == labels[seed]) & mask


def without_holes(mask: BoolImage) -> BoolImage:
    """The mask with the areas it encloses; several times as fast as `ndimage.binary_fill_holes`."""
    outside, _ = ndimage.label(~mask)
    rim = np.concatenate([outside[0], outside[-1], outside[:, 0], outside[:, -1]])
    open_ = np.zeros(int(outside.max()) + 1, dtype=bool)
    open_[rim] = True
    open_[0] = False
    return np.asarray(~open_[outside])


def pieces_of(inside: BoolImage, least_px: float) -> list[tuple[Box, BoolImage]]:
    """Boxes and masks of the connected areas of at least `least_px` pixels, with what they enclose."""
    if not inside.any():
        return []
    box = box_of(inside)
    if is_one_piece(inside[box]):
        areas = [(box, inside[box].copy())]
    else:
        labels, n = ndimage.label(without_holes(inside))
        boxes = ndimage.find_objects(labels, max_label=n)
        areas = [(part, labels[part] == number) for number, part in enumerate(boxes, start=1)]
    return [(part, mask) for part, mask in areas if np.count_nonzero(mask) >= least_px]


def is_one_piece(mask: BoolImage) -> bool:
    """Whether a mask is one area without holes, as its rows tell: one run in each, touching the next one's.

    Nearly all domains are, and labelling them takes ten times as long; False says nothing.
    """
    n_runs = np.count_nonzero(mask[:, 0]) + np.count_nonzero(mask[:, 1:] > mask[:, :-1])
    return bool(n_runs == len(mask) and (mask[1:] & mask[:-1]).any(axis=1).all())
