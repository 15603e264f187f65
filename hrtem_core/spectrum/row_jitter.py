"""Rows of a scanned image that jitter or sway: how far each one is moved, from the lattices that it shows.

The beam of a scanning microscope does not come back to quite the same place for every row. Each row is moved
along itself by a little, all crystals in it alike, and what that makes of a lattice is a line of the spectrum
through its spot, far above noise: each of its maxima looks like another lattice. What moves it periodically,
as the mains do, makes satellites to both sides of the spot. Where a row should lie its neighbours tell
(L. Jones & P. D. Nellist, Microscopy and Microanalysis 19 (2013) 1050, doi:10.1017/S1431927613001402).
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.image import Grid, PixelSize
from hrtem_core.numerics import (
    BoolArray,
    BoolImage,
    ComplexArray,
    FloatArray,
    FloatImage,
    n_threads,
    quantile,
)
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
    change_nm
        Shape (rows,): how much fringes are stronger there, as the shift that would change them as much; the
        same noise is in it. Moving a row changes their phase only, another lattice changes both.
    """

    shift_nm: FloatArray
    sigma_nm: FloatArray
    change_nm: FloatArray

    @property
    def _well(self) -> BoolArray:
        """Shape (rows,): where lattices are seen well."""
        seen = np.isfinite(self.sigma_nm)
        return np.asarray(self.sigma_nm < 3 * np.median(self.sigma_nm[seen]) if seen.any() else seen)

    @property
    def excess(self) -> float:
        """Variance of the steps from row to row in units of that of noise: 1 where nothing jitters."""
        well = self._well
        score: FloatArray = self.shift_nm[well] / self.sigma_nm[well]
        steps: FloatArray = score[1:] - score[:-1]
        return quantile(steps * steps, 0.5) / (2 * MEDIAN_OF_CHI2) if len(steps) else 0.0

    @property
    def sway(self) -> float:
        """Variance of the shifts in units of that of noise: 1 where nothing moves."""
        return self._in_noise(self.shift_nm)

    @property
    def fading(self) -> float:
        """The same of what fringes change in strength."""
        return self._in_noise(self.change_nm)

    def _in_noise(self, values_nm: FloatArray) -> float:
        well = self._well
        return (
            quantile((values_nm[well] / self.sigma_nm[well]) ** 2, 0.5) / MEDIAN_OF_CHI2
            if well.any()
            else 0.0
        )

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
        share: float,
    ) -> "Lattices":
        """Those in a band of |g|.

        What moving rows scatter along a column of the spectrum is weaker than the spots in it, and left out:
        all below a share of the strongest. But a spot in the first column does not change when rows move:
        what lies as far from the strongest spots as it from the origin is the crystal's own.
        """
        (n_rows, n_cols), radius = grid.shape, grid.radius_per_nm()
        power = (spectrum.real**2 + spectrum.imag**2) / np.float32(n_rows * n_cols)
        power[(radius < band_per_nm[0]) | (radius > band_per_nm[1])] = 0
        strongest = scipy.ndimage.maximum_filter1d(power.max(axis=0), 3)
        kept = power > np.maximum(tuning.jitter_power, share * strongest)
        periods = np.flatnonzero(kept[:, :2].any(axis=1)) if share > tuning.jitter_share else ()
        kept = np.logical_or.reduce(
            [kept, *(np.roll(kept, step, axis=0) for period in periods for step in (period, -period))]
        )
        if kept.any():
            sides_nm = n_rows * grid.pixel_size.row_nm, n_cols * grid.pixel_size.col_nm
            reach = [max(1, round(tuning.jitter_reach_per_nm * side)) for side in sides_nm]
            kept = scipy.ndimage.maximum_filter(kept, [2 * n + 1 for n in reach], mode="wrap")
        return cls(spectrum, kept, grid)

    def moved_rows(self) -> Moved:
        """How far every row is moved from where the lattices in all rows have it."""
        (n_rows, n_cols), there = self.grid.shape, self.kept.any(axis=0)
        if not there.any():
            return Moved(np.zeros(n_rows), np.full(n_rows, np.inf), np.zeros(n_rows))
        wave = 2 * np.pi * scipy.fft.rfftfreq(n_cols, self.grid.pixel_size.col_nm)[there]
        whole = self.spectrum[:, there]
        seen = scipy.fft.ifft(whole, axis=0, workers=n_threads())
        expected = self._continued(seen, self.kept[:, there])
        power = expected.real**2 + expected.imag**2
        compared = np.conj(expected) * seen
        ahead, stronger = -compared.imag @ wave, (compared.real - power) @ wave
        stiffness = power @ wave**2
        is_seen = stiffness > 1e-6 * stiffness.max(initial=0)
        known = np.where(is_seen, stiffness, 1.0)
        sigma = np.where(is_seen, np.sqrt(n_cols / (2 * known)), np.inf)
        return Moved(np.where(is_seen, ahead / known, 0.0), sigma, np.where(is_seen, stronger / known, 0.0))

    @staticmethod
    def _continued(seen: ComplexArray, kept: BoolImage) -> ComplexArray:
        """What lattices alone would show, shape (rows, n).

        The last row is no neighbour of the first: beyond the ends the lattices go on as they are, found by
        filling in what the kept bins have there (A. Papoulis, IEEE Transactions on Circuits and Systems 22
        (1975) 735, doi:10.1109/TCS.1975.1084118).
        """
        n = len(seen)
        longer = scipy.fft.next_fast_len(n + n // 4)
        nearest = np.round(scipy.fft.fftfreq(longer) * n).astype(int) % n
        mask, whole = kept[nearest], np.zeros((longer, seen.shape[1]), dtype=np.complex64)
        whole[:n] = seen
        for _ in range(CONTINUED):
            lattices = scipy.fft.ifft(
                scipy.fft.fft(whole, axis=0, workers=n_threads()) * mask, axis=0, workers=n_threads()
            )
            whole[n:] = lattices[n:]
        return np.asarray(lattices[:n])


def rows_move(
    image: FloatImage,
    spectrum: ComplexArray,
    grid: Grid,
    band_per_nm: tuple[float, float],
    tuning: SpectrumTuning,
) -> float:
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

    Returns
    -------
    float
        The share of the strongest spot of a column of the spectrum from which on others are lattices of their
        own, and not what the moving rows have made of it; 0 where rows do not move.
    """

    def rows_or_columns(of: ComplexArray, over: Grid, share: float) -> Moved:
        return Lattices.of(of, over, band_per_nm, tuning, share).moved_rows()

    swaying = rows_or_columns(spectrum, grid, tuning.sway_share)
    jittering = rows_or_columns(spectrum, grid, tuning.jitter_share)
    least = max(tuning.sway_gain * jittering.sway, tuning.sway_fading * swaying.fading)
    if swaying.sway > max(tuning.jitter_excess, least):
        columns = rows_or_columns(_turned(image), grid.turned, tuning.sway_share)
        if swaying.sway > tuning.jitter_excess * columns.sway:
            return tuning.sway_share
    if jittering.excess > tuning.jitter_excess:
        columns = rows_or_columns(_turned(image), grid.turned, tuning.jitter_share)
        if jittering.excess > tuning.jitter_excess * columns.excess:
            return tuning.jitter_share
    return 0.0


def _turned(image: FloatImage) -> ComplexArray:
    """The transform of the image with its columns as rows."""
    return np.asarray(scipy.fft.rfft2(np.ascontiguousarray(image.T), workers=n_threads()))


def steadied(
    image: FloatImage,
    pixel_size: PixelSize,
    band_per_nm: tuple[float, float],
    noise: tuple[FloatArray, FloatArray],
    share: float,
    tuning: SpectrumTuning,
    checkpoint: Checkpoint = go_on,
) -> tuple[FloatImage, float]:
    """An image whose rows move, with its rows where they belong.

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
    share
        As `rows_move` found it.
    tuning
        What a lattice is, and how often it is looked at.
    checkpoint
        Called before every look.

    Returns
    -------
    image, jitter_nm
        The standard deviation of how far rows were moved; of jitter, what noise hides of it included.
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
        found = Lattices.of(spectrum * whitening, grid, band_per_nm, tuning, share)
        if not found.kept.any():
            break
        # Jitter scatters a spot evenly over its column, which a whitened one would hide.
        moved = replace(found, spectrum=spectrum * even).moved_rows()
        variance = variance or moved.variance_nm2
        # A row is moved as far as the noise in it lets its shift be believed.
        total = (total + moved.shift_nm) * variance / np.maximum(variance + moved.sigma_nm**2, 1e-30)
        steady = shifted_rows(image, -total / pixel_size.col_nm)
    # The median of what sways is no measure of its deviation; that of jitter sees what noise hides of it.
    return steady, float(total.std() if share > tuning.jitter_share else np.sqrt(variance))


def _fading(n: int, share: float) -> FloatImage:
    """Weights of n pixels that fade at both ends, of mean square 1."""
    end = max(1, round(share * n))
    rise = hann(2 * end)[:end]
    weights = np.concatenate([rise, np.ones(n - 2 * end), rise[::-1]])
    return np.asarray(weights / np.sqrt(np.mean(weights**2)), dtype=np.float32)


def shifted_rows(image: FloatImage, shift_px: FloatArray) -> FloatImage:
    """Every row moved along itself, towards larger columns; its ends go on as they are."""
    moved = [
        scipy.ndimage.shift(row, by, order=5, mode="nearest") for row, by in zip(image, shift_px, strict=True)
    ]
    return np.asarray(moved, dtype=np.float32)
