"""The parts below the pages: mapping of clicks, numbers as people read them, host limits."""

import numpy as np
import pytest
from PIL import Image

from hrtem_core.domains.domain import Domain
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.pictures.contrast import Contrast, grey
from hrtem_core.pictures.drawing import draw_label, veil
from hrtem_core.pictures.frame import Frame
from hrtem_core.pictures.overlay import Drawn, OverlayStyle, draw_domains
from hrtem_core.pictures.scale_bar import bar_length
from hrtem_ui.session import host
from hrtem_ui.text.words import Units, azimuth, percent, plain, significant, stored
from hrtem_ui.widgets.canvas import shown_width


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [(0, 0, (10.0, 20.0)), (300, 0, (10.0, 80.0)), (0, 150, (40.0, 20.0)), (150, 75, (25.0, 50.0))],
)
def test_corners_of_a_picture_that_is_not_square(x: float, y: float, place: tuple[float, float]) -> None:
    assert Frame(10.0, 20.0, 30.0, 60.0).place(x, y, 300, 150) == pytest.approx(place)


def test_a_drag_that_leaves_the_picture_ends_at_its_edge() -> None:
    assert Frame(0.0, 0.0, 30.0, 60.0).place(-50, 900, 300, 150) == (30.0, 0.0)


@pytest.mark.parametrize(
    ("d", "sigma", "text"),
    [
        (0.26718, 0.00042, "0.2672 ± 0.0004 nm"),
        (0.23549, 0.00013, "0.23549 ± 0.00013 nm"),
        (0.3, 0.02, "0.30 ± 0.02 nm"),
    ],
)
def test_spacings_show_the_digits_that_count(d: float, sigma: float, text: str) -> None:
    assert Units(None).spacing(d, sigma) == text


def test_without_a_scale_lengths_are_in_pixels() -> None:
    units = Units.of(PixelSize(0.03, 0.03, "assumed"), calibrated=False)
    assert units.length(0.3) == "10.0 px"
    assert units.area(0.09) == "100 px²"
    assert units.pixel(PixelSize(0.03, 0.03)) == "not calibrated"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1234567.0, "1\u202f230\u202f000"), (12.345, "12.3"), (float("nan"), "–")]
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert significant(value) == text


def test_percentages() -> None:
    assert [percent(0.1834), percent(1.0), percent(0.0)] == ["18.3 %", "100 %", "0.0 %"]


def test_names_lose_their_markup() -> None:
    assert plain("a*b") == "a\\*b"
    assert "\n" not in plain("two\nlines")
    assert len(plain("x" * 500)) <= 81


@pytest.mark.parametrize("extent", [0.7, 3.0, 22.0, 512.0, 1e5])
def test_scale_bars_are_round_and_fit(extent: float) -> None:
    length = bar_length(extent)
    assert 0.05 * extent < length <= extent / 3
    assert f"{length:e}"[0] in "125"


def test_grey_values_survive_gaps_and_flat_images() -> None:
    image = np.full((40, 60), 7.0, np.float32)
    image[0, 0] = np.nan
    shown = grey(image, Contrast())
    assert shown.shape == (667, 1000)
    assert shown.dtype == np.uint8


def test_binning_keeps_scale_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRTEM_SMALL_HOST", "1")
    micrograph = Micrograph(np.arange(33 * 65, dtype=np.float32).reshape(33, 65), PixelSize(0.02, 0.03), "a")
    small = host.binned(micrograph, 2, "for the test")
    assert small.shape == (16, 32)
    assert small.pixel_size is not None
    assert small.pixel_size.sizes_nm == pytest.approx((0.04, 0.06))
    assert small.intensity[0, 0] == pytest.approx(micrograph.intensity[:2, :2].mean())
    assert "for the test" in small.notes[-1]
    assert host.least_bin((4096, 4096)) == 2
    assert host.least_bin((2048, 2048)) == 1


def test_half_a_turn_is_no_turn() -> None:
    assert [azimuth(179.97), azimuth(0.0), azimuth(90.04)] == ["0.0°", "0.0°", "90.0°"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("uint8", "8-bit"),
        ("int16", "16-bit, signed"),
        ("float32", "32-bit floating point"),
        ("bool", "1-bit"),
    ],
)
def test_how_pixels_are_stored(kind: str, text: str) -> None:
    assert stored(kind) == text


@pytest.mark.parametrize("outside", [False, True])
def test_a_veil_lies_on_one_side_of_its_polygon(outside: bool) -> None:
    picture = Image.new("RGB", (40, 40), (200, 200, 200))
    veil(picture, [[(10, 10), (30, 10), (30, 30), (10, 30)]], (0, 0, 0), 0.5, outside=outside)
    values = [picture.getpixel(place) for place in ((20, 20), (5, 5))]
    assert values == [(200, 200, 200), (100, 100, 100)][:: 1 if outside else -1]


def test_numbers_of_domains_on_one_place_stand_together() -> None:
    mask = np.ones((20, 20), bool)
    square = np.array([(0.4, 0.4), (0.4, 0.6), (0.6, 0.6), (0.6, 0.4)])
    one, two = (
        Drawn(Domain(number, 0, (0.0, 4.0), 0.01, 5.0, 40, 40, mask), [square], (0, 0, 0))
        for number in (1, 2)
    )
    base = np.zeros((400, 400), np.uint8)
    alone, both = (
        np.argwhere(np.asarray(draw_domains(base, drawn, OverlayStyle(labels=True)))[..., 0] > 200)
        for drawn in ([one], [one, two])
    )
    assert np.ptp(both[:, 0]) < 1.5 * np.ptp(alone[:, 0])
    assert np.ptp(both[:, 1]) > 2 * np.ptp(alone[:, 1])


def test_a_number_at_the_edge_is_written_whole() -> None:
    sizes = []
    for place in ((200, 200), (399, 399)):
        picture = Image.new("RGB", (400, 400))
        draw_label(picture, place, "28")
        sizes.append(np.ptp(np.argwhere(np.asarray(picture)[..., 0]), axis=0).tolist())
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(("height", "width"), [(1000.0, 1000.0), (2000.0, 500.0), (500.0, 4000.0)])
def test_a_tall_picture_is_not_taller_than_a_screen(height: float, width: float) -> None:
    shown = shown_width(Frame(0.0, 0.0, height, width))
    assert (728 if shown == "stretch" else shown) * height / width <= 760
