"""Stage 1, FFT peaks: Friedel pairs of the spectrum, weighed before a person's word."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.fringes import FringeMaps
from hrtem_core.image import distance_per_nm, half_plane, scaled_lengths
from hrtem_core.numerics import BoolArray, FloatArray, IntArray
from hrtem_core.peaks.false_discoveries import believed, expected_from_noise, n_values
from hrtem_core.peaks.features import FEATURES, features_of
from hrtem_core.peaks.mixture import Mixture, signal_probabilities
from hrtem_core.peaks.outer_orders import first_orders_nm
from hrtem_core.peaks.tuning import PEAK_TUNING, PeakTuning
from hrtem_core.spectrum import Candidates, Spectrum


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


def other_maxima(candidates: Candidates, taken: FloatArray, tuning: PeakTuning) -> list[int]:
    """Rows of `Candidates`, strongest first, that are neither a pair with maps nor near a stronger row."""
    g_per_nm, reach = candidates.g_per_nm, 1 / np.minimum(candidates.window_nm, tuning.max_window_nm)
    beyond = (g_per_nm**2).sum(axis=1) - reach**2
    rows: IntArray = np.arange(len(candidates))

    def apart_from(g: FloatArray) -> IntArray:
        # The nearer of +g and -g is at a squared distance of a² + b² - 2 |a b|.
        return np.asarray(rows[beyond[rows] + g @ g >= 2 * np.abs(g_per_nm[rows] @ g)])

    for g in taken:
        rows = apart_from(g)
    chosen: list[int] = []
    while len(rows) and len(chosen) < tuning.max_noise_shown:
        chosen.append(int(rows[0]))
        rows = apart_from(g_per_nm[rows[0]])
    return chosen


def _spots(spectrum: Spectrum, candidates: Candidates, fringes: FringeMaps, tuning: PeakTuning) -> Spots:
    side = np.sqrt(spectrum.grid.area_nm2)
    g, sigma, members = merge_maps(fringes, tuning.merge_per_field / side)
    best = [min((c for c in (fringes.maps[i].candidate for i in m) if c >= 0), default=-1) for m in members]
    others = other_maxima(candidates, g, tuning)
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


@dataclass(frozen=True, eq=False, kw_only=True)
class Weighed:
    """What the mixture says of every pair, before a person's word; every array has one row per pair.

    Parameters
    ----------
    spots
        Where the pairs are, and their fringe maps.
    features
        Shape (n, len(FEATURES)); 0 for peaks added by hand.
    probability
        Shape (n,): calibrated probability of being a lattice.
    significant
        Shape (n,): above the false-alarm threshold, and believed among the other finds.
    snr
        Shape (n,): amplitude over the local noise in the window where the peak is strongest.
    mixture
        None when there were too few candidates to fit.
    first_order_nm
        Shape (n,): the spacing outside the range looked for of which a pair is a higher order; 0 for others.
    """

    spots: Spots
    features: FloatArray
    probability: FloatArray
    significant: BoolArray
    snr: FloatArray
    mixture: Mixture | None
    first_order_nm: FloatArray


def _believed(
    spectrum: Spectrum,
    candidates: Candidates,
    fringes: FringeMaps,
    spots: Spots,
    followed: IntArray,
    tuning: PeakTuning,
) -> BoolArray:
    """Which of the spots whose fringes were followed to believe: none, if all are at the threshold."""
    excess = np.array([max(fringes.maps[m].excess for m in spots.maps[i]) for i in followed])
    rows = spots.best[followed]
    power = candidates.power[rows]
    expected = expected_from_noise(excess, power, n_values(spectrum), tuning)
    sure = (power >= tuning.sure_power * candidates.threshold[rows]) | (excess >= tuning.sure_excess)
    return sure.any() & believed(expected, candidates.false_alarms / tuning.full_allowance)


def weigh(
    spectrum: Spectrum,
    candidates: Candidates,
    fringes: FringeMaps,
    *,
    tuning: PeakTuning = PEAK_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Weighed:
    """The Friedel pairs of a field, each with its probability of being a lattice.

    Strategy (docs/method.md, section 9): maps of one spot become a pair; maxima of noise join them, to show
    the mixture what noise is; significance, the share of false finds, and the mixture's posterior together
    give the probability.

    The expensive half of the classification: neither the sensitivity nor a person's word changes it.

    Parameters
    ----------
    spectrum
        Whitened image, band and radial profile.
    candidates
        Maxima of the local spectra.
    fringes
        What was left of each significant candidate after stronger ones were explained.
    tuning
        The numbers of the method.
    checkpoint
        Called after every step.
    """
    tuning = scaled_lengths(tuning, spectrum.length_scale)
    spots = _spots(spectrum, candidates, fringes, tuning)
    checkpoint()
    found = spots.best >= 0
    rows = spots.best[found]
    features = np.zeros((len(found), len(FEATURES)))
    significant = np.zeros(len(found), dtype=bool)
    snr, probability = np.zeros(len(found)), np.zeros(len(found))
    features[found] = features_of(spectrum, candidates, rows, tuning, checkpoint)
    significant[found] = candidates.significant[rows]
    snr[found] = np.sqrt(candidates.power[rows])
    for i in np.flatnonzero(~found):
        snr[i] = max(fringes.maps[m].plateau for m in spots.maps[i])
    usable = found & (spots.has_maps | ~significant)
    followed = found & spots.has_maps
    with_maps = np.flatnonzero(followed)
    significant[followed] &= _believed(spectrum, candidates, fringes, spots, with_maps, tuning)
    first = np.zeros(len(found))
    first[with_maps] = first_orders_nm(
        spectrum, candidates, spots.best[with_maps], spots.g_per_nm[with_maps], tuning
    )
    significant &= first == 0
    chosen = spots.best[usable]
    excess = (candidates.power[chosen] - candidates.threshold[chosen]) / tuning.noise_scale
    excess = np.where(significant[usable], excess, np.minimum(excess, 0.0))
    probability[usable], mixture = signal_probabilities(features[usable], excess, tuning=tuning)
    probability[~found] = 1.0
    return Weighed(
        spots=spots,
        features=features,
        probability=probability,
        significant=significant,
        snr=snr,
        mixture=mixture,
        first_order_nm=first,
    )
