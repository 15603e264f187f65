"""What many images say together. The image is the unit: domains of one image are no independent draws.

Intervals are of a bootstrap over images, its percentiles widened for few images (T. C. Hesterberg, What
teachers should know about the bootstrap, Am. Stat. 69, 371 (2015), section 5.3).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hrtem_core.many.regions import Regions
from hrtem_core.many.results import Result
from hrtem_core.numerics import FloatArray, IntArray

LEAST_IMAGES = 5
"""Fewer images give an estimate but no interval: a bootstrap knows only the differences it has seen."""

N_RESAMPLED, N_RESAMPLED_ON_THE_WAY = 2000, 400

N_BINS = 1000
"""Of sizes, for medians and distances between distributions: far finer than either is known."""

MAX_STEPS = 60

WATCHED = ("crystalline_fraction", "domain_mean_diameter")
"""Quantities that are followed from image to image."""

CHUNK = 4_000_000

Z95 = 1.959964
"""Half width of a normal 95 % interval in standard deviations."""


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
    """

    name: str
    unit: str
    power: int
    above: FloatArray
    below: FloatArray
    sizes: FloatArray | None = None

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
        below = counts @ self.below
        nothing = np.full(len(below), np.nan)
        return np.asarray(np.divide(counts @ self.above, below, out=nothing, where=below > 0))


def _median(weights: FloatArray, bins: FloatArray) -> FloatArray:
    """Medians of distributions given in bins, one per row; NaN of nothing."""
    below = np.cumsum(weights, axis=1)
    at = np.argmax(below >= below[:, -1:] / 2, axis=1)
    return np.where(below[:, -1] > 0, bins[at], np.nan)


@dataclass(frozen=True)
class Estimate:
    """A row of `pooled.csv`; what is not known is NaN."""

    quantity: str
    unit: str
    estimate: float
    low95: float
    high95: float
    n_images: int


@dataclass(frozen=True)
class Step:
    """A row of `convergence.csv`: what was known after so many images.

    Parameters
    ----------
    n_images
        The first so many, in the order of recording.
    quantity, estimate, low95, high95
        As in `pooled.csv`.
    wasserstein_nm
        How far one further image moved the distribution of domain diameters: the mean over the steps since
        the row before.
    """

    n_images: int
    quantity: str
    estimate: float
    low95: float
    high95: float
    wasserstein_nm: float


