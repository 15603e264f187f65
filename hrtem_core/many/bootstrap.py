"""Intervals of what is estimated from images drawn at random: a bootstrap over images.

A ratio's interval is studentized on a logarithmic scale: every sample is measured in its own standard errors,
so that a skew distribution's longer tail is where it belongs (B. Efron and R. J. Tibshirani, An Introduction
to the Bootstrap, 1993, section 12.5). Few images can look more alike than they are; they never tell less
apart than as many regions drawn one by one would, which is the least that the standard error is. A median has
no simple standard error; its percentiles are widened for few images (T. C. Hesterberg, What teachers should
know about the bootstrap, Am. Stat. 69, 371 (2015), 5.3).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from hrtem_core.numerics import FloatArray, IntArray

LEAST_IMAGES = 8
"""Fewer images give an estimate but no interval: a bootstrap knows only the differences it has seen."""

CHUNK = 4_000_000
"""Numbers of a block of samples, which bounds the memory."""

MAX_DEGENERATE = 0.02
"""Share of samples that may be without any spread, such as one image drawn every time."""


@dataclass(frozen=True)
class Quantity:
    """Something that is estimated: a ratio of sums over images, or a median.

    Parameters
    ----------
    name, unit
        In `pooled.csv`.
    power
        Of the length in it: what an error of the pixel size does to it.
    above, below
        Per image the numerator and the denominator.
    sizes
        Per image the weights of sizes in bins, for a median; else None.
    squares
        Per image, over its regions, the sums of squares of what they add to `above`, of the products of what
        they add to both, and of squares of what they add to `below`: shape (n_images, 3). None where images
        are not made of regions.
    most
        What it cannot exceed.
    """

    name: str
    unit: str
    power: int
    above: FloatArray
    below: FloatArray
    sizes: FloatArray | None = None
    squares: FloatArray | None = None
    most: float = math.inf

    def among(self, images: IntArray) -> "Quantity":
        """The same of some images only."""
        sizes, squares = (None if one is None else one[images] for one in (self.sizes, self.squares))
        return replace(self, above=self.above[images], below=self.below[images], sizes=sizes, squares=squares)

    def of(self, counts: FloatArray, bins: FloatArray) -> FloatArray:
        """The estimate of samples of images.

        Parameters
        ----------
        counts
            Shape (n_samples, n_images): how often each image is in each sample.
        bins
            Middles of the bins of sizes.
        """
        if self.sizes is not None:
            return _median(counts @ self.sizes, bins)
        return _ratio(counts @ self.above, counts @ self.below)

    def relative_sigma(self, counts: FloatArray) -> FloatArray:
        """Standard error of a ratio relative to it, from the same samples: of the ratio made linear.

        Parameters
        ----------
        counts
            As for `of`.
        """
        above, below = counts @ self.above, counts @ self.below
        ratio, n = _ratio(above, below), counts.sum(axis=1)
        squares = (
            counts @ self.above**2
            - 2 * ratio * (counts @ (self.above * self.below))
            + ratio**2 * (counts @ self.below**2)
        )
        return _ratio(np.sqrt(np.maximum(squares, 0.0) * n / (n - 1)), above)

    def least_relative_sigma(self) -> float:
        """Standard error of the ratio relative to it if every region were drawn by itself; 0 if not known."""
        total = float(self.above.sum())
        if self.squares is None or total <= 0:
            return 0.0
        ratio = total / float(self.below.sum())
        squares = self.squares.sum(axis=0) @ (1.0, -2 * ratio, ratio**2)
        return math.sqrt(max(float(squares), 0.0)) / total


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Quotients; NaN where there is nothing to divide by."""
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))


def _median(weights: FloatArray, bins: FloatArray) -> FloatArray:
    """Medians of distributions given in bins, one per row; NaN of nothing."""
    below = np.cumsum(weights, axis=1)
    at = np.argmax(below >= below[:, -1:] / 2, axis=1)
    return np.where(below[:, -1] > 0, bins[at], np.nan)


def intervals(
    images: IntArray, quantities: Sequence[Quantity], bins: FloatArray, n_samples: int
) -> list[tuple[float, float]]:
    """95 % intervals of some quantities from some images, NaN where they are not known.

    Parameters
    ----------
    images
        Numbers of the images that were drawn.
    quantities, bins
        What is estimated.
    n_samples
        Of the bootstrap.
    """
    if len(images) < LEAST_IMAGES:
        return [(math.nan, math.nan)] * len(quantities)
    blocks = list(_resampled(len(images), n_samples))
    return [_interval(one.among(images), blocks, bins) for one in quantities]


def _interval(one: Quantity, blocks: Sequence[FloatArray], bins: FloatArray) -> tuple[float, float]:
    n = blocks[0].shape[1]
    itself = np.ones((1, n))
    drawn = np.concatenate([one.of(counts, bins) for counts in blocks])
    known = np.isfinite(drawn)
    # Samples without any region say nothing of their size; when many do, neither do the others.
    if np.mean(known) < 0.9:
        return math.nan, math.nan
    if one.sizes is None:
        sigma = np.concatenate([one.relative_sigma(counts) for counts in blocks])
        best, own = float(one.of(itself, bins)[0]), float(one.relative_sigma(itself)[0])
        least = one.least_relative_sigma()
        usable = known & (drawn > 0) & (sigma > 1e-3 * own)
        is_spread = own > 0 and np.mean(usable) >= 1 - MAX_DEGENERATE
        if is_spread or least > 0:
            own = max(own, least)
            ends = (
                _studentized(np.log(drawn[usable] / best), sigma[usable], own) if is_spread else np.zeros(2)
            )
            # Few images know little of the tails: never narrower than Student's interval.
            student = _student(n) * own
            low, high = best * np.exp((min(ends[0], -student), max(ends[1], student)))
            return float(low), min(float(high), one.most)
    low, high = np.quantile(drawn[known], widened(n))
    return float(low), float(high)


def _studentized(moved: FloatArray, sigma: FloatArray, own: float) -> FloatArray:
    """How far the interval reaches down and up on a logarithmic scale, but not beyond all samples.

    Samples without the one image that differs from all others have next to no spread of their own; in that
    measure they are any number of standard errors away.
    """
    low, high = np.quantile(moved / sigma, (0.025, 0.975))
    return np.clip(np.array([-high, -low]) * own, moved.min(), moved.max())


def _resampled(n: int, n_samples: int) -> Iterator[FloatArray]:
    """How often each of `n` images is in samples of as many; the same samples every time."""
    drawing = np.random.default_rng(0)
    at_once = max(1, min(n_samples, CHUNK // n))
    for first in range(0, n_samples, at_once):
        n_now = min(at_once, n_samples - first)
        chosen = drawing.integers(0, n, (n_now, n)) + np.arange(n_now)[:, None] * n
        yield np.bincount(chosen.ravel(), minlength=n_now * n).reshape(n_now, n).astype(np.float32)


def widened(n: int) -> tuple[float, float]:
    """The quantiles of a bootstrap that make a 95 % interval of `n` images.

    Parameters
    ----------
    n
        Images, at least 2.
    """

    low = float(scipy.special.ndtr(-math.sqrt(n / (n - 1)) * _student(n)))
    return low, 1 - low


def _student(n: int) -> float:
    """The 97.5 % quantile of Student's distribution for `n` images."""

    return float(scipy.special.stdtrit(n - 1, 0.975))
