"""Glare: intensities far beyond anything a specimen does."""

import numpy as np
from scipy import ndimage

from hrtem_core.numerics import BoolImage, FloatImage

GLARE, GLARE_SAMPLE, MIN_SPREAD = 25.0, 100_000, 0.02
"""Intensities this many robust standard deviations from the median are glare; lattice fringes reach ten.
The spread is at least a share of the plain standard deviation: most pixels of a very low dose are zero."""


MARGIN_PX = 3
"""What lies so near to glare is left out too."""


def mask_glare(usable: BoolImage, intensity: FloatImage) -> None:
    """Set `usable` to False where the intensity is far beyond anything a specimen does, and beside it.

    One such patch outweighs the whole micrograph in its spectrum, and its edges look like every lattice.
    """
    known = intensity.ravel() if usable.all() else intensity[usable]
    if not len(known):
        return
    sample = known[:: max(1, len(known) // GLARE_SAMPLE)].astype(np.float64)
    middle = np.median(sample)
    spread = max(1.4826 * float(np.median(np.abs(sample - middle))), MIN_SPREAD * float(sample.std()))
    low, high = middle - GLARE * spread, middle + GLARE * spread
    if float(known.min()) < low or float(known.max()) > high:
        glare = usable & ((intensity < low) | (intensity > high))
        usable &= ~ndimage.binary_dilation(glare, iterations=MARGIN_PX)
