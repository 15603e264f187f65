"""Labels and veils."""

import numpy as np
import pytest
from PIL import Image

from hrtem_core.pictures.drawing import draw_label, veil


@pytest.mark.parametrize("outside", [False, True])
def test_a_veil_lies_on_one_side_of_its_polygon(outside: bool) -> None:
    picture = Image.new("RGB", (40, 40), (200, 200, 200))
    veil(picture, [[(10, 10), (30, 10), (30, 30), (10, 30)]], (0, 0, 0), 0.5, outside=outside)
    values = [picture.getpixel(place) for place in ((20, 20), (5, 5))]
    assert values == [(200, 200, 200), (100, 100, 100)][:: 1 if outside else -1]


def test_a_number_at_the_edge_is_written_whole() -> None:
    sizes = []
    for place in ((200, 200), (399, 399)):
        picture = Image.new("RGB", (400, 400))
        draw_label(picture, place, "28")
        sizes.append(np.ptp(np.argwhere(np.asarray(picture)[..., 0]), axis=0).tolist())
    assert sizes[0] == sizes[1]
