"""Stage 3, inverse FFT: one side of the spectrum around g, transformed back into fringe amplitude and phase.

A Gaussian mask around +g alone leaves a complex image whose modulus is the local fringe amplitude, without
fringes in it, and whose phase gives the local strain (geometric phase: Hÿtch, Snoeck & Kilaas 1998,
doi:10.1016/S0304-3991(98)00035-7). Because the mask is narrow, only the bins under it are transformed: the
map is exact on a grid as coarse as its own resolution.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector
from hrtem_core.numerics import ComplexArray, FloatArray, FloatImage, IntArray
from hrtem_core.spectrum import RadialProfile

FAR_SIGMAS = 5.0
"""So far from a border, all of a Gaussian lies in the field."""


def cover(positions_px: FloatArray, length_px: int, sigma_px: float, least: float) -> FloatArray:
    """Share of a Gaussian around each position, rising, within pixels 0 to `length_px` - 1, or `least`."""
    if positions_px[0] > FAR_SIGMAS * sigma_px and positions_px[-1] < length_px - 1 - FAR_SIGMAS * sigma_px:
        return np.ones(len(positions_px))
    width = np.sqrt(2) * sigma_px
    share = (
        scipy.special.erf((length_px - 0.5 - positions_px) / width)
        - scipy.special.erf((-0.5 - positions_px) / width)
    ) / 2
    return np.asarray(np.clip(share, least, 1.0))


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
        window = r[:, None], c
        return Demodulated(self.rows_px[r], self.cols_px[c], self.amplitude[window], self.cover[window])


@dataclass(frozen=True, eq=False)
class Carried:
    """What a lens has done to the fringes of one wave.

    Parameters
    ----------
    phase
        Phase in radians that brings them back, from (row, column) frequencies in 1/nm.
    displacement_nm
        (row, column): where they lie now, relative to where they come from.
    """

    phase: Callable[[FloatArray, FloatArray], FloatArray]
    displacement_nm: tuple[float, float]


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
    tuning
        How densely maps are sampled, and how far they are scaled up at the border.
    """

    def __init__(
        self,
        image: FloatImage,
        pixel_nm: tuple[float, float],
        start: tuple[int, int],
        stop: tuple[int, int],
        profile: RadialProfile | None = None,
        *,
        tuning: FringeTuning = FRINGE_TUNING,
    ) -> None:
        self.tuning = tuning
        self.pixel_nm = pixel_nm
        self.profile = profile
        self.start = start
        self.field = image.shape
        self.shape = (
            scipy.fft.next_fast_len(stop[0] - start[0]),
            scipy.fft.next_fast_len(stop[1] - start[1]),
        )
        block = np.zeros(self.shape, dtype=np.float32)
        source, target = [], []
        for first, length, limit in zip(start, self.shape, image.shape, strict=True):
            a, b = max(first, 0), max(min(first + length, limit), max(first, 0))
            source.append(slice(a, b))
            target.append(slice(a - first, b - first))
        block[tuple(target)] = image[tuple(source)]
        self.block = block
        self._last: _Sideband | None = None

    @cached_property
    def _half(self) -> ComplexArray:
        """FFT of the rectangle without its negative columns."""
        return np.asarray(scipy.fft.rfft2(self.block))

    def bins(self, rows: IntArray, cols: IntArray) -> ComplexArray:
        """The FFT of the rectangle at some row and column numbers of bins, negative ones by Friedel's law."""
        rows, cols = rows % self.shape[0], cols % self.shape[1]
        is_negative = cols > self.shape[1] // 2
        if not is_negative.any():
            return np.asarray(self._half[rows[:, None], cols])
        block = np.empty((len(rows), len(cols)), dtype=self._half.dtype)
        block[:, ~is_negative] = self._half[rows[:, None], cols[~is_negative]]
        partners = self._half[-rows[:, None] % self.shape[0], self.shape[1] - cols[is_negative]]
        block[:, is_negative] = partners.conj()
        return block

    def _n_bins(self, sigma_nm: float) -> tuple[int, int]:
        """How many bins of each axis carry a map of this resolution."""
        needed = (
            np.ceil(n * p / sigma_nm * self.tuning.samples_per_sigma)
            for n, p in zip(self.shape, self.pixel_nm, strict=True)
        )
        rows, cols = (
            min(n, scipy.fft.next_fast_len(max(4, int(m)))) for n, m in zip(self.shape, needed, strict=True)
        )
        return rows, cols

    def _sideband(self, g_per_nm: Wavevector, n_bins: tuple[int, int]) -> "_Sideband":
        """The bins around g, cut from the last ones where these hold them."""
        if self._last is None or self._last.g_per_nm != g_per_nm or not self._last.holds(n_bins):
            self._last = _Sideband.of(self, g_per_nm, n_bins)
        return self._last.middle(n_bins)

    def demodulate(
        self,
        g_per_nm: Wavevector,
        sigma_nm: float,
        *,
        full: bool = False,
        carried: "Carried | None" = None,
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
        carried
            What a lens has done to these fringes, to be undone.
        """
        side = self._sideband(g_per_nm, self.shape if full else self._n_bins(sigma_nm))
        masks, ramps, places, covers = [], [], [], []
        for axis, (n, p) in enumerate(zip(self.shape, self.pixel_nm, strict=True)):
            frequency, m = side.frequencies_per_nm[axis], side.block.shape[axis]
            masks.append(np.exp(-2 * (np.pi * sigma_nm * (frequency - g_per_nm[axis])) ** 2))
            local = np.arange(m) * (n / m)
            # The middle bin is the carrier of the cropped FFT; g lies between bins, and the phase counts
            # from the field's first pixel.
            turn = (g_per_nm[axis] - frequency[m // 2]) * local * p + g_per_nm[axis] * self.start[axis] * p
            ramps.append(np.exp(-2j * np.pi * turn))
            places.append(local + self.start[axis])
            origin = places[axis] + (0.0 if carried is None else carried.displacement_nm[axis] / p)
            covers.append(cover(origin, self.field[axis], sigma_nm / p, self.tuning.min_cover))
        block = side.block * (masks[0][:, None] * masks[1]).astype(np.float32)
        if carried is not None:
            phase = carried.phase(side.frequencies_per_nm[0][:, None], side.frequencies_per_nm[1])
            block *= np.exp(1j * phase).astype(np.complex64)
        scale = block.size / (self.shape[0] * self.shape[1]) * noise_gain(sigma_nm, self.pixel_nm)
        share = (covers[0][:, None] * covers[1]).astype(np.float32)
        amplitude = scipy.fft.ifft2(scipy.fft.ifftshift(block), overwrite_x=True)
        amplitude *= ((scale * ramps[0])[:, None] * ramps[1]).astype(np.complex64)
        amplitude /= share
        return Demodulated(places[0], places[1], np.asarray(amplitude), share)


@dataclass(frozen=True, eq=False)
class _Sideband:
    """The bins of a local spectrum around one g, in rising order, without the tilt of whitening.

    Parameters
    ----------
    g_per_nm
        (row, column) in 1/nm.
    frequencies_per_nm
        Of the bins' rows and columns, in 1/nm; the bin nearest to g is number n // 2.
    block
        Shape (rows, columns).
    """

    g_per_nm: Wavevector
    frequencies_per_nm: tuple[FloatArray, FloatArray]
    block: ComplexArray

    @classmethod
    def of(cls, local: LocalSpectrum, g_per_nm: Wavevector, n_bins: tuple[int, int]) -> "_Sideband":
        """Cut from the whole FFT."""
        bins, frequencies = [], []
        for n, p, g, m in zip(local.shape, local.pixel_nm, g_per_nm, n_bins, strict=True):
            number = np.arange(m) - m // 2 + round(g * n * p)
            bins.append(number)
            frequencies.append(number / (n * p))
        block = local.bins(bins[0], bins[1])
        if local.profile is not None:
            radius = np.hypot(frequencies[0][:, None], frequencies[1])
            block *= local.profile.tilt(radius, float(np.hypot(*g_per_nm)))
        return cls(g_per_nm, (frequencies[0], frequencies[1]), block)

    def holds(self, n_bins: tuple[int, int]) -> bool:
        """Whether there are so many bins."""
        return all(m <= n for m, n in zip(n_bins, self.block.shape, strict=True))

    def middle(self, n_bins: tuple[int, int]) -> "_Sideband":
        """So many bins around g."""
        rows, cols = (
            slice(n // 2 - m // 2, n // 2 - m // 2 + m) for m, n in zip(n_bins, self.block.shape, strict=True)
        )
        frequencies = self.frequencies_per_nm[0][rows], self.frequencies_per_nm[1][cols]
        return _Sideband(self.g_per_nm, frequencies, self.block[rows, cols])


def noise_gain(sigma_nm: float, pixel_nm: tuple[float, float]) -> float:
    """Factor that gives white noise of unit variance unit mean power after smoothing by `sigma_nm`."""
    return float(np.sqrt(4 * np.pi * sigma_nm**2 / (pixel_nm[0] * pixel_nm[1])))
