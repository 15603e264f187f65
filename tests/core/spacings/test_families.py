"""Families of equal spacing: truth by construction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from products import peaks_at

from hrtem_core.spacings.families import FamilyParameters, group_families
from hrtem_core.spacings.tuning import SpacingTuning

DEFAULT = FamilyParameters()


def test_nothing_accepted_is_empty() -> None:
    families = group_families(peaks_at([0.3, 0.2], accepted=[False, False]), DEFAULT, 0.0)
    assert families.d_nm.shape == families.d_sigma_nm.shape == families.family_id.shape == (0,)
    assert families.family_of_peak.tolist() == [0, 0]
    assert families.names == ()
    np.testing.assert_allclose(families.peak_d_nm, [0.3, 0.2])


def test_no_peaks_at_all_is_empty() -> None:
    families = group_families(peaks_at([]), DEFAULT, 0.0)
    assert families.family_of_peak.shape == families.peak_d_nm.shape == (0,)


def test_rings_are_numbered_from_the_largest_spacing() -> None:
    peaks = peaks_at([0.227, 0.4552, 0.317, 0.4548, 0.318, 0.12], accepted=[True] * 5 + [False])
    families = group_families(peaks, DEFAULT, 0.0)
    assert families.family_of_peak.tolist() == [3, 1, 2, 1, 2, 0]
    assert families.family_id.tolist() == [1, 2, 3]
    np.testing.assert_allclose(families.d_nm, [0.455, 0.3175, 0.227], rtol=1e-5)


def test_precise_spacings_part_where_vague_ones_stay_together() -> None:
    spacings = [0.2700, 0.2780]
    assert len(group_families(peaks_at(spacings, 0.0002), DEFAULT, 0.0).d_nm) == 2
    assert len(group_families(peaks_at(spacings, 0.0030), DEFAULT, 0.0).d_nm) == 1


def test_a_chain_of_neighbours_does_not_swallow_the_spectrum() -> None:
    spacings = np.geomspace(0.15, 0.3, 80)
    families = group_families(peaks_at(spacings.tolist(), 0.0003), DEFAULT, 0.0)
    width = [np.ptp(np.log(spacings[families.family_of_peak == i])) for i in families.family_id]
    assert max(width) < 0.06


def test_the_mean_is_weighted_and_its_uncertainty_that_of_the_mean() -> None:
    families = group_families(peaks_at([0.300, 0.301], [0.0005, 0.001]), DEFAULT, 0.0)
    np.testing.assert_allclose(families.d_nm, [(0.300 / 0.0005**2 + 0.301 / 0.001**2) / 5e6], rtol=1e-5)
    np.testing.assert_allclose(families.d_sigma_nm, [np.sqrt(1 / 5e6)], rtol=0.01)


def test_scatter_beyond_the_uncertainties_widens_that_of_the_mean() -> None:
    families = group_families(peaks_at([0.299, 0.300, 0.301], 0.0001), DEFAULT, 0.0)
    np.testing.assert_allclose(families.d_sigma_nm, [0.001 / np.sqrt(3)], rtol=0.01)


def test_calibration_adds_in_quadrature_and_takes_no_part_in_grouping() -> None:
    peaks = peaks_at([0.30, 0.28], 0.0003)
    families = group_families(peaks, DEFAULT, 0.1)
    assert families.family_of_peak.tolist() == [1, 2]
    np.testing.assert_allclose(families.d_sigma_nm, np.hypot(0.0003, [0.030, 0.028]), rtol=1e-6)
    np.testing.assert_allclose(families.peak_d_sigma_nm, np.hypot(0.0003, [0.030, 0.028]), rtol=1e-6)


def test_a_person_merges_splits_and_names_by_spacing() -> None:
    peaks = peaks_at([0.30, 0.28, 0.20, 0.2005])
    merged = group_families(peaks, FamilyParameters(merged=((0.299, 0.281),), names=((0.2, "low"),)), 0.0)
    assert merged.family_of_peak.tolist() == [1, 1, 2, 2]
    assert merged.names == ("", "low")
    split = group_families(peaks, FamilyParameters(split_at_d_nm=(0.2002,)), 0.0)
    assert split.family_of_peak.tolist() == [1, 2, 4, 3]


def test_edits_that_name_no_family_do_nothing() -> None:
    peaks = peaks_at([0.30, 0.28])
    edited = FamilyParameters(merged=((0.30, 0.5),), names=((0.9, "none"),), split_at_d_nm=(0.1, 0.9))
    families = group_families(peaks, edited, 0.0)
    assert families.family_of_peak.tolist() == [1, 2]
    assert families.names == ("", "")


@given(st.lists(st.floats(0.1, 1.0), min_size=1, max_size=12, unique=True), st.sampled_from([0.25, 0.5, 2.0]))
def test_scaling_the_pixels_scales_the_spacings(spacings: list[float], factor: float) -> None:
    sigma = [0.002 * d for d in spacings]
    before = group_families(peaks_at(spacings, sigma), DEFAULT, 0.0)
    after = group_families(
        peaks_at([d * factor for d in spacings], [s * factor for s in sigma]), DEFAULT, 0.0
    )
    assert before.family_of_peak.tolist() == after.family_of_peak.tolist()
    np.testing.assert_allclose(after.d_nm, before.d_nm * factor, rtol=1e-9)
    assert np.all(np.diff(after.d_nm) < 0) or len(after.d_nm) == 1


def test_a_peak_without_uncertainty_is_grouped_all_the_same() -> None:
    families = group_families(peaks_at([0.30, 0.3001, 0.2], 0.0), DEFAULT, 0.0)
    assert families.family_of_peak.tolist() == [1, 1, 2]
    assert np.all(np.isfinite(families.d_sigma_nm))


def test_another_tuning_says_how_well_a_spacing_can_be_known() -> None:
    peaks = peaks_at([0.30, 0.20], 0.0)
    coarse = group_families(peaks, DEFAULT, 0.0, tuning=SpacingTuning(least_relative_sigma=0.01))
    np.testing.assert_allclose(coarse.d_sigma_nm, 0.01 * coarse.d_nm)
    assert (group_families(peaks, DEFAULT, 0.0).d_sigma_nm < 1e-6).all()


@pytest.mark.parametrize("n", [300])
def test_hundreds_of_peaks_are_quick(n: int) -> None:
    spacings = np.random.default_rng(0).uniform(0.13, 0.6, n).tolist()
    families = group_families(peaks_at(spacings), DEFAULT, 0.01)
    assert set(families.family_of_peak.tolist()) == set(families.family_id.tolist())


def test_a_family_is_called_by_its_name_or_its_number() -> None:
    named = FamilyParameters(names=((0.2, "Au 200"),))
    families = group_families(peaks_at([0.3, 0.2]), named, 0.0)
    assert families.called == ["Family 1", "Au 200"]
    assert families.name_of(1) == "Au 200"


def test_families_of_one_name_are_told_apart() -> None:
    named = FamilyParameters(names=((0.2, "Au"), (0.3, "Au")))
    assert group_families(peaks_at([0.3, 0.2, 0.15]), named, 0.0).called == [
        "Au, family 1",
        "Au, family 2",
        "Family 3",
    ]
