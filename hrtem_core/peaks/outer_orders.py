"""Stage 1, FFT peaks: higher orders of fringes whose first order lies outside the range that is looked for.

They are no spacings: lamellae 1.9 nm apart have no planes 0.95 or 0.48 nm apart.
"""

import numpy as np

from hrtem_core.image import Wavevector
from hrtem_core.numerics import BoolArray, FloatArray, IntArray
from hrtem_core.peaks.tuning import PeakTuning
from hrtem_core.spectrum import Candidates, Spectrum, window_powers


def first_orders_nm(
    spectrum: Spectrum, candidates: Candidates, rows: IntArray, g_per_nm: FloatArray, tuning: PeakTuning
) -> FloatArray:
    """For each pair the spacing outside the range of which it is a higher order, 0 where it is none.

    It is one when, in its own window, the wave at a half, a third or a quarter of its g is significant, and
    stronger than it is before whitening.

    Parameters
    ----------
    spectrum
        Whitened image, band and radial profile.
    candidates
        Maxima of the local spectra.
    rows
        Shape (n,): the candidate of each pair.
    g_per_nm
        Shape (n, 2): (row, column) in 1/nm.
    tuning
        Which orders there are.
    """
    spacings = np.zeros(len(rows))
    for order in tuning.orders:
        longer = g_per_nm / order
        length = np.hypot(*longer.T)
        resolved = length * candidates.window_nm[rows] > tuning.order_periods
        chosen = np.flatnonzero((length < spectrum.band_per_nm[0]) & resolved & (spacings == 0))
        if len(chosen):
            stronger = _are_stronger(spectrum, candidates, rows[chosen], longer[chosen], order)
            spacings[chosen[stronger]] = 1 / length[chosen[stronger]]
    return spacings


def _are_stronger(
    spectrum: Spectrum, candidates: Candidates, rows: IntArray, longer: FloatArray, order: int
) -> BoolArray:
    """Which first orders (n, 2) are significant, and stronger than the higher ones."""
    found = np.zeros(len(rows), dtype=bool)
    profile = spectrum.profile
    for k, (row, g) in enumerate(zip(rows, longer, strict=True)):
        centre, size = candidates.centre_px[row : row + 1], float(candidates.window_nm[row])
        both = np.array([g, order * g])
        powers = window_powers(
            (spectrum.whitened,), spectrum.grid.pixel_size, np.repeat(centre, 2, axis=0), size, both
        )[0]
        level = float(spectrum.noise.at(Wavevector(*g.tolist()), centre[:, 0], centre[:, 1])[0, 0])
        plain = powers * np.interp(np.hypot(*both.T), profile.g_per_nm, profile.noise)
        found[k] = powers[0] > level * candidates.threshold[row] and plain[0] > plain[1]
    return found
