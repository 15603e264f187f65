"""Phases as a person meets them: a crystallite is clicked, its spots seen, a verdict given and undone."""

import io
import re
from collections.abc import Callable

import numpy as np
from axe import findings
from driver import answered, place_on_stage, settled, stage, viewer
from hands import assert_whole, follow
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]

CRYSTAL = 0.72, 0.76
"""Share of the sample's width and height where a crystal along a zone axis lies."""


def choose_candidates(page: Page, *names: str) -> None:
    """Choose structures by name."""
    box = page.get_by_role("combobox", name="Candidates")
    for name in names:
        box.fill(name)
        with answered(page):
            page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
    settled(page)


def click_crystal(page: Page) -> None:
    """Click the crystal that lies along a zone axis."""
    x, y = place_on_stage(page, *CRYSTAL)
    with answered(page):
        stage(page).click(position={"x": x, "y": y})


def press(page: Page, button: str | re.Pattern[str]) -> None:
    """Press a button, and wait until it has been answered."""
    with answered(page):
        page.get_by_role("button", name=button).first.click()


def test_a_clicked_crystallite_shows_its_spots_and_is_confirmed_and_undone(visit: Visit) -> None:
    page = visit("Phases")
    page.set_viewport_size({"width": 1366, "height": 768})
    choose_candidates(page, "Li2O", "LiF")
    box = stage(page).bounding_box()
    assert box is not None
    assert box["height"] > 0.4 * 768  # below what is set, and the note that this is a sample
    click_crystal(page)
    expect(page.locator(".hv-legend").first).to_have_text(re.compile(r"Li2O \(\d\)LiF \(\d\)"))
    assert_whole(page, 0.46)
    marks = page.locator(".hv-mark")
    expect(marks.and_(page.locator("[data-kind=found]")).first).to_be_visible()
    expect(page.locator(".hv-mark text").first).to_have_text(re.compile(r"\d"))
    press(page, "It is Li2O")
    expect(page.get_by_role("button", name="Forget 1 verdict")).to_be_visible()
    assert findings(page) == []
    press(page, "It is not Li2O")
    expect(page.get_by_role("button", name="Forget 1 verdict")).to_be_visible()  # the later word counts
    press(page, "Undo")
    press(page, "Undo")
    expect(page.get_by_role("button", name=re.compile("Forget"))).to_have_count(0)
    size = page.get_by_text("nm/px").first.inner_text()
    press(page, "Take the scale of Li2O")
    expect(page.get_by_text("nm/px").first).not_to_have_text(size)
    press(page, "Undo")
    expect(page.get_by_text("nm/px").first).to_have_text(size)
    page.set_viewport_size({"width": 800, "height": 900})
    settled(page)
    assert page.evaluate(ROWS) == [1, 1, 1, 1]
    minus = page.locator(".hv-mark tspan[text-decoration=overline]")
    expect(minus.first).to_have_text(re.compile(r"^\d$"))  # of one digit; the font has its own beside it
    follow(page, "3 Domains", "Domains")
    fields = page.locator(".hv-looks > *").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(set(fields)) == 1  # colours, picture and menu in one line
    follow(page, "7 Export", "Export")
    assert page.locator(".hv-looks").evaluate("e => e.scrollWidth <= e.clientWidth")


ROWS = """() => [...document.querySelectorAll('.hv-head > .hv-buttons')].map(group =>
    new Set([...group.children].map(one => one.getBoundingClientRect().top)).size)"""
"""In how many rows the buttons of each group stand, of tools and of views."""


def test_a_dark_field_is_coloured_by_phase_exported_and_copied(visit: Visit) -> None:
    page = visit("Phases")
    choose_candidates(page, "Li2O", "LiF")
    follow(page, "3 Domains", "Domains")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with answered(page):
        page.get_by_label("Picture").first.select_option("Dark field")
    page.get_by_role("radio", name="Phase").press("Space")
    legend = page.locator(".hv-legend-of:visible .hv-means")
    expect(legend).to_have_text([re.compile(rf"^{name} \(\d\)$") for name in ("Li2O", "LiF")])
    hues = [colour_of(one) for one in legend.locator(".hv-line").all()]
    page.get_by_role("button", name="Copy the picture").click()
    expect(page.locator(".hv-buttons", has_text="Copied")).to_be_visible()
    copied = io.BytesIO(bytes(page.evaluate(CLIPBOARD)))
    follow(page, "7 Export", "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Dark field, PNG").click()
    exported = Image.open(download.value.path())
    assert exported.width == 1024  # as the micrograph
    assert exported.height > 1024  # by the legend
    for picture in (Image.open(copied), exported):
        shares = [share_of(picture, hue) for hue in hues]
        assert min(shares) > 0.03
        assert share_of(picture, None) - sum(shares) < 0.02  # there is no other colour


CLIPBOARD = """async () => {
    const [item] = await navigator.clipboard.read();
    return [...new Uint8Array(await (await item.getType('image/png')).arrayBuffer())];
}"""


def colour_of(line: Locator) -> tuple[int, int, int]:
    """Red, green, blue of a line of a legend."""
    red, green, blue = re.findall(r"\d+", line.evaluate("e => getComputedStyle(e).borderTopColor"))[:3]
    return int(red), int(green), int(blue)


def share_of(picture: Image.Image, hue: tuple[int, int, int] | None) -> float:
    """How much of a picture is of a hue, however bright, or of any."""
    pixels = np.asarray(picture.convert("RGB"), dtype=float).reshape(-1, 3)
    is_coloured = np.ptp(pixels, axis=1) > 40
    if hue is None:
        return float(is_coloured.mean())
    off = pixels / pixels.max(axis=1, keepdims=True).clip(1) - np.divide(hue, max(hue))
    return float((is_coloured & (np.abs(off).max(axis=1) < 0.12)).mean())


def test_rings_of_a_candidate_are_drawn_on_the_fft(visit: Visit) -> None:
    page = visit("FFT_peaks")
    before = viewer(page).locator("circle").count()
    page.get_by_role("button", name="Known rings").click()
    box = page.get_by_role("combobox", name="Rings of structures")
    box.fill("LiF")
    with answered(page):
        page.get_by_role("option", name="LiF", exact=True).click()
    field = page.get_by_label("Rings of spacings, d in nm")
    field.fill("0.30")
    with answered(page):
        field.press("Enter")
    expect(viewer(page).get_by_text("LiF 200")).to_be_attached()
    expect(viewer(page).get_by_text("0.300 nm")).to_be_attached()
    assert viewer(page).locator("circle").count() > before
