"""Rows of a scanned image that jitter: how far each one is moved, from the lattices that it shows.

The beam of a scanning microscope does not come back to quite the same place for every row. Each row is moved
along itself by a little, all crystals in it alike, and what that makes of a lattice is a line of the spectrum
through its spot, far above noise: each of its maxima looks like another lattice. Where a row should lie its
neighbours tell (L. Jones & P. D. Nellist, Microscopy and Microanalysis 19 (2013) 1050,
doi:10.1017/S1431927613001402).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import fft, ndimage

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.image import Grid, PixelSize
from hrtem_core.numerics import BoolImage, ComplexArray, FloatArray, FloatImage, n_threads, quantile
from hrtem_core.spectrum.periodic_part import periodic_spectrum, standardised
from hrtem_core.spectrum.tuning import SpectrumTuning
from hrtem_core.spectrum.windows import hann

CONTINUED = 8
"""How often what lies beyond the ends is filled in."""

MEDIAN_OF_CHI2 = 0.4549
"""Median of the square of a standard normal variable."""


@dataclass(frozen=True, eq=False)
class Moved:
    """How far rows seem to be moved.

    Parameters
    ----------
    shift_nm, sigma_nm
        Shape (rows,): along the row, towards larger columns, and what noise alone would give; infinite where
        a row shows no lattice.
    """

    shift_nm: FloatArray
    sigma_nm: FloatArray

    @property
    def excess(self) -> float:
        """Variance of the steps from row to row in units of that of noise: 1 where nothing jitters."""
        seen = np.isfinite(self.sigma_nm)
        if not seen.any():
            return 0.0
        well = self.sigma_nm < 3 * np.median(self.sigma_nm[seen])
        score: FloatArray = self.shift_nm[well] / self.sigma_nm[well]
        steps: FloatArray = score[1:] - score[:-1]
        return quantile(steps * steps, 0.5) / (2 * MEDIAN_OF_CHI2) if len(steps) else 0.0

    @property
    def variance_nm2(self) -> float:
        """Of the shifts, beyond what noise gives them."""
        seen = np.isfinite(self.sigma_nm)
        if not seen.any():
            return 0.0
        whole = quantile(self.shift_nm[seen] ** 2, 0.5) / MEDIAN_OF_CHI2
        return max(whole - quantile(self.sigma_nm[seen], 0.5) ** 2, 0.0)


@dataclass(frozen=True, eq=False)
class Lattices:
    """What a whitened image shows of strong lattices.

    Parameters
    ----------
    spectrum
        Shape (rows, columns // 2 + 1): by rfft2; noise has unit power per pixel.
    kept
        The same shape: bins around the lattices' spots.
    grid
        The image's pixels.
    """

    spectrum: ComplexArray
    kept: BoolImage
    grid: Grid

    @classmethod
    def of(
        cls,
        spectrum: ComplexArray,
        grid: Grid,
        band_per_nm: tuple[float, float],
        tuning: SpectrumTuning,
    ) -> "Lattices":
        """Those in a band of |g|.

        What jitter scatters along a column of the spectrum is weaker than the spots in it, and left out.
        """
        (n_rows, n_cols), radius = grid.shape, grid.radius_per_nm()
        power = (spectrum.real**2 + spectrum.imag**2) / np.float32(n_rows * n_cols)
        power[(radius < band_per_nm[0]) | (radius > band_per_nm[1])] = 0
        strongest = ndimage.maximum_filter1d(power.max(axis=0), 3)
        kept = power > np.maximum(tuning.jitter_power, tuning.jitter_share * strongest)
        if kept.any():
            sides_nm = n_rows * grid.pixel_size.row_nm, n_cols * grid.pixel_size.col_nm
            reach = [max(1, round(tuning.jitter_reach_per_nm * side)) for side in sides_nm]
            kept = ndimage.maximum_filter(kept, [2 * n + 1 for n in reach], mode="wrap")
        return cls(spectrum, kept, grid)

    def moved_rows(self) -> Moved:
        """How far every row is moved from where the lattices in all rows have it."""
        there, n_cols = self.kept.any(axis=0), self.grid.shape[1]
        wave = 2 * np.pi * fft.rfftfreq(n_cols, self.grid.pixel_size.col_nm)[there]
        whole = self.spectrum[:, there]
        seen = fft.ifft(whole, axis=0, workers=n_threads())
        expected = self._continued(seen, self.kept[:, there])
        turned = -(np.conj(expected) * seen).imag @ wave
        stiffness = (expected.real**2 + expected.imag**2) @ wave**2
        is_seen = stiffness > 1e-6 * stiffness.max(initial=0)
        known = np.where(is_seen, stiffness, 1.0)
        sigma = np.where(is_seen, np.sqrt(n_cols / (2 * known)), np.inf)
        return Moved(np.where(is_seen, turned / known, 0.0), sigma)

    @staticmethod
    def _continued(seen: ComplexArray, kept: BoolImage) -> ComplexArray:
        """What lattices alone would show, shape (rows, n).

        The last row is no neighbour of the first: beyond the ends the lattices go on as they are, found by
        filling in what the kept bins have there (A. Papoulis, IEEE Transactions on Circuits and Systems 22
        (1975) 735, doi:10.1109/TCS.1975.1084118).
        """
        n = len(seen)
        longer = fft.next_fast_len(n + n // 4)
        nearest = np.round(fft.fftfreq(longer) * n).astype(int) % n
        mask, whole = kept[nearest], np.zeros((longer, seen.shape[1]), dtype=np.complex64)
        whole[:n] = seen
        for _ in range(CONTINUED):
            lattices = fft.ifft(
                fft.fft(whole, axis=0, workers=n_threads()) * mask, axis=0, workers=n_threads()
            )
            whole[n:] = lattices[n:]
        return np.asarray(lattices[:n])


def rows_jitter(
    image: FloatImage,
    spectrum: ComplexArray,
    grid: Grid,
    band_per_nm: tuple[float, float],
    tuning: SpectrumTuning,
) -> bool:
    """Whether rows are moved by more than noise could make it seem, and columns are not.

    Parameters
    ----------
    image
        Shape (rows, columns): whitened.
    spectrum
        Shape (rows, columns // 2 + 1): its own, by rfft2.
    grid
        Its pixels.
    band_per_nm
        Least and largest |g| of a lattice, in 1/nm.
    tuning
        How much is enough.
    """
    lattices = Lattices.of(spectrum, grid, band_per_nm, tuning)
    excess = lattices.moved_rows().excess if lattices.kept.any() else 0.0
    if excess < tuning.jitter_excess:
        return False
    turned = fft.rfft2(np.ascontiguousarray(image.T), workers=n_threads())
    beside = Lattices.of(turned, grid.turned, band_per_nm, tuning)
    return bool(excess > tuning.jitter_excess * beside.moved_rows().excess)


def steadied(
    image: FloatImage,
    pixel_size: PixelSize,
    band_per_nm: tuple[float, float],
    noise: tuple[FloatArray, FloatArray],
    tuning: SpectrumTuning,
    checkpoint: Checkpoint = go_on,
) -> tuple[FloatImage, float]:
    """An image whose rows jitter, with its rows where they belong.

    Parameters
    ----------
    image
        Shape (rows, columns): as it was taken, row by row.
    pixel_size
        Its own.
    band_per_nm
        Least and largest |g| of a lattice, in 1/nm.
    noise
        Shapes (n,): rising |g| in 1/nm, and the noise's power per pixel there, of the standardised image.
    tuning
        What a lattice is, and how often it is looked at.
    checkpoint
        Called before every look.

    Returns
    -------
    image, jitter_nm
        The standard deviation of how far rows were moved, what noise hides of it included.
    """
    shape = (image.shape[0], image.shape[1])
    grid = Grid.over(shape, pixel_size, shape)
    whitening = (1 / np.sqrt(np.interp(grid.radius_per_nm(), *noise))).astype(np.float32)
    even = np.float32(1 / np.sqrt(np.median(noise[1])))  # the noise at a lattice's own |g| holds some of it
    # Else every lattice leaves something in the columns of the others, and rows would move in step with it.
    taper = _fading(shape[1], tuning.jitter_ends)
    steady, total, variance = image, np.zeros(shape[0]), 0.0
    for _ in range(tuning.jitter_looks):
        checkpoint()
        spectrum = periodic_spectrum(standardised(steady) * taper, shape)
        found = Lattices.of(spectrum * whitening, grid, band_per_nm, tuning)
        if not found.kept.any():
            break
        # Jitter scatters a spot evenly over its column, which a whitened one would hide.
        moved = replace(found, spectrum=spectrum * even).moved_rows()
        variance = variance or moved.variance_nm2
        # A row is moved as far as the noise in it lets its shift be believed.
        total = (total + moved.shift_nm) * variance / np.maximum(variance + moved.sigma_nm**2, 1e-30)
        steady = shifted_rows(image, -total / pixel_size.col_nm)
    return steady, float(np.sqrt(variance))


def _fading(n: int, share: float) -> FloatImage:
    """Weights of n pixels that fade at both ends, of mean square 1."""
    end = max(1, round(share * n))
    rise = hann(2 * end)[:end]
    weights = np.concatenate([rise, np.ones(n - 2 * end), rise[::-1]])
    return np.asarray(weights / np.sqrt(np.mean(weights**2)), dtype=np.float32)


def shifted_rows(image: FloatImage, shift_px: FloatArray) -> FloatImage:
    """Every row moved along itself, towards larger columns; its ends go on as they are."""
    moved = [ndimage.shift(row, by, order=5, mode="nearest") for row, by in zip(image, shift_px, strict=True)]
    return np.asarray(moved, dtype=np.float32)
