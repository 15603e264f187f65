"""Stage 1, FFT peaks: Friedel pairs of the spectrum, classified by a two-component Gaussian mixture."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from hrtem_core.amplitude import FringeMaps
from hrtem_core.calibration import Wavevector, distance_per_nm, half_plane
from hrtem_core.candidates import TAIL, Candidates
from hrtem_core.discoveries import believed, expected_from_noise, n_values
from hrtem_core.errors import RecipeError
from hrtem_core.mixture import Mixture, signal_probabilities
from hrtem_core.spectrum import Spectrum
from hrtem_core.types import BoolArray, FloatArray, IntArray
from hrtem_core.windows import window_powers

FEATURES = ("log_power", "sharpness", "radial_excess", "scale_agreement")
"""What the mixture sees of a peak: the logarithm of its power over the local noise; the share of the power
around the maximum that lies in it; the logarithm of its ring's mean power over the ring's noise; and the
logarithm of the power in windows 1.6 times smaller and larger, relative to its own."""
SCALE_RATIO = 1.6
MERGE_PER_FIELD = 0.5
"""Pairs closer than this, in units of the whole field's resolution, are one spot of the spectrum."""
MATCH_PER_NM = 0.06
"""A pair that a person marked is the nearest one within this distance."""
MAX_NOISE_SHOWN = 200
MAX_WINDOW_NM = 10.0
"""Maxima of larger windows keep a distance from stronger ones as if their window were this large."""


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

    min_probability: float = 0.5
    rejected: tuple[Wavevector, ...] = ()
    restored: tuple[Wavevector, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.min_probability <= 1:
            raise RecipeError(
                f"The least signal probability must lie between 0 and 1, got {self.min_probability:g}."
            )


@dataclass(frozen=True, eq=False)
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

    def __len__(self) -> int:
        return len(self.g_per_nm)


@dataclass(frozen=True, eq=False)
class Spots:
    """Distinct pairs before classification: those with fringe maps, then the others."""

    g_per_nm: FloatArray
    g_sigma_per_nm: FloatArray
    best: IntArray
    maps: tuple[tuple[int, ...], ...]

    @property
    def has_maps(self) -> BoolArray:
        """Shape (n,): fringes were followed."""
        return np.array([bool(indices) for indices in self.maps], dtype=bool)


def marked(g_per_nm: FloatArray, marks: tuple[Wavevector, ...]) -> BoolArray:
    """Which pairs (n, 2) a person marked: the nearest to each mark."""
    chosen = np.zeros(len(g_per_nm), dtype=bool)
    for mark in marks:
        if len(g_per_nm):
            distance = distance_per_nm(g_per_nm, np.asarray(mark))
            nearest = int(np.argmin(distance))
            chosen[nearest] |= bool(distance[nearest] <= MATCH_PER_NM)
    return chosen


def merge_maps(
    fringes: FringeMaps, tolerance_per_nm: float
) -> tuple[FloatArray, FloatArray, list[list[int]]]:
    """Fringe maps of one spot become one pair, at their weighted mean."""
    members: list[list[int]] = []
    centres = np.zeros((0, 2))
    for index, map_ in enumerate(fringes.maps):
        g = half_plane(np.asarray([map_.g_per_nm]))[0]
        distance = distance_per_nm(centres, g)
        if len(members) and distance.min() < tolerance_per_nm:
            members[int(distance.argmin())].append(index)
        else:
            members.append([index])
            centres = np.vstack([centres, g])
    means, sigmas = centres.copy(), np.zeros(len(members))
    for pair, indices in enumerate(members):
        g = np.array([fringes.maps[i].g_per_nm for i in indices])
        g[(g @ centres[pair]) < 0] *= -1
        weight = 1 / np.array([fringes.maps[i].g_sigma_per_nm for i in indices]) ** 2
        means[pair] = weight @ g / weight.sum()
        sigmas[pair] = 1 / np.sqrt(weight.sum())
    return half_plane(means), sigmas, members


def other_maxima(candidates: Candidates, taken: FloatArray) -> list[int]:
    """Rows of `Candidates`, strongest first, that are neither a pair with maps nor near a stronger row."""
    g_per_nm, reach = candidates.g_per_nm, 1 / np.minimum(candidates.window_nm, MAX_WINDOW_NM)
    beyond = (g_per_nm**2).sum(axis=1) - reach**2
    rows: IntArray = np.arange(len(candidates))

    def apart_from(g: FloatArray) -> IntArray:
        # The nearer of +g and -g is at a squared distance of a² + b² - 2 |a b|.
        return np.asarray(rows[beyond[rows] + g @ g >= 2 * np.abs(g_per_nm[rows] @ g)])

    for g in taken:
        rows = apart_from(g)
    chosen: list[int] = []
    while len(rows) and len(chosen) < MAX_NOISE_SHOWN:
        chosen.append(int(rows[0]))
        rows = apart_from(g_per_nm[rows[0]])
    return chosen


def features_of(spectrum: Spectrum, candidates: Candidates, rows: IntArray) -> FloatArray:
    """The features of some candidates, shape (len(rows), len(FEATURES))."""
    g = candidates.g_per_nm[rows]
    profile = spectrum.profile
    rings = np.log(np.maximum(profile.mean / profile.noise, 1e-3))
    excess = np.interp(np.hypot(*g.T), profile.g_per_nm, rings)
    sizes, powers = candidates.window_nm[rows], np.empty((3, len(rows)))
    for size in np.unique(sizes):
        same = np.flatnonzero(sizes == size)
        centres = candidates.centre_px[rows[same]]
        for k, ratio in enumerate((1 / SCALE_RATIO, 1.0, SCALE_RATIO)):
            powers[k, same] = window_powers(
                (spectrum.whitened,), spectrum.pixel_size, centres, float(size * ratio), g[same]
            )
    smaller, here, larger = powers
    agreement = np.log(np.maximum((smaller + larger) / (2 * np.maximum(here, 1e-6)), 1e-3))
    return np.column_stack([np.log(candidates.power[rows]), candidates.sharpness[rows], excess, agreement])


def _spots(spectrum: Spectrum, candidates: Candidates, fringes: FringeMaps) -> Spots:
    side = np.sqrt(spectrum.whitened.size * spectrum.pixel_size.area_nm2)
    g, sigma, members = merge_maps(fringes, MERGE_PER_FIELD / side)
    best = [min((c for c in (fringes.maps[i].candidate for i in m) if c >= 0), default=-1) for m in members]
    others = other_maxima(candidates, g)
    g_all = np.vstack([g, candidates.g_per_nm[others]])
    width = 1 / (2 * np.pi * candidates.window_nm[others] * np.sqrt(candidates.power[others] / 6))
    inside = (np.hypot(*g_all.T) >= spectrum.band_per_nm[0]) & (np.hypot(*g_all.T) <= spectrum.band_per_nm[1])
    keep = np.flatnonzero(inside)
    maps = [tuple(m) for m in members] + [()] * len(others)
    return Spots(
        g_all[keep],
        np.concatenate([sigma, width])[keep],
        np.array([*best, *others], dtype=np.int64)[keep],
        tuple(maps[i] for i in keep),
    )


@dataclass(frozen=True, eq=False)
class Weighed:
    """What the mixture says of every spot, before the person's word."""

    candidates: Candidates
    spots: Spots
    features: FloatArray
    probability: FloatArray
    significant: BoolArray
    snr: FloatArray
    mixture: Mixture | None


_known: WeakKeyDictionary[FringeMaps, Weighed] = WeakKeyDictionary()
"""The last weighing of every field: the sensitivity and the person's word do not change it."""


def _believed(
    spectrum: Spectrum, candidates: Candidates, fringes: FringeMaps, spots: Spots, followed: IntArray
) -> BoolArray:
    """Which of the spots whose fringes were followed to believe."""
    excess = np.array([max(fringes.maps[m].excess for m in spots.maps[i]) for i in followed])
    power = candidates.power[spots.best[followed]]
    return believed(expected_from_noise(excess, power, n_values(spectrum)), candidates.false_alarms)


def weigh(spectrum: Spectrum, candidates: Candidates, fringes: FringeMaps) -> Weighed:
    known = _known.get(fringes)
    if known is not None and known.candidates is candidates:
        return known
    spots = _spots(spectrum, candidates, fringes)
    found = spots.best >= 0
    rows = spots.best[found]
    features = np.zeros((len(found), len(FEATURES)))
    significant = np.zeros(len(found), dtype=bool)
    snr, probability = np.zeros(len(found)), np.zeros(len(found))
    features[found] = features_of(spectrum, candidates, rows)
    significant[found] = candidates.significant[rows]
    snr[found] = np.sqrt(candidates.power[rows])
    for i in np.flatnonzero(~found):
        snr[i] = max(fringes.maps[m].plateau for m in spots.maps[i])
    usable = found & (spots.has_maps | ~significant)
    followed = found & spots.has_maps
    significant[followed] &= _believed(spectrum, candidates, fringes, spots, np.flatnonzero(followed))
    chosen = spots.best[usable]
    excess = (candidates.power[chosen] - candidates.threshold[chosen]) / TAIL
    excess = np.where(significant[usable], excess, np.minimum(excess, 0.0))
    probability[usable], mixture = signal_probabilities(features[usable], excess)
    probability[~found] = 1.0
    weighed = Weighed(candidates, spots, features, probability, significant, snr, mixture)
    _known[fringes] = weighed
    return weighed


def classify(
    spectrum: Spectrum, candidates: Candidates, fringes: FringeMaps, parameters: PeakParameters
) -> Peaks:
    """Friedel pairs with their signal probability, and whether they count.

    Parameters
    ----------
    spectrum
        Whitened image, band and radial profile.
    candidates
        Maxima of the local spectra.
    fringes
        What was left of each significant candidate after stronger ones were explained.
    parameters
        Sensitivity, and the person's word.
    """
    weighed = weigh(spectrum, candidates, fringes)
    spots, has_maps = weighed.spots, weighed.spots.has_maps
    added = spots.best < 0
    rejected = marked(spots.g_per_nm, parameters.rejected)
    restored = marked(spots.g_per_nm, parameters.restored) & ~rejected
    likely = weighed.significant & (weighed.probability >= parameters.min_probability)
    accepted = has_maps & (likely | added | restored) & ~rejected
    by_hand = np.where(rejected, "rejected", np.where(restored, "restored", np.where(added, "added", "")))
    order = np.argsort(-weighed.snr, kind="stable")
    return Peaks(
        spots.g_per_nm[order],
        spots.g_sigma_per_nm[order],
        weighed.snr[order],
        weighed.features[order],
        weighed.probability[order],
        weighed.significant[order],
        (weighed.significant & ~has_maps)[order],
        accepted[order],
        tuple(str(by_hand[i]) for i in order),
        tuple(spots.maps[i] for i in order),
        weighed.mixture,
    )
