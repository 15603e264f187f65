"""From a prepared image to its whitened spectrum, and noise that knows of the film's rings."""

from dataclasses import replace

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.preparation import Prepared
from hrtem_core.spectrum.d_range import SpectrumParameters
from hrtem_core.spectrum.film import astigmatic_noise, ring_profile
from hrtem_core.spectrum.rings import Rings, fit_rings
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.whitening import Spectrum, whiten


def transform(
    prepared: Prepared,
    parameters: SpectrumParameters,
    *,
    tuning: SpectrumTuning = SPECTRUM_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Spectrum:
    """The whitened spectrum of a prepared image, with the film's rings.

    Parameters
    ----------
    prepared
        Finite intensity, usable mask and pixel size.
    parameters
        The d-range.
    tuning
        The numbers of the method.
    checkpoint
        Called after every step, block and row of windows.
    """
    spectrum = whiten(prepared, parameters, tuning, checkpoint)
    profile = ring_profile(spectrum, checkpoint, tuning=tuning)
    found = Rings(profile, fit_rings(profile, checkpoint=checkpoint, tuning=tuning.rings), tuning.rings)
    local = spectrum.noise
    factor = astigmatic_noise(found, local.ring_per_nm, local.windows.size_nm)
    return replace(spectrum, rings=found, noise=replace(local, level=local.level * factor))
