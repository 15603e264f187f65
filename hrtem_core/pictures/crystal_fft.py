"""The FFT of one crystal: its part of the image alone, its edge tapered, each ring in units of the noise."""

import numpy as np
import scipy

from hrtem_core.domains import Domain
from hrtem_core.image import frequencies_per_nm
from hrtem_core.numerics import FloatImage, Footprint
from hrtem_core.preparation import Prepared
from hrtem_core.spectrum import PowerPicture, RadialProfile

TAPER_NM = 0.5
"""Standard deviation of the Gaussian that smooths the crystal's edge: sharp ones draw streaks."""

LEAST_PX, MOST_PX = 512, 1024
"""Sides of the transform: a small crystal is padded, or its spots would be single pixels; a part of a large
one is enough."""


def crystal_power(prepared: Prepared, domains: list[Domain], profile: RadialProfile) -> PowerPicture:
    """The power spectrum of what the domains of a crystal cover.

    Parameters
    ----------
    prepared
        The image.
    domains
        Of one crystal, at least one.
    profile
        Whose noise each ring is divided by.

    Returns
    -------
    power
        Of as many pixels along either axis.
    """
    pixel = prepared.pixel_size
    covered = _middle(Footprint.union([domain.footprint for domain in domains]))
    image, weight = _tapered(prepared.intensity, covered, [TAPER_NM / size for size in pixel.sizes_nm])
    side_nm = max(LEAST_PX, *image.shape) * pixel.mean_nm  # the same for both axes, and so is the step
    shape = [round(side_nm / size) for size in pixel.sizes_nm]
    field = (image - np.average(image, weights=weight)) * weight
    power = np.abs(scipy.fft.fftshift(scipy.fft.fft2(field, shape))) ** 2
    rows, cols = (
        scipy.fft.fftshift(frequencies_per_nm(n, size)) for n, size in zip(shape, pixel.sizes_nm, strict=True)
    )
    noise = np.interp(np.hypot(rows[:, None], cols), profile.g_per_nm, profile.noise)
    side = min(shape)
    top, left = (n // 2 - side // 2 for n in shape)
    white = (power / np.maximum(noise, 1e-30))[top : top + side, left : left + side]
    return PowerPicture((white / max(np.median(white), 1e-30)).astype(np.float32), 1 / side_nm)


def _middle(covered: Footprint) -> Footprint:
    """Not more of a region than is transformed, round a pixel of it."""
    if max(covered.mask.shape) <= MOST_PX:
        return covered
    inside = np.argwhere(covered.mask)
    row, col = np.maximum(inside[len(inside) // 2] - MOST_PX // 2, 0).tolist()
    part = covered.mask[row : row + MOST_PX, col : col + MOST_PX]
    return Footprint(covered.row0 + row, covered.col0 + col, part)


def _tapered(
    intensity: FloatImage, covered: Footprint, sigma_px: list[float]
) -> tuple[FloatImage, FloatImage]:
    """The part of the image round a crystal, and how much each of its pixels counts."""
    margins = [int(np.ceil(3 * sigma)) for sigma in sigma_px]
    mask = np.pad(covered.mask, [(margin, margin) for margin in margins]).astype(np.float64)
    weight = scipy.ndimage.gaussian_filter(mask, sigma_px)
    start = [first - margin for first, margin in zip(covered.corner, margins, strict=True)]
    inner = [
        slice(max(-first, 0), n - max(first + n - whole, 0))
        for first, n, whole in zip(start, weight.shape, intensity.shape, strict=True)
    ]
    weight = weight[inner[0], inner[1]]
    top, left = max(start[0], 0), max(start[1], 0)
    part = intensity[top : top + weight.shape[0], left : left + weight.shape[1]]
    return part.astype(np.float64), weight
