"""How far the frames of a series have drifted, from frames too noisy to show it by eye.

Strategy: each frame is correlated with the sum of all others, moved by what is known of their drift, until
nothing moves any more: the sum of n frames has n times the signal-to-noise power of one. To begin with, each
is correlated with the sum of those before it. The correlation is weighted at each spatial frequency by what
the frames have in common over their noise (a Wiener filter), so that frequencies of noise do not count; its
maximum is then the most likely shift in white noise (Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156,
also for the matrix product that refines it).

Frames of noise can be moved so that they agree, too. So a quarter of the directions is left out at first:
only if the frames agree in these as well, which nobody made them do, the drift counts as measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.numerics import BoolImage, ComplexArray, FloatArray, FloatImage, IntArray, read_only
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

ReadFrame = Callable[[int], FloatImage]

SPECTRA_BYTES = 384 << 20

MAX_SIDE = 2048
"""Spectra are kept up to this many frequencies on a side, and as many as fit into memory together."""

STEPS = 5
"""The maximum is located on a grid of 1/5 px, then by a parabola: no correlation is sharper than 2 px."""

ITERATIONS = 8

HANN_CORRELATION = 1.94
"""The window ties neighbouring frequencies together: sums over them scatter this much more."""


@dataclass(frozen=True, eq=False)
class Drift:
    """Where the frames of a series lie.

    Parameters
    ----------
    shifts_px
        Shape (frames, 2), (row, column) by which each frame is to be moved onto the first, in px.
    measured
        Shape (frames,): False where a frame says nothing of its own, and has the shift of its neighbours in
        time. All False: the drift cannot be measured, and all shifts are zero.
    """

    shifts_px: FloatArray
    measured: BoolImage


def _spectrum(frame: FloatImage, tuning: PreparationTuning) -> ComplexArray:
    """The spectrum of a frame in units of its noise.

    Under a Hann window: the frame's border must not hold the correlation at zero.
    """
    good = np.isfinite(frame)
    known = frame[good] if good.any() else np.zeros(1, np.float32)
    clipped_share = tuning.drift_clipped
    low, high = np.quantile(known[:: max(1, known.size // 200_000)], (clipped_share, 1 - clipped_share))
    clipped = np.where(good, np.clip(frame, low, high), np.float32(known.mean())).astype(np.float32)
    rows, cols = (np.hanning(n).astype(np.float32) for n in frame.shape)
    spectrum = scipy.fft.rfft2((clipped - clipped.mean()) * rows[:, None] * cols)
    frequency = np.hypot(scipy.fft.fftfreq(frame.shape[0])[:, None], scipy.fft.rfftfreq(frame.shape[1]))
    level = float(np.sqrt(np.mean(np.abs(spectrum[frequency > tuning.drift_noise_from]) ** 2)))
    scaled: ComplexArray = (spectrum / level if level > 0 else spectrum).astype(np.complex64)
    return scaled


def _ring_means(power: FloatImage, rings: IntArray) -> FloatArray:
    """Means over rings of equal frequency, smoothed over five of them."""
    sizes = np.maximum(np.bincount(rings.ravel()), 1)
    means = np.bincount(rings.ravel(), power.ravel()) / sizes
    smooth: FloatArray = np.convolve(np.pad(means, 2, "edge"), np.full(5, 0.2), "valid")
    return smooth


class _Series:
    """The spectra of all frames, and how they are moved.

    Parameters
    ----------
    frame, n_frames
        Gives frame i, shape (rows, columns); and their number, at least 2.
    tuning
        What drifts.
    """

    def __init__(self, frame: ReadFrame, n_frames: int, tuning: PreparationTuning) -> None:
        full = frame(0).shape
        largest = min(MAX_SIDE, int((SPECTRA_BYTES / (4 * n_frames)) ** 0.5))
        self.shape = (min(full[0], largest), min(full[1], largest))
        self.px = np.array(full) / self.shape  # pixels of the frame in one of the correlation
        self.tuning = tuning
        self.rows = scipy.fft.fftfreq(self.shape[0], 1 / self.shape[0]).round().astype(int)
        self.cols = np.arange(self.shape[1] // 2 + 1)
        self.spectra = [_spectrum(frame(i), tuning)[self.rows][:, : len(self.cols)] for i in range(n_frames)]
        frequency = np.hypot(self.rows[:, None] / full[0], self.cols / full[1])
        self.rings = (frequency * min(full)).astype(int)
        self.drifting = np.hypot(self.rows[:, None], self.cols) >= tuning.drift_slowest
        # A column stands for its mirror image too, but the first, and the last of an even number.
        twice = (self.cols > 0) & (2 * self.cols != self.shape[1])
        self.times = np.where(twice, 2, 1).astype(np.float32)
        self.power = np.mean([_ring_means(abs(f) ** 2, self.rings) for f in self.spectra], axis=0)

    def moved(self, number: int, shift: FloatArray) -> ComplexArray:
        """The spectrum of a frame moved by `shift` pixels of the correlation."""
        rows = np.exp(-2j * np.pi * self.rows * shift[0] / self.shape[0]).astype(np.complex64)
        cols = np.exp(-2j * np.pi * self.cols * shift[1] / self.shape[1]).astype(np.complex64)
        moved: ComplexArray = self.spectra[number] * rows[:, None] * cols
        return moved

    def weights(self, common: FloatArray, n_summed: int, used: BoolImage) -> FloatImage:
        """Wiener's: power that the frames have in common, over it and the noise in a sum of `n_summed`."""
        filtered = (common / (common + 1 / n_summed))[self.rings] * (used & self.drifting)
        weights: FloatImage = filtered.astype(np.float32)
        return weights

    def first_common(self) -> FloatArray:
        """Power above the noise in rings of frequency, as far as it is certain."""
        scatter = 2 / np.sqrt(np.maximum(np.bincount(self.rings.ravel()), 1) * len(self.spectra))
        excess = self.power - 1
        return np.where(excess > scatter, excess, 0)

    def common(self, total: ComplexArray) -> FloatArray:
        """Power in rings of frequency that the frames have in common, from the sum of the moved ones."""
        n = len(self.spectra)
        alike = (_ring_means(abs(total) ** 2, self.rings) - n * self.power) / (n * (n - 1))
        return np.asarray(np.maximum(alike, 0))

    def locate(self, product: ComplexArray, near: FloatArray | None = None) -> FloatArray:
        """(row, column) of the maximum of a correlation, in its pixels.

        Parameters
        ----------
        product
            Spectrum of the correlation.
        near
            The maximum is looked for within a pixel of this place; None looks everywhere in reach.
        """
        if near is None:
            rows = np.abs(self.rows) <= self.tuning.drift_reach * self.shape[0]
            places = scipy.fft.fftfreq(self.shape[1], 1 / self.shape[1]).round().astype(int)
            cols = np.abs(places) <= self.tuning.drift_reach * self.shape[1]
            height = scipy.fft.irfft2(product, self.shape)[np.ix_(rows, cols)]
            row, col = np.unravel_index(np.argmax(height), height.shape)
            near = np.array([self.rows[rows][row], places[cols][col]], dtype=float)
        return self._refined(product * self.times, near)

    def _refined(self, product: ComplexArray, near: FloatArray) -> FloatArray:
        steps = np.arange(-STEPS, STEPS + 1) / STEPS
        along_rows = np.exp(2j * np.pi * np.outer(near[0] + steps, self.rows) / self.shape[0])
        along_cols = np.exp(2j * np.pi * np.outer(self.cols, near[1] + steps) / self.shape[1])
        height = (along_rows.astype(np.complex64) @ product @ along_cols.astype(np.complex64)).real
        row, col = np.unravel_index(np.argmax(height), height.shape)
        vertex = _vertex(height[:, col], int(row)), _vertex(height[int(row)], int(col))
        return np.asarray(near + (np.array(vertex) - STEPS) / STEPS)


