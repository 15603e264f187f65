"""The local noise level: what it averages, what it must not see, and that it follows the field."""

import numpy as np
import pytest

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.numerics.interpolation import interpolation
from hrtem_core.spectrum.noise import (
    N_SECTORS,
    QUANTILE_TO_MEDIAN,
    LocalNoise,
    PolarBins,
    levels,
    measure_noise,
    ray_levels,
    ring_levels,
)
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING
from hrtem_core.spectrum.windows import Windows, coverage

PIXEL = PixelSize(0.06, 0.05)


def noise_of(image: np.ndarray, usable: np.ndarray | None = None) -> LocalNoise:
    windows = Windows.over(image.shape, PIXEL, 3.0, step=1 / 3, padding=1.0)
    bins = PolarBins.of(windows)
    polar = np.stack(windows.each_row(image.astype(np.float32), lambda _, powers: bins.powers(powers)))
    mask = np.ones(image.shape, bool) if usable is None else usable
    return measure_noise(windows, bins, polar, coverage(windows, mask))


def test_interpolation_is_exact_for_lines_and_constant_beyond_the_ends() -> None:
    knots = np.array([2.0, 3.0, 7.0])
    points = np.array([-5.0, 2.0, 2.5, 6.0, 7.0, 99.0])
    matrix = interpolation(knots, points)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(matrix @ knots, [2, 2, 2.5, 6, 7, 7], atol=1e-6)
    np.testing.assert_array_equal(interpolation(knots[:1], points), np.ones((6, 1)))


def test_polar_bins_take_means_and_know_where_every_frequency_lies() -> None:
    windows = Windows.over((200, 256), PIXEL, 3.0, step=1 / 3, padding=1.6)
    bins = PolarBins.of(windows)
    shape = (windows.fft_shape[0], windows.fft_shape[1] // 2 + 1)
    np.testing.assert_allclose(bins.powers(np.ones((2, *shape))), 1, rtol=1e-5)
    rows, cols = windows.frequencies_per_nm
    ring = bins.ring_per_nm[bins.ring]
    radius = np.hypot(rows[:, None], cols)
    inside = radius < bins.ring_per_nm[-1]
    assert np.abs(ring - radius)[inside].max() <= bins.ring_per_nm[0] + 1e-9
    assert set(np.unique(bins.sector)) == set(range(N_SECTORS))


def test_a_lattice_spot_raises_no_level_but_a_ray_does() -> None:
    polar = np.ones((40, N_SECTORS), dtype=np.float32)
    rings = np.arange(0.1, 8.1, 0.2)
    polar[20, 5] = 500
    np.testing.assert_allclose(levels(polar, rings, SPECTRUM_TUNING), 1)
    polar[:, 5] = 9
    expected = np.ones_like(polar)
    expected[:, 5] = 9
    np.testing.assert_allclose(
        ray_levels(polar, rings, SPECTRUM_TUNING), expected * QUANTILE_TO_MEDIAN, rtol=1e-6
    )
    np.testing.assert_allclose(ring_levels(polar), 1)
    np.testing.assert_allclose(levels(polar, rings, SPECTRUM_TUNING)[:, 5], 9 * QUANTILE_TO_MEDIAN, rtol=1e-6)
    np.testing.assert_allclose(np.delete(levels(polar, rings, SPECTRUM_TUNING), 5, axis=1), 1)


def test_a_quiet_place_is_not_believed_below_the_floor() -> None:
    assert levels(
        np.zeros((9, N_SECTORS), np.float32), np.arange(9.0), SPECTRUM_TUNING
    ).min() == pytest.approx(SPECTRUM_TUNING.noise_floor)


def test_white_noise_has_unit_level_everywhere() -> None:
    noise = noise_of(np.random.default_rng(0).normal(size=(220, 260)))
    assert noise.level.mean() == pytest.approx(1, abs=0.15)
    at = noise.at((2.0, 3.0), np.arange(0, 220, 10.0), np.arange(0, 260, 10.0))
    assert at.shape == (22, 26)
    assert np.abs(np.log(at)).max() < 0.7


def test_the_level_follows_the_field() -> None:
    image = np.random.default_rng(1).normal(size=(240, 300))
    image[:, 150:] *= 3
    noise = noise_of(image)
    at = noise.at((-1.5, 3.0), np.arange(0, 240, 8.0), np.array([30.0, 270.0]))
    assert np.median(at[:, 1]) / np.median(at[:, 0]) == pytest.approx(9, rel=0.35)


def test_a_friedel_pair_has_one_level() -> None:
    noise = noise_of(np.random.default_rng(2).normal(size=(150, 150)))
    for g in ((2.0, 3.0), (-4.0, 0.1), (0.0, 5.0)):
        np.testing.assert_allclose(noise.plane(g), noise.plane((-g[0], -g[1])), rtol=1e-5)


def test_a_window_that_is_mostly_unusable_takes_the_floor() -> None:
    image = np.random.default_rng(3).normal(size=(200, 200)) * 4
    usable = np.ones(image.shape, bool)
    usable[:, :100] = False
    noise = noise_of(image, usable)
    assert noise.level[:, 0].max() == pytest.approx(SPECTRUM_TUNING.noise_floor)
    assert np.median(noise.level[:, -1]) == pytest.approx(16, rel=0.3)


def test_rings_hold_their_radius() -> None:
    noise = noise_of(np.random.default_rng(0).normal(size=(120, 120)))
    found = noise.ring_per_nm[noise.bins_of(np.array([0.5, 2.0, 4.4]))]
    np.testing.assert_allclose(found, [0.5, 2.0, 4.4], atol=noise.ring_per_nm[0] + 1e-9)
    assert noise.bins_of(np.array([1e3]))[0] == len(noise.ring_per_nm) - 1
