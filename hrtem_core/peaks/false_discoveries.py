"""Stage 1, FFT peaks: how many of the finds noise alone would have brought, and which of them to believe.

A micrograph with fifty lattices may hold one find of noise among them; where nothing else is found, a single
weak find must be surer than that. What may be false is therefore a share of the finds (false discovery rate:
Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x), not a number.

How strong a maximum must be to be looked at stands in `spectrum/peak_threshold.py`.
"""

import numpy as np

from hrtem_core.numerics import BoolArray, FloatArray
from hrtem_core.peaks.tuning import PeakTuning
from hrtem_core.spectrum import Spectrum


def n_values(spectrum: Spectrum) -> float:
    """Independent values of a field: its area times that of the band, one half of the plane of g."""
    low, high = spectrum.band_per_nm
    area_nm2 = spectrum.grid.area_nm2
    return float(area_nm2 * np.pi * (high**2 - low**2) / 2)


def expected_from_noise(
    excess: FloatArray, power: FloatArray, n_values: float, tuning: PeakTuning
) -> FloatArray:
    """How many finds with at least this evidence noise alone is expected to bring.

    Parameters
    ----------
    excess
        Shape (n,): energy of the fringes above noise, in standard deviations of the noise's energy.
    power
        Shape (n,): of the peak, over the local noise power.
    n_values
        Independent values of the field.
    tuning
        How rare finds of noise are.
    """
    evidence = tuning.excess_weight * excess + tuning.power_weight * power
    return np.asarray(n_values * np.exp(tuning.log_rate - evidence))


def believed(expected: FloatArray, false_alarms_per_find: float) -> BoolArray:
    """Which finds to believe: the most certain k, for the largest k among which noise has so small a share.

    Parameters
    ----------
    expected
        Shape (n,): how many such finds noise alone is expected to bring.
    false_alarms_per_find
        How many are allowed for each find.
    """
    ordered = np.sort(expected)
    passes = ordered <= false_alarms_per_find * np.arange(1, len(expected) + 1)
    n_believed = int(np.flatnonzero(passes)[-1]) + 1 if passes.any() else 0
    limit = ordered[n_believed - 1] if n_believed else -1.0
    return np.asarray(expected <= limit)
