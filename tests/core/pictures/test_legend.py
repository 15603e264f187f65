"""The wheel of directions, and the app's sign."""

import numpy as np
import pytest

from hrtem_core.pictures.colours import of_azimuth
from hrtem_core.pictures.icon import icon
from hrtem_core.pictures.legend import direction_wheel


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
