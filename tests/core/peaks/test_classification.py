"""Friedel pairs, and that a person's word holds when parameters change."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import analyzed, two_grains
from products import peaks_at

from hrtem_core.analysis import Analysis
from hrtem_core.errors import RecipeError
from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.image.wavevectors import distance_per_nm
from hrtem_core.peaks.classification import PeakParameters, accept, marked, nearest_pair
from hrtem_core.peaks.features import FEATURES
from hrtem_core.peaks.tuning import PEAK_TUNING, PeakTuning
from hrtem_core.peaks.weighing import merge_maps, weigh
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.spectrum.whitening import SpectrumParameters

REACH = PEAK_TUNING.match_per_nm


def again(analysis: Analysis, parameters: PeakParameters):
    return accept(weigh(analysis.spectrum, analysis.candidates, analysis.fringes), parameters)


def mark_of(analysis: Analysis, row: int) -> tuple[float, float]:
    """A click near the pair's other member."""
    g = analysis.peaks.g_per_nm[row]
    return (-float(g[0]) + 0.02, -float(g[1]) - 0.02)


def map_at(g: tuple[float, float], sigma: float) -> FringeMap:
    positions = np.arange(3.0)
    return FringeMap(
        candidate=0,
        g_per_nm=g,
        g_sigma_per_nm=sigma,
        resolution_nm=0.6,
        rows_px=positions,
        cols_px=positions,
        snr=np.zeros((3, 3), np.float32),
        plateau=5.0,
        excess=20.0,
    )


def test_every_drawn_reflection_is_an_accepted_pair() -> None:
    scene, analysis = two_grains()
    peaks = analysis.peaks
    accepted = np.flatnonzero(peaks.accepted)
    assert len(accepted) == 2
    truth = [np.array([r.g_row_per_nm, r.g_col_per_nm]) for _, _, r in scene.truth()]
    for g in truth:
        distance = distance_per_nm(peaks.g_per_nm[accepted], g)
        sigma = peaks.g_sigma_per_nm[accepted][distance.argmin()]
        assert distance.min() < max(4 * sigma, 0.03)
    assert peaks.maps[accepted[0]]
    assert (peaks.signal_probability[accepted] > 0.5).all()


def test_pairs_are_sorted_by_strength_and_named_by_the_upper_member() -> None:
    peaks = two_grains()[1].peaks
    assert (np.diff(peaks.snr) <= 0).all()
    assert (peaks.g_per_nm[:, 0] <= 0).all()
    columns = (
        peaks.g_sigma_per_nm,
        peaks.features,
        peaks.accepted,
        peaks.by_hand,
        peaks.maps,
        peaks.explained,
    )
    assert {len(column) for column in columns} == {len(peaks)}
    assert peaks.features.shape[1] == len(FEATURES)
    assert (peaks.g_sigma_per_nm > 0).all()
    assert ((peaks.signal_probability >= 0) & (peaks.signal_probability <= 1)).all()


def test_no_candidate_below_the_false_alarm_threshold_becomes_signal() -> None:
    peaks = again(two_grains()[1], PeakParameters(min_probability=0.0))
    assert not (peaks.accepted & ~peaks.significant).any()


def test_sensitivity_is_the_least_probability_of_an_accepted_pair() -> None:
    _, analysis = two_grains()
    for least in (0.2, 0.8, 1.0):
        peaks = again(analysis, PeakParameters(min_probability=least))
        assert (peaks.signal_probability[peaks.accepted] >= least).all()
    assert again(analysis, PeakParameters(min_probability=0.0)).accepted.sum() >= 2


