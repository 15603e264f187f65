"""Size and position of a region, exact for the polygon of its pixels."""

import math
from dataclasses import dataclass

import numpy as np

from hrtem_core.image import PixelSize
from hrtem_core.numerics import BoolImage, feret_diameters, hull_of_pixels


@dataclass(frozen=True, kw_only=True)
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
