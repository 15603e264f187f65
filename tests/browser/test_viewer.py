"""The viewer under a hand: zoom, what is under the pointer, and where a click lands."""

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
import tifffile
from driver import (
    answered,
    header,
    n_asked,
    on_page,
    picture_on_stage,
    place_on_stage,
    settled,
    stage,
    viewer,
)
from playwright.sync_api import Page, expect
from test_app import choose, click_picture, follow, strongest_spot, upload

Visit = Callable[..., Page]


def scale(page: Page) -> float:
    """Displayed pixels for one of the picture's coordinates."""
    return float(str(viewer(page).get_attribute("data-scale")))


def readout(page: Page, line: int = 0) -> str:
    """A line of what is told under the pointer."""
    return page.locator(".hv-readout div").nth(line).inner_text()


def point(page: Page, across: float, down: float) -> None:
    """Move the pointer to a share of the picture's width and height."""
    page.mouse.move(*on_page(page, place_on_stage(page, across, down)))


def wheel(page: Page, down: float) -> None:
    """Turn the wheel, and wait until the picture has followed."""
    before = viewer(page).get_attribute("data-picture")
    page.mouse.wheel(0, down)
    expect(viewer(page)).not_to_have_attribute("data-picture", str(before))


def ramp(n_rows: int = 120, n_cols: int = 168) -> bytes:
    """A TIFF, wider than high, in which a pixel's value is 200 times its row and its column besides."""
    pixels = (200 * np.arange(n_rows)[:, None] + np.arange(n_cols)[None, :]).astype(np.uint16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, imagej=True, resolution=(20, 20), metadata={"unit": "nm"})
    return stream.getvalue()


def test_the_wheel_zooms_about_the_pointer_and_a_drag_moves(visit: Visit) -> None:
    page = visit()
    fitted, as_fitted = scale(page), picture_on_stage(page)
    point(page, 0.3, 0.6)
    x, y = place_on_stage(page, 0.3, 0.6)
    for _ in range(3):
        wheel(page, -300)
    assert scale(page) == pytest.approx(fitted * np.exp(3 * 300 * 0.0016), rel=1e-3)
    assert place_on_stage(page, 0.3, 0.6) == pytest.approx((x, y), abs=0.5)
    page.mouse.down()
    page.mouse.move(*on_page(page, (x + 40, y - 30)), steps=4)
    page.mouse.up()
    assert place_on_stage(page, 0.3, 0.6) == pytest.approx((x + 40, y - 30), abs=0.5)
    stage(page).press("0")
    expect(viewer(page)).to_have_attribute("data-scale", f"{fitted:.6g}")
    assert picture_on_stage(page) == pytest.approx(as_fitted, abs=0.01)
    stage(page).press("1")
    expect(viewer(page)).to_have_attribute("data-scale", "1.00000")
    page.get_by_role("button", name="The whole picture").click()
    expect(viewer(page)).to_have_attribute("data-scale", f"{fitted:.6g}")


