"""Borders of an image that was rotated: beyond the turned rectangle a program has repeated or mirrored it.

Rotating keeps the image's middle in its place, and its size, or makes it as large as the turned rectangle
needs. So for every angle it is known where the rectangle's sides must lie. What was mirrored is alike on both
sides of them, and what was repeated is alike wherever it lies behind one place of them; data of its own is
not. A lattice can be alike on both sides of a line, too, but then it is so of other lines beside it.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.numerics import BoolImage, FloatArray, FloatImage, block_means
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

LARGEST_PX = 1200
"""Larger images are averaged to about this."""

SIDES = ((0, 1), (0, -1), (1, 1), (1, -1))
"""Axis of the rectangle, and at which of its ends a side lies."""

STEP_PX = 5.0
"""Places so far apart along a side are compared: what changes slowly is alike everywhere."""

FAR_PX = 6.0
OFF_PX = -FAR_PX, -2.0, 2.0, FAR_PX
"""Distances from a side, inside and outside, of what is compared there."""

PLACES = 8, 96
"""Along a side, at a glance and for certain."""

BESIDE_PX = np.concatenate([np.arange(-16, -7.5, 0.5), np.arange(8, 16.5, 0.5)])
"""Distances from a side of the lines beside it."""

TRIED_RAD = np.radians(1.0)
"""What is turned by less than this from one that was tried is not tried,"""

TURNS_RAD, WIDER_PX = np.radians(np.linspace(-1, 1, 21)), np.linspace(-1, 1, 5)
"""because these are: by how much more rectangles are turned and widened to find the closest."""

SHORTEST_PX = 24.0
"""Length of a side within the image, from which on it is looked at."""


@dataclass(frozen=True, eq=False)
class Rectangles:
    """Rectangles turned about the middle of an image.

    Parameters
    ----------
    shape
        (rows, columns) of the image.
    turn
        Shape (n,): by how much, in radians.
    half_px
        Shape (n, 2): half their sides along their own rows and columns.
    """

    shape: tuple[int, int]
    turn: FloatArray
    half_px: FloatArray

    @classmethod
    def possible(cls, shape: tuple[int, int], tuning: PreparationTuning) -> "Rectangles":
        """What rotating makes of images: of the image's own size, and those that just fit in it."""
        most = 45.0 if shape[0] == shape[1] else 90.0
        degrees = np.arange(tuning.rotated_from_deg, most, tuning.rotated_step_deg)
        turn = np.radians(np.concatenate([-degrees[::-1], degrees]))
        cos, sin = np.abs(np.cos(turn)), np.abs(np.sin(turn))
        same = np.broadcast_to(np.array(shape) / 2, (len(turn), 2))
        if shape[0] == shape[1]:
            sides = np.repeat((shape[0] / (cos + sin))[:, None], 2, axis=1)
        else:
            determinant = np.where(np.abs(cos**2 - sin**2) > 0.05, cos**2 - sin**2, np.inf)
            rows, cols = shape[0] * cos - shape[1] * sin, shape[1] * cos - shape[0] * sin
            sides = np.stack([rows, cols], axis=1) / determinant[:, None]
        fits = (sides.min(axis=1) > 0.3 * min(shape)) & (sides.max(axis=1) <= max(shape))
        return cls(shape, np.concatenate([turn, turn[fits]]), np.concatenate([same, sides[fits] / 2]))

    def around(self, index: int, turns: FloatArray, wider_px: FloatArray) -> "Rectangles":
        """Those near one of them: turned and widened by so much more, shape (m,) each."""
        half = self.half_px[index] + wider_px[:, None]
        return Rectangles(self.shape, self.turn[index] + turns, half)

    def details(self, image: FloatImage, side: tuple[int, int], n: int) -> list[FloatArray]:
        """Differences along a side, at each of `OFF_PX` from it, shape (rectangles, n); 0 where out of sight.

        Parameters
        ----------
        image
            Shape (rows, columns).
        side
            One of `SIDES`.
        n
            Number of places.
        """
        own = (
            np.stack([np.cos(self.turn), np.sin(self.turn)], axis=1),
            np.stack([-np.sin(self.turn), np.cos(self.turn)], axis=1),
        )
        axis, end = side
        normal, along = end * own[axis], own[1 - axis]
        middle = (np.array(self.shape) - 1) / 2 + normal * self.half_px[:, [axis]]
        high = self.half_px[:, 1 - axis] - FAR_PX
        low = -high
        for k, size in enumerate(self.shape):
            for off in (FAR_PX, -FAR_PX):
                from_middle = middle[:, k] + off * normal[:, k]
                ends = -from_middle / along[:, k], (size - 1 - from_middle) / along[:, k]
                low, high = np.maximum(low, np.minimum(*ends)), np.minimum(high, np.maximum(*ends))
        seen = high - low > SHORTEST_PX
        low, length = np.where(seen, low, 0), np.where(seen, high - low - STEP_PX, 0)
        where = low[:, None] + length[:, None] * np.linspace(0, 1, n)
        pair = np.stack([where, where + STEP_PX])
        rows, cols = ((middle[:, k, None] + pair * along[:, k, None]).astype(np.float32) for k in (0, 1))
        found = []
        for off in OFF_PX:
            down, right = ((off * normal[:, k, None]).astype(np.float32) for k in (0, 1))
            first, second = _sampled(image, rows + down, cols + right)
            found.append(np.where(seen[:, None], second - first, np.float32(0)))
        return found

    def outside(self, index: int, margin_px: float) -> BoolImage:
        """Pixels outside one of them, or less than so much inside."""
        down, right = (np.arange(n) - (n - 1) / 2 for n in self.shape)
        cos, sin = np.cos(self.turn[index]), np.sin(self.turn[index])
        half = self.half_px[index] - margin_px
        own_row = np.abs(down[:, None] * cos + right * sin)
        own_col = np.abs(right * cos - down[:, None] * sin)
        return np.asarray((own_row > half[0]) | (own_col > half[1]))


