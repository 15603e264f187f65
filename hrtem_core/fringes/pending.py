"""Stage 3, inverse FFT: the candidates that wait to be followed, strongest of what is left first."""

from bisect import insort

import numpy as np

from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, IntArray
from hrtem_core.spectrum import Candidates, Spectrum, window_powers

BATCH = 128
"""How many candidates are measured at a time."""


class Pending:
    """Candidates that wait to be followed, and what stronger fringes have left of them.

    Strategy: most candidates are the same fringes seen in neighbouring windows. What is left of one is
    measured only when its turn comes, together with the next ones in the queue, and again only if fringes
    were taken out of its window since.

    Parameters
    ----------
    spectrum
        The image before anything is taken out.
    candidates
        Only the significant ones wait.
    tuning
        How much must be left of one, and how often it may wait again.
    """

    def __init__(self, spectrum: Spectrum, candidates: Candidates, tuning: FringeTuning) -> None:
        self.tuning = tuning
        self.spectrum, self.g_per_nm = spectrum, candidates.g_per_nm
        self.centre_px, self.window_nm = candidates.centre_px, candidates.window_nm
        self.ratio = candidates.power / candidates.threshold
        n = len(candidates)
        self.gone = np.zeros(n, dtype=bool)
        self.n_out = 0
        self.measured, self.refused = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        self.before, self.left = np.full(n, np.nan), np.ones(n)
        first, self.window = _same_windows(self.centre_px, self.window_nm)
        """Of each candidate, the number of its window: many maxima are of one."""
        self._centre_px = self.centre_px[first]
        reach = self.window_nm[first, None] / 2 / np.array(spectrum.grid.pixel_size.sizes_nm)
        self._low, self._high = self._centre_px - reach, self._centre_px + reach
        self._touched = np.zeros(len(first), dtype=np.int64)
        waiting = np.flatnonzero(candidates.significant)
        self.queue = sorted((float(self.ratio[i]), -int(i), 0) for i in waiting)
        """What is left, minus the candidate's number, how often it has waited: the next one is the last."""

    def next(self, residual: FloatImage) -> int | None:
        """The strongest candidate of what is left, or None when there are no more."""
        while self.queue:
            priority, minus, tries = self.queue.pop()
            i = -minus
            if self.gone[i]:
                continue
            window = self._touched[self.window[i]]
            if window > self.measured[i]:
                self._measure_next(i, residual)
            if self.refused[i] >= window or self.left[i] < self.tuning.min_kept**2:
                continue
            now = float(self.ratio[i] * self.left[i])
            if now < 1:
                continue
            if now < 0.8 * priority and tries < self.tuning.max_tries:
                insort(self.queue, (now, minus, tries + 1))
                continue
            return i
        return None

    def take_note(self, g: Wavevector, footprint: Footprint) -> None:
        """Fringes were taken out: windows they reach into have changed, and maxima inside them are theirs."""
        self.touch(footprint)
        self.gone[self._same(g, footprint)] = True

    def refuse(self, g: Wavevector, footprint: Footprint) -> None:
        """Fringes were refused: maxima inside them are the same until their windows change."""
        self.refused[self._same(g, footprint)] = self.n_out

    def _same(self, g: Wavevector, footprint: Footprint) -> IntArray:
        """Which candidates are those of fringes inside a footprint."""
        windows = footprint.holds(*np.round(self._centre_px).astype(int).T)
        some = np.flatnonzero(windows[self.window])
        return some[distance_per_nm(self.g_per_nm[some], g) < self.tuning.same_g_per_nm]

    def touch(self, changed: Footprint) -> None:
        """Windows that reach into a region have changed."""
        self.n_out += 1
        rows, cols = changed.window
        low, high = (rows.start, cols.start), (rows.stop, cols.stop)
        self._touched[np.all((self._high >= low) & (self._low <= high), axis=1)] = self.n_out

    def _measure_next(self, first: int, residual: FloatImage) -> None:
        """What is left of a candidate, and of those behind it that have changed too, in windows as large."""
        size = float(self.window_nm[first])
        rows = np.unique([first, *(-minus for _, minus, _ in self.queue[-BATCH:])])
        stale = self._touched[self.window[rows]] > self.measured[rows]
        some = rows[stale & ~self.gone[rows] & (self.window_nm[rows] == size)]
        is_new = np.isnan(self.before[some])
        self.before[some[is_new]], self.left[some[is_new]] = self._powers(
            some[is_new], size, self.spectrum.whitened, residual
        )
        (self.left[some[~is_new]],) = self._powers(some[~is_new], size, residual)
        self.left[some] /= self.before[some]
        self.measured[some] = self.n_out

    def _powers(self, some: IntArray, size_nm: float, *images: FloatImage) -> FloatArray:
        """Power of candidates of one window size, shape (n images, n)."""
        if not len(some):
            return np.zeros((len(images), 0))
        places, waves = self.centre_px[some], self.g_per_nm[some]
        powers: FloatArray = window_powers(images, self.spectrum.grid.pixel_size, places, size_nm, waves)
        return powers


def _same_windows(centre_px: FloatArray, window_nm: FloatArray) -> tuple[IntArray, IntArray]:
    """The first candidate of every window, and the number of each candidate's window."""
    keys = np.zeros(len(window_nm), dtype=np.int64)
    for values in (centre_px[:, 0], centre_px[:, 1], window_nm):
        different, number = np.unique(values, return_inverse=True)
        keys = keys * len(different) + number
    _, first, window = np.unique(keys, return_index=True, return_inverse=True)
    return first, window
