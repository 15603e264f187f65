"""Stage 1, FFT peaks, judged: which candidates are lattices."""

from hrtem_core.peaks.classification import PeakParameters, Peaks, classify
from hrtem_core.peaks.features import FEATURES
from hrtem_core.peaks.mixture import Mixture, preload

__all__ = [
    "FEATURES",
    "Mixture",
    "PeakParameters",
    "Peaks",
    "classify",
    "preload",
]
