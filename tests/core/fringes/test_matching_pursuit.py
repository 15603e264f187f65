"""Matching pursuit: what is taken out, what is left, and what is not believed."""

from functools import cache

import numpy as np
import pytest
from drawn_scenes import field_of, grain, iou
from scipy import ndimage

from hrtem_core.errors import RecipeError
from hrtem_core.fringes.maps import FringeMaps
from hrtem_core.fringes.matching_pursuit import add_by_hand, separate
from hrtem_core.fringes.residual import Pursuit
from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Micrograph, PixelSize, Wavevector, distance_per_nm
from hrtem_core.preparation.prepare import PreparationParameters, prepare
from hrtem_core.spectrum import transform
from hrtem_core.spectrum.candidates import CandidateParameters, find_candidates
from hrtem_core.spectrum.whitening import Spectrum, SpectrumParameters
from hrtem_core.spectrum.windows import window_powers
from hrtem_core.synthesis import Fringes, Scene, scene_with

FIELD = field_of((360, 420))
STRONG = Fringes.of_spacing(0.25, 35.0, rho=50.0)
CROSSED = Fringes.of_spacing(0.21, 130.0, rho=25.0)
WEAK = Fringes.of_spacing(0.30, 80.0, rho=5.0)


def spectrum_of(scene: Scene) -> Spectrum:
    return transform(prepare(scene.micrograph, PreparationParameters()), SpectrumParameters())


def separated(spectrum: Spectrum) -> FringeMaps:
    return separate(spectrum, find_candidates(spectrum, CandidateParameters()))


@cache
def crossed() -> tuple[Scene, Spectrum, FringeMaps]:
    """Two grains that overlap by half, one much stronger."""
    grains = [grain(FIELD, (5.0, 5.0), 5.0, STRONG), grain(FIELD, (5.5, 7.5), 5.0, CROSSED)]
    scene = scene_with(grains, FIELD, seed=1)
    spectrum = spectrum_of(scene)
    return scene, spectrum, separated(spectrum)


def on_working_grid(spectrum: Spectrum, mask: np.ndarray) -> np.ndarray:
    ratio = [n / m for n, m in zip(spectrum.grid.shape, mask.shape, strict=True)]
    return ndimage.zoom(mask.astype(float), ratio, order=1, grid_mode=True, mode="nearest") > 0.5


def test_both_of_two_overlapping_grains_are_explained_strongest_first() -> None:
    _, _, fringes = crossed()
    assert len(fringes.maps) == 2
    for map_, truth in zip(fringes.maps, (STRONG, CROSSED), strict=True):
        distance = distance_per_nm(map_.g_per_nm, truth.g_per_nm)
        assert distance < 0.02
        assert distance < 4 * map_.g_sigma_per_nm + 0.01
    owners = [owner for owner in fringes.map_of_candidate if owner >= 0]
    assert sorted(owners) == [0, 1]
    assert [fringes.map_of_candidate[map_.candidate] for map_ in fringes.maps] == [0, 1]


def test_each_map_stands_over_its_own_grain_only() -> None:
    scene, spectrum, fringes = crossed()
    rows, cols = (np.arange(n, dtype=float) for n in spectrum.grid.shape)
    for map_, item in zip(fringes.maps, scene.grains, strict=True):
        truth = on_working_grid(spectrum, item.mask)
        inside = map_.sampled(rows, cols) > map_.plateau / 2
        near = np.outer((rows >= map_.rows_px[0]) & (rows <= map_.rows_px[-1]),
                        (cols >= map_.cols_px[0]) & (cols <= map_.cols_px[-1]))  # fmt: skip
        assert iou(inside & near, truth) > 0.8


