"""The amorphous film: its rings, and where astigmatism makes its noise stronger than elsewhere at that |g|.

The level of noise is a ring's median over all directions, so that spots are none of it. A lens with
astigmatism makes rings that are not round: at one |g| some directions lie on them and others between them,
and where they do, the film's noise exceeds its median.
"""

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.numerics import FloatArray, FloatImage, IntArray, n_threads
from hrtem_core.spectrum import noise, rings
from hrtem_core.spectrum.ring_power import ring_power
from hrtem_core.spectrum.rings import NO_PROFILE, RingProfile, Rings
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.whitening import Spectrum
from hrtem_core.spectrum.windows import Windows

N_RADII, N_AZIMUTHS = 7, 5
"""Samples of the film's rings in each polar bin."""


def astigmatic_noise(found: Rings, ring_per_nm: FloatArray, window_nm: float) -> FloatImage:
    """How many times the noise of polar bins is that of their ring's median, at least once.

    Strategy: power of film and the rest (counting, detector) add up. What part is the film's, every few rings
    tell by how their power changes with direction, beside the sin² chi of the lens that fits.

    Parameters
    ----------
    found
        The film's rings; round ones, or none, raise nothing.
    ring_per_nm
        Shape (n_rings,): centres of the rings of the bins, evenly spaced.
    window_nm
        Side of the windows whose spectra are meant: they blur rings.

    Returns
    -------
    factor
        Shape (n_rings, noise.N_SECTORS), float32.
    """
    shape = len(ring_per_nm), noise.N_SECTORS
    if not found.alone.is_clear:
        return np.ones(shape, dtype=np.float32)
    width = 2 * float(ring_per_nm[0])
    sector = np.pi / noise.N_SECTORS
    azimuth = (np.arange(noise.N_SECTORS) + 0.5) * sector - np.pi / 2
    radii = ring_per_nm[:, None] + width * (np.arange(N_RADII) - N_RADII // 2) / N_RADII
    azimuths = azimuth[:, None] + sector * (np.arange(N_AZIMUTHS) - N_AZIMUTHS // 2) / N_AZIMUTHS
    row, col = (radii[:, None, :, None] * wave(azimuths)[:, None] for wave in (np.sin, np.cos))
    film = ring_power(found.alone.aberrations, row, col, window_nm).mean(axis=(2, 3))
    share = np.interp(ring_per_nm, found.profile.q_per_nm, film_share(found))[:, None]
    power = 1 + share * deviations(film, axis=1)
    factor: FloatImage = np.maximum(power / np.median(power, axis=1, keepdims=True), 1.0).astype(np.float32)
    return factor


def deviations(power: FloatArray, *, axis: int) -> FloatArray:
    """By how much powers deviate from their mean along an axis, relative to it."""
    mean = power.mean(axis=axis, keepdims=True)
    return np.asarray(power / np.maximum(mean, np.finfo(float).tiny) - (mean > 0))


def film_share(found: Rings) -> FloatArray:
    """What part of the power is the film's, shape (n,) for each |q| of the profile, from 0 to 1."""
    profile, tuning = found.profile, found.tuning
    q, azimuth = profile.q_per_nm, profile.azimuth_rad[:, None]
    film = ring_power(found.alone.aberrations, -q * np.sin(azimuth), q * np.cos(azimuth), tuning.tile_nm)
    power = np.exp(profile.log_power - profile.log_power.max())
    expected, seen = deviations(film, axis=0), deviations(power, axis=0)
    width = 2 * round(tuning.together_per_nm / tuning.step_per_nm) + 1
    both, own = (
        scipy.ndimage.uniform_filter1d((expected * other).sum(axis=0), width, mode="constant")
        for other in (seen, expected)
    )
    return np.asarray(np.clip(both / np.maximum(own, 1e-9), 0.0, 1.0))


def film_image(spectrum: Spectrum) -> FloatImage:
    """The working image before it was whitened: with its rings."""
    shape = spectrum.grid.shape
    bins = scipy.fft.rfft2(spectrum.whitened, workers=n_threads())
    profile = spectrum.profile
    radius = spectrum.grid.radius_per_nm()
    bins *= np.sqrt(np.interp(radius, profile.g_per_nm, profile.noise)).astype(np.float32)
    return np.asarray(scipy.fft.irfft2(bins, s=shape, workers=n_threads()))


def ring_profile(
    spectrum: Spectrum, checkpoint: Checkpoint = go_on, *, tuning: SpectrumTuning = SPECTRUM_TUNING
) -> RingProfile:
    """Median power over tiles, then over the bins of every ring and sector: crystals lie in few of either."""
    image = film_image(spectrum)
    checkpoint()
    grid, of_rings = spectrum.grid, tuning.rings
    tiles = Windows.over(grid.shape, grid.pixel_size, of_rings.tile_nm, step=1 / 2, padding=tuning.padding)
    rows, cols = tiles.frequencies_per_nm
    last = int(np.searchsorted(cols, of_rings.max_q_per_nm)) + 1
    near = np.abs(rows) <= of_rings.max_q_per_nm
    powers = np.concatenate(tiles.each_row(image, lambda _, power: power[:, near, :last], checkpoint))
    checkpoint()
    log_power = np.log(np.maximum(np.median(powers, axis=0), np.finfo(np.float32).tiny))
    row, col = rows[near][:, None], cols[:last]
    q, azimuth = np.hypot(row, col), np.arctan2(-row, col) % np.pi
    last_q = min(of_rings.max_q_per_nm, of_rings.edge_share * spectrum.band_per_nm[1])
    edges = np.arange(of_rings.min_q_per_nm, last_q, of_rings.step_per_nm)
    n, sectors = len(edges) - 1, (np.arange(rings.N_SECTORS) + 0.5) * np.pi / rings.N_SECTORS
    if n < 1:  # pixels too coarse to show the film's rings
        return NO_PROFILE
    ring = np.searchsorted(edges, q, side="right") - 1
    sector = (azimuth / np.pi * rings.N_SECTORS).astype(int) % rings.N_SECTORS
    inside = (ring >= 0) & (ring < n)
    key, values = (sector * n + ring)[inside], log_power[inside]
    table = medians_by_bin(values, key, rings.N_SECTORS * n).reshape(rings.N_SECTORS, n)
    is_seen = ~np.isnan(table).all(axis=0)  # a narrow field has no frequency in some rings
    table = table[:, is_seen]
    middle = np.nanmedian(table, axis=0)
    table = np.minimum(np.where(np.isnan(table), middle, table), middle + of_rings.max_spot)
    return RingProfile(((edges[:-1] + edges[1:]) / 2)[is_seen], sectors, table)


def medians_by_bin(values: FloatArray, bins: IntArray, n_bins: int) -> FloatArray:
    """Median of the values, shape (n,), in each of `n_bins` bins, NaN where none are: one sort for all.

    Parameters
    ----------
    values, bins
        Shape (n,): finite values, and the number of the bin each is in.
    n_bins
        How many bins there are.
    """
    count = np.bincount(bins, minlength=n_bins)
    ordered = values[np.lexsort((values, bins))]
    first = (np.cumsum(count) - count)[count > 0]
    within = count[count > 0]
    medians = np.full(n_bins, np.nan, dtype=values.dtype)
    medians[count > 0] = (ordered[first + (within - 1) // 2] + ordered[first + within // 2]) / 2
    return medians
