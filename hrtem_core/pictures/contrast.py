"""Intensities as grey levels: made smaller first, by blocks or to a size, then between two percentiles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hrtem_core.numerics import FloatImage

ByteImage = NDArray[np.uint8]

SHOWN_PX = 1000
"""Longer side of a picture for the screen."""


@dataclass(frozen=True)
class Contrast:
    """How intensities become grey levels.

    Parameters
    ----------
    low_percent, high_percent
        Percentiles shown as black and as white; of a micrograph, those of `black_and_white`.
    gamma
        Exponent of the grey level between them; below 1 brightens.
    """

    low_percent: float = 0.5
    high_percent: float = 99.5
    gamma: float = 1.0


PLAIN = Contrast()


Limits = tuple[float, float]
"""The intensities that are shown as black and as white."""


def grey_levels(intensity: FloatImage, contrast: Contrast = PLAIN, limits: Limits | None = None) -> ByteImage:
    """Grey levels of an image, its contrast set by percentiles.

    Parameters
    ----------
    intensity
        Shape (rows, columns); what is no number becomes black.
    contrast
        Percentiles and gamma.
    limits
        Black and white where other pixels decide; None takes the percentiles of these.

    Returns
    -------
    grey
        Shape (rows, columns).
    """
    pixels = np.asarray(intensity, dtype=np.float32)
    low, high = limits or _percentiles(pixels, contrast)
    shown = (pixels - np.float32(low)) * np.float32(1 / max(high - low, float(np.finfo(np.float32).tiny)))
    np.nan_to_num(shown, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    np.clip(shown, 0, 1, out=shown)
    if contrast.gamma != 1.0:
        shown **= np.float32(contrast.gamma)
    return np.asarray(shown * np.float32(255), dtype=np.uint8)


def black_and_white(intensity: FloatImage, contrast: Contrast = PLAIN) -> Limits:
    """Black and white of an image, the same on a page, zoomed in and in a file of every pixel.

    The percentiles are those of the image as it is seen whole on a screen: of all pixels of a large one most
    of the range would go to noise that nobody sees.

    Parameters
    ----------
    intensity
        Shape (rows, columns): what was analyzed, whatever is shown round it.
    contrast
        Percentiles.
    """
    return _percentiles(resized(intensity), contrast)


def _percentiles(intensity: FloatImage, contrast: Contrast) -> Limits:
    finite = intensity[np.isfinite(intensity)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, (contrast.low_percent, contrast.high_percent))
    return float(low), float(high)


def reduced(intensity: FloatImage, factor: int) -> FloatImage:
    """Means of blocks of `factor` x `factor` pixels; those at the end of rows and columns may be smaller.

    Returns
    -------
    means
        Shape (ceil(rows / factor), ceil(columns / factor)), float32.
    """
    pixels = np.asarray(intensity, dtype=np.float32)
    return pixels if factor == 1 else np.asarray(Image.fromarray(pixels).reduce(factor))


def resized(intensity: FloatImage, longer_px: int = SHOWN_PX) -> FloatImage:
    """The image with a longer side of `longer_px` pixels, smoothed as far as it is made smaller.

    Not by averaging boxes: one or two pixels in turn would lay a grid over the noise. What is no number
    takes the image's least value, or it would spread.

    Returns
    -------
    resized
        Shape (rows, columns), float32.
    """
    finite = np.isfinite(intensity)
    if not finite.all():
        least = intensity[finite].min() if finite.any() else 0.0
        intensity = np.where(finite, intensity, least)
    picture = Image.fromarray(np.ascontiguousarray(intensity, dtype=np.float32))
    rows, cols = (max(1, round(side * longer_px / max(intensity.shape))) for side in intensity.shape)
    return np.asarray(picture.resize((cols, rows), Image.Resampling.BICUBIC), dtype=np.float32)