def test_what_is_left_is_noise() -> None:
    scene, spectrum, fringes = crossed()
    for item, truth in zip(scene.grains, (STRONG, CROSSED), strict=True):
        rows, cols = np.nonzero(on_working_grid(spectrum, item.mask))
        place, images = np.array([(rows.mean(), cols.mean())]), (spectrum.whitened, fringes.residual)
        g = np.array([truth.g_per_nm])
        before, after = window_powers(images, spectrum.grid.pixel_size, place, 4.0, g)[:, 0]
        assert before > 80
        assert after < 0.03 * before
    far = ~ndimage.binary_dilation(
        on_working_grid(spectrum, scene.grains[0].mask | scene.grains[1].mask), iterations=40
    )
    np.testing.assert_allclose(fringes.residual[far], spectrum.whitened[far], atol=1e-4)


def test_taking_out_takes_no_noise_along() -> None:
    _, spectrum, fringes = crossed()
    removed = spectrum.whitened - fringes.residual
    images, place, g = (removed, spectrum.whitened), np.array([(170.0, 200.0)]), np.array([(1.0, 6.0)])
    elsewhere = window_powers(images, spectrum.grid.pixel_size, place, 4.0, g)[:, 0]
    assert elsewhere[0] < 0.05 * max(elsewhere[1], 1.0)
    assert not fringes.residual.flags.writeable


def test_noise_alone_leaves_nothing_to_explain() -> None:
    spectrum = spectrum_of(scene_with((), FIELD, seed=4))
    fringes = separated(spectrum)
    assert fringes.maps == ()
    assert set(fringes.map_of_candidate) <= {-1}
    np.testing.assert_array_equal(fringes.residual, spectrum.whitened)


def test_the_side_lobes_of_a_strong_grain_are_explained_with_it() -> None:
    fringes = Fringes.of_spacing(0.25, 35.0, rho=120.0)
    spectrum = spectrum_of(scene_with([grain(FIELD, (5.4, 6.3), 5.0, fringes)], FIELD, seed=2))
    candidates = find_candidates(spectrum, CandidateParameters())
    assert candidates.significant.sum() > 20  # the same spot in many windows, and its lobes
    assert len(separate(spectrum, candidates).maps) == 1


def over_the_field(weaker: float) -> Spectrum:
    """Noise and two lattices that fill the field, 0.6 1/nm apart: twelve beats."""
    rows, cols = np.mgrid[:512, :512] * 0.04
    noise = np.random.default_rng(7).normal(0, 1, (512, 512))
    waves = 0.5 * np.cos(2 * np.pi * 3.2 * rows) + 0.5 * weaker * np.cos(
        2 * np.pi * (3.2 * rows + 0.6 * cols)
    )
    pixels = (1000 + 100 * (noise + waves)).astype(np.float32)
    micrograph = Micrograph(pixels, PixelSize(0.04, 0.04, "drawn"), "two lattices")
    return transform(prepare(micrograph, PreparationParameters()), SpectrumParameters())


def test_fringes_all_over_the_field_are_no_side_lobes() -> None:
    found = {tuple(np.round(np.abs(map_.g_per_nm), 2)) for map_ in separated(over_the_field(0.5)).maps}
    assert found == {(3.2, 0.0), (3.2, 0.6)}


def test_what_was_refused_is_not_measured_again_and_again() -> None:
    """Weak fringes beside strong ones are refused, and maxima in all windows of the field are theirs."""
    spectrum, tries = over_the_field(0.28), []
    candidates = find_candidates(spectrum, CandidateParameters())
    found = separate(spectrum, candidates, checkpoint=lambda: tries.append(1))
    assert len(found.maps) == 1
    near = distance_per_nm(candidates.g_per_nm[candidates.significant], Wavevector(3.2, 0.6)) < 0.1
    assert np.count_nonzero(near) > 20
    assert len(tries) < 10


