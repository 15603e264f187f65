"""Stage 3, inverse FFT: what the fringes of one wavevector add to an image inside an outline."""

import numpy as np
from scipy import ndimage

from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.image import Wavevector, whole_px
from hrtem_core.numerics import BoolImage, FloatImage, Footprint, Surroundings

SUBTRACTION_NM = 0.5

EDGE_NM = 0.12

MIN_SHARE = 0.25

RIM_NM = 0.35

SOFTNESS_NM = 0.3

SOFT_NM = RIM_NM + 3 * SOFTNESS_NM
"""How far beyond an outline fringes are taken out."""

MASK_FLOOR = 1e-4
"""Frequencies where the Gaussian mask falls below this are left out."""


class Smoother:
    """A Gaussian of `SUBTRACTION_NM` around any wavevector.

    Parameters
    ----------
    shape
        (rows, columns) of the rectangles to smooth; as in any FFT, opposite borders touch.
    pixel_nm
        (row, column) pixel size in nm.
    """

    def __init__(self, shape: tuple[int, int], pixel_nm: tuple[float, float]) -> None:
        reach_per_nm = float(np.sqrt(-np.log(MASK_FLOOR) / 2) / (np.pi * SUBTRACTION_NM))
        self.band = NarrowBand(shape, pixel_nm, reach_per_nm)
        rows, cols = (np.exp(-2 * (np.pi * SUBTRACTION_NM * f) ** 2) for f in self.band.offsets_per_nm)
        self.mask = np.outer(rows, cols).astype(np.float32)

    def around(self, image: FloatImage, g_per_nm: Wavevector) -> FloatImage:
        """Half the fringes at +g as a real image, as smooth as the Gaussian leaves them."""
        return self.band.inverse_real(self.band.transform(image, g_per_nm) * self.mask, g_per_nm)

    def smooth(self, image: FloatImage) -> FloatImage:
        """The image itself, smoothed."""
        return self.around(image, Wavevector(0.0, 0.0))


def subtract(
    image: FloatImage, footprint: Footprint, g_per_nm: Wavevector, pixel_nm: tuple[float, float]
) -> None:
    """Takes, in place, the fringes at g inside a footprint out of an image.

    First the grain with its sharp edge, which makes its side lobes; then what is left around it.

    Parameters
    ----------
    image
        Shape (rows, columns), float32; changed.
    footprint
        Where the fringes are.
    g_per_nm
        (row, column) in 1/nm.
    pixel_nm
        (row, column) pixel size in nm.
    """
    around = Surroundings.of(footprint, image, whole_px(SOFT_NM + 3 * SUBTRACTION_NM, pixel_nm))
    smoother = Smoother((around.mask.shape[0], around.mask.shape[1]), pixel_nm)
    sharp, wide = soft_outlines(footprint.mask, around.mask.shape, pixel_nm)
    block = around.block
    for soft, weight in ((sharp, sharp * around.in_field), (wide, around.in_field)):
        share = 1.0 if weight.all() else np.maximum(smoother.smooth(weight), MIN_SHARE)
        block -= 2 * soft * around.in_field * smoother.around(block * weight, g_per_nm) / share
    image[around.window] = block[around.inside]


def soft_outlines(
    mask: BoolImage, shape: tuple[int, ...], pixel_nm: tuple[float, float]
) -> tuple[FloatImage, FloatImage]:
    """A mask with a slightly blurred edge, and one grown and blurred, in the middle of arrays of a shape."""
    inner = np.pad(mask, [(m, m) for m in whole_px(SOFT_NM, pixel_nm)])
    outer = [((n - m) // 2, n - m - (n - m) // 2) for n, m in zip(shape, inner.shape, strict=True)]
    grown = ndimage.distance_transform_edt(~inner, sampling=pixel_nm) <= RIM_NM
    sharp, wide = (
        np.pad(
            ndimage.gaussian_filter(part.astype(np.float32), [s / p for p in pixel_nm], truncate=3.0), outer
        )
        for part, s in ((inner, EDGE_NM), (grown, SOFTNESS_NM))
    )
    return sharp, wide
