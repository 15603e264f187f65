"""The wheel of directions, and the app's sign."""

import numpy as np
import pytest
from PIL import Image

from hrtem_core.pictures.colours import of_azimuth
from hrtem_core.pictures.icon import icon
from hrtem_core.pictures.legend import LegendEntry, direction_wheel, line_pieces, with_legend
from hrtem_core.pictures.lines import DASHES


@pytest.mark.parametrize("azimuth", [0, 45, 90, 135, 200, 300])
def test_each_direction_has_its_colour_on_the_wheel(azimuth: float) -> None:
    wheel = direction_wheel(300)
    turn = np.radians(azimuth)
    x, y = round(150 + 110 * np.cos(turn)), round(150 - 110 * np.sin(turn))
    assert wheel.getpixel((x, y))[:3] == pytest.approx(of_azimuth(azimuth), abs=6)
    assert wheel.getpixel((x, y))[3] == 255


def test_outside_of_wheel_and_sign_nothing_is_drawn() -> None:
    wheel = direction_wheel(300)
    assert [wheel.getpixel(place)[3] for place in ((150, 150), (2, 2), (297, 2))] == [0, 0, 0]
    sign = icon(64)
    assert (sign.size, sign.getpixel((0, 0))[3], sign.getpixel((32, 32))[3]) == ((64, 64), 0, 255)


@pytest.mark.parametrize(("style", "n_gaps"), [("solid", 0), ("dashed", 1), ("dotted", 3)])
def test_a_family_has_its_line_in_the_legend(style: str, n_gaps: int) -> None:
    colour, letters = (240, 101, 56), 20
    entry = LegendEntry(colour, "0.2670 nm", DASHES[style])
    picture = np.asarray(with_legend(Image.new("RGB", (60 * letters, 40)), [entry]))
    row = (picture[40:] == colour).all(axis=-1)[round(0.6 * letters) + letters // 2]
    drawn = np.flatnonzero(row)
    assert np.count_nonzero(np.diff(drawn) > 1) == n_gaps
    assert drawn[-1] - drawn[0] > 1.5 * letters


def test_a_colour_of_no_line_is_a_patch_in_the_legend() -> None:
    colour = (240, 101, 56)
    picture = np.asarray(with_legend(Image.new("RGB", (1200, 40)), [LegendEntry(colour, "0.2670 nm")]))
    drawn = np.argwhere((picture == colour).all(axis=-1))
    assert np.ptp(drawn, axis=0).tolist() == [20, 20]


def test_a_line_is_drawn_to_its_end() -> None:
    assert line_pieces((), 10, 2) == [(0.0, 10)]
    assert line_pieces((3, 2), 9, 2) == [(0.0, 3.0), (5.0, 8.0)]
    assert line_pieces((3, 2), 6, 2)[-1] == (5.0, 6)
