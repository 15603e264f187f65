"""The app as a person meets it: in a browser, with a mouse."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from driver import Served, header, picture, settled, shown
from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]
CONTRACT = {
    "peaks.csv",
    "families.csv",
    "domains.csv",
    "domains.tif",
    "crystallites.csv",
    "overlay.png",
    "summary.json",
}


def grain(pixel_nm: float = 0.03) -> bytes:
    """A TIFF of noise with a disc of fringes in it, higher than wide."""
    rows, cols = np.ogrid[:260, :200]
    disc = (rows - 130) ** 2 + (cols - 100) ** 2 < 60**2
    noise = np.random.default_rng(5).normal(1000, 50, (260, 200))
    stream = io.BytesIO()
    pixels = noise + 60 * disc * np.cos(2 * np.pi * cols / 8)
    scale = (1 / pixel_nm, 1 / pixel_nm)
    tifffile.imwrite(stream, pixels.astype(np.uint16), imagej=True, resolution=scale, metadata={"unit": "nm"})
    return stream.getvalue()


def upload(page: Page, name: str, data: bytes) -> None:
    """Upload a micrograph on the first page."""
    page.get_by_role("tab", name="Your image").click()
    page.locator('input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "image/tiff", "buffer": data}
    )


COLOURED_PLACE = """element => {
    const [width, height] = [element.naturalWidth, element.naturalHeight];
    const canvas = document.createElement('canvas');
    canvas.width = width; canvas.height = height;
    const context = canvas.getContext('2d');
    context.drawImage(element, 0, 0);
    const data = context.getImageData(0, 0, width, height).data;
    const scale = element.getBoundingClientRect().width / width;
    for (let y = 40; y < height - 40; y++) for (let x = 40; x < width - 40; x++) {
        const at = 4 * (y * width + x);
        const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
        if (Math.max(r, g, b) - Math.min(r, g, b) > 90)
            return [x * scale, y * scale];
    }
    return null;
}"""
"""(x, y) of the first coloured pixel of an image in displayed pixels."""


def strongest_spot(page: Page) -> tuple[float, float]:
    """(x, y) in the FFT picture inside a coloured circle: its topmost pixel, and a little lower."""
    found = picture(page).locator("#image").evaluate(COLOURED_PLACE)
    assert found is not None, "no coloured circle in the picture"
    return found[0], found[1] + 7


def click_picture(page: Page, place: tuple[float, float]) -> None:
    """Click a place of the picture, and wait until it has been answered."""
    picture(page).locator("#image").click(position={"x": place[0], "y": place[1]})
    page.wait_for_timeout(300)
    settled(page)


def follow(page: Page, link: str, title: str) -> None:
    """Go to another page by its link."""
    page.get_by_role("link", name=link).first.click()
    expect(page).to_have_title(re.compile(title))
    settled(page)


def test_first_screen_is_a_result_and_asks_nobody_else(app: Served, browser_page: Page) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.goto(app.address)
    settled(browser_page)
    assert re.search(r"[1-9]\d* domains", header(browser_page))
    assert shown(browser_page).startswith("data:image/jpeg")
    foreign = [url for url in asked if not url.startswith((app.address, "data:", "blob:"))]
    assert foreign == []


def test_a_click_rejects_a_pair_and_a_second_restores_it(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page)
    place = strongest_spot(page)
    click_picture(page, place)
    expect(page.get_by_text("rejected", exact=False).first).to_be_visible()
    assert header(page) != as_found
    click_picture(page, place)
    assert header(page) == as_found
    click_picture(page, place)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(as_found.split("·")[2].strip()).first).to_be_visible()


def test_a_point_of_the_mixture_selects_its_pair(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page)
    page.locator('[data-testid="stVegaLiteChart"] path[aria-roledescription="point"]').first.click(force=True)
    expect(page.get_by_text("from close by")).to_be_visible()
    assert header(page) == as_found


def test_an_upload_stays_through_the_pages_and_a_broken_one_changes_nothing(visit: Visit) -> None:
    page = visit()
    upload(page, "grain_α.tif", grain())
    expect(page.get_by_text("grain_α.tif · 0.03 nm/px")).to_be_visible(timeout=30_000)
    follow(page, "Next: FFT peaks", "FFT peaks")
    assert header(page).startswith("grain_α.tif")
    follow(page, "3 Domains", "Domains")
    assert header(page).startswith("grain_α.tif")
    follow(page, "Micrograph", "Micrograph")
    upload(page, "broken.tif", b"II*\0 nothing")
    expect(page.get_by_role("alert")).to_be_visible()
    assert header(page).startswith("grain_α.tif")
    page.reload()
    settled(page)
    assert header(page).startswith("nanocrystals")
    expect(page.get_by_role("tab", name="Earlier work")).to_be_visible()


def test_two_visitors_do_not_meet(visit: Visit) -> None:
    first, second = visit("FFT_peaks"), visit("FFT_peaks")
    as_found = header(second)
    click_picture(first, strongest_spot(first))
    assert header(first) != as_found
    second.get_by_role("radio", name="Local maximum").click()
    settled(second)
    assert header(second) == as_found


def test_a_dragged_rectangle_becomes_the_region(visit: Visit) -> None:
    page = visit()
    page.get_by_role("radio", name="Region").click()
    settled(page)
    image = picture(page).locator("#image")
    box = image.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.8 * box["height"], steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name="Whole image")).to_be_visible(timeout=30_000)


def test_a_brush_on_the_histogram_picks_domains(visit: Visit) -> None:
    page = visit("Statistics")
    before = page.get_by_text("Drag across a chart to light")
    expect(before).to_be_visible()
    chart = page.locator('[data-testid="stVegaLiteChart"]').first
    chart.scroll_into_view_if_needed()
    _drag_across(page, chart)
    expect(page.get_by_text("picked, outlined in white")).to_be_visible()


def _drag_across(page: Page, chart: Locator) -> None:
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.up()


def test_the_zip_holds_the_contract(visit: Visit, tmp_path: Path) -> None:
    page = visit("Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all").click()
    target = tmp_path / "results.zip"
    download.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        names = {Path(name).name for name in archive.namelist()}
    assert names >= CONTRACT | {"recipe.json", "report.html"}
    assert download.value.suggested_filename == "nanocrystals_domains.zip"
