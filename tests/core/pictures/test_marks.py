"""What a person marked, drawn where it lies in the micrograph."""

import numpy as np
import pytest
from PIL import Image

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.pictures.colours import SELECTED
from hrtem_core.pictures.marks import IGNORED, OUTSIDE, draw_points, draw_preparation
from hrtem_core.preparation.prepare import PreparationParameters

SHAPE = (200, 400)
PIXEL = PixelSize(0.5, 0.25)
GREY = 200


def picture() -> Image.Image:
    """The micrograph at half its size."""
    return Image.new("RGB", (200, 100), (GREY, GREY, GREY))


def blue(drawn: Image.Image, row: float, col: float) -> int:
    """Blue at a pixel of the micrograph."""
    return np.asarray(drawn)[int(row / 2), int(col / 2), 2]


def test_what_lies_outside_the_region_is_dark() -> None:
    drawn = picture()
    draw_preparation(drawn, SHAPE, PIXEL, PreparationParameters(region_px=(40, 100, 160, 300)))
    assert blue(drawn, 100, 200) == GREY
    assert blue(drawn, 20, 200) == pytest.approx((1 - OUTSIDE) * GREY, abs=2)
    assert blue(drawn, 100, 350) == pytest.approx((1 - OUTSIDE) * GREY, abs=2)


@pytest.mark.parametrize("in_nm", [False, True])
def test_ignored_areas_are_veiled_in_whatever_unit_they_were_given(in_nm: bool) -> None:
    corners = ((40.0, 100.0), (40.0, 300.0), (160.0, 300.0), (160.0, 100.0))
    in_units = tuple((row * PIXEL.row_nm, col * PIXEL.col_nm) for row, col in corners)
    parameters = (
        PreparationParameters(excluded_nm=(in_units,))
        if in_nm
        else PreparationParameters(excluded_px=(corners,))
    )
    drawn = picture()
    draw_preparation(drawn, SHAPE, PIXEL, parameters)
    assert blue(drawn, 100, 200) == pytest.approx((1 - IGNORED) * GREY + IGNORED * 92, abs=2)
    assert blue(drawn, 20, 200) == GREY


def test_points_are_ringed_and_three_corners_are_an_area() -> None:
    corners = [(40.0, 100.0), (40.0, 300.0), (160.0, 200.0)]
    drawn, veiled = picture(), picture()
    draw_points(drawn, SHAPE, corners)
    draw_points(veiled, SHAPE, corners, area=True)
    assert (blue(drawn, 70, 200), blue(veiled, 70, 200) < GREY) == (GREY, True)
    for row, col in corners:
        ring = np.asarray(drawn)[int(row / 2), int(col / 2) - 10 : int(col / 2) + 10]
        assert (ring == SELECTED).all(axis=-1).any()
