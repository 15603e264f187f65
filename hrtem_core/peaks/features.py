"""Stage 1, FFT peaks: what the mixture sees of a peak."""

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.numerics import FloatArray, IntArray
from hrtem_core.peaks.tuning import PeakTuning
from hrtem_core.spectrum import Candidates, Spectrum, window_powers

FEATURES = ("log_power", "sharpness", "radial_excess", "scale_agreement")
"""What the mixture sees of a peak: the logarithm of its power over the local noise; the share of the power
around the maximum that lies in it; the logarithm of its ring's mean power over the ring's noise; and the
logarithm of the power in windows smaller and larger by `scale_ratio`, relative to its own."""


def features_of(
    spectrum: Spectrum,
    candidates: Candidates,
    rows: IntArray,
    tuning: PeakTuning,
    checkpoint: Checkpoint = go_on,
) -> FloatArray:
    """The features of some candidates, shape (len(rows), len(FEATURES))."""
    g = candidates.g_per_nm[rows]
    profile = spectrum.profile
    rings = np.log(np.maximum(profile.mean / profile.noise, 1e-3))
    excess = np.interp(np.hypot(*g.T), profile.g_per_nm, rings)
    sizes, powers = candidates.window_nm[rows], np.empty((3, len(rows)))
    for size in np.unique(sizes):
        same = np.flatnonzero(sizes == size)
        centres = candidates.centre_px[rows[same]]
        for k, ratio in enumerate((1 / tuning.scale_ratio, 1.0, tuning.scale_ratio)):
            powers[k, same] = window_powers(
                (spectrum.whitened,), spectrum.grid.pixel_size, centres, float(size * ratio), g[same]
            )
            checkpoint()
    smaller, here, larger = powers
    agreement = np.log(np.maximum((smaller + larger) / (2 * np.maximum(here, 1e-6)), 1e-3))
    return np.column_stack([np.log(candidates.power[rows]), candidates.sharpness[rows], excess, agreement])
