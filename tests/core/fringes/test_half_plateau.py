"""Outlines: half of the plateau is where a blurred edge was."""

import numpy as np
import pytest
from products import disc, rectangle
from scipy import ndimage

from hrtem_core.fringes.demodulation import Demodulated
from hrtem_core.fringes.half_plateau import fading_outside, footprint_above, half_plateau
from hrtem_core.fringes.tuning import FRINGE_TUNING

SHAPE = (90, 120)


def demodulated(step: float, n: tuple[int, int]) -> Demodulated:
    rows, cols = (step * np.arange(k) for k in n)
    return Demodulated(rows, cols, np.zeros(n, np.complex64), np.ones(n, np.float32))


@pytest.mark.parametrize("blur", [2.0, 4.0, 6.0])
def test_half_of_the_plateau_is_unbiased_for_a_blurred_edge(blur: float) -> None:
    step = rectangle(SHAPE, 0, 0, 90, 70).astype(float)
    snr = 12 * ndimage.gaussian_filter1d(step, blur, axis=1)
    region, plateau, threshold = half_plateau(snr, (40, 20), FRINGE_TUNING)
    assert plateau == pytest.approx(12, rel=0.01)
    assert threshold == pytest.approx(6, rel=0.01)
    np.testing.assert_array_equal(region, step > 0)


def test_a_round_grain_keeps_its_area_at_twice_the_resolution() -> None:
    grain = disc(SHAPE, 45, 60, 24)
    snr = 20 * ndimage.gaussian_filter(grain.astype(float), 8)
    region, _, _ = half_plateau(snr, (45, 60), FRINGE_TUNING)
    assert region.sum() == pytest.approx(grain.sum(), rel=0.12)


def test_what_hardly_rises_above_the_noise_has_no_outline() -> None:
    assert half_plateau(np.full(SHAPE, 0.9 * FRINGE_TUNING.min_snr), (3, 3), FRINGE_TUNING) is None
    snr = np.full(SHAPE, 10.0)
    snr[3, 3] = FRINGE_TUNING.min_snr + 0.1  # in the region, but below half of its plateau
    assert half_plateau(snr, (3, 3), FRINGE_TUNING) is None


def test_the_outline_is_never_drawn_in_the_noise() -> None:
    snr = 1.0 + 2.0 * ndimage.gaussian_filter(disc(SHAPE, 45, 60, 20).astype(float), 2)
    _, _, threshold = half_plateau(snr, (45, 60), FRINGE_TUNING)
    assert threshold == FRINGE_TUNING.min_snr


def test_fading_leaves_the_region_and_its_rim() -> None:
    region = disc(SHAPE, 45, 60, 15)
    snr = np.full(SHAPE, 5.0)
    faded = fading_outside(snr, region, 4.0, 3.0)
    np.testing.assert_array_equal(faded[region], 5.0)
    assert faded[0, 0] < 1e-3
    outside = ndimage.distance_transform_edt(~region) > 1.5
    assert (faded[outside] < 4.0).all()
    np.testing.assert_array_equal(np.maximum(snr, faded), snr)


def test_a_drawn_region_is_the_largest_one_in_pixels_of_the_image() -> None:
    map_ = demodulated(4.0, (22, 30))
    rows, cols = map_.rows_px[:, None], map_.cols_px
    snr = np.maximum(10 - np.hypot(rows - 40, cols - 60) / 3, 8 - np.hypot(rows - 10, cols - 10) / 1.5)
    footprint = footprint_above(map_, snr, 5.0, (88, 120))
    full = footprint.drawn((88, 120))
    truth = disc((88, 120), 40, 60, 15)
    assert (full & truth).sum() / (full | truth).sum() > 0.95
    assert footprint_above(map_, snr, 99.0, (88, 120)).n_pixels == 0
