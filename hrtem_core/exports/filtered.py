"""Filtered images with all their numbers, as TIFF files that ImageJ opens with their scale."""

import io

import numpy as np
import tifffile

from hrtem_core.analysis import Analysis
from hrtem_core.exports.png import png
from hrtem_core.image import PixelSize
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures import (
    PLAIN,
    Contrast,
    black_and_white,
    draw_scale_bar,
    grey_levels,
    rgb,
    through_masks,
    wiener_filtered,
)


def filtered_tiff(analysis: Analysis) -> bytes:
    """The part of the micrograph that was analyzed through a Wiener filter, in its own intensities."""
    return intensity_tiff(wiener_filtered(analysis.prepared, analysis.spectrum), analysis.prepared.pixel_size)


def masked_tiff(analysis: Analysis) -> bytes:
    """The inverse FFT of the part that was analyzed through the recipe's masks, in the image's own units."""
    return intensity_tiff(_masked(analysis), analysis.prepared.pixel_size)


def masked_png(analysis: Analysis, contrast: Contrast = PLAIN) -> bytes:
    """The same as grey levels, every pixel, with a scale bar."""
    image = _masked(analysis)
    picture = rgb(grey_levels(image, contrast, black_and_white(image, contrast)))
    draw_scale_bar(picture, picture.width * analysis.prepared.pixel_size.col_nm)
    return png(picture)


def _masked(analysis: Analysis) -> FloatImage:
    prepared = analysis.prepared
    return through_masks(prepared.intensity, prepared.pixel_size, analysis.recipe.inverse_fft.masks)


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