def test_the_zoom_stays_while_one_works_and_over_the_pages(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    x, y = strongest_spot(page)
    page.mouse.move(*on_page(page, (x, y)))
    wheel(page, -500)
    zoomed = picture_on_stage(page)
    click_picture(page, (x, y))
    expect(header(page)).not_to_have_text(as_found)
    assert picture_on_stage(page) == pytest.approx(zoomed, abs=0.01)
    follow(page, "3 Domains", "Domains")
    follow(page, "1 FFT peaks", "FFT peaks")
    settled(page)
    assert picture_on_stage(page) == pytest.approx(zoomed, abs=0.01)


@pytest.mark.parametrize(("across", "down"), [(0.001, 0.001), (0.999, 0.001), (0.001, 0.999), (0.37, 0.71)])
def test_values_under_the_pointer_are_those_of_the_pixel(visit: Visit, across: float, down: float) -> None:
    page = visit()
    upload(page, "ramp.tif", ramp())
    point(page, across, down)
    expect(page.locator(".hv-readout")).to_contain_text("grey")
    wheel(page, -400)  # from now on every pixel is there
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    _, _, width, height = picture_on_stage(page)
    for dx in (1, 0):  # a mouse move makes it tell again
        x, y = place_on_stage(page, across, down)
        page.mouse.move(*on_page(page, (x + dx, y)))
    told = re.fullmatch(r"x ([\d.]+), y ([\d.]+) nm · grey (\d+)", readout(page))
    assert told is not None, readout(page)
    assert float(told[1]) == pytest.approx(across * 168 * 0.05, abs=0.02)
    assert float(told[2]) == pytest.approx(down * 120 * 0.05, abs=0.02)
    row, col = divmod(int(told[3]), 200)
    assert (row, col) == (int(float(told[2]) / 0.05), int(float(told[1]) / 0.05))
    assert width / height == pytest.approx(168 / 120, rel=1e-3)


def test_the_pointer_on_a_spot_shows_its_numbers_and_no_server_is_asked(visit: Visit) -> None:
    page = visit("FFT_peaks")
    before = n_asked(page)
    x, y = strongest_spot(page)
    page.mouse.move(*on_page(page, (x, y)))
    expect(page.locator(".hv-hover")).to_have_count(2)
    assert re.match(r"d 0\.\d+ nm · 1/d [\d.]+ 1/nm · azimuth [\d.]+°", readout(page))
    told = r"Pair 1: d 0\.\d+ ± 0\.\d+ nm · azimuth [\d.]+° · signal-to-noise [\d.]+ · Family \d+ · accepted"
    assert re.fullmatch(told, readout(page, 1))
    assert page.evaluate(MOVE_TO_READOUT, on_page(page, (x, y))) < 50
    page.mouse.move(1, 1)
    expect(page.locator(".hv-hover")).to_have_count(0)
    assert n_asked(page) == before


MOVE_TO_READOUT = """async ([x, y]) => {
    const stage = document.querySelector('.hv-stage'), line = document.querySelector('.hv-readout div');
    const times = [];
    for (let n = 0; n < 10; n++) {
        const before = line.textContent, start = performance.now();
        stage.dispatchEvent(new PointerEvent('pointermove', {clientX: x + 9 * n, clientY: y, bubbles: true}));
        while (line.textContent === before && performance.now() - start < 1000)
            await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[5];
}"""
"""Median milliseconds from a move of the pointer to its numbers."""


def test_a_click_with_shift_selects_a_pair_and_rejects_nothing(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    x, y = strongest_spot(page)
    with answered(page):
        stage(page).click(position={"x": x, "y": y}, modifiers=["Shift"])
    expect(page.get_by_text("Pair 1 from close by")).to_be_visible()
    expect(header(page)).to_have_text(as_found)


def test_two_clicks_at_once_are_one(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    x, y = strongest_spot(page)
    with answered(page):
        stage(page).dblclick(position={"x": x, "y": y})
    expect(header(page)).not_to_have_text(as_found)


CORNERS = [(0.0005, 0.0005), (0.9995, 0.0005), (0.0005, 0.9995), (0.61, 0.27)]


@pytest.mark.parametrize(("across", "down"), CORNERS)
def test_clicks_land_where_one_points_however_far_one_zoomed(
    visit: Visit, across: float, down: float
) -> None:
    page = visit()
    upload(page, "ramp.tif", ramp())
    choose(page, "Scale")
    pointed = place_on_stage(page, across, down)
    page.mouse.move(*on_page(page, pointed))
    wheel(page, -600)
    with answered(page):
        page.mouse.down()
        page.mouse.up()
    place = page.locator('.hv-mark[data-kind="point"]').evaluate(
        "mark => mark.getAttribute('transform').match(/[-\\d.]+/g).map(Number)"
    )
    assert place == pytest.approx(pointed, abs=0.5)
    assert place == pytest.approx(place_on_stage(page, across, down), abs=0.5)


def test_keys_go_from_domain_to_domain_and_reject(visit: Visit) -> None:
    page = visit("Domains")
    as_found = header(page).inner_text()
    stage(page).focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    with answered(page):
        page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^Domain \d+$"))).to_be_visible()
    with answered(page):
        page.keyboard.press("x")
    expect(header(page)).not_to_have_text(as_found)
    stage(page).focus()
    with answered(page):
        page.keyboard.press("u")
    expect(header(page)).to_have_text(as_found)


def test_the_picture_says_in_words_what_it_shows(visit: Visit) -> None:
    page = visit("Domains")
    name = re.compile("with the outlines of 20 domains.* A click selects one")
    expect(page.get_by_role("application", name=name)).to_be_visible()
