"""Images without noise: the spacings that are there, none invented, in ordinary time, and a word about it."""

import numpy as np
import pytest

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.measures.scrutiny import scrutiny
from hrtem_core.preparation import is_noiseless
from hrtem_core.recipe import Recipe

DOWN, ALONG = np.mgrid[:256, :240]
WAVE = np.sin(2 * np.pi * (0.03 * DOWN + 0.1 * ALONG))
DISC = np.hypot(DOWN - 120, ALONG - 130) < 60


def analyzed(image: np.ndarray) -> Analysis:
    """The analysis of an image of 0.03 nm per pixel."""
    return analyze(Micrograph(image.astype(np.float32), PixelSize(0.03, 0.03), "computed"), Recipe())


@pytest.mark.parametrize("image", [WAVE, np.round(128 + 100 * WAVE)], ids=["float", "bytes"])
def test_a_sine_is_one_spacing_over_the_whole_field(image: np.ndarray) -> None:
    analysis = analyzed(image)
    assert len(analysis.domains.accepted) == 1
    domain = analysis.domains.accepted[0]
    assert 1 / np.hypot(*domain.g_per_nm) == pytest.approx(0.03 / np.hypot(0.03, 0.1), rel=0.002)
    assert domain.footprint.n_pixels > 0.98 * image.size


def test_a_disc_of_fringes_is_one_domain_and_nothing_else() -> None:
    analysis = analyzed(DISC * WAVE)
    assert len(analysis.domains.accepted) == 1
    mask = analysis.domains.accepted[0].footprint.drawn(DISC.shape)
    assert (mask & DISC).sum() > 0.85 * (mask | DISC).sum()


def test_soft_grains_that_outshine_all_noise_are_found() -> None:
    grains, image = ((60, 60, 0.3), (110, 180, 1.4), (190, 90, 2.5)), np.zeros(DISC.shape)
    for row, col, angle in grains:
        weight = 1 / (1 + np.exp((np.hypot(DOWN - row, ALONG - col) - 38) / 3))
        image += weight * np.cos(2 * np.pi * 0.12 * (ALONG * np.cos(angle) + DOWN * np.sin(angle)))
    noise = np.random.default_rng(2).normal(0, 0.01, DISC.shape)
    for analysis in (analyzed(image), analyzed(image + noise)):
        assert len(analysis.domains.accepted) == analysis.crystallites.n_crystallites == 3
        found = sorted(1 / np.hypot(*one.g_per_nm) for one in analysis.domains.accepted)
        np.testing.assert_allclose(found, 0.25, rtol=0.02)


@pytest.mark.parametrize("seed", [5, 8, 12])
def test_what_whitening_spreads_of_them_is_no_crystal(seed: int) -> None:
    """Another domain had the g of one of them, at 0.01 to 0.03 of its amplitude."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:384, :384]
    image = np.random.default_rng(1).normal(0, 0.02, rows.shape)
    for _ in range(5):
        row, col, radius = rng.uniform(60, 324), rng.uniform(60, 324), rng.uniform(30, 60)
        angle, d_px = rng.uniform(0, np.pi), rng.uniform(0.2, 0.35) / 0.03
        weight = 1 / (1 + np.exp((np.hypot(rows - row, cols - col) - radius) * 0.3))
        image += weight * np.cos(2 * np.pi / d_px * (cols * np.cos(angle) + rows * np.sin(angle)))
    assert len(analyzed(image).domains.accepted) == 5


@pytest.mark.parametrize("side", [5, 7])
def test_a_checkerboard_has_its_own_spacings(side: int) -> None:
    analysis = analyzed((DOWN // side + ALONG // side) % 2 * 100.0)
    waves = np.array([domain.g_per_nm for domain in analysis.domains.accepted]) * 2 * side * 0.03
    assert len(waves) >= 2
    np.testing.assert_allclose(waves, np.round(waves), atol=0.03)
    assert (np.round(waves).astype(int) % 2 == 1).all()
    assert analysis.crystallites.n_crystallites == 1


def test_it_is_said_that_there_is_no_noise() -> None:
    assert "has no noise" in " ".join(scrutiny(analyzed(DISC * WAVE)).warnings)
    noisy = WAVE + np.random.default_rng(1).normal(0, 0.5, WAVE.shape)
    assert not scrutiny(analyzed(noisy)).warnings


def test_counted_and_few_level_images_have_noise() -> None:
    rng = np.random.default_rng(4)
    everywhere = np.ones((200, 220), dtype=bool)
    for counts in (0.02, 0.3, 5):
        assert not is_noiseless(rng.poisson(counts, (200, 220)).astype(np.float32), everywhere)
    assert not is_noiseless((rng.random((200, 220)) < 0.5).astype(np.float32), everywhere)
    assert not is_noiseless(np.zeros((200, 220), dtype=np.float32), everywhere)
