"""Stage 3, inverse FFT: what the image holds around one g, and what is left when it is taken out."""

from hrtem_core.fringes.demodulation import Carried, Demodulated, LocalSpectrum
from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.fringes.matching_pursuit import add_by_hand, separate
from hrtem_core.fringes.regions import Region, g_sigma, refine
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning

__all__ = [
    "FRINGE_TUNING",
    "Carried",
    "Demodulated",
    "FringeMap",
    "FringeMaps",
    "FringeTuning",
    "LocalSpectrum",
    "Region",
    "add_by_hand",
    "g_sigma",
    "refine",
    "separate",
]
