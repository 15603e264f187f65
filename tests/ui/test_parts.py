"""The parts below the pages: mapping of clicks, numbers as people read them, host limits."""

import numpy as np
import pytest

from hrtem_core.errors import FileError
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.recipe import Recipe, to_json
from hrtem_core.samples import SAMPLES, sample_bytes
from hrtem_ui.session import host, opening
from hrtem_ui.text.words import Units, azimuth, held, percent, plain, shortened, significant, stored


@pytest.mark.parametrize(
    ("d", "sigma", "text"),
    [
        (0.26718, 0.00042, "0.2672 ± 0.0004 nm"),
        (0.23549, 0.00013, "0.23549 ± 0.00013 nm"),
        (0.3, 0.02, "0.30 ± 0.02 nm"),
    ],
)
def test_spacings_show_the_digits_that_count(d: float, sigma: float, text: str) -> None:
    assert Units(None).spacing(d, sigma) == held(text)


def test_without_a_scale_lengths_are_in_pixels() -> None:
    units = Units.of(PixelSize(0.03, 0.03, "assumed"), calibrated=False)
    assert units.length(0.3) == held("10.0 px")
    assert units.area(0.09) == held("100 px²")
    assert units.pixel(PixelSize(0.03, 0.03)) == "not calibrated"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1234567.0, "1\u202f230\u202f000"), (12.345, "12.3"), (float("nan"), "–")]
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert significant(value) == text


def test_percentages() -> None:
    assert [percent(0.1834), percent(1.0), percent(0.0)] == list(map(held, ["18.3 %", "100 %", "0.0 %"]))


def test_no_end_of_a_line_parts_a_number_from_its_unit() -> None:
    assert held("d 0.2 ± 0.1 nm, noise 3 % of 4 nm² in 5 pxs") == (
        "d 0.2\u00a0±\u00a00.1\u00a0nm, noise 3\u00a0% of 4\u00a0nm² in 5 pxs"
    )
    assert held("2 × 3 pixels at 0.03 nm/px, 0.1 1/nm") == (
        "2\u00a0×\u00a03 pixels at 0.03\u00a0nm/px, 0.1\u00a01/nm"
    )
    assert plain("5 % noise") == "5\u00a0\\% noise"


def test_names_lose_their_markup() -> None:
    assert plain("a*b") == "a\\*b"
    assert "\n" not in plain("two\nlines")
    assert len(plain("x" * 500)) <= 81
    assert shortened("a*b_1.tif") == "a*b_1.tif"
    assert shortened("x" * 50 + "grain.tif", 30).endswith("grain.tif")


def test_a_small_host_bins_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRTEM_SMALL_HOST", "1")
    assert host.least_bin((4096, 4096)) == 2
    assert host.least_bin((2048, 2048)) == 1
    large = Micrograph(np.zeros((2049, 2049), np.float32), PixelSize(0.02, 0.02), "a")
    small = opening.fitted(large)
    assert small.binned_by == 2
    assert small.shape == (1024, 1024)
    assert "this host has little memory" in small.notes[-1]
    assert opening.fitted(small) is small


def test_the_images_of_an_upload_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opening.sample_session(SAMPLES[0].name)
    content, asked = sample_bytes(SAMPLES[0].name), []
    there = opening.list_images_apart

    def counted(data: bytes, **more: object) -> object:
        asked.append(data)
        return there(data, **more)

    monkeypatch.setattr(opening, "list_images_apart", counted)
    first = opening.images_of(session, content, "a.tif", "upload 1")
    assert opening.images_of(session, content, "a.tif", "upload 1") == first
    assert len(asked) == len(first) == 1
    for _ in range(2):  # what cannot be read is not tried again at every click
        with pytest.raises(FileError, match="no format that is read here"):
            opening.images_of(session, b"nonsense" * 20, "b.xyz", "upload 2")
    assert len(asked) == 2
    opened = opening.file_session(content, "a.tif", first)
    assert opened.micrograph.digest == session.micrograph.digest


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_recipes_are_read_however_a_program_has_saved_them(coding: str) -> None:
    session = opening.sample_session(SAMPLES[0].name)
    opening.load_recipe(session, to_json(Recipe(calibration_relative_sigma=0.01)).encode(coding))
    waits = opening.offered_recipe(session)
    assert waits is not None
    assert waits.recipe.calibration_relative_sigma == 0.01
    opening.load_recipe(session, b"\xff\xfe\x00")
    assert session.notice.startswith("This is not a recipe")


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