def test_a_rejected_pair_stays_rejected_when_parameters_change() -> None:
    scene, analysis = two_grains()
    mark = mark_of(analysis, 0)
    rejected = again(analysis, PeakParameters(rejected=(mark,)))
    assert rejected.by_hand[0] == "rejected"
    assert not rejected.accepted[0]
    assert rejected.accepted[1:].sum() == analysis.peaks.accepted[1:].sum()
    other = replace(
        Recipe(peaks=PeakParameters(0.1, rejected=(mark,))), spectrum=SpectrumParameters(0.16, 0.5)
    )
    peaks = analyzed(scene, other).peaks
    (row,) = [i for i, word in enumerate(peaks.by_hand) if word == "rejected"]
    assert distance_per_nm(peaks.g_per_nm[[row]], np.array(mark))[0] < 0.06
    assert not peaks.accepted[row]


def test_a_rejected_pair_stays_explained() -> None:
    scene, analysis = two_grains()
    recipe = Recipe(peaks=PeakParameters(rejected=(mark_of(analysis, 0),)))
    rejected = analyzed(scene, recipe)
    assert len(rejected.domains.accepted) == len(analysis.domains.accepted) - 1
    assert len(rejected.fringes.maps) == len(analysis.fringes.maps)


def test_a_restored_pair_counts_whatever_the_sensitivity() -> None:
    scene, analysis = two_grains()
    mark = mark_of(analysis, 1)
    strict = again(analysis, PeakParameters(min_probability=1.0))
    restored = again(analysis, PeakParameters(min_probability=1.0, restored=(mark,)))
    assert restored.accepted.sum() == strict.accepted.sum() + (not strict.accepted[1])
    assert restored.by_hand[1] == "restored"
    other = Recipe(
        peaks=PeakParameters(min_probability=1.0, restored=(mark,)), spectrum=SpectrumParameters(0.16, 0.5)
    )
    peaks = analyzed(scene, other).peaks
    row = peaks.by_hand.index("restored")
    assert peaks.accepted[row]
    assert distance_per_nm(peaks.g_per_nm[[row]], np.array(mark))[0] < 0.06


def test_a_weak_find_that_stands_alone_is_offered_and_not_accepted() -> None:
    _, analysis = two_grains()
    weak = replace(
        analysis.candidates, power=np.minimum(analysis.candidates.power, analysis.candidates.threshold * 1.02)
    )
    alone = replace(analysis.fringes.maps[0], excess=8.5)
    fringes = FringeMaps((alone,), (0,) + (-1,) * (len(weak) - 1), analysis.fringes.residual)
    weighed = weigh(analysis.spectrum, weak, fringes)
    peaks = accept(weighed, PeakParameters())
    row = next(i for i, maps in enumerate(peaks.maps) if maps)
    assert not peaks.accepted.any()
    assert not peaks.significant[row]
    assert peaks.signal_probability[row] < 0.5
    mark = (float(peaks.g_per_nm[row, 0]), float(peaks.g_per_nm[row, 1]))
    restored = accept(weighed, PeakParameters(restored=(mark,)))
    assert restored.accepted[row]
    surer = accept(
        weigh(analysis.spectrum, weak, replace(fringes, maps=(replace(alone, excess=40.0),))),
        PeakParameters(),
    )
    assert surer.accepted[row]


def test_another_tuning_weighs_otherwise() -> None:
    _, analysis = two_grains()
    inputs = analysis.spectrum, analysis.candidates, analysis.fringes
    as_described = weigh(*inputs)
    wary = weigh(*inputs, tuning=PeakTuning(significant=-9.0))
    followed = as_described.spots.has_maps
    assert (as_described.probability[followed] > 0.5).all()
    assert (wary.probability[followed] < as_described.probability[followed]).all()
    one_spot = weigh(*inputs, tuning=PeakTuning(merge_per_field=1e3))
    assert sum(map(bool, one_spot.spots.maps)) == 1


def test_another_tuning_gives_marks_another_reach() -> None:
    _, analysis = two_grains()
    g = analysis.peaks.g_per_nm[0]
    weighed = weigh(analysis.spectrum, analysis.candidates, analysis.fringes)
    beside = PeakParameters(rejected=((float(g[0]) + 0.1, float(g[1])),))
    assert "rejected" not in accept(weighed, beside).by_hand
    assert accept(weighed, beside, tuning=PeakTuning(match_per_nm=0.2)).by_hand[0] == "rejected"


