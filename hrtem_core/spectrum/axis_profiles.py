"""Stage 1, FFT: profiles of an image along its axes, and the level of a line in them."""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.image import PixelSize
from hrtem_core.numerics import BoolArray, BoolImage, ComplexArray, FloatArray, FloatImage, IntArray
from hrtem_core.preparation import Prepared
from hrtem_core.spectrum.peak_threshold import power_threshold
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.windows import hann

TYPICAL_BLOCKS = 9
"""Blocks of the field of which the median shows what is everywhere."""

NO_ZERO = 1e6
"""Contrast of a wave where there is nothing, or nothing but zeros, to compare it with."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Axis:
    """What is known of one axis of the spectrum.

    Parameters
    ----------
    pixel_nm
        Pixel size of the working image along the axis.
    detector_px
        Pixels of the detector per pixel of the working image.
    band_per_nm
        Least and largest frequency at which a line matters.
    frequency_per_nm, contrast
        Shape (n,), rising: amplitude of a wave relative to the mean intensity of the micrograph, where the
        whitened one has amplitude 1.
    tuning
        What a line is.
    """

    pixel_nm: float
    detector_px: float
    band_per_nm: tuple[float, float]
    frequency_per_nm: FloatArray
    contrast: FloatArray
    tuning: SpectrumTuning = SPECTRUM_TUNING


def axes_of(
    prepared: Prepared,
    pixel: PixelSize,
    band_per_nm: tuple[float, float],
    g_per_nm: FloatArray,
    deviation: FloatArray,
    *,
    tuning: SpectrumTuning = SPECTRUM_TUNING,
) -> tuple[Axis, Axis]:
    """The two axes of a working image.

    Parameters
    ----------
    prepared
        The image it was made from.
    pixel
        Of the working image.
    band_per_nm
        Least and largest frequency at which a line matters.
    g_per_nm, deviation
        Shape (n,): amplitude, relative to the largest deviation from the mean, of what has amplitude 1 after
        whitening.
    tuning
        What a line is.
    """
    mean = float(np.mean(prepared.intensity, dtype=np.float64))
    largest = float(np.abs(prepared.intensity - np.float32(mean)).max())
    noise = float(np.sqrt(np.average(deviation**2, weights=g_per_nm)))
    scale = largest / mean if mean > 0 and largest > 0 else NO_ZERO
    if noise and not _has_zero(prepared, scale * noise, tuning):
        scale = min(scale, tuning.usual_contrast / noise)
    rows, cols = (
        Axis(
            pixel_nm=p,
            detector_px=prepared.bin_factor * p / q,
            band_per_nm=band_per_nm,
            frequency_per_nm=g_per_nm,
            contrast=scale * deviation,
            tuning=tuning,
        )
        for p, q in zip(pixel.sizes_nm, prepared.pixel_size.sizes_nm, strict=True)
    )
    return rows, cols


def _has_zero(prepared: Prepared, contrast: float, tuning: SpectrumTuning) -> bool:
    """Whether 0 means no electrons: not where a background was subtracted or a grey range stretched.

    `contrast` is the noise, relative to the mean intensity.
    """
    pixels = prepared.intensity[prepared.usable]
    if not pixels.size or pixels.min() < 0:
        return False
    is_counted = bool((pixels == np.round(pixels)).all()) and pixels.var() < tuning.counted * pixels.mean()
    return is_counted or contrast < tuning.largest_contrast


def _profiles(block: FloatImage, periods: tuple[int, ...]) -> ComplexArray:
    """Sums over the rows, as they are and times waves across them, shape (1 + len(periods), columns)."""
    turns = 2 * np.pi * np.outer((0, *periods), np.arange(len(block)) / len(block))
    n = len(turns)
    waves = np.vstack([np.cos(turns), np.sin(turns)]).astype(np.float32) @ block
    return np.asarray(waves[:n] + 1j * waves[n:])


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """One part of the field, and what it holds that is a function of the column alone.

    Parameters
    ----------
    block, usable
        Shape (rows, columns): a view of the image, and of the mask.
    weight
        Shape (columns,): one over the root of the usable rows, 0 where they are few.
    profile
        Shape (columns,): sum over the rows times `weight`; noise has unit variance.
    line
        The power along the axis.
    """

    block: FloatImage
    usable: BoolImage
    weight: FloatArray
    profile: FloatArray
    line: "Line"

    @classmethod
    def of(cls, block: FloatImage, usable: BoolImage, axis: Axis) -> "Part":
        """What one part of the image holds."""
        n = np.count_nonzero(usable, axis=0)
        weight = np.where(n > len(block) * axis.tuning.line_min_usable, 1 / np.sqrt(np.maximum(n, 1)), 0)
        profiles = _profiles(block, axis.tuning.line_waves) * weight
        return cls(
            block=block,
            usable=usable,
            weight=weight,
            profile=profiles[0].real.copy(),
            line=Line.of(profiles, axis),
        )

    def pattern(self, n_window: int, min_usable: float) -> FloatArray:
        """Shape (columns,): what of the profile is a line of the spectrum above noise, and no lattice.

        A line is everywhere. What a crystal adds to some of the rows, the median over blocks of them leaves
        out, window by window and frequency by frequency: there a lattice is far above the noise.

        Parameters
        ----------
        n_window
            Length in which a frequency is looked at.
        min_usable
            Least usable share of a block's column that counts.
        """
        first = np.linspace(0, len(self.block), min(TYPICAL_BLOCKS, len(self.block)) + 1).astype(int)[:-1]
        sums, counts = (np.add.reduceat(one, first, axis=0, dtype=float) for one in (self.block, self.usable))
        n = counts.sum(axis=0)
        is_known = counts > min_usable * len(self.block) / len(first)
        means = np.where(is_known, sums / np.maximum(counts, 1), sums.sum(axis=0) / np.maximum(n, 1))
        local = _windowed(len(n), n_window)
        parts = local.stft(means * n * self.weight)
        common = np.median(parts.real, axis=0) + 1j * np.median(parts.imag, axis=0)
        return self.line.without_lattice(np.asarray(local.istft(common, k1=len(n))).real)

    @property
    def has_spots(self) -> bool:
        """Whether anything stands out of the line."""
        return len(self.line.spots(self.line.stands_out(self.profile))) > 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Line:
    """The power along an axis of the spectrum, and the line's own level.

    Parameters
    ----------
    frequency_per_nm, level
        Shape (n,): of the profile's FFT, and the level there in units of noise; smooth.
    in_band
        Shape (n,).
    threshold
        Power over the level that the line's noise hardly exceeds.
    is_raised
        Whether the level is above that beside the axis.
    is_alone
        Whether there is nothing beside it.
    """

    frequency_per_nm: FloatArray
    level: FloatArray
    in_band: BoolArray
    threshold: float
    is_raised: bool
    is_alone: bool

    @classmethod
    def of(cls, profiles: ComplexArray, axis: Axis) -> "Line":
        """From the profile and those beside it, shape (1 + n, columns)."""
        tuning, n = axis.tuning, profiles.shape[1]
        size = n // tuning.line_pieces
        starts = np.linspace(0, n - size, 2 * tuning.line_pieces - 1).astype(int)
        pieces = np.stack([profiles[:, s : s + size] for s in starts], axis=1)
        coarse = np.fft.rfftfreq(size, axis.pixel_nm)
        powers = np.abs(scipy.fft.fft(pieces * taper(size), axis=-1)[..., : len(coarse)]) ** 2 / np.log(2)
        on, beside = np.median(powers[0], axis=0), np.median(powers[1:], axis=(0, 1))
        fine = np.fft.rfftfreq(n, axis.pixel_nm)
        low, high = axis.band_per_nm
        used = (coarse > low) & (coarse < high)
        width = 2 * max(2, round(tuning.line_smooth_per_nm / coarse[1])) + 1
        contrast = np.interp(coarse, axis.frequency_per_nm, axis.contrast) ** 2
        # Gain is white in the micrograph, and stands on the noise of the film, which is so here.
        gain = scipy.ndimage.median_filter((on - 1) * contrast, width) / contrast
        level = np.maximum(1 + gain, scipy.ndimage.median_filter(on, width).clip(1))
        here, there = (float(np.median(power[used])) if used.any() else 0.0 for power in (on, beside))
        n_values = max(np.count_nonzero(used) * tuning.line_pieces / 2, 1)
        least = 1 + tuning.line_sigmas / np.log(2) / np.sqrt(n_values)
        in_band = (fine > low) & (fine < high)
        return cls(
            frequency_per_nm=fine,
            level=np.interp(fine, coarse, level),
            in_band=in_band,
            threshold=power_threshold(max(int(in_band.sum()), 1), tuning.line_false_spots, tuning.tail),
            is_raised=here > least * there,
            is_alone=there < tuning.line_alone,
        )

    def stands_out(self, profile: FloatArray) -> FloatArray:
        """Power of the tapered profile, shape (n,), over the line's level; 0 outside the band."""
        power = np.abs(scipy.fft.rfft(profile * taper(len(profile)))) ** 2
        return np.asarray(power / self.level * self.in_band)

    def without_lattice(self, profile: FloatArray) -> FloatArray:
        """What of the line is above the level of noise, and no spot of a lattice."""
        if self.is_alone:
            return profile
        ratio, bins = self.stands_out(profile), np.arange(len(self.level))
        kept = ~self.in_band
        for i in self.spots(ratio):
            # A lattice that ends in the field has skirts that fall with the square of the distance.
            kept |= np.abs(bins - i) < 2 + np.sqrt(ratio[i]) / np.pi
        share = np.where(kept, 0, 1 - 1 / np.sqrt(self.level))
        return np.asarray(scipy.fft.irfft(scipy.fft.rfft(profile) * share, len(profile)))

    def spots(self, ratio: FloatArray) -> IntArray:
        """Bins of maxima that stand out of the line."""
        inner = (ratio[1:-1] >= ratio[:-2]) & (ratio[1:-1] > ratio[2:]) & (ratio[1:-1] > self.threshold)
        return np.asarray(np.flatnonzero(inner) + 1)


