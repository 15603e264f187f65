"""The working image's pixels, and where a place of it lies in the prepared image and back.

From the prepared image `Placement` leads on to the micrograph.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.wavevectors import frequencies_per_nm
from hrtem_core.numerics import BoolImage, FloatArray, FloatImage, IntArray


class Position(NamedTuple):
    """A place in an image, in pixels, centres whole: not to be taken for a wavevector."""

    row: float
    col: float


@dataclass(frozen=True)
class Grid:
    """The pixels of the working image, fewer and larger ones over the field of the prepared image.

    Pixel i of its M rows lies at i N / M of the prepared image's N, because the spectrum was cropped; so do
    columns.

    Parameters
    ----------
    shape
        (rows, columns) of the working image.
    pixel_size
        Of the working image.
    field_shape
        (rows, columns) of the prepared image.
    """

    shape: tuple[int, int]
    pixel_size: PixelSize
    field_shape: tuple[int, int]

    @classmethod
    def over(cls, field_shape: tuple[int, int], field_pixel: PixelSize, shape: tuple[int, int]) -> "Grid":
        """So many rows and columns over a prepared image of some shape and pixel size."""
        pixel_size = PixelSize(
            field_pixel.row_nm * field_shape[0] / shape[0], field_pixel.col_nm * field_shape[1] / shape[1]
        )
        return cls(shape, pixel_size, field_shape)

    @property
    def area_nm2(self) -> float:
        """Area of the field in nm²."""
        return self.shape[0] * self.shape[1] * self.pixel_size.area_nm2

    @property
    def turned(self) -> "Grid":
        """Of the same pixels, their rows taken for columns."""
        across = PixelSize(self.pixel_size.col_nm, self.pixel_size.row_nm)
        return Grid(self.shape[::-1], across, self.field_shape[::-1])

    def radius_per_nm(self) -> FloatImage:
        """|g| of every bin of an rfft2, shape (rows, columns // 2 + 1), in 1/nm."""
        n_rows, n_cols = self.shape
        rows = frequencies_per_nm(n_rows, self.pixel_size.row_nm).astype(np.float32)
        cols = np.abs(frequencies_per_nm(n_cols, self.pixel_size.col_nm))[: n_cols // 2 + 1].astype(
            np.float32
        )
        return np.hypot(rows[:, None], cols[None, :])

    @property
    def field_pixel_size(self) -> PixelSize:
        """Of the prepared image."""
        return Grid.over(self.shape, self.pixel_size, self.field_shape).pixel_size

    @property
    def ratio(self) -> tuple[float, float]:
        """Pixels of the prepared image per pixel of the working image, along rows and columns."""
        return self.field_shape[0] / self.shape[0], self.field_shape[1] / self.shape[1]

    def to_field(self, working_px: FloatArray, axis: int) -> FloatArray:
        """Rows (axis 0) or columns (1) of the working image in those of the prepared one."""
        return working_px * self.ratio[axis]

    def to_working(self, field_px: FloatArray | IntArray, axis: int) -> FloatArray:
        """Rows (axis 0) or columns (1) of the prepared image in those of the working one."""
        return np.asarray(field_px / self.ratio[axis])

    def field_px(self, area_nm2: float) -> float:
        """How many pixels of the prepared image an area holds."""
        whole_nm2 = self.pixel_size.area_nm2 * self.shape[0] * self.shape[1]
        return area_nm2 * self.field_shape[0] * self.field_shape[1] / whole_nm2

    def sampled(self, mask: BoolImage) -> BoolImage:
        """A mask of the prepared image at the working image's pixels."""
        rows, cols = (np.arange(m) * n // m for m, n in zip(self.shape, self.field_shape, strict=True))
        return np.asarray(mask[rows[:, None], cols[None, :]])
