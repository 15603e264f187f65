"""From a fringe map to a region: where the amplitude stands above half of its own plateau."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from hrtem_core.amplitude import Demodulated
from hrtem_core.noise import interpolation
from hrtem_core.quantiles import quantile
from hrtem_core.types import BoolArray, BoolImage, FloatArray, FloatImage, IntArray

MIN_SNR = 1.8
"""Amplitude over the noise amplitude below which a pixel is never inside; noise exceeds it in 4 %."""
PLATEAU_PERCENTILE = 85.0
"""The plateau is this percentile of the amplitude inside, because the edge is blurred and noise adds."""


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


def half_plateau(
    snr: FloatImage, seed: tuple[int, int], fraction: float
) -> tuple[BoolImage, float, float] | None:
    """The region around `seed` above `fraction` of its own plateau.

    A blurred step passes through half its height where the step is, whatever the blur: at one half the
    outline is unbiased.

    Returns
    -------
    region, plateau, threshold
        Mask of the map's shape, plateau and threshold in units of the noise amplitude; None when nothing
        rises above `MIN_SNR`.
    """
    if snr[seed] <= MIN_SNR:
        return None
    region = component(snr > MIN_SNR, seed)
    threshold = max(MIN_SNR, fraction * quantile(snr[region], PLATEAU_PERCENTILE / 100))
    if snr[seed] <= threshold:
        return None
    region = component(region & (snr > threshold), seed)
    plateau = quantile(snr[region], PLATEAU_PERCENTILE / 100)
    return region, plateau, max(MIN_SNR, fraction * plateau)


def fading_outside(snr: FloatImage, region: BoolImage, threshold: float, reach_px: float) -> FloatImage:
    """The map with what lies beyond the region's own rim faded, so that drawing it finds only the region.

    Parameters
    ----------
    snr, region, threshold
        The map, its region, and the amplitude at which the region was cut out.
    reach_px
        Distance, in samples of the map, over which the amplitude fades.
    """
    distance = np.maximum(ndimage.distance_transform_edt(~region) - 1.5, 0)
    faded = np.minimum(snr, 0.9 * threshold) * np.exp(-0.5 * (distance / reach_px) ** 2)
    return np.asarray(np.where(distance > 0, faded, snr), dtype=np.float32)


def without_holes(mask: BoolImage) -> BoolImage:
    """The mask with the areas it encloses; several times as fast as `ndimage.binary_fill_holes`."""
    outside, _ = ndimage.label(~mask)
    rim = np.concatenate([outside[0], outside[-1], outside[:, 0], outside[:, -1]])
    open_ = np.zeros(int(outside.max()) + 1, dtype=bool)
    open_[rim] = True
    open_[0] = False
    return np.asarray(~open_[outside])


def reach(positions_px: FloatArray, length_px: int) -> tuple[int, int]:
    """First and last pixel that samples at `positions_px` speak for, the image's border included."""
    first, last = int(np.ceil(positions_px[0])), int(positions_px[-1])
    near = 1.5 * (positions_px[1] - positions_px[0]) if len(positions_px) > 1 else length_px
    return (
        0 if positions_px[0] < near else first,
        length_px - 1 if length_px - 1 - positions_px[-1] < near else last,
    )


def draw(demodulated: Demodulated, snr: FloatImage, threshold: float, shape: tuple[int, int]) -> Footprint:
    """The largest connected region of a map above `threshold`, on the pixels of the working image."""
    (row0, row1), (col0, col1) = reach(demodulated.rows_px, shape[0]), reach(demodulated.cols_px, shape[1])
    rows, cols = np.arange(row0, row1 + 1.0), np.arange(col0, col1 + 1.0)
    fine = interpolation(demodulated.rows_px, rows) @ snr @ interpolation(demodulated.cols_px, cols).T
    labels, n = ndimage.label(without_holes(fine > threshold))
    if n == 0:
        return Footprint(row0, col0, np.zeros((0, 0), dtype=bool))
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    box = ndimage.find_objects(labels, max_label=largest)[largest - 1]
    return Footprint(row0 + box[0].start, col0 + box[1].start, labels[box] == largest)
