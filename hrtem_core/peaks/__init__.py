"""Stage 1, FFT peaks, judged: which candidates are lattices."""

from hrtem_core.peaks.classification import PeakParameters, Peaks, accept, nearest_pair
from hrtem_core.peaks.features import FEATURES
from hrtem_core.peaks.mixture import Mixture
from hrtem_core.peaks.tuning import PEAK_TUNING, PeakTuning
from hrtem_core.peaks.weighing import Weighed, weigh

__all__ = [
    "FEATURES",
    "PEAK_TUNING",
    "Mixture",
    "PeakParameters",
    "PeakTuning",
    "Peaks",
    "Weighed",
    "accept",
    "nearest_pair",
    "weigh",
]
