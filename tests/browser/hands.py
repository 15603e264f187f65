"""What a hand does in the app: clicks, drags, tools, files; for tests and benchmarks."""

import io
import re

import numpy as np
import tifffile
from driver import answered, on_page, place_on_stage, settled, stage
from playwright.sync_api import Page, expect


def grain(
    pixel_nm: float = 0.03,
    amplitude: float = 60,
    n_rows: int = 260,
    n_cols: int = 200,
    seed: int = 5,
    period_px: float = 8,
) -> bytes:
    """A TIFF of noise with a disc of fringes in it, higher than wide."""
    rows, cols = np.ogrid[:n_rows, :n_cols]
    disc = (rows - 130) ** 2 + (cols - 100) ** 2 < 60**2
    noise = np.random.default_rng(seed).normal(1000, 50, (n_rows, n_cols))
    stream = io.BytesIO()
    pixels = noise + amplitude * disc * np.cos(2 * np.pi * cols / period_px)
    scale = (1 / pixel_nm, 1 / pixel_nm)
    tifffile.imwrite(stream, pixels.astype(np.uint16), imagej=True, resolution=scale, metadata={"unit": "nm"})
    return stream.getvalue()


def upload(page: Page, name: str, data: bytes) -> None:
    """Upload a micrograph on the first page, and wait until it has been answered."""
    with answered(page):
        give_file(page, name, data)


def give_file(page: Page, name: str, data: bytes) -> None:
    """Give the first page a micrograph."""
    page.get_by_role("tab", name="Your image").click()
    file = page.locator('input[type="file"]').first
    file.set_input_files({"name": name, "mimeType": "image/tiff", "buffer": data})


FIRST_PAIR = """stage => {
    const circles = [...stage.querySelectorAll('.hv-mark[data-kind=accepted]')];
    const place = circles.at(-1)?.getAttribute('transform').match(/[-\\d.]+/g);
    return place ? place.map(Number) : null;
}"""
"""(x, y) on the stage of the circle drawn last: of the strongest pair."""

REST_MS = 120


def strongest_spot(page: Page) -> tuple[float, float]:
    """(x, y) on the stage of a spot of the strongest pair, once it rests: a tool's hint moves the picture."""
    before, found = None, stage(page).evaluate(FIRST_PAIR)
    while found != before:
        page.wait_for_timeout(REST_MS)
        before, found = found, stage(page).evaluate(FIRST_PAIR)
    assert found is not None, "no accepted pair in the picture"
    return found[0], found[1]


def click_share(page: Page, across: float, down: float) -> None:
    """Click the picture at a share of its width and height, and wait until it has been answered."""
    click_picture(page, place_on_stage(page, across, down))


def press(page: Page, button: str) -> None:
    """Press a button, and wait until it has been answered."""
    with answered(page):
        page.get_by_role("button", name=button).first.click()


def choose(page: Page, mode: str) -> None:
    """Choose one of a few, and wait until the page shows it."""
    with answered(page):
        page.get_by_role("radio", name=mode).click()


def type_into(page: Page, label: str, text: str) -> None:
    """Type into a field, and wait until it has been taken."""
    page.get_by_label(label).fill(text)
    with answered(page):
        page.get_by_label(label).press("Enter")


def click_picture(page: Page, place: tuple[float, float]) -> None:
    """Click a place on the stage, and wait until it has been answered."""
    with answered(page):
        stage(page).click(position={"x": place[0], "y": place[1]})


def follow(page: Page, link: str, title: str) -> None:
    """Go to another page by its link."""
    with answered(page):
        page.get_by_role("link", name=link).first.click()
        expect(page).to_have_title(re.compile(title))


def point(page: Page, across: float, down: float) -> None:
    """Move the pointer to a share of the picture's width and height."""
    page.mouse.move(*on_page(page, place_on_stage(page, across, down)))


def use(page: Page, tool: str) -> None:
    """Take one of the viewer's tools, and wait until it has all it needs."""
    button = page.get_by_role("toolbar").get_by_role("button", name=tool, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    settled(page)


def name_first_family(page: Page, name: str) -> None:
    """Type a name into the first row of the families' table, on the page d-spacings, and press Enter."""
    grid = page.get_by_test_id("stDataFrame").first
    grid.locator("td", has_text="Family 1").first.wait_for(state="attached")
    grid.scroll_into_view_if_needed()
    settled(page)
    table = grid.bounding_box()
    assert table is not None
    page.mouse.dblclick(table["x"] + 80, table["y"] + 52)  # behind the colour
    field = page.locator("textarea.gdg-input")
    field.fill(name)  # waits until the cell is being edited
    with answered(page):
        field.press("Enter")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one share of the picture's width and height to another."""
    point(page, *start)
    page.mouse.down()
    page.mouse.move(*on_page(page, place_on_stage(page, *end)), steps=3)
    page.mouse.up()


def numbers(page: Page) -> str:
    """What a tool tells."""
    return page.locator(".hv-numbers").inner_text().replace("\u00a0", " ")


REACHES = """() => [...document.querySelectorAll('.hv:has(.hv-stage)')].map(one => {
    const parts = ['.hv-stage', '.hv-below'].map(part => one.querySelector(part));
    const [stage, below] = parts.map(part => part.getBoundingClientRect());
    return [stage.height, below.bottom];
})"""
"""How high each picture is, and where what is told below it ends, in displayed pixels."""


def assert_whole(page: Page, least_share: float) -> None:
    """That a page's first pictures and their legends are seen whole without scrolling, and are large."""
    window = page.viewport_size
    assert window is not None
    for height, bottom in page.evaluate(REACHES):
        if bottom - height < window["height"] / 2:  # others are scrolled to
            assert bottom <= window["height"]
            assert height > least_share * window["height"]
