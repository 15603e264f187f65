"""Intensities as grey values."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hrtem_core.numerics import FloatImage

ByteImage = NDArray[np.uint8]

PERCENTILES = (0.5, 99.5)

SAMPLE_PX = 500_000
"""Pixels that the contrast is judged by."""


def background(intensity: FloatImage, factor: int = 1, gamma: float = 1.0) -> ByteImage:
    """Grey values of a micrograph, its contrast set by percentiles.

    Parameters
    ----------
    intensity
        Shape (rows, columns); what is not finite becomes black.
    factor
        Blocks of factor x factor pixels are averaged into one.
    gamma
        Below 1 brightens the middle.

    Returns
    -------
    grey
        Shape (ceil(rows / factor), ceil(columns / factor)).
    """
    pixels = np.asarray(intensity, dtype=np.float32)
    if factor > 1:
        pixels = np.asarray(Image.fromarray(pixels).reduce(factor))
    step = max(1, math.isqrt(pixels.size // SAMPLE_PX))
    sample = pixels[::step, ::step]
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, PERCENTILES) if sample.size else (0.0, 1.0)
    shown = (pixels - np.float32(low)) * np.float32(1 / max(high - low, np.finfo(np.float32).tiny))
    np.nan_to_num(shown, copy=False, nan=0.0, posinf=1.0, neginf=0.0)
    np.clip(shown, 0, 1, out=shown)
    if gamma != 1.0:
        shown **= np.float32(gamma)
    return np.asarray(shown * np.float32(255), dtype=np.uint8)


SHOWN_PX = 1000

SHOWN_SAMPLE_PX = 250_000


@dataclass(frozen=True)
class Contrast:
    """How grey values are shown.

    Parameters
    ----------
    low_percent, high_percent
        Percentiles of the image shown as black and as white.
    gamma
        Exponent of the grey value between them; below 1 brightens.
    """

    low_percent: float = 0.5
    high_percent: float = 99.5
    gamma: float = 1.0


def shown_size(shape: tuple[int, int], limit: int = SHOWN_PX) -> tuple[int, int]:
    """(rows, columns) of the picture of an image, the longer side `limit` pixels."""
    scale = limit / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def resized(image: FloatImage, size: tuple[int, int]) -> FloatImage:
    """The image at (rows, columns) `size`, smoothed as far as it is made smaller.

    Not by averaging boxes: one or two pixels in turn would lay a grid over the noise.
    """
    picture = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BICUBIC), dtype=np.float32)


def grey(image: FloatImage, contrast: Contrast, limit: int = SHOWN_PX) -> ByteImage:
    """The image as grey values of the screen.

    Parameters
    ----------
    image
        Shape (rows, columns); NaN is shown as black.
    contrast
        Percentiles and gamma.
    limit
        Longer side of the picture in pixels.
    """
    finite = np.isfinite(image)
    if not finite.all():
        image = np.where(finite, image, image[finite].min() if finite.any() else 0).astype(np.float32)
    small = resized(image, shown_size((image.shape[0], image.shape[1]), limit))
    step = max(1, math.isqrt(small.size // SHOWN_SAMPLE_PX))
    low, high = np.percentile(small[::step, ::step], [contrast.low_percent, contrast.high_percent])
    scaled = np.clip((small - low) / max(float(high - low), 1e-12), 0, 1)
    if contrast.gamma != 1:
        scaled **= contrast.gamma
    return np.asarray(scaled * 255 + 0.5, dtype=np.uint8)
