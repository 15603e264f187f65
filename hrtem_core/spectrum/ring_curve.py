"""The rings of a known lens, to be laid over the spectrum of a film."""

import numpy as np

from hrtem_core.image import Aberrations
from hrtem_core.numerics import FloatArray
from hrtem_core.spectrum.ring_tuning import RING_TUNING, RingTuning


def ring_curve(
    aberrations: Aberrations, q_per_nm: FloatArray, power: FloatArray, tuning: RingTuning = RING_TUNING
) -> FloatArray:
    """The rings of a lens laid over the radial power of a film, on its own smooth background.

    Parameters
    ----------
    aberrations
        Of the lens.
    q_per_nm, power
        Shape (n,): radii in 1/nm, and the film's power there.
    tuning
        What was tuned.

    Returns
    -------
    curve
        Shape (n,): the least-squares fit to the logarithm; NaN where no rings are looked for.
    """
    curve = np.full(len(q_per_nm), np.nan)
    inside = (q_per_nm >= tuning.min_q_per_nm) & (q_per_nm <= tuning.max_q_per_nm) & (power > 0)
    q = q_per_nm[inside]
    if len(q) <= tuning.background_terms:
        return curve
    turns = aberrations.c3_nm4 / 2 * q**4 - aberrations.c1_nm2 * q**2
    rings = np.log(np.sin(np.pi * turns) ** 2 + tuning.floors[-1])
    smooth = np.vander((q - q[0]) / (q[-1] - q[0]) * 2 - 1, tuning.background_terms)
    terms = np.column_stack([smooth, rings])
    log_power = np.log(power[inside])
    curve[inside] = np.exp(terms @ np.linalg.lstsq(terms, log_power, rcond=None)[0])
    return curve