class Pool:
    """All images together.

    Parameters
    ----------
    images
        Those with a result.
    domains, crystallites
        Their regions, numbered as the images.
    """

    def __init__(self, images: Sequence[Result], domains: Regions, crystallites: Regions) -> None:
        self.images = list(images)
        self._field = np.array([one.summary["field_nm2"] for one in images], dtype=float)
        area = np.array([one.summary["crystalline_fraction"] for one in images], dtype=float) * self._field
        self.quantities = [Quantity("crystalline_fraction", "1", 0, area, self._field)]
        self.bins, self.sizes = self._binned(domains)
        for name, regions in (("domain", domains), ("crystallite", crystallites)):
            self.quantities += self._of_regions(name, regions)

    def _of_regions(self, name: str, regions: Regions) -> Iterator[Quantity]:
        at, diameter, area, weight = _joined(regions)
        total, n = np.ones(len(at)), len(self.images)

        def sums(values: FloatArray) -> FloatArray:
            return np.bincount(at, weight * values, minlength=n).astype(float)

        number, sizes = sums(total), self._binned(regions, self.bins)[1]
        yield Quantity(f"{name}_density", "1/nm2", -2, number, self._field)
        yield Quantity(f"{name}_mean_diameter", "nm", 1, sums(diameter), number)
        yield Quantity(f"{name}_median_diameter", "nm", 1, number, number, sizes)
        yield Quantity(f"{name}_area_weighted_diameter", "nm", 1, sums(area * diameter), sums(area))
        yield Quantity(f"{name}_mean_area", "nm2", 2, sums(area), number)

    def _binned(self, regions: Regions, bins: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Middles of bins of the diameter, and for each image the weight in each."""
        at, diameter, _, weight = _joined(regions)
        if bins is None:
            top = float(diameter.max()) if len(diameter) else 1.0
            bins = (np.arange(N_BINS) + 0.5) * top / N_BINS
        width = bins[0] * 2
        place = np.minimum((diameter / width).astype(int), N_BINS - 1)
        flat = np.bincount(at * N_BINS + place, weight, minlength=len(self.images) * N_BINS)
        return bins, flat.reshape(-1, N_BINS).astype(np.float32)

    def estimates(self) -> list[Estimate]:
        """All quantities with their intervals, then what the pixel size's uncertainty alone makes of each."""
        n = len(self.images)
        ends = self._intervals(np.arange(n), self.quantities, N_RESAMPLED)
        best = [self._best(one, np.arange(n)) for one in self.quantities]
        rows = [
            Estimate(one.name, one.unit, value, *end, n)
            for one, value, end in zip(self.quantities, best, ends, strict=True)
        ]
        sigma = self.calibration_relative_sigma
        if not sigma:
            return rows
        rows.append(Estimate("calibration_relative_sigma", "1", sigma, math.nan, math.nan, n))
        for one, value in zip(self.quantities, best, strict=True):
            half = Z95 * sigma * abs(one.power) * value
            if one.power:
                name = f"{one.name}_calibration_only"
                rows.append(Estimate(name, one.unit, value, value - half, value + half, n))
        return rows

    @property
    def calibration_relative_sigma(self) -> float:
        """That of all images together: they share one calibration, so it does not shrink with n."""
        return float(np.mean([one.calibration_relative_sigma for one in self.images])) if self.images else 0.0

    def steps(self) -> list[Step]:
        """How estimates and their intervals moved while images were recorded."""
        order = self._order()
        moved = self._moved(order)
        watched = [one for one in self.quantities if one.name in WATCHED]
        rows, last = [], 1
        for n in _grid(len(order)):
            first = order[:n]
            ends = self._intervals(first, watched, N_RESAMPLED_ON_THE_WAY)
            distance = float(np.mean(moved[last:n])) if n > last else math.nan
            rows += [
                Step(n, one.name, self._best(one, first), *end, distance)
                for one, end in zip(watched, ends, strict=True)
            ]
            last = n
        return rows

    def _order(self) -> IntArray:
        """Numbers of the images in the order of recording, as far as their times are known."""
        times = [one.recorded_s if math.isfinite(one.recorded_s) else math.inf for one in self.images]
        return np.argsort(np.array(times), kind="stable")

    def _moved(self, order: IntArray) -> FloatArray:
        """Wasserstein distance in nm that each image moved the distribution of diameters; NaN without one."""
        total, before = np.zeros(N_BINS), np.full(N_BINS, np.nan)
        moved = []
        width = float(self.bins[0]) * 2
        for at in order.tolist():
            total += self.sizes[at]
            below = np.cumsum(total) / total.sum() if total.any() else before
            moved.append(float(np.abs(below - before).sum()) * width)
            before = below
        return np.array(moved)

    def _best(self, one: Quantity, images: IntArray) -> float:
        counts = np.bincount(images, minlength=len(self.images))[None].astype(float)
        return float(one.of(counts, self.bins)[0])

    def _intervals(
        self, images: IntArray, quantities: Sequence[Quantity], n_resampled: int
    ) -> list[tuple[float, float]]:
        """95 % intervals of some quantities from some images."""
        n = len(images)
        if n < LEAST_IMAGES:
            return [(math.nan, math.nan)] * len(quantities)
        drawn = np.concatenate(
            [
                np.stack([one.of(counts, self.bins) for one in quantities])
                for counts in _resampled(images, len(self.images), n_resampled)
            ],
            axis=1,
        )
        low, high = widened(n)
        return [_ends(values, low, high) for values in drawn]


def _ends(values: FloatArray, low: float, high: float) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    # Samples without any region say nothing of their size; when many do, neither do the others.
    if len(known) < 0.9 * len(values):
        return math.nan, math.nan
    found = np.quantile(known, (low, high))
    return float(found[0]), float(found[1])


def _joined(regions: Regions) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Image, diameter, area and weight of all regions."""
    columns = (regions.image, regions.diameter_nm, regions.area_nm2, regions.weight)
    image, diameter, area, weight = (np.concatenate([np.zeros(0), *column]) for column in columns)
    return image.astype(int), diameter, area, weight


def _resampled(images: IntArray, n_all: int, n_samples: int) -> Iterator[FloatArray]:
    """How often each of all images is in samples drawn from some of them; the same ones every time."""
    drawing = np.random.default_rng(0)
    n = len(images)
    at_once = max(1, min(n_samples, CHUNK // max(n_all, 1)))
    for first in range(0, n_samples, at_once):
        n_now = min(at_once, n_samples - first)
        chosen = images[drawing.integers(0, n, (n_now, n))] + np.arange(n_now)[:, None] * n_all
        yield np.bincount(chosen.ravel(), minlength=n_now * n_all).reshape(n_now, n_all).astype(np.float32)


def widened(n: int) -> tuple[float, float]:
    """The quantiles of a bootstrap that make a 95 % interval of `n` images.

    Parameters
    ----------
    n
        Images, at least 2.
    """
    from scipy.special import ndtr, stdtrit

    low = float(ndtr(math.sqrt(n / (n - 1)) * stdtrit(n - 1, 0.025)))
    return low, 1 - low


def _grid(n: int) -> list[int]:
    """Numbers of images after which to look, at most `MAX_STEPS`, the last one among them."""
    if n < LEAST_IMAGES:
        return []
    steps = np.geomspace(LEAST_IMAGES, n, min(MAX_STEPS, n - LEAST_IMAGES + 1))
    return sorted({round(step) for step in steps.tolist()})
