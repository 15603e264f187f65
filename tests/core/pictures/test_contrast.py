"""Grey levels: the percentiles are black and white, and nothing breaks them."""

import numpy as np
import pytest

from hrtem_core.pictures.contrast import Contrast, black_and_white, grey_levels, reduced, resized


def ramp() -> np.ndarray:
    return np.linspace(-5, 5, 40_000, dtype=np.float32).reshape(100, 400)


def test_grey_levels_use_the_range_of_the_pixels_and_bear_anything() -> None:
    shown = grey_levels(ramp())
    assert (shown.min(), shown.max()) == (0, 255)
    assert grey_levels(np.full((20, 30), np.nan, dtype=np.float32)).max() == 0
    assert grey_levels(np.full((20, 30), 7, dtype=np.float32)).max() == 0
    assert grey_levels(np.array([[np.inf, -np.inf], [0, 1]], dtype=np.float32)).tolist()[0] == [255, 0]


def test_the_percentiles_are_black_and_white() -> None:
    shown = grey_levels(ramp(), Contrast(25, 75))
    assert np.count_nonzero(shown == 0) / shown.size == pytest.approx(0.25, abs=0.01)
    assert np.count_nonzero(shown == 255) / shown.size == pytest.approx(0.25, abs=0.01)


def test_black_and_white_are_those_of_the_image_as_it_is_seen_whole() -> None:
    """Of all pixels of a large noisy image they lie so far apart that what is seen is grey."""
    noise = np.random.default_rng(1).normal(0, 10, (3000, 2400)).astype(np.float32)
    low, high = black_and_white(noise, Contrast(2.5, 97.5))
    assert (low, high) == pytest.approx(np.percentile(resized(noise), (2.5, 97.5)))
    assert high - low < 0.5 * np.ptp(np.percentile(noise, (2.5, 97.5)))
    shown = grey_levels(noise, limits=(-5, 15))
    assert np.array_equal(shown == 0, noise < -5 + 20 / 255)
    assert black_and_white(np.full((20, 30), np.nan, np.float32)) == (0.0, 0.0)


def test_a_gamma_below_one_brightens_the_middle_alone() -> None:
    plain, bright = grey_levels(ramp()), grey_levels(ramp(), Contrast(gamma=0.5))
    assert bright[50].mean() > plain[50].mean() + 40
    assert (bright.min(), bright.max()) == (0, 255)


def test_scale_and_offset_of_the_intensities_do_not_show() -> None:
    one, other = grey_levels(ramp()), grey_levels(3000 * ramp() + 70_000)
    assert np.abs(one.astype(int) - other).max() <= 1


def test_blocks_are_averaged_to_the_last_pixel() -> None:
    image = np.arange(5 * 7, dtype=np.float32).reshape(5, 7)
    small = reduced(image, 2)
    assert small.shape == (3, 4)
    assert small[0, 0] == image[:2, :2].mean()
    assert small[2, 3] == image[4, 6]
    assert reduced(image, 1) is image


def test_a_resized_picture_keeps_its_proportions_and_gaps_do_not_spread() -> None:
    image = np.full((40, 60), 7.0, np.float32)
    image[0, 0] = np.nan
    shown = resized(image)
    assert shown.shape == (667, 1000)
    assert np.isfinite(shown).all()
    np.testing.assert_allclose(shown[100:, 100:], 7.0)
    assert resized(np.full((8, 9), np.nan, np.float32), 18).shape == (16, 18)
