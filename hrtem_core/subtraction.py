"""Stage 3, inverse FFT: what the fringes of one wavevector add to an image inside an outline."""

import numpy as np
from scipy import ndimage

from hrtem_core.outline import Footprint
from hrtem_core.types import BoolImage, ComplexArray, FloatImage

SUBTRACTION_NM = 0.5
EDGE_NM = 0.12
MIN_SHARE = 0.25
RIM_NM = 0.35
SOFTNESS_NM = 0.3
MASK_FLOOR = 1e-4
"""Frequencies where the Gaussian mask falls below this are left out."""


class Smoother:
    """A Gaussian of `SUBTRACTION_NM` around any wavevector, by the few bins of the FFT that its mask leaves.

    Strategy: a Gaussian of 0.5 nm lets some forty bins of each axis through. Two products with the waves of
    these bins are the FFT of the rectangle there, and two more its inverse: several times faster than FFTs of
    all bins.

    Parameters
    ----------
    shape
        (rows, columns) of the rectangles to smooth; as in any FFT, opposite borders touch.
    pixel_nm
        (row, column) pixel size in nm.
    """

    def __init__(self, shape: tuple[int, int], pixel_nm: tuple[float, float]) -> None:
        self.pixel_nm = pixel_nm
        self.waves: list[ComplexArray] = []
        masks = []
        reach = np.sqrt(-np.log(MASK_FLOOR) / 2) / (np.pi * SUBTRACTION_NM)
        for n, p in zip(shape, pixel_nm, strict=True):
            most = min(int(reach * n * p), (n - 1) // 2)
            bins = np.arange(-most, most + 1)
            masks.append(np.exp(-2 * (np.pi * SUBTRACTION_NM * bins / (n * p)) ** 2) / n)
            self.waves.append(np.exp(-2j * np.pi / n * np.outer(bins, np.arange(n))).astype(np.complex64))
        self.mask = np.outer(*masks).astype(np.float32)

    def around(self, image: FloatImage, g_per_nm: tuple[float, float]) -> FloatImage:
        """Half the fringes at +g as a real image, as smooth as the Gaussian leaves them."""
        rows, cols = (
            wave * np.exp(-2j * np.pi * g * p * np.arange(wave.shape[1])).astype(np.complex64)
            for wave, g, p in zip(self.waves, g_per_nm, self.pixel_nm, strict=True)
        )
        spectrum = (_product(rows, image) @ cols.T) * self.mask
        side = rows.conj().T @ spectrum
        # The real part of a complex product is one real product of twice the depth.
        return np.asarray(np.hstack([side.real, side.imag]) @ np.vstack([cols.real, cols.imag]))

    def smooth(self, image: FloatImage) -> FloatImage:
        """The image itself, smoothed."""
        return self.around(image, (0.0, 0.0))


def _product(waves: ComplexArray, image: FloatImage) -> ComplexArray:
    """waves @ image without making the image complex."""
    n = len(waves)
    both = np.vstack([waves.real, waves.imag]) @ image
    return np.asarray(both[:n] + 1j * both[n:], dtype=np.complex64)


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
    margin = [int(np.ceil((3 * SUBTRACTION_NM + 0.9 + RIM_NM) / p)) for p in pixel_nm]
    mask = np.pad(footprint.mask, ((margin[0], margin[0]), (margin[1], margin[1])))
    window, inside, in_field = _parts(
        image.shape, (footprint.row0 - margin[0], footprint.col0 - margin[1]), mask.shape
    )
    block = np.zeros(mask.shape, dtype=np.float32)
    block[inside] = image[window]
    smoother = Smoother((mask.shape[0], mask.shape[1]), pixel_nm)
    for shape, softness in ((mask, EDGE_NM), (_grown(mask, RIM_NM, pixel_nm), SOFTNESS_NM)):
        soft = ndimage.gaussian_filter(
            shape.astype(np.float32), [softness / p for p in pixel_nm], truncate=3.0
        )
        soft *= in_field
        weight = soft if softness == EDGE_NM else in_field
        share = np.maximum(smoother.smooth(weight), MIN_SHARE)
        block -= 2 * soft * smoother.around(block * weight, g_per_nm) / share
    image[window] = block[inside]


def _parts(
    field: tuple[int, ...], start: tuple[int, int], shape: tuple[int, ...]
) -> tuple[tuple[slice, ...], tuple[slice, ...], FloatImage]:
    """For a rectangle that may reach beyond the field: its part of the field, that part in it, and a mask."""
    window, inside = [], []
    for first, length, limit in zip(start, shape, field, strict=True):
        low, high = max(first, 0), min(first + length, limit)
        window.append(slice(low, high))
        inside.append(slice(low - first, high - first))
    in_field = np.zeros(shape, dtype=np.float32)
    in_field[tuple(inside)] = 1
    return tuple(window), tuple(inside), in_field


def _grown(mask: BoolImage, distance_nm: float, pixel_nm: tuple[float, float]) -> BoolImage:
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=pixel_nm) <= distance_nm)
