"""Stage 3, inverse FFT: what the image holds around one g, and what is left when it is taken out."""

from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.fringes.matching_pursuit import add_by_hand, separate

__all__ = [
    "FringeMap",
    "FringeMaps",
    "add_by_hand",
    "separate",
]
