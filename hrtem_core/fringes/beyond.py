"""Stage 3, inverse FFT: strong lattices finer than what is looked for, which are taken out before all others.

They are no spacing that was asked for. But what the field's border and the whitening leave of them reaches
into the range, where each maximum looks like a lattice.
"""

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.fringes.half_plateau import footprint_above
from hrtem_core.fringes.residual import Pursuit
from hrtem_core.image import Wavevector

NO_CANDIDATE = -1


def take_out_beyond(pursuit: Pursuit, checkpoint: Checkpoint = go_on) -> None:
    """Takes strong lattices finer than the range, over much of the field, out of a pursuit's residual.

    Parameters
    ----------
    pursuit
        Nothing has been taken out of it yet.
    checkpoint
        Called before every try.
    """
    tried: list[Wavevector] = []
    while len(tried) < pursuit.tuning.beyond_tries:
        g = _strongest_beyond(pursuit, tried)
        if g is None:
            return
        checkpoint()
        tried.append(g)
        fringes = pursuit.measure(g, pursuit.strongest_place(g)[0], pursuit.tuning.largest_window_nm)
        if fringes is None:
            continue
        footprint = footprint_above(fringes.region.map_, fringes.snr, fringes.region.threshold, pursuit.shape)
        if pursuit.leaves_lines(fringes, footprint):
            pursuit.take_out(fringes, footprint, NO_CANDIDATE, None)
            pursuit.n_beyond += 1


def _strongest_beyond(pursuit: Pursuit, tried: list[Wavevector]) -> Wavevector | None:
    """The strongest g beyond the range in what is left of the field; None when it cannot matter."""
    rows, cols = (np.hanning(n).astype(np.float32) for n in pursuit.shape)
    spectrum = scipy.fft.rfft2(pursuit.residual * rows[:, None] * cols)
    power = (spectrum.real**2 + spectrum.imag**2) / np.float32((rows**2).sum() * (cols**2).sum())
    row_g = scipy.fft.fftfreq(pursuit.shape[0], pursuit.pixel_nm[0])[:, None]
    col_g = scipy.fft.rfftfreq(pursuit.shape[1], pursuit.pixel_nm[1])
    least = pursuit.spectrum.band_per_nm[1] + pursuit.tuning.same_g_per_nm
    power[pursuit.spectrum.grid.radius_per_nm() < least] = 0
    for g in tried:
        for sign in (1, -1):
            near = np.hypot(row_g - sign * g.row, col_g - sign * g.col) < pursuit.tuning.same_g_per_nm
            power[near] = 0
    row, col = np.unravel_index(int(np.argmax(power)), power.shape)
    if power[row, col] < pursuit.tuning.line_snr**2 * pursuit.tuning.line_field:
        return None
    return Wavevector(float(row_g[row, 0]), float(col_g[col]))
