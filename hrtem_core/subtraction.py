"""Stage 3, inverse FFT: what the fringes of one wavevector add to an image inside an outline."""

import numpy as np
from scipy import ndimage

from hrtem_core.narrow_band import NarrowBand
from hrtem_core.outline import Footprint, Patch
from hrtem_core.types import BoolImage, FloatImage

SUBTRACTION_NM = 0.5
EDGE_NM = 0.12
MIN_SHARE = 0.25
RIM_NM = 0.35
SOFTNESS_NM = 0.3
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

    def around(self, image: FloatImage, g_per_nm: tuple[float, float]) -> FloatImage:
        """Half the fringes at +g as a real image, as smooth as the Gaussian leaves them."""
        return self.band.inverse_real(self.band.transform(image, g_per_nm) * self.mask, g_per_nm)

    def smooth(self, image: FloatImage) -> FloatImage:
        """The image itself, smoothed."""
        return self.around(image, (0.0, 0.0))


def subtract(
    image: FloatImage, footprint: Footprint, g_per_nm: tuple[float, float], pixel_nm: tuple[float, float]
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
    patch = Patch.around(image, footprint, 3 * SUBTRACTION_NM + 0.9 + RIM_NM, pixel_nm)
    smoother = Smoother((patch.mask.shape[0], patch.mask.shape[1]), pixel_nm)
    block = patch.block
    for shape, softness in ((patch.mask, EDGE_NM), (_grown(patch.mask, RIM_NM, pixel_nm), SOFTNESS_NM)):
        soft = ndimage.gaussian_filter(
            shape.astype(np.float32), [softness / p for p in pixel_nm], truncate=3.0
        )
        soft *= patch.in_field
        weight = soft if softness == EDGE_NM else patch.in_field
        share = np.maximum(smoother.smooth(weight), MIN_SHARE)
        block -= 2 * soft * smoother.around(block * weight, g_per_nm) / share
    image[patch.window] = block[patch.inside]


def _grown(mask: BoolImage, distance_nm: float, pixel_nm: tuple[float, float]) -> BoolImage:
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=pixel_nm) <= distance_nm)
