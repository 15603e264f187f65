"""The micrograph through a Wiener filter: the amorphous background goes, what stands out of it stays.

L. D. Marks, Ultramicroscopy 62 (1996) 43, doi:10.1016/0304-3991(95)00085-2; R. Kilaas, J. Microscopy 190
(1998) 45, doi:10.1046/j.1365-2818.1998.3070861.x.
"""

import numpy as np
import scipy

from hrtem_core.image import Grid
from hrtem_core.numerics import FloatArray, FloatImage, n_threads, read_only
from hrtem_core.preparation import Prepared
from hrtem_core.spectrum import SPECTRUM_TUNING, Spectrum, periodic_spectrum

LEAST_KEPT = 1e-3
"""Least share of an amplitude that taking out the background left at a frequency: below, nothing is known."""

POWER_SIGMA_BINS, REACH_BINS = 1.0, 4
"""Power is averaged over neighbouring bins by this Gaussian, cut off at so many: bin by bin 21 % of the
noise's power would pass, so it is 4 %."""


def wiener_filtered(prepared: Prepared, spectrum: Spectrum) -> FloatImage:
    """The image with every frequency weighted by its share of signal: 1 - noise power / power.

    The noise is the radial one that the image was whitened by. Frequencies beyond those that were looked at
    are left out. Where noise happens to be above its mean some of it passes, and looks like faint lattices:
    this is a view, and nothing is measured in it.

    Parameters
    ----------
    prepared
        The image.
    spectrum
        Of that image.

    Returns
    -------
    filtered
        Shape of the image, float32, its mean and its slow changes kept.
    """
    shape = prepared.intensity.shape[0], prepared.intensity.shape[1]
    image = prepared.intensity.astype(np.float32)
    mean = np.float32(np.mean(image, dtype=np.float64))
    image = image - mean
    largest = np.float32(max(float(np.abs(image).max()), float(np.finfo(np.float32).tiny)))
    image /= largest
    waves = periodic_spectrum(image, shape)
    jumps = image - scipy.fft.irfft2(
        waves, s=shape, workers=n_threads()
    )  # from border to border, and the noise along them
    waves *= 1 - noise_share(averaged(np.asarray(np.abs(waves) ** 2)), noise_power(prepared, spectrum))
    slow = blurred(jumps, background_nm(spectrum) / np.array(prepared.pixel_size.sizes_nm))
    return read_only((scipy.fft.irfft2(waves, s=shape, workers=n_threads()) + slow) * largest + mean)


def blurred(image: FloatImage, sigma_px: FloatArray) -> FloatImage:
    """An image smoothed by three boxes, nearly a Gaussian: as quick however wide they are."""
    widths = [max(1, min(side, round(2 * sigma))) for side, sigma in zip(image.shape, sigma_px, strict=True)]
    for _ in range(3):
        image = scipy.ndimage.uniform_filter(image, widths, mode="nearest")
    return image


def background_nm(spectrum: Spectrum) -> float:
    """Standard deviation of the blur that counted as background when the spectrum was made."""
    return SPECTRUM_TUNING.background_nm * spectrum.length_scale


def noise_power(prepared: Prepared, spectrum: Spectrum) -> FloatImage:
    """Expected power of noise at every bin of the image's rfft2, infinite beyond those that were looked at.

    Parameters
    ----------
    prepared
        The image, scaled to deviations of at most 1 for its spectrum.
    spectrum
        Its radial profile is that of fewer and larger pixels, after a blurred background was taken out.
    """
    shape = prepared.intensity.shape[0], prepared.intensity.shape[1]
    grid, profile = Grid.over(shape, prepared.pixel_size, shape), spectrum.profile
    radius = grid.radius_per_nm()
    blur = 2 * (np.pi * background_nm(spectrum)) ** 2
    kept = np.maximum(1 - np.exp(-blur * radius**2), LEAST_KEPT) ** 2
    power = np.interp(radius, profile.g_per_nm, profile.noise, right=np.inf) / kept
    n_pixels, n_working = (float(np.prod(one)) for one in (shape, spectrum.grid.shape))
    return np.asarray(power * n_pixels**2 / n_working, dtype=np.float32)


def averaged(power: FloatImage) -> FloatImage:
    """The power of an rfft2, each bin with its neighbours, those of negative columns by Friedel's law."""
    beyond = np.roll(power[::-1, REACH_BINS:0:-1], 1, axis=0)
    both = np.concatenate([beyond, power], axis=1)
    modes = ("wrap", "nearest")
    smooth = scipy.ndimage.gaussian_filter(both, POWER_SIGMA_BINS, mode=modes, radius=REACH_BINS)
    return np.asarray(smooth[:, beyond.shape[1] :])


def noise_share(power: FloatImage, noise: FloatImage) -> FloatImage:
    """The share of every frequency's amplitude that counts as noise: all of it where the power is no more.

    Parameters
    ----------
    power, noise
        Shape (rows, columns // 2 + 1) each; the zero frequency is kept.
    """
    share = np.minimum(noise / np.maximum(power, np.finfo(np.float32).tiny), 1)
    share[0, 0] = 0
    return np.asarray(share, dtype=np.float32)
