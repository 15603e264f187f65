"""A region of an image: its mask and where that lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from hrtem_core.numerics.arrays import BoolArray, BoolImage, FloatArray, FloatImage, IntArray
from hrtem_core.numerics.distances import Box, box_of, dilated, distance_to


@dataclass(frozen=True, eq=False)
class Footprint:
    """A region of an image: the type of every region, whichever image it lies in.

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

    @classmethod
    def of(cls, mask: BoolImage) -> "Footprint":
        """All that is set in a mask of the whole image, of which something is."""
        box = box_of(mask)
        return cls(box[0].start, box[1].start, mask[box].copy())

    @classmethod
    def union(cls, footprints: "Sequence[Footprint]") -> "Footprint":
        """All pixels inside any of them; without any, one of shape (0, 0)."""
        if not footprints:
            return cls(0, 0, np.zeros((0, 0), dtype=bool))
        boxes = boxes_of(footprints)
        row0, col0 = boxes[:, :2].min(axis=0).tolist()
        rows, cols = boxes[:, 2:].max(axis=0).tolist()
        mask = np.zeros((rows - row0, cols - col0), dtype=bool)
        for footprint, (r0, c0, r1, c1) in zip(footprints, boxes.tolist(), strict=True):
            mask[r0 - row0 : r1 - row0, c0 - col0 : c1 - col0] |= footprint.mask
        return cls(row0, col0, mask)

    @property
    def window(self) -> Box:
        """Slices of the image that hold the mask."""
        rows, cols = self.mask.shape
        return slice(self.row0, self.row0 + rows), slice(self.col0, self.col0 + cols)

    @property
    def corner(self) -> tuple[int, int]:
        """(row, column) of the mask's first pixel in the image."""
        return self.row0, self.col0

    @cached_property
    def n_pixels(self) -> int:
        """Number of pixels inside."""
        return int(np.count_nonzero(self.mask))

    def covariance_px2(self) -> FloatArray:
        """Shape (2, 2), (row, column): the covariance of the positions of its pixels."""
        of_rows, of_cols = (np.count_nonzero(self.mask, axis=axis).astype(float) for axis in (1, 0))
        rows, cols = (np.arange(len(n)) - n @ np.arange(len(n)) / n.sum() for n in (of_rows, of_cols))
        mixed = rows @ (self.mask @ cols)
        moments = np.array([[of_rows @ rows**2, mixed], [mixed, of_cols @ cols**2]])
        return np.asarray(moments / of_rows.sum())

    def holds(self, rows_px: IntArray, cols_px: IntArray) -> BoolArray:
        """Which pixels of the image, shape (n,) each, are inside."""
        rows, cols = rows_px - self.row0, cols_px - self.col0
        inside = (rows >= 0) & (rows < self.mask.shape[0]) & (cols >= 0) & (cols < self.mask.shape[1])
        inside[inside] = self.mask[rows[inside], cols[inside]]
        return np.asarray(inside)

    def shared(self, other: "Footprint") -> int:
        """Number of pixels inside both."""
        (rows, cols), (other_rows, other_cols) = self.mask.shape, other.mask.shape
        row0, row1 = max(self.row0, other.row0), min(self.row0 + rows, other.row0 + other_rows)
        col0, col1 = max(self.col0, other.col0), min(self.col0 + cols, other.col0 + other_cols)
        if row0 >= row1 or col0 >= col1:
            return 0
        one = self.mask[row0 - self.row0 : row1 - self.row0, col0 - self.col0 : col1 - self.col0]
        two = other.mask[row0 - other.row0 : row1 - other.row0, col0 - other.col0 : col1 - other.col0]
        if self.n_pixels == self.mask.size:
            return int(np.count_nonzero(two))
        return int(np.count_nonzero(one if other.n_pixels == other.mask.size else one & two))

    def common(self, others: "Sequence[Footprint]") -> "Footprint":
        """The pixels inside that are inside any of the others, too, in the box of this one."""
        inside = np.zeros_like(self.mask)
        rows, cols = self.mask.shape
        for other in others:
            row0, col0 = other.row0 - self.row0, other.col0 - self.col0
            r0, r1 = max(row0, 0), min(row0 + other.mask.shape[0], rows)
            c0, c1 = max(col0, 0), min(col0 + other.mask.shape[1], cols)
            if r0 < r1 and c0 < c1:
                inside[r0:r1, c0:c1] |= other.mask[r0 - row0 : r1 - row0, c0 - col0 : c1 - col0]
        return Footprint(self.row0, self.col0, inside & self.mask)

    def covered(self, others: "Sequence[Footprint]") -> int:
        """Number of pixels inside that are inside any of the others, too."""
        return self.common(others).n_pixels

    def boundary(self, distance_px: float, shape: tuple[int, int]) -> "Footprint":
        """The pixels within `distance_px` of where the region ends inside an image; its box may reach beyond.

        Parameters
        ----------
        distance_px
            To either side.
        shape
            Of the image, at whose borders nothing ends.
        """
        margin = int(np.ceil(distance_px)) + 1
        padded = np.pad(self.mask, margin)
        for axis, (first, n) in enumerate(zip(self.corner, shape, strict=True)):
            turned = padded if axis == 0 else padded.T
            if first == 0:
                turned[:margin] = turned[margin]
            if first + self.mask.shape[axis] == n:
                turned[-margin:] = turned[-margin - 1]
        near = dilated(padded, distance_px, (1.0, 1.0)) & dilated(~padded, distance_px, (1.0, 1.0))
        return Footprint(self.row0 - margin, self.col0 - margin, near)

    def grown(self, distance_px: float) -> "Footprint":
        """The pixels within `distance_px` of the region; the box may reach beyond the image."""
        margin = int(np.ceil(distance_px)) + 1
        padded = np.pad(self.mask, margin)
        near = distance_to(padded) <= distance_px
        return Footprint(self.row0 - margin, self.col0 - margin, near)

    def part(self, box: Box, mask: BoolImage) -> "Footprint":
        """A part of the region: slices of its own mask, and what is inside there."""
        return Footprint(self.row0 + box[0].start, self.col0 + box[1].start, mask)

    def moved(self, rows_px: int, cols_px: int) -> "Footprint":
        """The same region so many rows further down and columns further right."""
        return Footprint(self.row0 + rows_px, self.col0 + cols_px, self.mask)

    def drawn(self, shape: tuple[int, int]) -> BoolImage:
        """The region as a mask of the whole image, whose shape is given."""
        full = np.zeros(shape, dtype=bool)
        full[self.window] = self.mask
        return full

    def positions(self) -> IntArray:
        """Shape (n_pixels, 2): (row, column) of every pixel inside."""
        return np.argwhere(self.mask) + self.corner