def _sampled(image: FloatImage, rows: FloatArray, cols: FloatArray) -> FloatArray:
    """The image's nearest pixels, of the shape of both; what lies out of it is any of them."""
    row, col = ((places + np.float32(0.5)).astype(np.int32) for places in (rows, cols))
    return np.asarray(image.take(row * image.shape[1] + col, mode="clip"))


def _alike(one: FloatArray, other: FloatArray) -> FloatArray:
    """Correlation of details, shape (rectangles,)."""
    size = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.asarray((one * other).sum(axis=1) / np.where(size > 0, size, np.inf))


def _measured(rectangles: Rectangles, image: FloatImage, n: int) -> dict[str, tuple[FloatArray, FloatArray]]:
    """How much alike what lies at the rectangles' sides is, by kind of border, and what speaks against it.

    Mirrored is what is alike on both sides of them, and nothing speaks against that; repeated what is alike
    behind one place of them, unless that is so in front of it, too. Shape (rectangles,) each.
    """
    by_side = [rectangles.details(image, side, n) for side in SIDES]
    far_in, near_in, near_out, far_out = (
        np.concatenate(parts, axis=1) for parts in zip(*by_side, strict=True)
    )
    inside, outside = (np.concatenate(parts, axis=1) for parts in ((near_in, far_in), (near_out, far_out)))
    mirrored = _alike(inside, outside)
    before, behind = _alike(near_in, far_in), _alike(near_out, far_out)
    return {"mirrored": (mirrored, np.zeros_like(mirrored)), "repeated": (behind, np.maximum(before, 0))}


def rotated_border(
    image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> tuple[str, BoolImage] | None:
    """How an image was continued when it was rotated ("mirrored", "repeated"), and where; None if it was not.

    Parameters
    ----------
    image
        Shape (rows, columns); finite.
    tuning
        How much alike such borders are.
    """
    factor = max(1, round(max(image.shape) / LARGEST_PX))
    small = block_means(image, factor).astype(np.float64)
    small -= small.mean()
    if not small.any():
        return None
    small = scipy.ndimage.uniform_filter((small / np.abs(small).max()).astype(np.float32), 3)
    possible = Rectangles.possible((small.shape[0], small.shape[1]), tuning)
    glances = {kind: alike - less for kind, (alike, less) in _measured(possible, small, PLACES[0]).items()}
    found = [_most_alike(possible, kind, glance, small, tuning) for kind, glance in glances.items()]
    likeness, kind, rectangle = max(found, key=lambda one: one[0])
    if likeness <= tuning.rotated_unique:
        return None
    return kind, _enlarged(rectangle.outside(0, 1.0), factor, image.shape)


def _most_alike(
    possible: Rectangles, kind: str, glance: FloatArray, image: FloatImage, tuning: PreparationTuning
) -> tuple[float, str, Rectangles]:
    """The rectangle at whose sides the image is most alike, by how much more than at lines beside them."""
    best = -1.0, kind, possible
    for _ in range(tuning.rotated_tries):
        index = int(np.argmax(glance))
        if glance[index] < tuning.rotated_glance:
            break
        glance[np.abs(possible.turn - possible.turn[index]) < TRIED_RAD] = -1
        near = possible.around(index, *(step.ravel() for step in np.meshgrid(TURNS_RAD, WIDER_PX)))
        alike, against = _measured(near, image, PLACES[1])[kind]
        closest = int(np.argmax(alike - against))
        if alike[closest] < tuning.rotated_alike:
            continue
        beside = near.around(closest, np.zeros(len(BESIDE_PX)), BESIDE_PX)
        others = float(np.subtract(*_measured(beside, image, PLACES[1])[kind]).max())
        likeness = float(alike[closest] - against[closest]) - max(others, 0.0)
        if likeness > best[0]:
            best = likeness, kind, near.around(closest, np.zeros(1), np.zeros(1))
    return best


def _enlarged(mask: BoolImage, factor: int, shape: tuple[int, ...]) -> BoolImage:
    """A mask of averaged pixels on the pixels themselves; those that filled no block follow the last."""
    rows, cols = (np.minimum(np.arange(n) // factor, m - 1) for n, m in zip(shape, mask.shape, strict=True))
    return np.asarray(mask[np.ix_(rows, cols)])
