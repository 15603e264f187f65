"""What the objective lens did: its defocus, and where displaced fringes belong."""

from hrtem_core.lens.home_wavevectors import peaks_at_home
from hrtem_core.lens.measured import Lens, LensParameters, measure_lens
from hrtem_core.lens.rehoming import DelocalizationParameters, bring_home
from hrtem_core.lens.tuning import LENS_TUNING, LensTuning

__all__ = [
    "LENS_TUNING",
    "DelocalizationParameters",
    "Lens",
    "LensParameters",
    "LensTuning",
    "bring_home",
    "measure_lens",
    "peaks_at_home",
]
