"""Strong grains that fill the field: nothing is found where they meet, and each is one crystal."""

from collections.abc import Sequence

import numpy as np
import pytest

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.recipe.recipe import Recipe

SHAPE, PIXEL_NM = (480, 600), 0.03
DOWN, ALONG = np.mgrid[: SHAPE[0], : SHAPE[1]] * PIXEL_NM


def analyzed(image: np.ndarray, noise: np.ndarray, contrast: float) -> Analysis:
    image = contrast * image / image.std() + noise
    return analyze(Micrograph(100 + 10 * image, PixelSize(PIXEL_NM, PIXEL_NM), "film"), Recipe())


def wave(g: Sequence[float], phase: float = 0.0) -> np.ndarray:
    return np.cos(2 * np.pi * (DOWN * g[0] + ALONG * g[1]) + phase)


def two_hexagonal_grains(seed: int) -> Analysis:
    """Planes of 0.25 nm in three directions each, four times the noise, ending sharply at a straight line."""
    rng = np.random.default_rng(seed)
    slope = rng.uniform(-0.4, 0.4)
    below = DOWN - 7.2 - slope * (ALONG - 9) > 0
    image = np.zeros(SHAPE)
    for number, first in enumerate(rng.uniform(0, np.pi / 3, 2)):
        for turn in first + np.radians((0, 60, 120)):
            g = np.array([np.sin(turn), np.cos(turn)]) / 0.25
            image += (below == number) * rng.uniform(0.3, 1) * wave(g, rng.uniform(0, 6))
    return analyzed(image, rng.normal(0, 1, SHAPE), 4.0)


@pytest.mark.parametrize("seed", [2, 8, 21])
def test_the_rods_of_a_straight_boundary_are_no_domains(seed: int) -> None:
    """In the last one three spacings were found on them, in the first one two crystals too many."""
    analysis = two_hexagonal_grains(seed)
    d_nm = [1 / np.hypot(*domain.g_per_nm) for domain in analysis.domains.accepted]
    np.testing.assert_allclose(d_nm, 0.25, rtol=0.01)
    assert len(d_nm) == 6
    assert analysis.crystallites.n_crystallites == 2


@pytest.mark.parametrize("spacing_nm", [0.21, 0.3])
def test_a_band_of_another_spacing_in_a_crystal_is_one(spacing_nm: float) -> None:
    """Its g is on the rod of the planes around it, which end there; but it is as strong as they are."""
    rng = np.random.default_rng(3)
    normal, beside = np.array([0.97, 0.24]), np.array([-0.24, 0.97])
    place = (DOWN - 7.2) * normal[0] + (ALONG - 9) * normal[1]
    band = np.abs(place) < 1.5
    crystal = wave(normal / 0.25) + 0.5 * wave(beside / 0.25)
    analysis = analyzed(np.where(band, wave(normal / spacing_nm), crystal), rng.normal(0, 1, SHAPE), 3.0)
    inside = [
        domain
        for domain in analysis.domains.accepted
        if abs(np.hypot(*domain.g_per_nm) * spacing_nm - 1) < 0.03
    ]
    assert len(inside) == 1
    covered = inside[0].footprint.drawn(SHAPE)
    assert (covered & band).sum() > 0.6 * band.sum()


@pytest.mark.parametrize(("turn_deg", "off_nm", "height"), [(30.0, 0.0, 0.08), (0.0, 4.0, 0.3)])
def test_a_weak_plate_is_no_rod(turn_deg: float, off_nm: float, height: float) -> None:
    """It lies on the end of a strong crystal, not in step with it; or in step, but away from its end."""
    rng = np.random.default_rng(5)
    normal, along = np.array([0.97, 0.24]), np.array([-0.24, 0.97])
    place = (DOWN - 7.2) * normal[0] + (ALONG - 9) * normal[1]
    crystal = (place > 0) * (wave(normal / 0.25) + 0.7 * wave(along / 0.25))
    turn = np.radians(turn_deg)
    g = (normal * np.cos(turn) + along * np.sin(turn)) / 0.32
    plate = np.abs(place - off_nm) < 1.6
    analysis = analyzed(crystal + height * plate * wave(g), rng.normal(0, 1, SHAPE), 3.0)
    apart = [np.abs(np.array(domain.g_per_nm)) - np.abs(g) for domain in analysis.domains.accepted]
    assert sum(np.hypot(*one) < 0.1 for one in apart) == 1


def test_planes_that_go_on_into_the_next_grain_are_of_both() -> None:
    """The first reflection is common to both lattices; the two others of each are not."""
    rng = np.random.default_rng(4)
    right = ALONG > 8.5 + 0.2 * DOWN
    common = np.array([3.2, 1.0])
    image = wave(common)
    for inside, g in ((right, np.array([-1.4, 3.4])), (~right, np.array([2.6, -2.6]))):
        image = image + inside * (wave(g) + 0.8 * wave(g + common))
    analysis = analyzed(image, rng.normal(0, 1, SHAPE), 2.0)
    domains, crystals = analysis.domains.accepted, analysis.crystallites
    assert crystals.n_crystallites == 2
    shares = [float(domain.footprint.drawn(SHAPE)[right].mean()) for domain in domains]
    assert sorted(round(share) for share in shares) == [0, 0, 0, 1, 1, 1]
    for number in (1, 2):
        own = [i for i, at in enumerate(crystals.crystallite_of_domain.tolist()) if at == number]
        assert len(own) == 3
        assert sum(np.allclose(np.abs(domains[i].g_per_nm), np.abs(common), atol=0.02) for i in own) == 1


def test_a_neighbours_planes_are_no_line_of_a_large_crystals() -> None:
    """Both are on one line of the spectrum; levelled, it left the neighbour's planes all over the field."""
    rng = np.random.default_rng(5)
    large = ALONG < 13 + 0.1 * (DOWN - 7)
    image = np.where(large, wave((-0.78, 2.42)), 1.5 * wave((-0.77, -3.84), 1.0))
    found = analyzed(image, rng.normal(0, 1, SHAPE), 6.0).domains.accepted
    assert len(found) == 2
    for domain, place in zip(sorted(found, key=lambda one: one.footprint.col0), (large, ~large), strict=True):
        mask = domain.footprint.drawn(SHAPE)
        assert (mask & place).sum() > 0.95 * mask.sum()
