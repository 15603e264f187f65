"""The app as a person meets it: in a browser, with a mouse."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from axe import findings
from driver import (
    PATIENCE_S,
    SHARED,
    VIEWS,
    Served,
    View,
    answered,
    go,
    header,
    on_page,
    picture_on_stage,
    place_on_stage,
    serve,
    settled,
    shown,
    stage,
    viewer,
    visitor,
)
from hands import (
    choose,
    click_picture,
    click_share,
    follow,
    give_file,
    grain,
    name_first_family,
    press,
    strongest_spot,
    type_into,
    upload,
)
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from hrtem_core.synthesis import PRESETS, simulate

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


def bare_with_bar() -> bytes:
    """A TIFF without a scale, of fringes finer than is looked for so, and a burned-in bar of 100 px."""
    pixels = tifffile.imread(io.BytesIO(grain(period_px=3.3)))
    pixels[240:246, 20:120] = 0
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels)
    return stream.getvalue()


CANCEL = ".st-key-cancel button"

CLICK_ONCE_SEEN = """([where, patience_ms]) => new Promise((done, fail) => {
    const end = performance.now() + patience_ms;
    const look = () => {
        const button = document.querySelector(where);
        if (button && getComputedStyle(button).visibility === 'visible') {
            button.click();
            done();
        } else if (performance.now() < end) requestAnimationFrame(look);
        else fail(new Error(`${where} was not seen`));
    };
    look();
})"""
"""Looks at every frame: one that tries again after half a second may come when all is done."""

SEEN_STATUS = """() => {
    const status = document.createElement('div');
    status.dataset.testid = 'stStatusWidget';
    document.querySelector('[data-testid=stApp]').append(status);
    const shown = getComputedStyle(status).display;
    status.remove();
    return shown;
}"""
"""How Streamlit's sign of work is displayed, which it shows after a while."""


def cancel(page: Page) -> None:
    """Cancel what is worked on as soon as one can, and wait until the page is whole again."""
    with answered(page):
        page.evaluate(CLICK_ONCE_SEEN, [CANCEL, 1000 * PATIENCE_S])


def test_first_screen_is_a_result_and_asks_nobody_else(app: Served, browser_page: Page) -> None:
    browser_page.add_init_script(NOTE_LINKS)
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    go(browser_page, app.address)
    expect(header(browser_page)).to_have_text(re.compile(r"[1-9]\d* domains"))
    assert re.fullmatch("[0-9a-f]{16} [0-9a-f]{16}", shown(browser_page))
    foreign = [url for url in asked if not url.startswith((app.address, "data:", "blob:"))]
    assert foreign == []
    assert len(set(browser_page.evaluate("() => window.heights"))) == 1


NOTE_LINKS = """
    window.heights = [];
    const look = () => {
        const links = document.querySelector('.st-key-header [data-testid=stHorizontalBlock]');
        if (links?.children.length > 5) window.heights.push(links.getBoundingClientRect().height);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
"""
"""Notes at every frame how high the links to the pages are, also before their script has come."""


