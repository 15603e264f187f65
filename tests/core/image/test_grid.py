"""The working image lies over the field of the prepared one."""

import numpy as np
import pytest

from hrtem_core.image.grid import Grid
from hrtem_core.image.pixel_size import PixelSize

GRID = Grid.over((90, 120), PixelSize(0.02, 0.03), (30, 60))


def test_a_grid_spans_the_same_field_with_other_pixels() -> None:
    assert GRID.pixel_size.sizes_nm == pytest.approx((0.06, 0.06))
    assert GRID.field_pixel_size.sizes_nm == pytest.approx((0.02, 0.03))
    assert GRID.area_nm2 == pytest.approx(90 * 0.02 * 120 * 0.03)
    assert GRID.field_px(GRID.area_nm2) == pytest.approx(90 * 120)


def test_places_go_there_and_back() -> None:
    rows = np.array([0.0, 1.0, 7.5])
    np.testing.assert_allclose(GRID.to_field(rows, 0), 3 * rows)
    np.testing.assert_allclose(GRID.to_field(rows, 1), 2 * rows)
    for axis in (0, 1):
        np.testing.assert_allclose(GRID.to_working(GRID.to_field(rows, axis), axis), rows)


def test_a_mask_of_the_field_is_sampled() -> None:
    mask = np.zeros((90, 120), bool)
    mask[:45, :40] = True
    np.testing.assert_array_equal(GRID.sampled(mask)[:15, :20], True)
    assert GRID.sampled(mask).sum() == 15 * 20
    uneven = Grid.over((90, 120), PixelSize(0.02, 0.03), (64, 100))
    np.testing.assert_array_equal(
        uneven.sampled(mask), mask[np.arange(64) * 90 // 64][:, np.arange(100) * 6 // 5]
    )