def _vertex(heights: FloatArray, at: int) -> float:
    """Where the parabola through three heights round `at` has its maximum, in steps."""
    if not 0 < at < len(heights) - 1:
        return at
    before, here, after = (float(h) for h in heights[at - 1 : at + 2])
    bend = before - 2 * here + after
    return at + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def _one_after_another(series: _Series, used: BoolImage) -> FloatArray:
    """Shifts of each frame onto the sum of those before it, shape (frames, 2)."""
    common = series.first_common()
    total = series.spectra[0]
    shifts: list[FloatArray] = [np.zeros(2)]
    for number in range(1, len(series.spectra)):
        weights = series.weights(common, number, used)
        shifts.append(series.locate(weights * total * series.spectra[number].conj()))
        total = total + series.moved(number, shifts[-1])
    return np.array(shifts)


def _against_the_others(series: _Series, shifts: FloatArray, used: BoolImage, wide: bool) -> FloatArray:
    """Shifts of each frame onto the sum of all others, repeated until they settle, shape (frames, 2).

    Parameters
    ----------
    series, shifts
        The frames, and what is known of their shifts.
    used
        Shape of the spectra: frequencies that count.
    wide
        Whether to look everywhere, or near the known shifts.
    """
    n = len(series.spectra)
    for _ in range(ITERATIONS):
        total = sum(series.moved(i, shifts[i]) for i in range(n))
        weights = series.weights(series.common(np.asarray(total)), n - 1, used)
        found = []
        for i in range(n):
            product = weights * (total - series.moved(i, shifts[i])) * series.spectra[i].conj()
            found.append(series.locate(product, None if wide else shifts[i]))
        before, shifts = shifts, np.array(found) - found[0]
        if np.abs(shifts - before).max() < series.tuning.drift_settled_px:
            break
    return shifts


