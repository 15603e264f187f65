"""Stage 1, FFT peaks: Friedel pairs of the spectrum, classified by a two-component Gaussian mixture."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import BoolArray, FloatArray
from hrtem_core.parameters import check_limits, parameter
from hrtem_core.peaks.mixture import Mixture
from hrtem_core.peaks.tuning import PEAK_TUNING, PeakTuning
from hrtem_core.peaks.weighing import Weighed


@dataclass(frozen=True)
class PeakParameters:
    """What counts as a crystalline peak.

    Parameters
    ----------
    min_probability
        Sensitivity: the least signal probability of an accepted peak.
    rejected, restored
        Pairs a person took out, or put back in, by position in g.
    """

    min_probability: float = parameter(
        0.5,
        "Sensitivity: least signal probability",
        "A candidate counts when the mixture gives it at least this probability of being signal. "
        "Lower finds more and errs more.",
        limits=(0.0, 1.0),
        slider=(0.0, 1.0),
        step=0.01,
    )
    rejected: tuple[Wavevector, ...] = parameter(
        (), "Peaks rejected", "Pairs that a person took out, by place in g.", unit="1/nm"
    )
    restored: tuple[Wavevector, ...] = parameter(
        (), "Peaks accepted by hand", "Pairs that a person put back in, by place in g.", unit="1/nm"
    )

    def __post_init__(self) -> None:
        check_limits(self, "peaks")


@dataclass(frozen=True, eq=False, kw_only=True)
class Peaks:
    """Friedel pairs, strongest first; every array has one row per pair.

    Parameters
    ----------
    g_per_nm
        Shape (n, 2): the member with azimuth in [0, 180), (row, column) in 1/nm.
    g_sigma_per_nm
        Shape (n,): standard uncertainty of |g| from the position alone, in 1/nm.
    snr
        Shape (n,): amplitude over the local noise in the window where the peak is strongest.
    features
        Shape (n, len(FEATURES)).
    signal_probability
        Shape (n,): calibrated probability of being a lattice; 0 for side lobes, 1 for peaks added by hand.
    significant
        Shape (n,): above the false-alarm threshold, and believed among the other finds; only these are
        accepted without a person's word.
    explained
        Shape (n,): nothing is left once stronger pairs are taken out: a side lobe, not a lattice.
    accepted
        Shape (n,): counts as crystalline, after the person's word.
    by_hand
        One of "", "rejected", "restored", "added" per pair.
    maps
        For each pair the indices of its fringe maps.
    mixture
        None when there were too few candidates to fit.
    first_order_nm
        The spacing outside the range looked for of which the strongest refused pair is a higher order; 0
        without any.
    """

    g_per_nm: FloatArray
    g_sigma_per_nm: FloatArray
    snr: FloatArray
    features: FloatArray
    signal_probability: FloatArray
    significant: BoolArray
    explained: BoolArray
    accepted: BoolArray
    by_hand: tuple[str, ...]
    maps: tuple[tuple[int, ...], ...]
    mixture: Mixture | None
    first_order_nm: float = 0.0

    def __len__(self) -> int:
        return len(self.g_per_nm)


def marked(g_per_nm: FloatArray, marks: tuple[Wavevector, ...], reach_per_nm: float) -> BoolArray:
    """Which pairs (n, 2) a person marked: the nearest to each mark, within reach."""
    chosen = np.zeros(len(g_per_nm), dtype=bool)
    for mark in marks:
        if len(g_per_nm):
            distance = distance_per_nm(g_per_nm, np.asarray(mark))
            nearest = int(np.argmin(distance))
            chosen[nearest] |= bool(distance[nearest] <= reach_per_nm)
    return chosen


def accept(weighed: Weighed, parameters: PeakParameters, *, tuning: PeakTuning = PEAK_TUNING) -> Peaks:
    """Friedel pairs with their signal probability, and whether they count.

    Parameters
    ----------
    weighed
        The pairs, and what the mixture says of them.
    parameters
        Sensitivity, and the person's word.
    tuning
        How far a person's mark reaches.
    """
    spots, has_maps = weighed.spots, weighed.spots.has_maps
    added = spots.best < 0
    rejected = marked(spots.g_per_nm, parameters.rejected, tuning.match_per_nm)
    restored = marked(spots.g_per_nm, parameters.restored, tuning.match_per_nm) & ~rejected
    likely = weighed.significant & (weighed.probability >= parameters.min_probability)
    accepted = has_maps & (likely | added | restored) & ~rejected
    by_hand = np.where(rejected, "rejected", np.where(restored, "restored", np.where(added, "added", "")))
    order = np.argsort(-weighed.snr, kind="stable")
    return Peaks(
        g_per_nm=spots.g_per_nm[order],
        g_sigma_per_nm=spots.g_sigma_per_nm[order],
        snr=weighed.snr[order],
        features=weighed.features[order],
        signal_probability=weighed.probability[order],
        significant=weighed.significant[order],
        explained=(weighed.significant & ~has_maps)[order],
        accepted=accepted[order],
        by_hand=tuple(str(by_hand[i]) for i in order),
        maps=tuple(spots.maps[i] for i in order),
        mixture=weighed.mixture,
        first_order_nm=next((float(d) for d in weighed.first_order_nm[order] if d), 0.0),
    )


def nearest_pair(
    peaks: Peaks, g: Wavevector, reach_per_nm: float = PEAK_TUNING.match_per_nm, *, noise: bool = True
) -> int | None:
    """The pair within reach of a place in g-space, those that stand first; None when the place is empty.

    Parameters
    ----------
    peaks
        Where to look; either member of a pair will do.
    g
        The place, in 1/nm.
    reach_per_nm
        How far from the place to look.
    noise
        Whether pairs are there to be hit that were not accepted, and of which no person said anything.

    Returns
    -------
    row
        Of `peaks`.
    """
    distance = distance_per_nm(peaks.g_per_nm.reshape(-1, 2), g)
    standing = peaks.accepted | np.array([bool(word) for word in peaks.by_hand], dtype=bool)
    for some in (standing, ~standing & noise):
        within = np.flatnonzero(some & (distance <= reach_per_nm))
        if len(within):
            return int(within[np.argmin(distance[within])])
    return None