def test_a_person_can_point_at_fringes_too_weak_to_be_found() -> None:
    spectrum = spectrum_of(scene_with([grain(FIELD, (5.0, 5.0), 4.0, WEAK)], FIELD, seed=3))
    found = separated(spectrum)
    assert found.maps == ()
    added = add_by_hand(spectrum, found, (WEAK.g_per_nm,))
    assert added.maps
    assert {map_.candidate for map_ in added.maps} == {-1}
    assert distance_per_nm(added.maps[0].g_per_nm, WEAK.g_per_nm) < 0.15


def test_what_was_found_stays_when_a_person_adds_a_peak() -> None:
    _, spectrum, found = crossed()
    added = add_by_hand(spectrum, found, ((-3.0, 1.0), (-1.0, 5.5)))
    assert added.maps[: len(found.maps)] == found.maps
    assert {map_.candidate for map_ in added.maps[len(found.maps) :]} <= {-1, -2}
    assert add_by_hand(spectrum, found, ()).maps == found.maps


def test_another_tuning_gives_another_answer() -> None:
    _, spectrum, found = crossed()
    candidates = find_candidates(spectrum, CandidateParameters())
    assert separate(spectrum, candidates, tuning=FringeTuning(min_excess=1e4)).maps == ()
    inner = separate(spectrum, candidates, tuning=FringeTuning(strain=0.01))
    for ours, theirs in zip(found.maps, inner.maps, strict=True):
        assert theirs.g_per_nm == ours.g_per_nm
        assert theirs.g_sigma_per_nm > 2 * ours.g_sigma_per_nm


def test_a_peak_added_by_hand_is_tuned_too() -> None:
    spectrum = spectrum_of(scene_with([grain(FIELD, (5.0, 5.0), 4.0, WEAK)], FIELD, seed=3))
    nothing = FringeMaps((), (), spectrum.whitened)
    assert add_by_hand(spectrum, nothing, (WEAK.g_per_nm,), tuning=FringeTuning(hand_snr=99.0)).maps == ()


def test_the_uncertainty_falls_with_the_signal() -> None:
    sigmas = []
    for rho in (12.0, 60.0):
        fringes = Fringes.of_spacing(0.25, 35.0, rho=rho)
        found = separated(spectrum_of(scene_with([grain(FIELD, (5.4, 6.3), 3.0, fringes)], FIELD, seed=2)))
        sigmas.append(found.maps[0].g_sigma_per_nm)
    # Cramér-Rao: 1/(2 pi rho s) with s = D/4 the spread of a disc along g
    assert sigmas[0] == pytest.approx(1 / (2 * np.pi * 12 * 0.75), rel=0.5)
    assert sigmas[1] < 0.5 * sigmas[0]


def test_what_was_taken_for_a_streak_once_is_taken_for_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbouring windows offer the same fringes again, at a slightly different noise level."""
    spectrum = spectrum_of(scene_with([grain(FIELD, (5.0, 5.0), 5.0, STRONG)], FIELD, seed=1))
    answers = iter([True])
    monkeypatch.setattr("hrtem_core.fringes.residual.is_streak", lambda *_, **__: next(answers, False))
    g, centre_px = STRONG.g_per_nm, tuple(5.0 / p for p in spectrum.grid.pixel_size.sizes_nm)
    pursuit = Pursuit(spectrum, spectrum.whitened)
    assert not pursuit.try_out(g, (centre_px[0], centre_px[1]), 4.0, 0)
    assert not pursuit.try_out(g, (centre_px[0] + 3, centre_px[1]), 4.0, 1)
    assert not pursuit.explained
    assert Pursuit(spectrum, spectrum.whitened).try_out(g, (centre_px[0], centre_px[1]), 4.0, 0)


def test_an_added_peak_that_the_pixels_do_not_show_is_refused() -> None:
    _, spectrum, found = crossed()
    finer = 1.1 * spectrum.band_per_nm[1]
    with pytest.raises(RecipeError, match=r"finer than the 0\.\d+ nm that these pixels show; take it out"):
        add_by_hand(spectrum, found, (Wavevector(0.0, finer),))
