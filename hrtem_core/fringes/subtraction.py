"""Stage 3, inverse FFT: what the fringes of one wavevector add to an image inside an outline."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector, whole_px
from hrtem_core.numerics import BoolImage, FloatImage, Footprint, Margin, blurred, dilated

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
    inside
        The (rows, columns) that are given and asked for; the others are zero.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        pixel_nm: tuple[float, float],
        sigma_nm: float,
        inside: tuple[slice, slice],
    ) -> None:
        reach_per_nm = float(np.sqrt(-np.log(MASK_FLOOR) / 2) / (np.pi * sigma_nm))
        self.band = NarrowBand(shape, pixel_nm, reach_per_nm, inside)
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
        The weights of the pixels that each pass takes them from, None for all, and what it takes of them:
        twice its soft outline, over the share of the Gaussian that these pixels fill.
    """

    smoother: Smoother
    passes: tuple[tuple[FloatImage | None, FloatImage], ...]

    @classmethod
    def of(
        cls, around: Margin, mask: BoolImage, pixel_nm: tuple[float, float], tuning: FringeTuning
    ) -> "Outlines":
        """Those of a footprint's mask, with what lies around it."""
        smoother = Smoother(around.shape, pixel_nm, tuning.subtraction_nm, around.inside)
        sharp, wide = (soft[around.inside] for soft in soft_outlines(mask, around.shape, pixel_nm, tuning))
        passes = []
        for soft, weight in ((sharp, sharp), (wide, None)):
            filled = np.ones_like(soft) if weight is None else weight
            is_all = soft.shape == around.shape and filled.all()
            share = np.float32(1) if is_all else np.maximum(smoother.smooth(filled), tuning.min_share)
            passes.append((weight, 2 * soft / share))
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
    margin_px = whole_px(tuning.soft_nm + 3 * tuning.subtraction_nm, pixel_nm)
    around = Margin.of(footprint, image.shape, margin_px)
    outlines = known or Outlines.of(around, footprint.mask, pixel_nm, tuning)
    block = image[around.window]
    for weight, taken in outlines.passes:
        fringes = outlines.smoother.around(block if weight is None else block * weight, g_per_nm)
        fringes *= taken
        block -= fringes
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