def _agreement(series: _Series, shifts: FloatArray, tested: BoolImage) -> FloatArray:
    """How well each frame agrees with the sum of the others, in standard deviations of noise.

    Parameters
    ----------
    series, shifts
        The frames and their shifts.
    tested
        Shape of the spectra: frequencies that were not used to find the shifts.
    """
    n = len(series.spectra)
    total = sum(series.moved(i, shifts[i]) for i in range(n))
    weights = series.weights(series.common(np.asarray(total)), n - 1, tested) * series.times
    found = []
    for i in range(n):
        own = series.moved(i, shifts[i])
        others = total - own
        alike = float(np.sum(weights * (others * own.conj()).real))
        scatter = float(np.sum(weights**2 * abs(others) ** 2 * abs(own) ** 2 / series.times)) ** 0.5
        found.append(alike / (HANN_CORRELATION * scatter) if scatter > 0 else 0.0)
    return np.array(found)


def _held_out(series: _Series) -> tuple[BoolImage, BoolImage]:
    """Frequencies that are used to find the shifts, and those left out to test them."""
    rows, cols = np.broadcast_arrays(series.rows[:, None], series.cols)
    angle = np.degrees(np.arctan2(rows, cols)) % 90
    held_out_deg, gap = series.tuning.drift_held_out_deg, series.tuning.drift_gap
    beyond = np.minimum(angle - held_out_deg, 90 - angle)  # degrees to the sector, where it is positive
    return np.hypot(rows, cols) * np.radians(beyond) >= gap, angle < held_out_deg


def _between_neighbours(shifts: FloatArray, measured: BoolImage) -> FloatArray:
    """The shifts, those that are not measured from the frames before and after."""
    numbers = np.arange(len(shifts))
    columns = [np.interp(numbers, numbers[measured], shifts[measured, axis]) for axis in (0, 1)]
    return np.stack(columns, axis=1)


def measure_drift(
    frame: ReadFrame, n_frames: int, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> Drift:
    """The drift of a series of frames, to a fraction of a pixel.

    Parameters
    ----------
    frame
        Gives frame i, shape (rows, columns), all of one shape; called several times for each.
    n_frames
        Their number.
    tuning
        What drifts, and how well frames must agree.
    """
    unknown = Drift(read_only(np.zeros((n_frames, 2))), read_only(np.zeros(n_frames, bool)))
    if n_frames < 2:
        return unknown
    series = _Series(frame, n_frames, tuning)
    used, tested = _held_out(series)
    shifts = _against_the_others(series, _one_after_another(series, used), used, wide=True)
    measured = _agreement(series, shifts, tested) > tuning.drift_sigmas
    if 2 * measured.sum() < n_frames:
        return unknown
    everything = np.ones_like(used)
    shifts = _against_the_others(series, _between_neighbours(shifts, measured), everything, wide=False)
    shifts = _between_neighbours(shifts, measured) * series.px
    return Drift(read_only(shifts - shifts[0]), read_only(measured))
