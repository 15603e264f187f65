"""Lengths of the method are periods: what works at 0.25 nm works at 2 nm; no order is taken for a spacing."""

from functools import cache

import numpy as np
import pytest
from drawn_scenes import field_of, grain

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.domains import DomainParameters
from hrtem_core.fringes import FRINGE_TUNING
from hrtem_core.image import Micrograph, PixelSize, scaled_lengths
from hrtem_core.measures.scrutiny import scrutiny
from hrtem_core.recipe import Recipe
from hrtem_core.spectrum import SpectrumParameters
from hrtem_core.synthesis import Fringes, scene_with

DEFAULT = SpectrumParameters()


@cache
def fine() -> tuple[np.ndarray, Analysis]:
    """Two grains at the usual scale."""
    field = field_of((300, 320))
    grains = [
        grain(field, (3.5, 3.0), 4.5, Fringes.of_spacing(0.25, 20.0, rho=40.0)),
        grain(field, (5.0, 7.0), 3.5, Fringes.of_spacing(0.31, 110.0, rho=30.0)),
    ]
    scene = scene_with(grains, field, seed=3)
    return scene.micrograph.intensity, analyze(scene.micrograph, Recipe())


@pytest.mark.parametrize("factor", [5.0, 14.0])
def test_larger_pixels_and_spacings_give_the_same_domains(factor: float) -> None:
    pixels, plain = fine()
    micrograph = Micrograph(pixels, PixelSize(0.03 * factor, 0.03 * factor), "coarse")
    looked_for = SpectrumParameters(DEFAULT.min_d_nm * factor, DEFAULT.max_d_nm * factor)
    coarse = analyze(micrograph, Recipe(spectrum=looked_for))
    assert len(plain.domains.accepted) == len(coarse.domains.accepted) == 2
    for one, other in zip(plain.domains.accepted, coarse.domains.accepted, strict=True):
        np.testing.assert_allclose(np.multiply(other.g_per_nm, factor), one.g_per_nm, rtol=1e-3)
        shared, areas = one.footprint.shared(other.footprint), (one.footprint, other.footprint)
        assert shared > 0.97 * max(area.n_pixels for area in areas)


@pytest.mark.parametrize(
    ("limits", "scale"),
    [((0.127, 0.65), 1), ((0.2, 0.5), 1), ((0.1, 0.65), 1), ((1.27, 6.5), 10), ((0.15, 10), 0.15 / 0.127)],
)
def test_the_scale_is_the_ranges(limits: tuple[float, float], scale: float) -> None:
    assert SpectrumParameters(*limits).length_scale(0.01) == pytest.approx(scale)


def test_coarse_pixels_that_show_part_of_the_default_range_change_nothing() -> None:
    assert DEFAULT.length_scale(0.3) == 1


def test_lengths_areas_and_frequencies_scale_and_nothing_else() -> None:
    twice = scaled_lengths(FRINGE_TUNING, 2.0)
    assert twice.resolutions_nm == tuple(2 * one for one in FRINGE_TUNING.resolutions_nm)
    assert twice.min_area_nm2 == 4 * FRINGE_TUNING.min_area_nm2
    assert twice.same_g_per_nm == FRINGE_TUNING.same_g_per_nm / 2
    assert twice.min_snr == FRINGE_TUNING.min_snr
    assert scaled_lengths(FRINGE_TUNING, 1.0) is FRINGE_TUNING


def test_lengths_that_a_person_set_stay() -> None:
    own = DomainParameters(eps_nm=0.4).for_lengths(5.0)
    assert own.eps_nm == 0.4
    assert own.min_area_nm2 == pytest.approx(25 * DomainParameters().min_area_nm2)


def lamellae(*orders: float) -> Micrograph:
    """A disc of lamellae 1.9 nm apart, with these amplitudes of their orders, in noise."""
    down, along = np.mgrid[:360, :340] * 0.1
    turn = np.radians(70)
    phase = 2 * np.pi * (along * np.cos(turn) - down * np.sin(turn)) / 1.9
    disc = np.hypot(along - 17, down - 18) < 10
    waves = sum(a * np.cos((n + 1) * phase) for n, a in enumerate(orders))
    noise = np.random.default_rng(1).normal(0, 10, disc.shape)
    return Micrograph((100 + noise + 10 * disc * waves).astype(np.float32), PixelSize(0.1, 0.1), "lamellae")


@pytest.mark.parametrize("limits", [(1.2, 2.6), (0.3, 3.0), (0.3, 10.0)])
def test_lamellae_are_found_where_they_are_looked_for(limits: tuple[float, float]) -> None:
    analysis = analyze(lamellae(0.8), Recipe(spectrum=SpectrumParameters(*limits)))
    (domain,) = analysis.domains.accepted
    assert 1 / np.hypot(*domain.g_per_nm) == pytest.approx(1.9, rel=0.01)
    area = domain.footprint.n_pixels * analysis.domains.pixel_size.area_nm2
    assert area == pytest.approx(np.pi * 100, rel=0.12)
    assert not scrutiny(analysis).warnings


def test_fringes_outside_the_range_are_told_of() -> None:
    analysis = analyze(lamellae(0.8), Recipe())
    assert not analysis.domains.accepted
    (warning,) = scrutiny(analysis).warnings
    assert "nm lie outside the range looked for" in warning


@pytest.mark.parametrize("limits", [(0.127, 0.65), (0.3, 1.2)])
def test_higher_orders_of_them_are_no_spacings(limits: tuple[float, float]) -> None:
    analysis = analyze(lamellae(1.2, 0.9, 0.0, 0.7), Recipe(spectrum=SpectrumParameters(*limits)))
    assert not analysis.domains.accepted
    assert scrutiny(analysis).warnings == ("stronger fringes at 1.9 nm lie outside the range looked for",)
