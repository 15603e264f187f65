"""Phases as a person meets them: a crystallite is clicked, its spots seen, a verdict given and undone."""

import re
from collections.abc import Callable

from axe import findings
from driver import answered, place_on_stage, settled, stage, viewer
from playwright.sync_api import Page, expect

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
