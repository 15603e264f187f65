"""Where the prepared field lies in the whole micrograph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.numerics import FloatArray


@dataclass(frozen=True)
class Placement:
    """The frame of the prepared field in that of the whole micrograph.

    Parameters
    ----------
    image_shape
        (rows, columns) of the whole micrograph, in its pixels.
    pixel_size
        Of the whole micrograph.
    origin_px
        (row, column) of the field's first pixel in the micrograph.
    bin_factor
        Pixels of the micrograph along each side of one pixel of the field.
    """

    image_shape: tuple[int, int]
    pixel_size: PixelSize
    origin_px: tuple[int, int] = (0, 0)
    bin_factor: int = 1

    def corners_px(self, field_px: ArrayLike) -> FloatArray:
        """Positions in the micrograph, in its pixels from its outer corner.

        Parameters
        ----------
        field_px
            Shape (..., 2): (row, column) in pixels of the field from its outer corner.
        """
        return np.asarray(field_px, dtype=float) * self.bin_factor + self.origin_px

    def position_nm(self, field_px: ArrayLike) -> FloatArray:
        """Positions in the micrograph, in nm from the centre of its first pixel.

        Parameters
        ----------
        field_px
            Shape (..., 2): (row, column) in pixels of the field, centres whole.
        """
        return (self.corners_px(np.asarray(field_px, dtype=float) + 0.5) - 0.5) * self.pixel_size.sizes_nm
