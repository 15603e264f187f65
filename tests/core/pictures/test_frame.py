"""Places of a picture in its own coordinates."""

import pytest

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.pictures.frame import Frame


@pytest.mark.parametrize(
    ("place", "kept"),
    [((-5.0, 900.0), (10.0, 80.0)), ((45.0, 3.0), (40.0, 20.0)), ((25.0, 50.0), (25.0, 50.0))],
)
def test_a_drag_that_leaves_the_picture_ends_at_its_edge(
    place: tuple[float, float], kept: tuple[float, float]
) -> None:
    assert Frame(10.0, 20.0, 30.0, 60.0).kept(*place) == kept


def test_the_field_is_where_the_region_lies_in_the_micrograph() -> None:
    placement = Placement((600, 800), PixelSize(0.02, 0.03), origin_px=(7, 11), bin_factor=3)
    assert Frame.of_field((30, 40), placement) == Frame(7.0, 11.0, 90.0, 120.0)
