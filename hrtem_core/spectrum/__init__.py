"""Stage 1, FFT peaks, found: from the image to candidate maxima and their noise; no decision yet."""

from hrtem_core.spectrum.candidates import CandidateParameters, Candidates, find_candidates
from hrtem_core.spectrum.d_range import SpectrumParameters
from hrtem_core.spectrum.periodic_part import periodic_spectrum
from hrtem_core.spectrum.ring_curve import ring_curve
from hrtem_core.spectrum.rings import NO_RINGS, RingFit, RingProfile, Rings, fit_rings, guesses
from hrtem_core.spectrum.transform import transform
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.whitening import (
    PowerPicture,
    RadialProfile,
    Spectrum,
    finest_d_nm,
)
from hrtem_core.spectrum.windows import Windows, window_powers

__all__ = [
    "NO_RINGS",
    "SPECTRUM_TUNING",
    "CandidateParameters",
    "Candidates",
    "PowerPicture",
    "RadialProfile",
    "RingFit",
    "RingProfile",
    "Rings",
    "Spectrum",
    "SpectrumParameters",
    "SpectrumTuning",
    "Windows",
    "find_candidates",
    "finest_d_nm",
    "fit_rings",
    "guesses",
    "periodic_spectrum",
    "ring_curve",
    "transform",
    "window_powers",
]
