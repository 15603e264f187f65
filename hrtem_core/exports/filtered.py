"""Filtered images with all their numbers, as TIFF files that ImageJ opens with their scale."""

import io

import numpy as np
import tifffile

from hrtem_core.analysis import Analysis
from hrtem_core.image import PixelSize
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures import wiener_filtered


def filtered_tiff(analysis: Analysis) -> bytes:
    """The part of the micrograph that was analyzed through a Wiener filter, in its own intensities."""
    return intensity_tiff(wiener_filtered(analysis.prepared, analysis.spectrum), analysis.prepared.pixel_size)


def intensity_tiff(image: FloatImage, pixel_size: PixelSize) -> bytes:
    """An image as a TIFF of 32-bit floating-point numbers.

    Parameters
    ----------
    image
        Shape (rows, columns).
    pixel_size
        Of its pixels.
    """
    target = io.BytesIO()
    tifffile.imwrite(
        target,
        np.asarray(image, dtype=np.float32),
        imagej=True,
        resolution=(1 / pixel_size.col_nm, 1 / pixel_size.row_nm),
        metadata={"axes": "YX", "unit": "nm"},
    )
    return target.getvalue()
