"""Scale bars: round, as long as they say, in the corner they belong to."""

import numpy as np
import pytest
from PIL import Image

from hrtem_core.pictures.scale_bar import bar_length, draw_scale_bar, length_text, nice_length


def test_scale_bars_have_nice_lengths() -> None:
    for limit, length in ((0.99, 0.5), (1.0, 1), (4.99, 2), (5.0, 5), (19, 10), (2600, 2000)):
        assert nice_length(limit) == pytest.approx(length)
    assert length_text(0.5) == "0.5 nm"
    assert length_text(2000) == "2 µm"
    assert length_text(2000, "px") == "2000 px"
    assert length_text(2, "1/nm") == "2 1/nm"


@pytest.mark.parametrize("extent", [0.7, 3.0, 22.0, 512.0, 1e5])
def test_scale_bars_are_round_and_fit(extent: float) -> None:
    length = bar_length(extent)
    assert 0.1 * extent < length <= extent / 4
    assert f"{length:e}"[0] in "125"


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("thickness_px", [None, 8])
def test_a_bar_is_as_long_as_it_says_and_stays_in_its_corner(right: bool, thickness_px: int | None) -> None:
    picture = Image.new("RGB", (500, 300), (90, 90, 90))
    draw_scale_bar(picture, 10.0, "nm", thickness_px=thickness_px, right=right)
    pixels = np.asarray(picture)
    thick = thickness_px or 4
    bar = np.flatnonzero((pixels[300 - 3 * thick : 300 - 2 * thick] == 255).all(axis=(0, 2)))
    assert np.ptp(bar) + 1 == 100  # 2 nm: at most a quarter of 10 nm
    edge = 500 - bar.max() - 1 if right else bar.min()
    assert edge == 3 * thick
    drawn = np.flatnonzero((pixels != 90).any(axis=(0, 2)))
    assert drawn.min() > (250 if right else 0)
    assert drawn.max() < (499 if right else 250)


def test_a_picture_too_small_bears_no_bar() -> None:
    picture = Image.new("RGB", (500, 60))
    draw_scale_bar(picture, 10.0)
    assert not np.asarray(picture).any()
