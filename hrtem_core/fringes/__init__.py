"""Stage 3, inverse FFT: what the image holds around one g, and what is left when it is taken out."""

from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.fringes.matching_pursuit import add_by_hand, separate
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning

__all__ = [
    "FRINGE_TUNING",
    "FringeMap",
    "FringeMaps",
    "FringeTuning",
    "add_by_hand",
    "separate",
]