def test_rejection_outweighs_restoration() -> None:
    _, analysis = two_grains()
    mark = mark_of(analysis, 0)
    peaks = again(analysis, PeakParameters(rejected=(mark,), restored=(mark,)))
    assert peaks.by_hand[0] == "rejected"
    assert not peaks.accepted[0]


def test_a_mark_where_there_is_no_pair_changes_nothing() -> None:
    _, analysis = two_grains()
    peaks = again(analysis, PeakParameters(rejected=((-7.7, 0.3),)))
    free = distance_per_nm(peaks.g_per_nm[peaks.accepted], np.array((-7.7, 0.3))).min()
    assert free > 0.06
    np.testing.assert_array_equal(peaks.accepted, analysis.peaks.accepted)


def test_an_added_peak_is_accepted_and_marked_as_added() -> None:
    scene, analysis = two_grains()
    # the pursuit is told not to find anything itself: the range leaves the grain at 0.31 nm out
    g = next((r.g_row_per_nm, r.g_col_per_nm) for _, _, r in scene.truth() if r.d_nm > 0.3)
    recipe = Recipe(added=((-1.0, 6.0),))
    nothing_there = analyzed(scene, recipe)
    assert nothing_there.peaks.accepted.sum() >= analysis.peaks.accepted.sum()
    weak = replace(scene.micrograph, intensity=scene.micrograph.intensity, digest="")
    found = analyzed(replace(scene, micrograph=weak), Recipe(added=(g,)))
    assert distance_per_nm(found.peaks.g_per_nm[found.peaks.accepted], np.array(g)).min() < 0.1


def test_marks_name_the_nearest_pair_within_reach() -> None:
    g = np.array([[-3.0, 1.0], [-3.0, 1.05], [-1.0, 4.0]])
    assert marked(g, ((-3.0, 1.04),), REACH).tolist() == [False, True, False]
    assert marked(g, ((1.0, -4.02),), REACH).tolist() == [False, False, True]
    assert not marked(g, ((-2.0, 2.0),), REACH).any()
    assert marked(np.zeros((0, 2)), ((1.0, 1.0),), REACH).shape == (0,)


def test_maps_of_one_spot_become_one_pair_at_their_weighted_mean() -> None:
    maps = (map_at((-3.0, 1.0), 0.01), map_at((3.03, -1.0), 0.02), map_at((-1.0, 4.0), 0.01))
    g, sigma, members = merge_maps(FringeMaps(maps, (), np.zeros((2, 2))), 0.05)
    assert members == [[0, 1], [2]]
    np.testing.assert_allclose(g, [[-(3.0 * 4 + 3.03) / 5, 1.0], [-1.0, 4.0]])
    np.testing.assert_allclose(sigma, [1 / np.sqrt(1e4 + 2500), 0.01])


@pytest.mark.parametrize("given", [-0.1, 1.1, float("nan")])
def test_an_impossible_probability_is_refused(given: float) -> None:
    with pytest.raises(RecipeError, match=r"peaks\.min_probability must lie between 0 and 1, got"):
        PeakParameters(min_probability=given)


def test_the_pair_at_a_place_is_one_that_stands_if_there_is_one() -> None:
    pairs = peaks_at([0.4, 0.41, 0.2], azimuth_deg=[30, 30, 90], accepted=[False, True, False])
    g = (float(pairs.g_per_nm[0, 0]), float(pairs.g_per_nm[0, 1]))
    assert nearest_pair(pairs, g, 0.1) == 1
    assert nearest_pair(pairs, (-g[0], -g[1]), 0.1) == 1
    assert nearest_pair(pairs, g, 0.01) == 0
    assert nearest_pair(pairs, g, 0.01, noise=False) is None
    assert nearest_pair(pairs, (0.0, 9.0), 0.1) is None
    rejected = replace(pairs, by_hand=("rejected", "", ""))
    assert nearest_pair(rejected, g, 0.1, noise=False) == 0
    assert nearest_pair(peaks_at([]), g) is None
