"""What the objective lens did: rings, defocus, and where displaced fringes belong."""

from hrtem_core.lens.home_wavevectors import peaks_at_home
from hrtem_core.lens.measured import Lens, LensParameters, measure_lens
from hrtem_core.lens.optics import Aberrations, wavelength_nm
from hrtem_core.lens.rehoming import DelocalizationParameters, bring_home
from hrtem_core.lens.rings import RingFit
from hrtem_core.lens.transfer import ring_curve

__all__ = [
    "Aberrations",
    "DelocalizationParameters",
    "Lens",
    "LensParameters",
    "RingFit",
    "bring_home",
    "measure_lens",
    "peaks_at_home",
    "ring_curve",
    "wavelength_nm",
]