def test_a_click_rejects_a_pair_and_a_second_restores_it(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    place = strongest_spot(page)
    click_picture(page, place)
    expect(page.get_by_text("rejected", exact=False).first).to_be_visible()
    expect(header(page)).not_to_have_text(as_found)
    click_picture(page, place)
    expect(header(page)).to_have_text(as_found)
    click_picture(page, place)
    expect(header(page)).not_to_have_text(as_found)
    press(page, "Undo")
    expect(header(page)).to_have_text(as_found)


@pytest.mark.fault(3, size=(1366, 768))
def test_a_click_outside_the_range_offers_to_widen_it(visit: Visit) -> None:
    page = visit("FFT_peaks")
    slider = page.get_by_role("slider", name="Sensitivity")
    place = slider.bounding_box()
    click_share(page, 0.04, 0.04)  # the corner lies outside of the outer dashed circle
    expect(page.get_by_text("is not looked for: the range is")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Widen the range")).to_be_in_viewport(ratio=1)
    assert slider.bounding_box() == place
    expect(page.get_by_role("button", name="Add a peak here")).to_have_count(0)
    press(page, "Widen the range")
    expect(page.get_by_text("is not looked for: the range is")).to_have_count(0)
    press(page, "Undo")
    expect(page.get_by_text("is not looked for: the range is")).to_be_visible()


def test_a_point_of_the_mixture_selects_its_pair(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    point = page.locator('[data-testid="stVegaLiteChart"] path[aria-roledescription="point"]').first
    with answered(page):
        point.click(force=True)
    expect(page.get_by_text("from close by")).to_be_visible()
    expect(header(page)).to_have_text(as_found)


def test_an_upload_stays_through_the_pages_and_a_broken_one_changes_nothing(visit: Visit) -> None:
    page = visit()
    upload(page, "grain_α.tif", grain())
    expect(page.get_by_text("grain_α.tif · 0.03 nm/px")).to_be_visible()
    follow(page, "Next: FFT peaks", "FFT peaks")
    expect(header(page)).to_have_text(re.compile("^grain_α.tif"))
    follow(page, "3 Domains", "Domains")
    expect(header(page)).to_have_text(re.compile("^grain_α.tif"))
    follow(page, "Micrograph", "Micrograph")
    upload(page, "broken.tif", b"II*\0 nothing")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(header(page)).to_have_text(re.compile("^grain_α.tif"))


@pytest.mark.fault(2)
def test_a_reload_brings_image_and_recipe_back_to_their_own_browser_only(visit: Visit) -> None:
    page, other = visit(), visit("Export")
    expect(other.get_by_text("This is the sample nanocrystals.tif")).to_be_visible()
    upload(page, "grain.tif", grain())
    expect(header(page)).to_have_text(re.compile("^grain.tif.* 1 domain "))
    follow(page, "1 FFT peaks", "FFT peaks")
    click_picture(page, strongest_spot(page))
    expect(header(page)).to_have_text(re.compile("^grain.tif.* 0 domains"))
    go(page, page.url)
    expect(header(page)).to_have_text(re.compile("^grain.tif.* 0 domains"))
    expect(page.get_by_text("This is the sample")).to_have_count(0)
    assert not re.search("hrtem-work|[-_A-Za-z0-9]{43}", page.url)
    follow(page, "7 Export", "Export")
    go(page, page.url)
    expect(header(page)).to_have_text(re.compile("^grain.tif.* 0 domains"))
    expect(page.get_by_text("This is the sample")).to_have_count(0)
    press(page, "Undo")
    expect(header(page)).to_have_text(re.compile("^grain.tif.* 1 domain "))
    after_a_crash = page.context.new_page()
    after_a_crash.goto(page.url)
    expect(header(after_a_crash)).to_have_text(re.compile("^grain.tif.* 1 domain "))
    go(other, other.url)
    expect(header(other)).to_have_text(re.compile(r"^nanocrystals.tif \(a sample\)"))


@pytest.mark.fault(2)
def test_on_a_shared_host_work_is_kept_for_an_hour_and_for_its_browser_only(browser: Browser) -> None:
    with (
        serve(listens_at=SHARED, HRTEM_SMALL_HOST="0") as shared,
        visitor(browser) as page,
        visitor(browser) as other,
    ):
        go(page, shared.address)
        page.get_by_role("tab", name="Earlier work").click()
        expect(page.get_by_text("for an hour")).to_be_visible()
        upload(page, "grain.tif", grain())
        go(page, page.url)
        expect(header(page)).to_have_text(re.compile("^grain.tif.* 1 domain "))
        go(other, shared.address)
        expect(header(other)).to_have_text(re.compile(r"^nanocrystals.tif \(a sample\)"))


def test_a_browser_that_stores_nothing_shows_the_sample(app: Served, browser_page: Page) -> None:
    browser_page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage']) "
        "Object.defineProperty(window, name, {get() { throw new Error('not here'); }})"
    )
    go(browser_page, app.address)
    expect(header(browser_page)).to_have_text(re.compile("^nanocrystals.tif"))


@pytest.mark.fault(1)
def test_cancel_goes_back_to_the_last_results(visit: Visit, view: View) -> None:
    page = visit()
    seed = VIEWS.index(view) if view in VIEWS else 5  # what was analyzed for another view is at hand
    sample, large = header(page).inner_text(), grain(n_rows=1600, n_cols=1599, seed=seed)
    give_file(page, "large.tif", large)
    cancel(page)  # the button is there before the image has results
    expect(header(page)).to_have_text(sample)
    expect(stage(page)).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(page.locator(CANCEL)).to_have_count(0)
    give_file(page, "large.tif", large)
    expect(page.locator(".st-key-first_look .hv[data-ready=true]")).to_be_visible()  # long before its results
    expect(page.locator(".hw")).to_have_text(re.compile(r"^[a-zF].*about (\d+ s|a second) left$"))
    expect(header(page)).to_have_text(re.compile("^large.tif"))
    expect(page.locator(".st-key-first_look")).to_have_count(0)
    settled(page)
    expect(page.locator(".hw")).to_have_count(0)
    follow(page, "1 FFT peaks", "FFT peaks")
    found, picture_before = header(page).inner_text(), shown(page)
    assert found.startswith("large.tif")
    # at the other end the image would be looked at with fewer pixels, and be done before it is cancelled
    largest_d = page.get_by_role("slider", name="d-spacings looked for").last
    value = largest_d.input_value()
    largest_d.press("ArrowLeft")
    assert page.evaluate(SEEN_STATUS) == "none"  # its Stop leaves half a page
    cancel(page)
    expect(header(page)).to_have_text(found)
    assert shown(page) == picture_before
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(largest_d).to_have_value(value)


def test_two_visitors_do_not_meet(visit: Visit) -> None:
    first, second = visit("FFT_peaks"), visit("FFT_peaks")
    as_found = header(second).inner_text()
    click_picture(first, strongest_spot(first))
    expect(header(first)).not_to_have_text(as_found)
    choose(second, "Local maximum")
    expect(header(second)).to_have_text(as_found)


def test_two_visitors_with_files_of_one_name_see_their_own(visit: Visit) -> None:
    visitors = [visit(), visit()]
    for page, amplitude in zip(visitors, (60, 0), strict=True):
        upload(page, "same.tif", grain(amplitude=amplitude))
    for page, found in zip(visitors, ("1 domain ", "0 domains"), strict=True):
        expect(page.get_by_text("same.tif · 0.03 nm/px")).to_be_visible()
        expect(header(page)).to_contain_text(found)
        choose(page, "Region")  # drawn anew, from the caches both share
        expect(header(page)).to_contain_text(found)


def test_a_clicked_polygon_is_ignored_until_undone(visit: Visit) -> None:
    page = visit()
    as_found = header(page).inner_text()
    choose(page, "Polygon")
    expect(page.get_by_role("button", name="Close the area")).to_be_disabled()
    for across, down in ((0.02, 0.02), (0.6, 0.02), (0.02, 0.6)):
        click_share(page, across, down)
    press(page, "Close the area")
    expect(header(page)).not_to_have_text(as_found)  # the crystal in that corner is left out
    press(page, "Undo")
    expect(header(page)).to_have_text(as_found)


@pytest.mark.fault(6)
def test_two_clicks_on_a_bar_give_the_scale(visit: Visit) -> None:
    page = visit()
    upload(page, "grain.tif", grain())
    expect(page.get_by_text("grain.tif · 0.03 nm/px")).to_be_visible()
    choose(page, "Scale")
    expect(page.get_by_text("Click both ends of the scale bar.", exact=True)).to_be_visible()
    click_share(page, 0.25, 0.5)
    expect(page.get_by_text("Now click its other end")).to_be_visible()
    click_share(page, 0.75, 0.5)
    expect(page.get_by_text(re.compile(r"(99|100|101)\.\d\s±\s0\.\d\spx between the ends"))).to_be_visible()
    expect(page.get_by_role("button", name="Use as scale")).to_be_disabled()
    type_into(page, "Length of the bar in nm", "5")
    press(page, "Use as scale")  # 5 nm over 100 of the 200 columns
    expect(page.get_by_text(re.compile(r"grain\.tif · 0\.0(49\d*|50?\d*)\snm/px"))).to_be_visible()
    expect(page.get_by_role("radio", name="Look")).to_be_checked()
    expect(page.get_by_role("spinbutton", name="Its uncertainty (%)")).to_have_value(re.compile(r"^0\.[2-9]"))


@pytest.mark.fault(9, size=(800, 900))
def test_an_image_without_a_scale_first_asks_for_its_bar(visit: Visit) -> None:
    """Full of fringes, it said that no fringes stand out of the noise."""
    page = visit()
    upload(page, "bare.tif", bare_with_bar())
    provisional = "results are provisional; a bar of 100.0 px was found, how long is it?"
    expect(header(page)).to_contain_text(provisional)
    expect(header(page)).to_contain_text("0 domains")
    expect(page.get_by_text("A bar of 100.0 px was found; how long is it?")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Set the scale")).to_be_in_viewport(ratio=1)
    assert page.evaluate(CUT_OFF) == []
    for there in ("2 d-spacings", "5 Statistics", "Micrograph"):
        follow(page, there, there.lstrip("1234567 "))
        expect(page.get_by_text("without a scale only fringes").first).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("stand out of the noise")).to_have_count(0)
    type_into(page, "Its length in nm", "10")
    press(page, "Set the scale")
    expect(header(page)).to_contain_text("bare.tif · 0.1 nm/px · 1 crystallite")
    expect(header(page)).not_to_contain_text("provisional")
    uncertainty = page.get_by_role("spinbutton", name="Its uncertainty (%)")
    expect(uncertainty).to_have_value(re.compile(r"^0\.42"))  # each end is good to 0.3 px


@pytest.mark.fault(7, size=(1366, 768))
def test_vacuum_is_left_out_of_what_is_crystalline(visit: Visit) -> None:
    page = visit()
    film, stream = simulate(PRESETS["edge"], seed=2).micrograph, io.BytesIO()
    scale = (1 / film.pixel_size.col_nm, 1 / film.pixel_size.row_nm)
    tifffile.imwrite(stream, film.intensity, imagej=True, resolution=scale, metadata={"unit": "nm"})
    upload(page, "edge.tif", stream.getvalue())
    whole = share_crystalline(page, "field")
    expect(page.get_by_text("looks like vacuum")).to_be_in_viewport(ratio=1)
    press(page, "Leave it out")
    expect(page.get_by_text("looks like vacuum")).to_have_count(0)
    specimen = share_crystalline(page, "usable field")
    assert specimen > 1.15 * whole
    for there in ("3 Domains", "5 Statistics"):
        follow(page, there, there.lstrip("1234567 "))
        told = page.get_by_test_id("stMetric").filter(has_text="Of the usable field")
        expect(told).to_contain_text(re.compile(rf"{specimen}\s%"))
    follow(page, "7 Export", "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    report = download.value.path().read_text(encoding="utf-8")
    assert f"<b>{specimen} %</b> of the usable field" in report


def share_crystalline(page: Page, whole: str) -> float:
    """How much is crystalline, in percent, as the header tells, and of what."""
    told = re.search(rf"([\d.]+)\s% of the {whole} crystalline", header(page).inner_text())
    assert told is not None, header(page).inner_text()
    return float(told[1])


@pytest.mark.fault(5)
@pytest.mark.fault(10)
def test_families_are_named_split_merged_and_calibrated_on(visit: Visit) -> None:
    page = visit("d-spacings")

    def add_to_choice(family: str) -> None:
        page.get_by_test_id("stMultiSelect").locator("input").click()
        with answered(page):
            page.get_by_role("option", name=family).click()
        page.keyboard.press("Escape")

    ring = page.get_by_role("combobox", name="This ring")
    name_first_family(page, "Li2O 111")
    expect(ring).to_have_value(re.compile("^Li2O 111 ·"))
    add_to_choice("Li2O 111 ·")
    press(page, "Split")  # what was chosen is another family then
    expect(page.get_by_test_id("stMultiSelect")).not_to_contain_text("Li2O")
    add_to_choice("Li2O 111 ·")
    add_to_choice("Family 2 ·")
    press(page, "Merge")
    press(page, "As found")
    expect(ring).to_have_value(re.compile("^Family 1 ·"))
    click_picture(page, strongest_spot(page))  # the picture chooses a ring, and its pair's row is in sight
    expect(ring).to_have_value(re.compile(r"^Family 4 · 0\.163"))
    expect(page.locator("table[role=grid] tr[aria-selected=true]")).to_have_count(1)
    ring.scroll_into_view_if_needed()  # a list that is open is closed when the page is scrolled
    with answered(page):
        ring.click()
        page.get_by_role("option", name="Family 1 ·").click()
    expect(ring).to_have_value(re.compile("^Family 1 ·"))
    calibrate = page.get_by_role("button", name="Calibrate", exact=True)
    expect(calibrate).to_be_disabled()
    type_into(page, "is (nm)", "0.28")
    expect(page.get_by_text("The pixel size becomes")).to_contain_text("% larger")
    with answered(page):
        calibrate.click()
        expect(page.get_by_text("Calibrated. All lengths")).to_be_visible()  # a notice goes after a while
        toast = page.get_by_test_id("stToast").bounding_box()
        main = page.get_by_test_id("stMain").bounding_box()
        assert toast is not None
        assert main is not None
        assert main["y"] + main["height"] <= toast["y"]  # it covers nothing of the page
    expect(ring).to_have_value(re.compile(r"^Family 1 · 0\.2(79|80)"))
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    settled(page)
    undo = page.get_by_role("button", name="Undo").bounding_box()
    assert undo is not None
    with answered(page):  # no notice covers it
        page.mouse.click(undo["x"] + undo["width"] / 2, undo["y"] + undo["height"] / 2)
    expect(ring).to_have_value(re.compile(r"^Family 1 · 0\.26"))


def test_controls_in_a_popover_show_what_holds(visit: Visit) -> None:
    page = visit("FFT_peaks")
    choose(page, "Local maximum")  # an answer in which the popover's controls have not changed
    page.get_by_role("button", name="View").click()
    expect(page.get_by_role("slider", name="Darkness")).to_have_value("1.4")
    expect(page.get_by_role("switch", name="Show candidates taken for noise")).to_be_checked()


def test_a_recipe_restores_what_was_rejected(visit: Visit, tmp_path: Path) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    click_picture(page, strongest_spot(page))
    expect(header(page)).not_to_have_text(as_found)
    edited = header(page).inner_text()
    follow(page, "7 Export", "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Recipe").click()
    download.value.save_as(tmp_path / "recipe.json")
    again = visit()
    expect(header(again)).to_have_text(as_found)
    again.get_by_role("tab", name="Earlier work").click()
    with answered(again):
        again.locator('input[type="file"]').last.set_input_files(tmp_path / "recipe.json")
        expect(again.get_by_text("Recipe restored.")).to_be_visible()  # a notice goes after a while
    expect(header(again)).to_have_text(edited)
    follow(again, "1 FFT peaks", "FFT peaks")
    press(again, "Restore all")
    expect(header(again)).to_have_text(as_found)


def test_an_image_beyond_the_limit_is_offered_binned(visit: Visit) -> None:
    page = visit()
    as_found = header(page).inner_text()
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((8200, 8300), np.uint8), compression="zlib")
    upload(page, "large.tif", stream.getvalue())
    expect(page.get_by_text("8200 × 8300 pixels, more than the app keeps")).to_be_visible()
    expect(page.get_by_role("button", name="Open with 2 × 2 pixels averaged")).to_be_visible()
    expect(header(page)).to_have_text(as_found)


def test_nothing_is_cut_off_in_a_narrow_window(visit: Visit) -> None:
    page = visit()
    page.set_viewport_size({"width": 800, "height": 800})
    settled(page)
    numbered = (
        "1 FFT peaks",
        "2 d-spacings",
        "3 Domains",
        "4 Phases",
        "5 Statistics",
        "6 Composition",
        "7 Export",
    )
    for link in (*numbered, "Micrograph"):
        follow(page, link, link.lstrip("1234567 "))
        assert page.evaluate(CUT_OFF) == [], link
        assert page.evaluate(COVERED) == [], link
        assert page.evaluate(READ_ALOUD) == [link.lstrip("1234567 ")], link


READ_ALOUD = """() => [...document.querySelectorAll('[aria-label], [alt], [title]')]
    .flatMap(one => ['aria-label', 'alt', 'title'].map(name => one.getAttribute(name) ?? ''))
    .filter(text => /[*]|:material/.test(text))
    .concat([...document.querySelectorAll('h1')].map(one => one.textContent))"""
"""What is read aloud and should not be; then the page's heading."""

COVERED = """() => [...document.querySelectorAll('[data-testid=stElementContainer]')]
    .filter(one => one.querySelector('[data-testid=stHeading] :is(h2, h3)'))
    .filter(one => one.nextElementSibling
        && one.querySelector('h2, h3').getBoundingClientRect().bottom
            > one.nextElementSibling.getBoundingClientRect().top + 1)
    .map(one => one.textContent)"""
"""Headings that what follows reaches into."""

CUT_OFF = """() => [...document.querySelectorAll(
    '[data-testid=stMain], [data-testid=stButtonGroup] *, [data-testid=stHorizontalBlock], button'
)].filter(one => one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).display !== 'inline'
    && !one.querySelector('[data-testid=stDataFrame]'))
  .map(one => one.outerHTML.slice(0, 120))"""
"""Elements whose content is wider than they are; round a table there is a handle to size it."""


def test_nothing_moves_while_a_slider_is_answered(visit: Visit) -> None:
    page = visit("Domains")
    before = shown(page)
    slider = page.get_by_role("slider", name="Threshold")
    slider.focus()
    page.evaluate(NOTE_PLACES)
    with answered(page):
        slider.press("ArrowRight")
    expect(viewer(page)).not_to_have_attribute("data-shown", before)
    assert len(set(page.evaluate("() => window.places"))) == 1
    place = slider.bounding_box()
    click_share(page, 0.15, 0.17)  # a domain is selected, and rejected
    assert slider.bounding_box() == place
    press(page, "Reject")
    expect(page.get_by_role("button", name="Restore 1 rejected domain")).to_be_visible()
    assert slider.bounding_box() == place
    page.set_viewport_size({"width": 800, "height": 900})  # where what is said of a domain takes more lines
    click_share(page, 0.3, 0.45)  # there is none
    place = slider.bounding_box()
    click_share(page, 0.4, 0.75)
    expect(page.get_by_text(re.compile(r"^Domain \d+$"))).to_be_visible()
    assert slider.bounding_box() == place


@pytest.mark.parametrize("size", [(1600, 1000), (1366, 768)])
def test_a_picture_is_whole_in_any_window(visit: Visit, size: tuple[int, int]) -> None:
    page = visit()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    settled(page)
    left, top, width, height = picture_on_stage(page)
    box = stage(page).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < size[1]
    assert height > 0.58 * size[1]
    assert min(left, top) >= -0.01
    assert left + width <= box["width"] + 0.01
    assert height == pytest.approx(box["height"], abs=1)
    follow(page, "3 Domains", "Domains")  # nothing lies over the links
    _legend_is_seen_and_moves_nothing(page, size[1])
    before = float(stage(page).evaluate("stage => stage.offsetHeight"))
    page.evaluate(MOVE_DOWN, 20)
    page.wait_for_function("least => document.querySelector('.hv-stage').offsetHeight < least", arg=before)
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    expect(page.get_by_test_id("stMainMenuPopover")).to_be_visible()


def _legend_is_seen_and_moves_nothing(page: Page, height: int) -> None:
    place = stage(page).bounding_box()
    for colouring in ("d", "Direction", "Crystallite", "Family"):
        page.get_by_role("radio", name=colouring, exact=True).press("Space")
        legend = page.locator(".hv-below").bounding_box()
        assert legend is not None
        assert legend["y"] + legend["height"] <= height
        assert stage(page).bounding_box() == place
        wheel = page.locator("canvas.hv-wheel")
        assert wheel.is_visible() == (colouring == "Direction")
        assert page.evaluate(WITHIN, ["canvas.hv-wheel", ".hv-below"])


WITHIN = """([one, other]) => {
    const [a, b] = [one, other].map(where => document.querySelector(where).getBoundingClientRect());
    return a.left >= b.left && a.top >= b.top && a.right <= b.right && a.bottom <= b.bottom;
}"""
"""Whether an element lies wholly in another."""

MOVE_DOWN = """by => {
    const page = document.querySelector('[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock]');
    document.querySelector('.st-key-header').style.marginBottom = `${by}px`;
    page.lastElementChild.style.marginTop = `${-by}px`;
}"""
"""Lets what stands above the picture grow, and what stands below shrink: the page is as high as before."""


def test_nothing_moves_while_the_mode_changes(visit: Visit) -> None:
    page = visit()
    page.evaluate(NOTE_PLACES)
    for mode in ("Scale", "Region", "Look"):
        choose(page, mode)
        page.evaluate(MIX_TOOLS)
    assert len(set(page.evaluate("() => window.places"))) == 1


MIX_TOOLS = """() => new Promise(go_on => {
    const text = document.querySelector('.st-key-tools p'), own = text.textContent;
    text.textContent = "the words of another mode ".repeat(5);
    requestAnimationFrame(() => requestAnimationFrame(() => { text.textContent = own; go_on(); }));
})"""
"""Shows, for a frame or two, what a busy machine shows: the next mode's words beside this one's buttons."""


NOTE_PLACES = """() => {
    window.places = [];
    const look = () => {
        const box = document.querySelector('.hv-stage').getBoundingClientRect();
        const main = document.querySelector('[data-testid=stMain]');
        const all = [box.top, box.height, main.scrollHeight, main.scrollTop];
        window.places.push(all.map(Math.round).join(" "));
        requestAnimationFrame(look);
    };
    look();
}"""
"""Notes at every frame where the picture is and how tall the page."""


def test_a_dragged_rectangle_becomes_the_region(visit: Visit) -> None:
    page = visit()
    choose(page, "Region")
    page.mouse.move(*on_page(page, place_on_stage(page, 0.1, 0.1)))
    page.mouse.down()
    page.mouse.move(*on_page(page, place_on_stage(page, 0.7, 0.8)), steps=4)
    with answered(page):
        page.mouse.up()
    expect(page.get_by_role("button", name="Whole image")).to_be_visible()


def test_a_brush_on_the_histogram_picks_domains(visit: Visit) -> None:
    page = visit("Statistics")
    before = page.get_by_text("Click here, drag across a chart")
    expect(before).to_be_visible()
    chart = page.locator('[data-testid="stVegaLiteChart"]').first
    chart.scroll_into_view_if_needed()
    settled(page)
    _drag_across(page, chart)
    expect(page.get_by_text("outlined in white")).to_be_visible()
    _set_range_by_keys(page)
    choose(page, "Domains")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    settled(page)
    stage(page).focus()
    page.keyboard.press("p")  # the last of twenty domains, which lies with others on one place
    marked = page.locator("table[role=grid] tr[aria-selected=true]")  # of rows in sight only
    for _ in range(6):
        with answered(page):
            page.keyboard.press("Enter")
        expect(marked).to_have_count(1)
        if int(str(marked.get_attribute("aria-rowindex"))) > 12:
            break
    assert int(str(marked.get_attribute("aria-rowindex"))) > 12
    expect(page.locator("table[role=grid]")).to_have_attribute("aria-rowcount", "21")  # all rows stay


def _set_range_by_keys(page: Page) -> None:
    """The brush's range is its slider's, too; by keys it picks nothing, and then others again."""
    lower, upper = page.get_by_role("slider", name="Crystallites picked by equivalent diameter").all()
    picked = page.get_by_text(re.compile(r"^\d+ crystallites? picked"))
    brushed = picked.inner_text()
    with answered(page):
        lower.press("Home")  # smaller ones, too
    expect(picked).not_to_have_text(brushed)
    with answered(page):
        upper.press("End")  # all of them: nothing is picked
    expect(page.get_by_text("Click here, drag across a chart")).to_be_visible()
    with answered(page):
        lower.press("PageUp")
    expect(picked).to_be_visible()


def _drag_across(page: Page, chart: Locator) -> None:
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.up()


SET_AT_ONCE = """([label, value]) => {
    const looks = () => [...document.querySelectorAll('.hv-vectors > g:first-child path[stroke]')]
        .map(one => one.getAttribute('stroke') + one.getAttribute('stroke-opacity')).join();
    const before = looks();
    const input = [...document.querySelectorAll('.hv-looks label')]
        .find(one => one.textContent.trim() === label).querySelector('input');
    if (value === null) input.click();
    else {
        input.value = value;
        for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, {bubbles: true}));
    }
    return before !== looks();
}"""
"""Sets how a picture looks, and tells whether it looks otherwise before anybody else can have answered."""


@pytest.mark.fault(10)
def test_colours_and_opacity_change_at_once_stay_and_are_exported(visit: Visit) -> None:
    page = visit("Domains")
    with answered(page):
        assert page.evaluate(SET_AT_ONCE, ["Opacity", 0.5])
    for colouring in ("Crystallite", "Direction"):
        assert page.evaluate(SET_AT_ONCE, [colouring, None])
    expect(page.get_by_text("g: 0° right, 90° up")).to_be_visible()
    follow(page, "7 Export", "Export")  # the last one was told just before, and the link waits for that
    expect(page.get_by_role("radio", name="Direction")).to_be_checked()
    expect(page.locator(".hv-vectors path[stroke-opacity='0.5']").first).to_be_attached()
    shown = _overlay(page)
    assert page.evaluate(SET_AT_ONCE, ["d", None])
    by_spacing = _overlay(page)
    assert (np.asarray(shown)[: by_spacing.width] != np.asarray(by_spacing)[: by_spacing.width]).any()
    with answered(page):
        page.get_by_text("Overlays as shown").click()
    plain = _overlay(page)
    assert shown.width == plain.width
    assert shown.height > plain.height  # by its legend
    field = np.asarray(shown)[: plain.height] != np.asarray(plain)
    assert field.any(axis=2).mean() > 0.001  # other colours, and numbers


def test_a_dark_field_is_chosen_coloured_at_once_and_exported(visit: Visit) -> None:
    page = visit("Domains")
    before = shown(page)
    with answered(page):
        page.get_by_label("Picture").first.select_option("Dark field")
    expect(viewer(page)).not_to_have_attribute("data-shown", before)
    expect(page.get_by_text("as bright as the strongest fringes are")).to_be_visible()
    grey = page.evaluate(COLOURED)
    assert 0.1 < grey < 0.9
    page.get_by_role("radio", name="Direction").focus()
    page.keyboard.press("ArrowRight")  # by key: crystallites
    expect(page.get_by_role("radio", name="Crystallite")).to_be_checked()
    page.wait_for_function(f"before => ({COLOURED})() !== before", arg=grey)
    settled(page)
    follow(page, "7 Export", "Export")
    colours = np.asarray(_overlay(page)).reshape(-1, 3).astype(int)
    assert (np.ptp(colours, axis=1) > 30).mean() > 0.1  # in colour
    assert (colours.max(axis=1) < 20).mean() > 0.3  # and dark where there is no crystal


COLOURED = """() => {
    const canvas = document.querySelector('.hv-picture');
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let [coloured, hues] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
        const [red, green, blue] = data.slice(i, i + 3);
        const isColoured = Math.max(red, green, blue) - Math.min(red, green, blue) > 30;
        coloured += isColoured;
        hues += isColoured ? red / 255 : 0;
    }
    return hues / coloured;
}"""
"""The mean share of red of the picture's pixels that are in colour."""


def _overlay(page: Page) -> Image.Image:
    with page.expect_download() as download:
        page.get_by_role("button", name="Overlay, PNG").click()
    return Image.open(download.value.path()).convert("RGB")


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


def test_an_uploaded_folder_is_analyzed_as_one_of_this_computer(visit: Visit, tmp_path: Path) -> None:
    """The server drops its images once they lie beside the results; a second press goes on."""
    films, out = tmp_path / "films", tmp_path / "out"
    (films / "day").mkdir(parents=True)
    (films / "day" / "grain.tif").write_bytes(grain())
    page = visit("Batch")
    page.locator('input[type="file"]').last.set_input_files(films)
    page.get_by_label("Folder for the results").fill(str(out))
    expect(page.get_by_text("grain.tif")).to_be_visible()
    press(page, "Analyze all")
    done = page.get_by_test_id("stProgress").get_by_text("1 of 1 image").first
    expect(done).to_be_visible(timeout=60_000)
    assert (out / "day" / "grain" / "domains.csv").exists()
    expect(page.locator("figcaption").get_by_text("grain.tif", exact=True)).to_be_visible()
    press(page, "Analyze all")
    expect(done).to_be_visible(timeout=60_000)
    expect(page.get_by_text("All images together")).to_be_visible()
    settled(page)
    assert findings(page) == []
