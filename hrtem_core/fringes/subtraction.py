"""Stage 3, inverse FFT: what the fringes of one wavevector add to an image inside an outline."""

import numpy as np
from scipy import ndimage

from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector, whole_px
from hrtem_core.numerics import BoolImage, FloatImage, Footprint, Surroundings

MASK_FLOOR = 1e-4
"""Frequencies where the Gaussian mask falls below this are left out."""


class Smoother:
    """A Gaussian around any wavevector.

    Parameters
    ----------
    shape
        (rows, columns) of the rectangles to smooth; as in any FFT, opposite borders touch.
    pixel_nm
        (row, column) pixel size in nm.
    sigma_nm
        Standard deviation of the Gaussian.
    """

    def __init__(self, shape: tuple[int, int], pixel_nm: tuple[float, float], sigma_nm: float) -> None:
        reach_per_nm = float(np.sqrt(-np.log(MASK_FLOOR) / 2) / (np.pi * sigma_nm))
        self.band = NarrowBand(shape, pixel_nm, reach_per_nm)
        rows, cols = (np.exp(-2 * (np.pi * sigma_nm * f) ** 2) for f in self.band.offsets_per_nm)
        self.mask = np.outer(rows, cols).astype(np.float32)

    def around(self, image: FloatImage, g_per_nm: Wavevector) -> FloatImage:
        """Half the fringes at +g as a real image, as smooth as the Gaussian leaves them."""
        return self.band.inverse_real(self.band.transform(image, g_per_nm) * self.mask, g_per_nm)

    def smooth(self, image: FloatImage) -> FloatImage:
        """The image itself, smoothed."""
        return self.around(image, Wavevector(0.0, 0.0))


def subtract(
    image: FloatImage,
    footprint: Footprint,
    g_per_nm: Wavevector,
    pixel_nm: tuple[float, float],
    *,
    tuning: FringeTuning = FRINGE_TUNING,
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
    tuning
        How smooth fringes and outline are.
    """
    around = Surroundings.of(footprint, image, whole_px(tuning.soft_nm + 3 * tuning.subtraction_nm, pixel_nm))
    smoother = Smoother((around.mask.shape[0], around.mask.shape[1]), pixel_nm, tuning.subtraction_nm)
    sharp, wide = soft_outlines(footprint.mask, around.mask.shape, pixel_nm, tuning)
    block = around.block
    for soft, weight in ((sharp, sharp * around.in_field), (wide, around.in_field)):
        share = 1.0 if weight.all() else np.maximum(smoother.smooth(weight), tuning.min_share)
        block -= 2 * soft * around.in_field * smoother.around(block * weight, g_per_nm) / share
    image[around.window] = block[around.inside]


def soft_outlines(
    mask: BoolImage, shape: tuple[int, ...], pixel_nm: tuple[float, float], tuning: FringeTuning
) -> tuple[FloatImage, FloatImage]:
    """A mask with a slightly blurred edge, and one grown and blurred, in the middle of arrays of a shape."""
    inner = np.pad(mask, [(m, m) for m in whole_px(tuning.soft_nm, pixel_nm)])
    outer = [((n - m) // 2, n - m - (n - m) // 2) for n, m in zip(shape, inner.shape, strict=True)]
    grown = ndimage.distance_transform_edt(~inner, sampling=pixel_nm) <= tuning.rim_nm
    sharp, wide = (
        np.pad(
            ndimage.gaussian_filter(part.astype(np.float32), [s / p for p in pixel_nm], truncate=3.0), outer
        )
        for part, s in ((inner, tuning.edge_nm), (grown, tuning.softness_nm))
    )
    return sharp, wide