def boxes_of(footprints: Sequence[Footprint]) -> IntArray:
    """Shape (n, 4): first row, first column, end row, end column of every region, in pixels."""
    boxes = [(f.row0, f.col0, f.row0 + f.mask.shape[0], f.col0 + f.mask.shape[1]) for f in footprints]
    return np.array(boxes, dtype=np.int64).reshape(-1, 4)


@dataclass(frozen=True)
class Margin:
    """Where a footprint with so much around it lies in an image, and how much of that is in the image.

    Parameters
    ----------
    shape
        (rows, columns) of the footprint's box with the margin on all sides.
    window, inside
        Slices of the image, and of arrays of this shape, that are the same pixels.
    """

    shape: tuple[int, int]
    window: tuple[slice, slice]
    inside: tuple[slice, slice]

    @classmethod
    def of(cls, footprint: Footprint, image_shape: tuple[int, ...], margin_px: tuple[int, int]) -> "Margin":
        """So many rows and columns on all sides."""
        shape, window, inside = [], [], []
        for axis, margin in enumerate(margin_px):
            first, n = footprint.corner[axis] - margin, footprint.mask.shape[axis] + 2 * margin
            low, high = max(first, 0), min(first + n, image_shape[axis])
            shape.append(n)
            window.append(slice(low, high))
            inside.append(slice(low - first, high - first))
        return cls((shape[0], shape[1]), (window[0], window[1]), (inside[0], inside[1]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Surroundings:
    """A footprint with what lies around it, cut out of an image; beyond the image's borders that is zero.

    Parameters
    ----------
    block
        Shape (rows, columns), float32: a copy of the image.
    mask
        Shape (rows, columns): the footprint.
    in_field
        Shape (rows, columns), float32: 1 where the image is.
    """

    block: FloatImage
    mask: BoolImage
    in_field: FloatImage

    @classmethod
    def of(cls, footprint: Footprint, image: FloatImage, margin_px: tuple[int, int]) -> "Surroundings":
        """The footprint with a margin of so many rows and columns on all sides."""
        margin = Margin.of(footprint, image.shape, margin_px)
        mask = np.pad(footprint.mask, [(m, m) for m in margin_px])
        block, in_field = np.zeros((2, *margin.shape), dtype=np.float32)
        block[margin.inside], in_field[margin.inside] = image[margin.window], 1
        return cls(block=block, mask=mask, in_field=in_field)


def component(mask: BoolImage, seed: tuple[int, int]) -> BoolImage:
    """The 4-connected component of `mask` that holds `seed`."""
    labels, _ = scipy.ndimage.label(mask)
    return np.asarray(labels == labels[seed]) & mask


def without_holes(mask: BoolImage) -> BoolImage:
    """The mask with the areas it encloses; several times as fast as `ndimage.binary_fill_holes`."""
    outside, _ = scipy.ndimage.label(~mask)
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
        labels, n = scipy.ndimage.label(without_holes(inside))
        boxes = scipy.ndimage.find_objects(labels, max_label=n)
        areas = [(part, labels[part] == number) for number, part in enumerate(boxes, start=1)]
    return [(part, mask) for part, mask in areas if np.count_nonzero(mask) >= least_px]


def is_one_piece(mask: BoolImage) -> bool:
    """Whether a mask is one area without holes, as its rows tell: one run in each, touching the next one's.

    Nearly all domains are, and labelling them takes ten times as long; False says nothing.
    """
    n_runs = np.count_nonzero(mask[:, 0]) + np.count_nonzero(mask[:, 1:] > mask[:, :-1])
    return bool(n_runs == len(mask) and (mask[1:] & mask[:-1]).any(axis=1).all())
