"""Stage 1, FFT: the whitened spectrum at the resolution the fringes need, and its noise level."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.image import Grid, PixelSize, Wavevector, frequencies_per_nm, scaled_lengths
from hrtem_core.numerics import (
    BoolImage,
    ComplexArray,
    FloatArray,
    FloatImage,
    n_threads,
    quantile,
    read_only,
)
from hrtem_core.preparation import Prepared, is_noiseless
from hrtem_core.spectrum.axis_profiles import axes_of
from hrtem_core.spectrum.d_range import SpectrumParameters
from hrtem_core.spectrum.detector_lines import subtract_lines
from hrtem_core.spectrum.noise import LocalNoise, PolarBins, measure_noise
from hrtem_core.spectrum.periodic_part import periodic_spectrum, standardised, with_noise
from hrtem_core.spectrum.rings import NO_RINGS, Rings
from hrtem_core.spectrum.row_jitter import rows_move, steadied
from hrtem_core.spectrum.scan_rows import row_strain, straightened
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.windows import Windows, coverage

PICTURE_PX = 1024

ROUNDING = 1e-11
"""Least noise power of an image scaled to deviations of at most 1: below it lie only rounding errors."""


@dataclass(frozen=True, eq=False)
class PowerPicture:
    """Power of the spectrum as a picture, zero frequency at pixel (rows // 2, columns // 2).

    Parameters
    ----------
    power
        Shape (n, n), float32, in units of the noise power (1 is noise).
    step_per_nm
        Spatial frequency from one pixel to the next, the same along both axes, in 1/nm.
    """

    power: FloatImage
    step_per_nm: float

    def local_maximum(self, g: Wavevector, reach_per_nm: float) -> Wavevector:
        """The strongest pixel within reach of a place, in 1/nm; outside the picture the place itself."""
        centre = np.array(self.power.shape) // 2
        reach = max(1, round(reach_per_nm / self.step_per_nm))
        middle = np.round(np.divide(g, self.step_per_nm)).astype(int) + centre
        top, left = np.maximum(middle - reach, 0).tolist()
        bottom, right = np.maximum(middle + reach + 1, 0).tolist()
        part = self.power[top:bottom, left:right]
        if not part.size:
            return g
        row, col = np.unravel_index(int(np.argmax(part)), part.shape)
        place = (np.array([top + row, left + col]) - centre) * self.step_per_nm
        return Wavevector(float(place[0]), float(place[1]))


@dataclass(frozen=True, eq=False)
class RadialProfile:
    """Azimuthal statistics of the power spectrum.

    Parameters
    ----------
    g_per_nm
        Shape (n,): radius of each ring in 1/nm.
    mean, noise
        Shape (n,): mean power of the ring, and its noise power (robust, without the lattice peaks).
    tuning
        How far what whitening does to a spot is undone.
    """

    g_per_nm: FloatArray
    mean: FloatArray
    noise: FloatArray
    tuning: SpectrumTuning = SPECTRUM_TUNING

    @cached_property
    def _smooth_log_noise(self) -> FloatArray:
        width = float(self.g_per_nm[1] - self.g_per_nm[0]) if len(self.g_per_nm) > 1 else 1.0
        sigma = self.tuning.tilt_smoothing_per_nm / width
        return np.asarray(scipy.ndimage.gaussian_filter1d(np.log(self.noise), sigma))

    def tilt(self, radius_per_nm: FloatImage, g_per_nm: float) -> FloatImage:
        """What whitening did to amplitudes at `radius_per_nm`, relative to those at `g_per_nm`.

        Multiplied into a whitened spectrum around g it gives a spot its own shape back: whitening leans every
        spot towards frequencies where there is less noise, and would bias g that way.
        """
        log_noise = np.interp(radius_per_nm, self.g_per_nm, self._smooth_log_noise)
        at_g = np.interp(g_per_nm, self.g_per_nm, self._smooth_log_noise)
        most = self.tuning.max_tilt
        return np.asarray(np.clip(np.exp(0.5 * (log_noise - at_g)), 1 / most, most), dtype=np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum:
    """The micrograph whitened: noise has the same power at every frequency of the band.

    Parameters
    ----------
    whitened
        Shape (rows, columns), float32: the real image at working resolution, scaled so that noise has
        unit power per pixel and per frequency, zero outside the band and where not usable.
    grid
        The working image's pixels.
    usable
        Shape (rows, columns).
    noise
        What is left of the noise's variation over the field.
    band_per_nm
        Least and largest |g| looked for, in 1/nm.
    profile
        Radial profile before whitening.
    whole_field
        For people: the spectrum of the whole field.
    rows_px
        Shape (rows,): where each row lies in the working image as it was taken, not where it stands here, if
        the scan had stretched a lattice that fills the field.
    row_jitter_nm
        Standard deviation of how far the scan had moved rows along themselves; they are back here.
    noise_added
        Standard deviation, relative to the image's, of the noise that an image without any was given.
    length_scale
        How many times larger than for the default d-range all lengths of the method are.
    rings
        What the lens has left of the film's noise.
    """

    whitened: FloatImage
    grid: Grid
    usable: BoolImage
    noise: LocalNoise
    band_per_nm: tuple[float, float]
    profile: RadialProfile
    whole_field: PowerPicture
    rows_px: FloatArray
    row_jitter_nm: float = 0.0
    noise_added: float = 0.0
    length_scale: float = 1.0
    rings: Rings = NO_RINGS

    @property
    def is_straightened(self) -> bool:
        """Whether rows were moved to where they belong."""
        return bool((self.rows_px != np.arange(len(self.rows_px))).any())

    @property
    def least_stretch(self) -> float:
        """By how much rows were pressed together most, negative, as a relative change of their distance."""
        return float(1 / np.diff(self.rows_px).max() - 1) if self.is_straightened else 0.0

    @property
    def largest_stretch(self) -> float:
        """By how much rows were drawn apart most."""
        return float(1 / np.diff(self.rows_px).min() - 1) if self.is_straightened else 0.0


def finest_d_nm(pixel_size: PixelSize, *, tuning: SpectrumTuning = SPECTRUM_TUNING) -> float:
    """The smallest spacing that is looked for in pixels of this size, in nm, whatever the d-range says."""
    return max(pixel_size.sizes_nm) / tuning.nyquist_margin


def working_length(length_px: int, pixel_nm: float, g_max_per_nm: float, band_margin: float) -> int:
    """Even number of pixels that carries |g| up to `g_max_per_nm` with the band's margin."""
    needed = int(np.ceil(2 * band_margin * 1.03 * g_max_per_nm * length_px * pixel_nm))
    even = 2 * scipy.fft.next_fast_len(max(8, (needed + 1) // 2), real=True)
    return even if even < length_px else length_px


def radial_statistics(
    spectrum: ComplexArray,
    radius: FloatImage,
    n_pixels: int,
    ring_per_nm: float,
    *,
    tuning: SpectrumTuning = SPECTRUM_TUNING,
) -> RadialProfile:
    """Mean and noise power of rings `ring_per_nm` wide, per pixel of the image.

    The noise power is the median over the ring divided by ln 2: the power of noise is exponentially
    distributed, and the median does not see a few lattice peaks.
    """
    ring = (radius / ring_per_nm).astype(np.int16).ravel()  # int16 sorts by radix, ten times faster
    power = (spectrum.real**2 + spectrum.imag**2).ravel() / n_pixels
    order = np.argsort(ring, kind="stable")
    edges = np.searchsorted(ring[order], np.arange(ring.max() + 2))
    ordered = power[order]
    rings = [ordered[a:b] for a, b in pairwise(edges)]
    mean = np.array([values.mean() if len(values) else 0.0 for values in rings])
    noise = np.array([quantile(values, 0.5) / np.log(2) if len(values) else 0.0 for values in rings])
    # A ring's median is an estimate: a search over all rings would settle where it happens to be low.
    noise = np.maximum(noise, scipy.ndimage.uniform_filter1d(noise, 3))
    radii = (np.arange(len(rings)) + 0.5) * ring_per_nm
    return RadialProfile(radii, mean, np.maximum(noise, ROUNDING), tuning)


def without_background(g_per_nm: FloatArray, blur_nm: float) -> FloatArray:
    """What is left of waves when a Gaussian blur is taken away."""
    return np.asarray(1 - np.exp(-2 * (np.pi * blur_nm * g_per_nm) ** 2))


def whiten(
    prepared: Prepared,
    parameters: SpectrumParameters,
    tuning: SpectrumTuning = SPECTRUM_TUNING,
    checkpoint: Checkpoint = go_on,
    *,
    row_jitter_nm: float | None = None,
) -> Spectrum:
    """The same as `transform`, without rings.

    Strategy (docs/method.md, sections 2 to 4): only the frequencies that the d-range needs are kept, so that
    everything after works on few pixels. Background and the radial noise power are divided out, after
    which a maximum's power says how unlikely it is; what noise still varies over the field is measured in
    windows, and stays beside the image. Rows that jitter are put back first, and all is done once more.

    Parameters
    ----------
    prepared, parameters, tuning, checkpoint
        As for `transform`.
    row_jitter_nm
        How far rows of the prepared image were moved to put them back; None before they were looked at.
    """
    shape = (prepared.intensity.shape[0], prepared.intensity.shape[1])
    scale = parameters.length_scale(finest_d_nm(prepared.pixel_size, tuning=tuning))
    given, tuning = tuning, scaled_lengths(tuning, scale)
    g_max = min(1 / parameters.min_d_nm, tuning.nyquist_margin / max(prepared.pixel_size.sizes_nm))
    g_min = min(1 / parameters.max_d_nm, 0.9 * g_max)
    n_rows, n_cols = (
        working_length(n, p, g_max, tuning.band_margin)
        for n, p in zip(shape, prepared.pixel_size.sizes_nm, strict=True)
    )
    grid = Grid.over(shape, prepared.pixel_size, (n_rows, n_cols))
    noise_added = tuning.noise_for_none if is_noiseless(prepared.intensity, prepared.usable) else 0.0
    image = standardised(with_noise(prepared.intensity, prepared.usable, noise_added))
    spectrum = periodic_spectrum(image, grid.shape, checkpoint)
    checkpoint()
    radius = grid.radius_per_nm()
    spectrum *= without_background(radius, tuning.background_nm)
    usable = grid.sampled(prepared.usable)
    side_nm = min(n_rows * grid.pixel_size.row_nm, n_cols * grid.pixel_size.col_nm)
    ring = max(tuning.rings_per_field / side_nm, tuning.min_ring_per_nm)
    profile = radial_statistics(spectrum, radius, n_rows * n_cols, ring, tuning=tuning)
    checkpoint()
    spectrum *= 1 / np.sqrt(np.interp(radius, profile.g_per_nm, profile.noise)).astype(np.float32)
    whitened = (scipy.fft.irfft2(spectrum, s=grid.shape, workers=n_threads()) * usable).astype(np.float32)
    checkpoint()
    contrast = without_background(profile.g_per_nm, tuning.background_nm)
    deviation = np.sqrt(profile.noise) / np.maximum(contrast, 1e-3)
    lines = (0.8 * g_min, tuning.band_margin * g_max)
    axes = axes_of(prepared, grid.pixel_size, lines, profile.g_per_nm, deviation, tuning=tuning)
    if subtract_lines(whitened, usable, axes, checkpoint):
        spectrum = scipy.fft.rfft2(whitened, workers=n_threads())
    checkpoint()
    band = g_min, g_max
    lattices = g_min, float(profile.g_per_nm[-1])  # rows show finer ones than are looked for, too
    is_steady = row_jitter_nm is not None or noise_added > 0
    share = 0.0 if is_steady else rows_move(whitened, spectrum, grid, lattices, tuning)
    if share:
        noise = profile.g_per_nm, profile.noise * (shape[0] * shape[1] / (n_rows * n_cols))
        steady, row_jitter_nm = steadied(
            prepared.intensity, prepared.pixel_size, lattices, noise, share, tuning, checkpoint
        )
        again = replace(prepared, intensity=read_only(steady))
        return whiten(again, parameters, given, checkpoint, row_jitter_nm=row_jitter_nm)
    rows_px = np.arange(n_rows, dtype=float)
    strain = row_strain(whitened, grid, band, tuning)
    straight = None if strain is None else straightened(whitened, usable, spectrum, grid, strain)
    if straight is not None:
        whitened, usable, spectrum = straight.image, straight.usable, straight.spectrum
        rows_px = straight.rows_px
    whole = whole_field_picture(spectrum, grid, tuning.band_margin * g_max)
    checkpoint()
    windows = Windows.over(grid.shape, grid.pixel_size, tuning.noise_window_nm, step=1 / 3, padding=1.0)
    bins = PolarBins.of(windows)
    polar = np.stack(windows.each_row(whitened, lambda _, powers: bins.powers(powers), checkpoint))
    return Spectrum(
        whitened=read_only(whitened),
        grid=grid,
        usable=read_only(usable),
        noise=measure_noise(windows, bins, polar, coverage(windows, usable), tuning=tuning),
        band_per_nm=band,
        profile=profile,
        whole_field=whole,
        rows_px=read_only(rows_px),
        row_jitter_nm=row_jitter_nm or 0.0,
        noise_added=noise_added,
        length_scale=scale,
    )


def whole_field_picture(spectrum: ComplexArray, grid: Grid, reach_per_nm: float) -> PowerPicture:
    """The whole field's power on a square grid of g: the maximum of the bins that share a pixel."""
    step = 2 * reach_per_nm / PICTURE_PX
    centre = PICTURE_PX // 2
    edges = (np.arange(PICTURE_PX + 1) - centre - 0.5) * step
    n_rows, n_cols = grid.shape
    rows = np.sort(frequencies_per_nm(n_rows, grid.pixel_size.row_nm))
    cols = np.abs(frequencies_per_nm(n_cols, grid.pixel_size.col_nm))[: n_cols // 2 + 1]
    power = scipy.fft.fftshift(spectrum.real**2 + spectrum.imag**2, axes=0) / (n_rows * n_cols)
    half = largest_between(largest_between(power, rows, edges, axis=0), cols, edges[centre:], axis=1)
    picture = np.zeros((PICTURE_PX, PICTURE_PX), dtype=np.float32)
    picture[:, centre:] = half
    picture[1:, 1:centre] = half[1:, 1:][::-1, ::-1]
    return PowerPicture(read_only(picture), step)


def largest_between(values: FloatImage, positions: FloatArray, edges: FloatArray, *, axis: int) -> FloatImage:
    """Maximum of the values whose rising positions lie between consecutive edges, else the next one's value.

    Parameters
    ----------
    values
        Shape (rows, columns).
    positions
        Shape (n,): where the values lie along `axis`.
    edges
        Shape (m + 1,), rising.
    axis
        0 or 1; the result has length m along it.
    """
    index = np.minimum(np.searchsorted(positions, edges), len(positions) - 1)
    largest = np.maximum.reduceat(values, index, axis=axis)
    return np.asarray(np.take(largest, np.arange(len(edges) - 1), axis=axis))
