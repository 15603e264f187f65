"""Power of a lens' rings in the spectrum of an amorphous film, and how it moves with the lens."""

import numpy as np

from hrtem_core.image import Aberrations
from hrtem_core.numerics import FloatArray
from hrtem_core.spectrum.ring_tuning import RingTuning

WINDOW_SPREAD = 0.577
"""Standard deviation of a tile's spectral window, in units of 1 / its side: rings closer than this blur."""


def ring_power(
    lens: Aberrations, row_per_nm: FloatArray, col_per_nm: FloatArray, window_nm: float
) -> FloatArray:
    """Power of a film's rings at (row, column) frequencies, from 0 to 1, as windows of this side blur it."""
    displacement = lens.displacement_nm(np.stack(np.broadcast_arrays(row_per_nm, col_per_nm), axis=-1))
    spread = 4 * np.pi * np.hypot(displacement[..., 0], displacement[..., 1]) * WINDOW_SPREAD / window_nm
    return np.asarray((1 - np.exp(-0.5 * spread**2) * np.cos(2 * lens.chi(row_per_nm, col_per_nm))) / 2)


def power_of(q: FloatArray, c1_nm2: FloatArray, c3_nm4: float, tuning: RingTuning) -> FloatArray:
    """Power of the rings of a lens, shape (*c1_nm2.shape, n), as it falls with q and a tile blurs it."""
    fall, _, blur, phase = _terms(q, c1_nm2, c3_nm4, tuning)
    return np.asarray((1 - blur * np.cos(phase)) / 2 * fall)


def _terms(
    q: FloatArray, c1_nm2: FloatArray, c3_nm4: float, tuning: RingTuning
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """How the power falls with q, its displacement as blur counts it, the blur, and 2 chi."""
    c1 = np.asarray(c1_nm2)[..., None]
    displacement = (c3_nm4 * q**3 - c1 * q) * (4 * np.pi * WINDOW_SPREAD / tuning.tile_nm)
    blur = np.exp(-0.5 * displacement**2)
    phase = 2 * np.pi * (c3_nm4 / 2 * q**4 - c1 * q**2)
    return np.exp(-0.5 * ((q - q[0]) / (q[-1] - q[0])) ** 2), displacement, blur, phase


def power_and_slopes(
    q: FloatArray, c1_nm2: FloatArray, c3_nm4: float, tuning: RingTuning
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`power_of`, and its derivatives by the defocus term and by the spherical one."""
    fall, displacement, blur, phase = _terms(q, c1_nm2, c3_nm4, tuning)
    shrinking = displacement * np.cos(phase) * (4 * np.pi * WINDOW_SPREAD / tuning.tile_nm)
    turning, half = np.sin(phase), fall * blur / 2
    by_c1 = -half * (shrinking * q + 2 * np.pi * q**2 * turning)
    by_c3 = half * (shrinking * q**3 + np.pi * q**4 * turning)
    return np.asarray((1 - blur * np.cos(phase)) / 2 * fall), by_c1, by_c3
