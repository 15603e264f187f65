"""Maxima of the local spectra: where a wave is found, and that noise is not called significant."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import field_of, grain

from hrtem_core.errors import RecipeError
from hrtem_core.image.wavevectors import azimuth_deg
from hrtem_core.numerics.interpolation import vertex
from hrtem_core.preparation.prepare import PreparationParameters, prepare
from hrtem_core.spectrum import transform
from hrtem_core.spectrum.candidates import CandidateParameters, Candidates, find_candidates
from hrtem_core.spectrum.tuning import SpectrumTuning
from hrtem_core.spectrum.whitening import Spectrum, SpectrumParameters
from hrtem_core.synthesis import FieldParameters, Fringes, scene_with

FIELD = field_of((320, 416))


def spectrum_of(*grains, field: FieldParameters = FIELD, seed: int = 0) -> Spectrum:
    scene = scene_with(grains, field, seed=seed)
    return transform(prepare(scene.micrograph, PreparationParameters()), SpectrumParameters())


def near(candidates: Candidates, g: tuple[float, float], tolerance_per_nm: float) -> np.ndarray:
    distance = [np.hypot(*(sign * candidates.g_per_nm - g).T) for sign in (1, -1)]
    return np.minimum(*distance) < tolerance_per_nm


def test_the_vertex_of_a_gaussian_is_found_exactly() -> None:
    shift = np.array([-0.4, -0.1, 0.0, 0.23, 0.5])
    powers = [np.exp(-((k - shift) ** 2) / 1.7) for k in (-1, 0, 1)]
    np.testing.assert_allclose(vertex(*powers), shift, atol=1e-12)


def test_where_there_is_no_maximum_nothing_is_shifted() -> None:
    flat = np.ones(2)
    np.testing.assert_array_equal(vertex(flat, flat, flat), 0)
    np.testing.assert_array_equal(vertex(2 * flat, flat, 2 * flat), 0)
    assert np.abs(vertex(np.array([0.9]), np.array([1.0]), np.array([1e3]))).max() <= 0.5


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_significant_in_an_amorphous_film(seed: int) -> None:
    candidates = find_candidates(spectrum_of(seed=seed), CandidateParameters())
    assert len(candidates) > 50  # noise maxima are kept to show the mixture what noise is
    assert not candidates.significant.any()


def test_a_grain_is_found_in_place_and_in_g() -> None:
    fringes = Fringes.of_spacing(0.27, 130.0, rho=30.0)
    candidates = find_candidates(spectrum_of(grain(FIELD, (4.0, 9.0), 4.0, fringes)), CandidateParameters())
    assert candidates.significant[0]
    assert near(candidates, fringes.g_per_nm, 0.06)[0]
    scale = np.array([9.6, 12.48]) / np.array(spectrum_of().grid.shape)
    assert np.hypot(*(candidates.centre_px[0] * scale - (4.0, 9.0))) < 1.0
    assert 2.4 < candidates.window_nm[0] < 6.5


def test_another_tuning_looks_with_other_windows_and_thresholds() -> None:
    spectrum = spectrum_of()
    whole_nm = 0.03 * np.sqrt(320 * 416)
    wider = find_candidates(spectrum, CandidateParameters(), tuning=SpectrumTuning(window_sizes_nm=(5.0,)))
    sizes = {round(float(size)) for size in wider.window_nm}
    assert sizes == {5, round(whole_nm)}
    lax = find_candidates(spectrum, CandidateParameters(), tuning=SpectrumTuning(tail=0.8))
    assert lax.threshold.min() < find_candidates(spectrum, CandidateParameters()).threshold.min()


def test_rows_are_friedel_pairs_strongest_first() -> None:
    fringes = Fringes.of_spacing(0.27, 130.0, rho=30.0)
    candidates = find_candidates(spectrum_of(grain(FIELD, (4.0, 9.0), 4.0, fringes)), CandidateParameters())
    ratio = candidates.power / candidates.threshold
    assert (np.diff(ratio) <= 0).all()
    assert (candidates.g_per_nm[:, 0] <= 0).all()
    assert ((azimuth_deg(candidates.g_per_nm) >= 0) & (azimuth_deg(candidates.g_per_nm) < 180)).all()
    columns = (candidates.centre_px, candidates.window_nm, candidates.sharpness, candidates.g_per_nm)
    assert all(len(column) == len(candidates) for column in columns)
    assert ((candidates.sharpness > 0) & (candidates.sharpness <= 1)).all()


def test_small_windows_see_a_small_grain_that_the_whole_field_does_not() -> None:
    field = field_of((640, 640))
    fringes = Fringes.of_spacing(0.27, 60.0, rho=12.0)
    candidates = find_candidates(
        spectrum_of(grain(field, (6.0, 12.0), 2.5, fringes), field=field), CandidateParameters()
    )
    found = near(candidates, fringes.g_per_nm, 0.2) & candidates.significant
    assert found.any()
    assert candidates.window_nm[found].max() < 10


def test_more_false_alarms_allowed_is_a_lower_threshold() -> None:
    spectrum = spectrum_of()
    strict, lax = (find_candidates(spectrum, CandidateParameters(n)) for n in (1e-3, 10.0))
    assert strict.threshold.min() > lax.threshold.max()
    assert np.count_nonzero(lax.significant) > np.count_nonzero(strict.significant)
    # ten false alarms asked for; maxima of overlapping windows are not independent
    assert 1 <= np.count_nonzero(lax.significant) <= 40


def test_loud_noise_in_one_half_is_not_significant() -> None:
    spectrum = spectrum_of(seed=5)
    loud = np.array(spectrum.whitened)
    loud[:, loud.shape[1] // 2 :] *= 0.5
    assert not find_candidates(replace(spectrum, whitened=loud), CandidateParameters()).significant.any()


@pytest.mark.parametrize("given", [0.0, -1.0, 101.0, float("nan")])
def test_an_impossible_number_of_false_alarms_is_refused(given: float) -> None:
    with pytest.raises(RecipeError, match=r"false_alarms must lie between 1e-06 and 100, got"):
        CandidateParameters(given)
