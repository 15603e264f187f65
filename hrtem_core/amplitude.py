"""Stage 3, inverse FFT: one side of the spectrum around g, transformed back into fringe amplitude and phase.

A Gaussian mask around +g alone leaves a complex image whose modulus is the local fringe amplitude, without
fringes in it, and whose phase gives the local strain (geometric phase: Hÿtch, Snoeck & Kilaas 1998,
doi:10.1016/S0304-3991(98)00035-7). Because the mask is narrow, only the bins under it are transformed: the
map is exact on a grid as coarse as its own resolution.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import fft
from scipy.special import erf

from hrtem_core.noise import interpolation
from hrtem_core.spectrum import RadialProfile
from hrtem_core.types import ComplexArray, FloatArray, FloatImage, IntArray

SAMPLES_PER_SIGMA = 2.2
"""Samples of a map per standard deviation of its Gaussian: enough for linear interpolation in between."""
MIN_COVER = 0.15
"""Where less than this share of the Gaussian lies in the field, the amplitude is not scaled up further."""


@dataclass(frozen=True, eq=False)
class FringeMap:
    """Where the fringes of one wavevector are, in one part of the field.

    Parameters
    ----------
    candidate
        Row of `Candidates` the map was made for, or -1 - k for the k-th peak added by hand.
    g_per_nm
        Refined wavevector (row, column) in 1/nm.
    g_sigma_per_nm
        Standard uncertainty of |g| in 1/nm.
    resolution_nm
        Standard deviation of the Gaussian that smoothed the map.
    rows_px, cols_px
        Positions of the map's samples in pixels of the working image.
    snr
        Shape (rows, columns), float32: fringe amplitude over the noise amplitude, one pair's fringes after
        the stronger ones were taken out; suppressed outside the fringes' own region.
    plateau
        Amplitude inside the fringes' region over the noise amplitude.
    """

    candidate: int
    g_per_nm: tuple[float, float]
    g_sigma_per_nm: float
    resolution_nm: float
    rows_px: FloatArray
    cols_px: FloatArray
    snr: FloatImage
    plateau: float

    def sampled(self, rows_px: FloatArray, cols_px: FloatArray) -> FloatImage:
        """The map at other positions, shape (len(rows_px), len(cols_px))."""
        rows, cols = interpolation(self.rows_px, rows_px), interpolation(self.cols_px, cols_px)
        return np.asarray(rows @ self.snr @ cols.T)


@dataclass(frozen=True, eq=False)
class FringeMaps:
    """All fringe maps of a field.

    Parameters
    ----------
    maps
        In the order in which they were explained, strongest first.
    map_of_candidate
        For each row of `Candidates`: index of the map it belongs to, or -1.
    residual
        Shape of the working image: the whitened image without the explained fringes.
    """

    maps: tuple[FringeMap, ...]
    map_of_candidate: tuple[int, ...]
    residual: FloatImage


def cover(positions_px: FloatArray, length_px: int, sigma_px: float) -> FloatArray:
    """Share of a Gaussian around each position that lies within pixels 0 to `length_px` - 1."""
    width = np.sqrt(2) * sigma_px
    share = (erf((length_px - 0.5 - positions_px) / width) - erf((-0.5 - positions_px) / width)) / 2
    return np.asarray(np.clip(share, MIN_COVER, 1.0))


@dataclass(frozen=True, eq=False)
class Demodulated:
    """The image around g, moved to zero frequency and smoothed.

    Parameters
    ----------
    rows_px, cols_px
        Sample positions in pixels of the image it was cut from.
    amplitude
        Shape (rows, columns), complex64: in units of the noise amplitude, full where the field covers the
        Gaussian partly.
    cover
        Shape (rows, columns): share of the Gaussian inside the field.
    """

    rows_px: FloatArray
    cols_px: FloatArray
    amplitude: ComplexArray
    cover: FloatImage

    def part(self, rows: tuple[float, float], cols: tuple[float, float]) -> "Demodulated":
        """The samples between the given first and last positions."""
        r = np.flatnonzero((self.rows_px >= rows[0] - 0.01) & (self.rows_px <= rows[1] + 0.01))
        c = np.flatnonzero((self.cols_px >= cols[0] - 0.01) & (self.cols_px <= cols[1] + 0.01))
        window = np.ix_(r, c)
        return Demodulated(self.rows_px[r], self.cols_px[c], self.amplitude[window], self.cover[window])


class LocalSpectrum:
    """The FFT of a rectangle of an image, from which the inverse FFT around any g is taken.

    Parameters
    ----------
    image
        Shape (rows, columns); beyond its borders the rectangle is zero.
    pixel_nm
        (row, column) pixel size in nm.
    start, stop
        (row, column) of the rectangle's first pixel, and the one after its last; may lie outside the image.
    profile
        The noise by which the image was whitened, None for an image as it is.
    """

    def __init__(
        self,
        image: FloatImage,
        pixel_nm: tuple[float, float],
        start: tuple[int, int],
        stop: tuple[int, int],
        profile: RadialProfile | None = None,
    ) -> None:
        self.pixel_nm = pixel_nm
        self.profile = profile
        self.start = start
        self.field = image.shape
        self.shape = (fft.next_fast_len(stop[0] - start[0]), fft.next_fast_len(stop[1] - start[1]))
        block = np.zeros(self.shape, dtype=np.float32)
        source, target = [], []
        for first, length, limit in zip(start, self.shape, image.shape, strict=True):
            a, b = max(first, 0), max(min(first + length, limit), max(first, 0))
            source.append(slice(a, b))
            target.append(slice(a - first, b - first))
        block[tuple(target)] = image[tuple(source)]
        self.block = block

    @cached_property
    def spectrum(self) -> ComplexArray:
        """Full FFT of the rectangle."""
        return np.asarray(fft.fft2(self.block), dtype=np.complex64)

    def _axis(
        self, axis: int, g: float, sigma_nm: float, n_samples: int | None
    ) -> tuple[IntArray, FloatArray, FloatArray, ComplexArray]:
        """Bins, their frequencies, sample positions and phase ramp along one axis."""
        n, p = self.shape[axis], self.pixel_nm[axis]
        needed = int(np.ceil(n * p / sigma_nm * SAMPLES_PER_SIGMA))
        m = n_samples or min(n, fft.next_fast_len(max(4, needed)))
        carrier = round(g * n * p)
        offset = fft.ifftshift(np.arange(m) - m // 2)
        frequency = (offset + carrier) / (n * p)
        local = np.arange(m) * (n / m)
        turn = (g - carrier / (n * p)) * local * p + g * self.start[axis] * p
        return (offset + carrier) % n, frequency, local + self.start[axis], np.exp(-2j * np.pi * turn)

    def demodulate(
        self, g_per_nm: tuple[float, float], sigma_nm: float, *, full: bool = False
    ) -> Demodulated:
        """Inverse FFT of a Gaussian mask around +g, shifted to zero frequency.

        Parameters
        ----------
        g_per_nm
            (row, column) in 1/nm.
        sigma_nm
            Standard deviation of the smoothing Gaussian in real space; the mask's is 1 / (2 pi sigma).
        full
            Sample every pixel instead of a grid as coarse as the Gaussian allows.
        """
        sizes = self.shape if full else (None, None)
        axes = [self._axis(i, g_per_nm[i], sigma_nm, sizes[i]) for i in (0, 1)]
        (r, r_frequency, rows, r_ramp), (c, c_frequency, cols, c_ramp) = axes
        r_mask, c_mask = (
            np.exp(-2 * (np.pi * sigma_nm * (frequency - component)) ** 2)
            for frequency, component in zip((r_frequency, c_frequency), g_per_nm, strict=True)
        )
        block = self.spectrum[np.ix_(r, c)] * np.outer(r_mask, c_mask).astype(np.float32)
        if self.profile is not None:
            radius = np.hypot(r_frequency[:, None], c_frequency[None, :])
            block *= self.profile.tilt(radius, float(np.hypot(*g_per_nm)))
        amplitude = fft.ifft2(block) * np.outer(r_ramp, c_ramp).astype(np.complex64)
        amplitude *= np.float32(
            block.size / (self.shape[0] * self.shape[1]) * noise_gain(sigma_nm, self.pixel_nm)
        )
        share = np.outer(
            cover(rows, self.field[0], sigma_nm / self.pixel_nm[0]),
            cover(cols, self.field[1], sigma_nm / self.pixel_nm[1]),
        ).astype(np.float32)
        return Demodulated(rows, cols, (amplitude / share).astype(np.complex64), share)


def noise_gain(sigma_nm: float, pixel_nm: tuple[float, float]) -> float:
    """Factor that gives white noise of unit variance unit mean power after smoothing by `sigma_nm`."""
    return float(np.sqrt(4 * np.pi * sigma_nm**2 / (pixel_nm[0] * pixel_nm[1])))
