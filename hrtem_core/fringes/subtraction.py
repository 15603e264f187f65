"""Stage 3, inverse FFT: what the fringes of one wavevector add to an image inside an outline."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector, whole_px
from hrtem_core.numerics import BoolImage, FloatImage, Footprint, Surroundings, blurred, dilated

MASK_FLOOR = 1e-4
"""Frequencies where the Gaussian mask falls below this are left out."""


class Smoother:
    """A Gaussian around any wavevector.

    Parameters
    ----------
    shape
        (rows, columns) of the rectangles to smooth; as in any FFT, opposite borders touch.
    pixel_nm
        (row, column) pixel size in nm.
    sigma_nm
        Standard deviation of the Gaussian.
    """

    def __init__(self, shape: tuple[int, int], pixel_nm: tuple[float, float], sigma_nm: float) -> None:
        reach_per_nm = float(np.sqrt(-np.log(MASK_FLOOR) / 2) / (np.pi * sigma_nm))
        self.band = NarrowBand(shape, pixel_nm, reach_per_nm)
        rows, cols = (np.exp(-2 * (np.pi * sigma_nm * f) ** 2) for f in self.band.offsets_per_nm)
        self.mask = np.outer(rows, cols).astype(np.float32)

    def around(self, image: FloatImage, g_per_nm: Wavevector) -> FloatImage:
        """Half the fringes at +g as a real image, as smooth as the Gaussian leaves them."""
        return self.band.inverse_real(self.band.transform(image, g_per_nm) * self.mask, g_per_nm)

    def smooth(self, image: FloatImage) -> FloatImage:
        """The image itself, smoothed."""
        return self.around(image, Wavevector(0.0, 0.0))


@dataclass(frozen=True, eq=False)
class Outlines:
    """What of fringes is taken out inside one footprint, whatever their g.

    Parameters
    ----------
    smoother
        The Gaussian that smooths them.
    passes
        The soft outline of each pass, the weights of the pixels that it is taken from, and what share of the
        Gaussian these fill.
    """

    smoother: Smoother
    passes: tuple[tuple[FloatImage, FloatImage, FloatImage | float], ...]

    @classmethod
    def of(
        cls, around: Surroundings, mask: BoolImage, pixel_nm: tuple[float, float], tuning: FringeTuning
    ) -> "Outlines":
        """Those of a footprint's mask, in its surroundings."""
        shape = (around.mask.shape[0], around.mask.shape[1])
        smoother = Smoother(shape, pixel_nm, tuning.subtraction_nm)
        sharp, wide = soft_outlines(mask, shape, pixel_nm, tuning)
        passes = []
        for soft, weight in ((sharp, sharp * around.in_field), (wide, around.in_field)):
            share = 1.0 if weight.all() else np.maximum(smoother.smooth(weight), tuning.min_share)
            passes.append((2 * soft * around.in_field, weight, share))
        return cls(smoother, tuple(passes))


def subtract(
    image: FloatImage,
    footprint: Footprint,
    g_per_nm: Wavevector,
    pixel_nm: tuple[float, float],
    *,
    known: Outlines | None = None,
    tuning: FringeTuning = FRINGE_TUNING,
) -> Outlines:
    """Takes, in place, the fringes at g inside a footprint out of an image.

    First the grain with its sharp edge, which makes its side lobes; then what is left around it.

    Parameters
    ----------
    image
        Shape (rows, columns), float32; changed.
    footprint
        Where the fringes are.
    g_per_nm
        (row, column) in 1/nm.
    pixel_nm
        (row, column) pixel size in nm.
    known
        What this returned for the same footprint and another g.
    tuning
        How smooth fringes and outline are.
    """
    around = Surroundings.of(footprint, image, whole_px(tuning.soft_nm + 3 * tuning.subtraction_nm, pixel_nm))
    outlines = known or Outlines.of(around, footprint.mask, pixel_nm, tuning)
    block = around.block
    for soft, weight, share in outlines.passes:
        block -= soft * outlines.smoother.around(block * weight, g_per_nm) / share
    image[around.window] = block[around.inside]
    return outlines


def soft_outlines(
    mask: BoolImage, shape: tuple[int, ...], pixel_nm: tuple[float, float], tuning: FringeTuning
) -> tuple[FloatImage, FloatImage]:
    """A mask with a slightly blurred edge, and one grown and blurred, in the middle of arrays of a shape."""
    inner = np.pad(mask, [(m, m) for m in whole_px(tuning.soft_nm, pixel_nm)])
    outer = [((n - m) // 2, n - m - (n - m) // 2) for n, m in zip(shape, inner.shape, strict=True)]
    grown = dilated(inner, tuning.rim_nm, pixel_nm)
    sharp, wide = (
        np.pad(blurred(part, (s / pixel_nm[0], s / pixel_nm[1])), outer)
        for part, s in ((inner, tuning.edge_nm), (grown, tuning.softness_nm))
    )
    return sharp, wide
