"""What many images say together. The image is the unit: domains of one image are no independent draws."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hrtem_core.many.bootstrap import LEAST_IMAGES, Quantity, intervals
from hrtem_core.many.regions import Regions
from hrtem_core.many.results import Result
from hrtem_core.numerics import FloatArray, IntArray

N_RESAMPLED, N_RESAMPLED_ON_THE_WAY = 2000, 400

N_BINS = 1000
"""Of sizes, for medians and distances between distributions: far finer than either is known."""

MAX_STEPS = 60

WATCHED = ("crystalline_fraction", "crystallite_mean_diameter", "domain_mean_diameter")
"""Quantities that are followed from image to image."""

Z95 = 1.959964
"""Half width of a normal 95 % interval in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A row of `pooled.csv`; what is not known is NaN."""

    quantity: str
    unit: str
    estimate: float
    low95: float
    high95: float
    n_images: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """A row of `convergence.csv`: what was known after so many images.

    Parameters
    ----------
    n_images
        The first so many, in the order of recording.
    quantity, estimate, low95, high95
        As in `pooled.csv`.
    wasserstein_nm
        How far one further image moved the distribution of diameters, those of domains for the mean of
        domains, else those of crystallites: the mean over the steps since the row before.
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
        self.quantities = [Quantity("crystalline_fraction", "1", 0, area, self._field, most=1.0)]
        self.bins, of_domains = self._binned(domains)
        self._sizes = {"domain": of_domains, "crystallite": self._binned(crystallites, self.bins)[1]}
        for name, regions in (("domain", domains), ("crystallite", crystallites)):
            self.quantities += self._of_regions(name, regions)

    def _of_regions(self, name: str, regions: Regions) -> Iterator[Quantity]:
        at, diameter, area, weight = _joined(regions)
        total, n = np.ones(len(at)), len(self.images)

        def sums(values: FloatArray) -> FloatArray:
            return np.bincount(at, weight * values, minlength=n).astype(float)

        def mean(quantity: str, unit: str, power: int, values: FloatArray, per: FloatArray) -> Quantity:
            squares = [sums(weight * part) for part in (values**2, values * per, per**2)]
            above, below = sums(values), sums(per)
            return Quantity(f"{name}_{quantity}", unit, power, above, below, squares=np.stack(squares, 1))

        number, sizes = sums(total), self._sizes[name]
        yield Quantity(f"{name}_density", "1/nm2", -2, number, self._field)
        yield mean("mean_diameter", "nm", 1, diameter, total)
        yield Quantity(f"{name}_median_diameter", "nm", 1, number, number, sizes)
        yield mean("area_weighted_diameter", "nm", 1, area * diameter, area)
        yield mean("mean_area", "nm2", 2, area, total)

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
        ends = intervals(np.arange(n), self.quantities, self.bins, N_RESAMPLED)
        best = [self._best(one, np.arange(n)) for one in self.quantities]
        rows = [
            Estimate(quantity=one.name, unit=one.unit, estimate=value, low95=low, high95=high, n_images=n)
            for one, value, (low, high) in zip(self.quantities, best, ends, strict=True)
        ]
        sigma = self.calibration_relative_sigma
        if not sigma:
            return rows
        rows.append(
            Estimate(
                quantity="calibration_relative_sigma",
                unit="1",
                estimate=sigma,
                low95=math.nan,
                high95=math.nan,
                n_images=n,
            )
        )
        for one, value in zip(self.quantities, best, strict=True):
            half = Z95 * sigma * abs(one.power) * value
            if one.power:
                name = f"{one.name}_calibration_only"
                rows.append(
                    Estimate(
                        quantity=name,
                        unit=one.unit,
                        estimate=value,
                        low95=value - half,
                        high95=value + half,
                        n_images=n,
                    )
                )
        return rows

    @property
    def calibration_relative_sigma(self) -> float:
        """That of all images together: they share one calibration, so it does not shrink with n."""
        return float(np.mean([one.calibration_relative_sigma for one in self.images])) if self.images else 0.0

    def steps(self) -> list[Step]:
        """How estimates and their intervals moved while images were recorded."""
        order = self._order()
        watched = [one for one in self.quantities if one.name in WATCHED]
        moved = {name: self._moved(sizes[order]) for name, sizes in self._sizes.items()}
        rows, last = [], 1
        for n in _grid(len(order)):
            first = order[:n]
            ends = intervals(first, watched, self.bins, N_RESAMPLED_ON_THE_WAY)
            further = {
                name: float(np.mean(one[last:n])) if n > last else math.nan for name, one in moved.items()
            }
            rows += [
                Step(
                    n_images=n,
                    quantity=one.name,
                    estimate=self._best(one, first),
                    low95=low,
                    high95=high,
                    wasserstein_nm=further["domain" if one.name.startswith("domain") else "crystallite"],
                )
                for one, (low, high) in zip(watched, ends, strict=True)
            ]
            last = n
        return rows

    def _order(self) -> IntArray:
        """Numbers of the images in the order of recording, as far as their times are known."""
        times = [one.recorded_s if math.isfinite(one.recorded_s) else math.inf for one in self.images]
        return np.argsort(np.array(times), kind="stable")

    def _moved(self, sizes: FloatArray) -> FloatArray:
        """Wasserstein distance in nm that each image moved the distribution of diameters; NaN without one."""
        total, before = np.zeros(N_BINS), np.full(N_BINS, np.nan)
        moved = []
        width = float(self.bins[0]) * 2
        for of_image in sizes:
            total += of_image
            below = np.cumsum(total) / total.sum() if total.any() else before
            moved.append(float(np.abs(below - before).sum()) * width)
            before = below
        return np.array(moved)

    def _best(self, one: Quantity, images: IntArray) -> float:
        counts = np.bincount(images, minlength=len(self.images))[None].astype(float)
        return float(one.of(counts, self.bins)[0])


def _joined(regions: Regions) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Image, diameter, area and weight of all regions."""
    columns = (regions.image, regions.diameter_nm, regions.area_nm2, regions.weight)
    image, diameter, area, weight = (np.concatenate([np.zeros(0), *column]) for column in columns)
    return image.astype(int), diameter, area, weight


def _grid(n: int) -> list[int]:
    """Numbers of images after which to look, at most `MAX_STEPS`, the last one among them."""
    if n < LEAST_IMAGES:
        return []
    steps = np.geomspace(LEAST_IMAGES, n, min(MAX_STEPS, n - LEAST_IMAGES + 1))
    return sorted({round(step) for step in steps.tolist()})
