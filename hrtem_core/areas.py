"""Connected areas of a mask, with what they enclose."""

import numpy as np
from scipy import ndimage

from hrtem_core.outline import without_holes
from hrtem_core.types import BoolImage

Box = tuple[slice, slice]
"""Rows and columns of a part of an image."""


def box_of(mask: BoolImage) -> Box:
    """The smallest part that holds everything set in a mask of which something is."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


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