def limited(pattern: FloatArray, profile: FloatArray, n_window: int) -> FloatArray:
    """A pattern with no more of any frequency anywhere than the profile has there.

    What is cut out of the spectrum of something local, such as an edge, or taken for a wave of the whole
    field, reaches far beyond it, where there is nothing to be taken away.

    Parameters
    ----------
    pattern, profile
        Shape (n,): what is to be taken out, and of what.
    n_window
        Length in which a frequency is looked at.
    """
    n = len(profile)
    local = _windowed(n, n_window)
    wanted, there = local.stft(pattern), np.abs(local.stft(profile))
    modulus = np.abs(wanted)
    share = np.minimum(1, there / np.where(modulus > 0, modulus, 1))
    return np.asarray(local.istft(wanted * share, k1=n)).real


def _windowed(n: int, n_window: int) -> "scipy.signal.ShortTimeFFT":
    """FFTs of windows along a profile of length n, a quarter of a window apart."""
    size = max(4, min(n_window, n))
    return scipy.signal.ShortTimeFFT(hann(size), hop=max(1, size // 4), fs=1.0)


def taper(n: int) -> FloatArray:
    """Hann taper that gives the FFT of unit noise unit power."""
    return np.asarray(hann(n) / np.sqrt((hann(n) ** 2).sum()))
