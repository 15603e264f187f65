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
from hands import (
    choose,
    click_picture,
    click_share,
    drag,
    follow,
    grain,
    name_first_family,
    numbers,
    point,
    press,
    strongest_spot,
    upload,
    use,
)
from playwright.sync_api import Page, expect

Visit = Callable[..., Page]


def scale(page: Page) -> float:
    """Displayed pixels for one of the picture's coordinates."""
    return float(str(viewer(page).get_attribute("data-scale")))


def readout(page: Page, line: int = 0) -> str:
    """A line of what is told under the pointer."""
    return page.locator(".hv-readout div").nth(line).inner_text().replace("\u00a0", " ")


def wheel(page: Page, down: float) -> None:
    """Turn the wheel, and wait until the picture has followed."""
    before = viewer(page).get_attribute("data-picture")
    page.mouse.wheel(0, down)
    expect(viewer(page)).not_to_have_attribute("data-picture", str(before))


def fit(page: Page, fitted: str | None) -> None:
    """Show the whole picture again, which lies as it did before."""
    stage(page).press("0")
    expect(viewer(page)).to_have_attribute("data-picture", str(fitted))


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
    click_picture(page, strongest_spot(page))
    expect(header(page)).not_to_have_text(as_found)
    assert picture_on_stage(page) == pytest.approx(zoomed, abs=0.01)
    follow(page, "3 Domains", "Domains")
    follow(page, "1 FFT peaks", "FFT peaks")
    settled(page)
    assert picture_on_stage(page) == pytest.approx(zoomed, abs=0.01)


def test_values_under_the_pointer_are_those_of_the_pixel(visit: Visit) -> None:
    page = visit()
    upload(page, "ramp.tif", ramp())
    fitted = viewer(page).get_attribute("data-picture")
    for across, down in [(0.001, 0.001), (0.999, 0.001), (0.001, 0.999), (0.37, 0.71)]:
        fit(page, fitted)
        point(page, across, down)
        expect(page.locator(".hv-readout")).to_contain_text("grey")
        wheel(page, -400)  # from now on every pixel is there
        expect(viewer(page)).to_have_attribute("data-detail", "true")
        for dx in (1, 0):  # a mouse move makes it tell again
            x, y = place_on_stage(page, across, down)
            page.mouse.move(*on_page(page, (x + dx, y)))
        told = re.fullmatch(r"x ([\d.]+), y ([\d.]+) nm · grey (\d+)", readout(page))
        assert told is not None, readout(page)
        assert float(told[1]) == pytest.approx(across * 168 * 0.05, abs=0.02)
        assert float(told[2]) == pytest.approx(down * 120 * 0.05, abs=0.02)
        row, col = divmod(int(told[3]), 200)
        assert (row, col) == (int(float(told[2]) / 0.05), int(float(told[1]) / 0.05))
    _, _, width, height = picture_on_stage(page)
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
    close_up = page.locator(".hv-closeup img")
    expect(close_up).to_be_visible()  # which is asked for by itself, and drawn into the viewer alone
    page.wait_for_function("() => document.querySelector('.hv-closeup img').naturalWidth > 500")
    page.mouse.move(1, 1)
    expect(page.locator(".hv-hover")).to_have_count(0)
    expect(close_up).not_to_be_visible()
    assert n_asked(page) == before


def test_scale_bars_of_close_ups_are_read_in_a_narrow_window(visit: Visit) -> None:
    page = visit("FFT_peaks")
    page.set_viewport_size({"width": 800, "height": 900})
    settled(page)
    page.mouse.move(*on_page(page, strongest_spot(page)))
    page.wait_for_function("() => document.querySelector('.hv-closeup img')?.naturalWidth > 500")
    assert min(page.evaluate(LETTERS_PX, ".hv-closeup img")) > 14
    with answered(page):
        stage(page).press("Shift+Enter")
    assert min(page.evaluate(LETTERS_PX, ".hs img:not([hidden])")) > 14
    assert page.evaluate(CUT_OFF_AT, ".st-key-pictures-of-pair") == []
    follow(page, "3 Domains", "Domains")
    click_share(page, 0.72, 0.76)
    assert min(page.evaluate(LETTERS_PX, ".hs img")) > 14


LETTERS_PX = """where => [...document.querySelectorAll(where)]
    .map(image => 40 * image.getBoundingClientRect().width / image.naturalWidth)"""
"""Height of letters that are 40 pixels high in the pictures, as they are displayed."""

CUT_OFF_AT = """where => [...document.querySelectorAll(`${where} *`)]
    .filter(one => one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).display !== 'inline')
    .map(one => one.outerHTML.slice(0, 120))"""
"""Elements of a part of the page whose content is wider than they are."""


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
    before = n_asked(page)
    with answered(page):
        stage(page).dblclick(position={"x": x, "y": y})
    expect(header(page)).not_to_have_text(as_found)
    assert n_asked(page) == before + 1


REST_AND_CLICK = """async ([x, y]) => {
    const stage = document.querySelector('.hv-stage');
    const box = stage.getBoundingClientRect();
    const at = {clientX: box.left + x, clientY: box.top + y, pointerId: 1, button: 0, bubbles: true};
    const send = name => stage.dispatchEvent(new PointerEvent(name, at));
    send('pointermove');
    await new Promise(requestAnimationFrame);
    setTimeout(() => { for (const end = performance.now() + 100; performance.now() < end;); }, 100);
    await new Promise(done => setTimeout(done, 150)); // the page, which was busy, has just asked
    send('pointerdown');
    send('pointerup');
}"""
"""A pointer rests on a spot for as long as it takes to want it from close by, and clicks just then."""


def test_a_click_counts_just_when_the_spot_is_wanted_from_close_by(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    place = strongest_spot(page)
    point(page, 0.02, 0.02)  # from now on the page knows a pointer
    settled(page)
    with answered(page):
        page.evaluate(REST_AND_CLICK, list(place))
    expect(header(page)).not_to_have_text(as_found)


HASTE = """() => {
    const now = performance.now.bind(performance), start = now();
    performance.now = () => start + (now() - start) / 20;
}"""
"""For the page all follows twenty times as soon."""


def test_a_click_counts_however_soon_the_one_before_was_answered(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    place = strongest_spot(page)
    page.evaluate(HASTE)
    click_picture(page, place)
    expect(header(page)).not_to_have_text(as_found)
    click_picture(page, place)
    expect(header(page)).to_have_text(as_found)


CLICK_AND_GO = """async ([[x, y], page, clicksFirst]) => {
    const stage = document.querySelector('.hv-stage');
    const box = stage.getBoundingClientRect();
    const at = {clientX: box.left + x, clientY: box.top + y, pointerId: 1, button: 0, bubbles: true};
    const send = name => stage.dispatchEvent(new PointerEvent(name, at));
    const click = () => ['pointermove', 'pointerdown', 'pointerup'].forEach(send);
    const go = () => [...document.querySelectorAll('a')].find(one => one.pathname.endsWith(page)).click();
    if (clicksFirst) click();
    go();
    if (!clicksFirst) click();
    while (!window.hrtemTelling?.left) await new Promise(done => setTimeout(done));
    click(); // on what is still to be seen of the page that is left
}"""
"""A busy page hears in one turn that a spot was clicked, and a link; one clicks once more, too late."""


@pytest.mark.parametrize("clicks_first", [True, False])
def test_a_click_beside_one_on_a_link_counts_and_the_next_page_comes(
    visit: Visit, clicks_first: bool
) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    with answered(page):
        page.evaluate(CLICK_AND_GO, [strongest_spot(page), "Domains", clicks_first])
        expect(page).to_have_title(re.compile("Domains"))
    expect(header(page)).not_to_have_text(as_found)


def test_a_number_counts_whose_field_is_left_for_a_link(visit: Visit) -> None:
    page = visit("FFT_peaks")
    page.get_by_role("button", name="Known rings").click()
    page.get_by_label("Rings of spacings, d in nm").fill("0.30")
    link = page.get_by_role("link", name="3 Domains").bounding_box()
    assert link is not None
    page.mouse.move(link["x"] + link["width"] / 2, link["y"] + link["height"] / 2)
    with answered(page):
        page.mouse.down()  # it is taken
        page.mouse.up()
        expect(page).to_have_title(re.compile("Domains"))
    follow(page, "1 FFT peaks", "FFT peaks")
    expect(viewer(page).get_by_text("0.300 nm")).to_be_attached()


def test_clicks_land_where_one_points_however_far_one_zoomed(visit: Visit) -> None:
    page = visit()
    upload(page, "ramp.tif", ramp())
    choose(page, "Scale")
    fitted = viewer(page).get_attribute("data-picture")
    for across, down in [(0.004, 0.006), (0.996, 0.006), (0.004, 0.994), (0.61, 0.27)]:
        fit(page, fitted)
        point(page, across, down)
        wheel(page, -600)
        pointed = place_on_stage(page, across, down)
        page.mouse.move(*on_page(page, pointed))
        with answered(page):
            page.mouse.down()
            page.mouse.up()
        assert last_point_marked(page) == pytest.approx(place_on_stage(page, across, down), abs=0.5)
        assert place_on_stage(page, across, down) == pytest.approx(pointed, abs=0.5)


def last_point_marked(page: Page) -> list[float]:
    """(x, y) on the stage of the end of a bar that was pointed at last."""
    place = page.locator('.hv-mark[data-kind="point"][transform]').last.get_attribute("transform")
    return [float(number) for number in re.findall(r"[-\d.]+", str(place))]


def test_a_click_just_beside_the_picture_means_its_edge(visit: Visit) -> None:
    page = visit("FFT_peaks")
    page.set_viewport_size({"width": 1400, "height": 700})  # lower than wide: there is room beside it
    settled(page)
    placed = """([dx, dy]) => {
        const { view } = document.querySelector('.hv').parentElement.hrtemViewer;
        const { top, left, height, width } = view.frame;
        const [x, y] = view.spot(top + height, left + width);
        const place = view.meant(x + dx, y + dy);
        return place && { beside: [top + height - place[0], left + width - place[1]],
                          holds: view.holds(...place) };
    }"""
    assert page.evaluate(placed, [40, 0]) is None
    assert page.evaluate(placed, [4, 0]) == {"beside": [pytest.approx(0, abs=1e-4)] * 2, "holds": True}
    inside = page.evaluate(placed, [-30, -30])
    assert inside["holds"]
    assert min(inside["beside"]) > 0
    assert page.evaluate(NUMBER_AT_THE_CORNER) == {"across": True, "down": True}


NUMBER_AT_THE_CORNER = """() => {
    const viewer = document.querySelector('.hv').parentElement.hrtemViewer;
    const { view } = viewer;
    const number = document.querySelector('.hv-mark text');
    const [row, col] = viewer.data.marks[number.parentElement.dataset.at].places[0];
    view.zoom(4 * view.scale);
    const [x, y] = view.spot(row, col);
    view.move(view.size[0] - 12 - x, 12 - y);
    viewer.drawNow();
    const [text, stage] = [number, viewer.stage].map(one => one.getBoundingClientRect());
    return { across: text.left >= stage.left && text.right <= stage.right,
             down: text.top >= stage.top && text.bottom <= stage.bottom };
}"""
"""Brings a circle into the upper right corner, and tells whether the number beside it is seen whole."""


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


def test_a_click_on_the_micrograph_selects_and_x_rejects(visit: Visit) -> None:
    page = visit()
    as_found, tools = header(page).inner_text(), page.locator(".st-key-tools")
    place = stage(page).bounding_box()
    click_share(page, 0.15, 0.17)
    expect(tools).to_contain_text(re.compile(r"Domain \d+: d 0\.\d+\s±\s0\.\d+.*azimuth"))
    expect(page.locator(".hv-vectors path[stroke='#ffffff']")).to_have_count(1)
    assert stage(page).bounding_box() == place
    stage(page).focus()
    with answered(page):
        page.keyboard.press("x")
    expect(header(page)).not_to_have_text(as_found)
    press(page, "Restore")
    expect(header(page)).to_have_text(as_found)
    with answered(page):
        page.get_by_role("combobox", name="Picture to look at").click()
        page.get_by_role("option", name="Dark field").click()
    click_share(page, 0.5, 0.05)  # there is none
    expect(tools).to_contain_text("Click one")
    click_share(page, 0.72, 0.76)
    selected = tools.get_by_text(re.compile(r"Domain \d+:"))
    expect(selected).to_be_visible()
    number = re.findall(r"\d+", selected.inner_text())[0]
    follow(page, "3 Domains", "Domains")
    expect(page.get_by_text(f"Domain {number}", exact=True)).to_be_visible()


@pytest.mark.fault(8)
def test_the_picture_says_in_words_what_it_shows(visit: Visit) -> None:
    page = visit("Domains")
    name = re.compile("with the outlines of 8 crystallites \\(20 domains\\).* A click selects one")
    expect(page.get_by_role("application", name=name)).to_be_visible()


def test_a_profile_across_fringes_tells_their_spacing_and_its_uncertainty(visit: Visit) -> None:
    page = visit()
    upload(page, "grain.tif", grain())  # 200 px wide, fringes of 8 px or 0.24 nm across the columns
    use(page, "Profile")
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    drag(page, (0.3, 0.5), (0.7, 0.5))
    told = re.match(r"Spacing ([\d.]+) ± ([\d.]+) nm along the line · ([\d.]+) periods in", numbers(page))
    assert told is not None, numbers(page)
    spacing, sigma, periods = map(float, told.groups())
    assert abs(spacing - 0.24) < max(4 * sigma, 0.0002)
    assert sigma < 0.002
    assert periods == pytest.approx(0.4 * 200 / 8, abs=0.3)
    drag(page, (0.02, 0.03), (0.3, 0.03))  # there is noise only
    expect(page.locator(".hv-numbers")).to_contain_text("No period stands out")


def test_distances_and_angles_are_those_of_the_image(visit: Visit) -> None:
    page = visit()
    upload(page, "ramp.tif", ramp())  # 120 x 168 px of 0.05 nm
    use(page, "Distance")
    drag(page, (0.25, 0.5), (0.75, 0.5))
    told = re.fullmatch(r"([\d.]+) nm · ([\d.]+) px · direction ([\d.]+)°", numbers(page))
    assert told is not None, numbers(page)
    assert float(told[1]) == pytest.approx(84 * 0.05, rel=2e-3)
    assert float(told[2]) == pytest.approx(84, abs=0.2)
    drag(page, (0.25, 0.75), (0.25 + 30 / 168, 0.75 - 30 / 120))
    expect(page.locator(".hv-numbers")).to_contain_text(re.compile(r"direction 4[45]\.\d° · 4[45]\.\d° to"))
    stage(page).press("Escape")
    expect(page.locator(".hv-panel")).not_to_be_visible()


def test_the_fft_of_a_box_follows_the_pointer(visit: Visit) -> None:
    page = visit()
    upload(page, "grain.tif", grain(n_rows=600, n_cols=640))
    use(page, "FFT of a box")
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    page.get_by_role("button", name="Box of 128 pixels").click()
    left, _, width, _ = picture_on_stage(page)
    box = page.locator(".hv-panel").bounding_box()
    assert box is not None
    assert on_page(page, (left + width, 0))[0] <= box["x"]  # the panel stands beside the picture
    point(page, 100 / 640, 130 / 600)
    told = re.compile(r"Strongest spot: d 0\.(239|24[01])\d*\snm .* azimuth (0|1|179)\.\d°")
    expect(page.locator(".hv-numbers")).to_have_text(told)
    page.get_by_role("button", name="Box of 512 pixels").click()
    expect(page.locator(".hv-numbers")).to_have_text(told)


def test_a_spot_in_the_fft_of_a_box_is_kept_as_a_peak(visit: Visit) -> None:
    page = visit()
    upload(page, "grain.tif", grain(n_rows=600, n_cols=640))
    as_found = header(page).inner_text()
    follow(page, "1 FFT peaks", "FFT peaks")
    click_picture(page, strongest_spot(page))  # rejected
    expect(header(page)).not_to_have_text(as_found)
    follow(page, "Micrograph", "Micrograph")
    use(page, "FFT of a box")
    expect(viewer(page)).to_have_attribute("data-detail", "true")
    page.get_by_role("button", name="Box of 128 pixels").click()
    point(page, 100 / 640, 130 / 600)
    page.mouse.down()  # the box stays there
    page.mouse.up()
    fft = page.locator(".hv-fft")
    fft.click(position={"x": 30, "y": 30})
    expect(page.locator(".hv-numbers")).to_contain_text("Chosen spot")
    x = 0.5 + 0.5 * (1 / 0.24) / (1.1 / 0.13)  # 1/d as a share of what is shown, about
    size = fft.bounding_box()
    assert size is not None
    fft.click(position={"x": x * size["width"], "y": size["height"] / 2})
    expect(page.locator(".hv-numbers")).to_contain_text(re.compile(r"Chosen spot: d 0\.(239|24[01])"))
    with answered(page):
        page.get_by_role("button", name="Keep as a peak").click()
    expect(page.get_by_text("Kept as a peak: d ≈ 0.24")).to_be_visible()
    expect(header(page)).to_have_text(as_found)


def test_angle_and_ratio_of_two_spots(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    use(page, "Angle")
    x, y = strongest_spot(page)
    left, top, width, height = picture_on_stage(page)
    for place in ((x, y), (2 * left + width - x, 2 * top + height - y)):  # both spots of one pair
        page.mouse.click(*on_page(page, place))
        page.wait_for_timeout(400)  # or it would be a double click
    expect(page.locator(".hv-numbers")).to_contain_text("angle 180.0° · ratio of d 1.0000")
    expect(header(page)).to_have_text(as_found)


def test_select_is_a_tool_too_and_a_ring_is_drawn_for_a_known_spacing(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    use(page, "Select")
    assert overlap(page, ".hv-panel", ".hv-stage") == 0  # what a tool says covers nothing
    click_picture(page, strongest_spot(page))
    expect(page.get_by_text("Pair 1 from close by")).to_be_visible()
    expect(header(page)).to_have_text(as_found)
    use(page, "Rings")
    page.get_by_label("d in nm").fill("0.2355 0.204")
    expect(page.locator(".hv-ring")).to_have_count(2)
    names = [page.locator(".hv-vectors text", has_text=d).bounding_box() for d in ("0.2355", "0.204")]
    assert names[0] is not None
    assert names[1] is not None
    assert abs(names[0]["y"] - names[1]["y"]) >= names[0]["height"]  # none covers the other


OVERLAP = """([one, other]) => {
    const [a, b] = [one, other].map(where => document.querySelector(where).getBoundingClientRect());
    const side = (from, to) => Math.max(0, to - from);
    return side(Math.max(a.left, b.left), Math.min(a.right, b.right)) *
        side(Math.max(a.top, b.top), Math.min(a.bottom, b.bottom));
}"""


def overlap(page: Page, one: str, other: str) -> float:
    """The area, in displayed pixels, that the first of two elements covers of the second."""
    return float(page.evaluate(OVERLAP, [one, other]))


def test_a_mask_is_placed_and_its_inverse_fft_seen_and_had(visit: Visit) -> None:
    page = visit("FFT_peaks")
    as_found = header(page).inner_text()
    use(page, "Mask")
    click_picture(page, strongest_spot(page))
    expect(page.get_by_text("Inverse FFT of 1 mask")).to_be_visible()
    expect(page.locator(".hv[data-ready=true]")).to_have_count(2)
    page.set_viewport_size({"width": 1366, "height": 768})
    settled(page)
    bottoms = page.locator(".hv-stage").evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
    assert max(bottoms) < 768  # both are seen at once
    expect(header(page)).to_have_text(as_found)
    with page.expect_download() as download:
        page.get_by_role("button", name="Numbers, TIFF").click()
    numbers = tifffile.imread(download.value.path())
    assert numbers.dtype == np.float32
    assert numbers.std() > 10 * abs(numbers.mean())
    click_picture(page, strongest_spot(page))
    expect(page.get_by_text("Inverse FFT of 1 mask")).not_to_be_visible()


@pytest.mark.fault(10)
def test_names_of_families_are_text_under_the_pointer(visit: Visit) -> None:
    page = visit("d-spacings")
    name_first_family(page, "<img src=x onerror=document.title=1>")
    follow(page, "3 Domains", "Domains")
    stage(page).focus()
    for _ in range(8):
        page.keyboard.press("n")
        if "<img src=x" in readout(page, 1):
            break
    assert "<img src=x" in readout(page, 1)
    assert page.locator(".hv img").count() == 0
    expect(page).to_have_title(re.compile("Domains"))
    follow(page, "7 Export", "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Overlay, SVG").click()
    drawing = download.value.path().read_text(encoding="utf-8")
    assert re.search("<title>[^<]* nm[^<]*&lt;img src=x onerror=document.title=1&gt;", drawing)


def test_handles_resize_move_and_delete_the_region(visit: Visit) -> None:
    page = visit()
    choose(page, "Region")
    with answered(page):
        drag(page, (0.1, 0.1), (0.5, 0.5))
    expect(page.locator(".hv-corner")).to_have_count(4)
    with answered(page):
        drag(page, (0.5, 0.5), (0.8, 0.7))  # a corner
    assert handle(page, ".hv-corner", 2) == pytest.approx(place_on_stage(page, 0.8, 0.7), abs=1.5)
    with answered(page):
        drag(page, (0.45, 0.4), (0.5, 0.45))  # the middle
    assert handle(page, ".hv-corner", 0) == pytest.approx(place_on_stage(page, 0.15, 0.15), abs=1.5)
    with answered(page):
        page.mouse.click(*on_page(page, handle(page, ".hv-delete", 0)))
    expect(page.locator(".hv-handle")).to_have_count(0)
    expect(page.get_by_role("button", name="Whole image")).to_be_disabled()


def test_handles_are_reached_and_moved_by_keys(visit: Visit) -> None:
    page = visit()
    choose(page, "Region")
    with answered(page):
        drag(page, (0.2, 0.2), (0.5, 0.5))
    first = handle(page, ".hv-corner", 0)
    third = handle(page, ".hv-corner", 2)
    stage(page).focus()
    page.keyboard.press("h")
    expect(page.locator(".hv-hidden")).to_contain_text("Area 1 of 1, corner 1. Arrow keys move it")
    for key in ("ArrowLeft", "Shift+ArrowUp"):
        page.keyboard.press(key)
    with answered(page):
        page.keyboard.press("Enter")
    moved = first[0] - 1, first[1] - 10
    assert handle(page, ".hv-corner", 0) == pytest.approx(moved, abs=0.6)
    assert handle(page, ".hv-corner", 2) == pytest.approx(third, abs=0.1)
    page.keyboard.press("Shift+H")  # back round to its cross
    expect(page.locator(".hv-hidden")).to_contain_text("its cross. Enter deletes it")
    page.keyboard.press("Escape")
    expect(page.locator(".hv-corner")).to_have_count(4)
    page.keyboard.press("h")
    page.keyboard.press("Shift+H")
    with answered(page):
        page.keyboard.press("Enter")
    expect(page.locator(".hv-handle")).to_have_count(0)


def test_lines_and_rectangles_are_drawn_by_keys(visit: Visit) -> None:
    page = visit()
    upload(page, "ramp.tif", ramp())  # 120 x 168 px of 0.05 nm
    use(page, "Distance")
    stage(page).focus()
    keys = ["Shift+ArrowLeft"] * 5 + ["Enter"] + ["Shift+ArrowRight"] * 10 + ["Enter", "Shift+ArrowRight"]
    for key in keys:
        page.keyboard.press(key)
    told = re.fullmatch(r"([\d.]+) nm · ([\d.]+) px · direction 0\.0°", numbers(page))
    assert told is not None, numbers(page)
    assert float(told[2]) == pytest.approx(100 / scale(page), abs=0.1)
    choose(page, "Region")
    stage(page).focus()
    for key in ["Enter", "Enter", *["Shift+ArrowDown"] * 14, *["Shift+ArrowLeft"] * 14]:
        page.keyboard.press(key)
    with answered(page):
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Whole image")).to_be_enabled()


def test_the_overlay_fades_at_a_key_and_no_server_is_asked(visit: Visit) -> None:
    page = visit("Domains")
    before, outlines = n_asked(page), page.locator(".hv-vectors > g").first
    stage(page).focus()
    for opacity in ("0.35", "0", "1"):
        page.keyboard.press("o")
        expect(outlines).to_have_attribute("opacity", opacity)
    assert n_asked(page) == before


COPIED = """async () => {
    const [item] = await navigator.clipboard.read();
    const picture = await createImageBitmap(await item.getType('image/png'));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext('2d');
    context.drawImage(picture, 0, 0);
    const {data} = context.getImageData(0, 0, picture.width, picture.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) coloured += Math.abs(data[i] - data[i + 2]) > 60;
    return [picture.width, picture.height, coloured / (data.length / 4)];
}"""
"""Width and height of the picture in the clipboard, and the share of its pixels that are in colour."""


def test_a_picture_is_copied_with_what_is_drawn_over_it(visit: Visit) -> None:
    page = visit("Domains")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the picture").click()
    expect(page.locator(".hv-buttons", has_text="Copied")).to_be_visible()
    width, height, coloured = page.evaluate(COPIED)
    _, _, shown_width, shown_height = picture_on_stage(page)
    assert (width, height) == pytest.approx((2 * shown_width, 2 * shown_height), abs=2)
    assert 0.002 < coloured < 0.2  # outlines


def test_a_close_up_is_copied_too(visit: Visit) -> None:
    page = visit("FFT_peaks")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    use(page, "Select")
    click_picture(page, strongest_spot(page))
    page.get_by_role("button", name="Copy the picture: Pair 1 from close by: Bragg-filtered").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    width, height, _ = page.evaluate(COPIED)
    assert (width, height) == (420, 420)
    page.get_by_role("button", name="Copy the picture: Pair 1 from close by: the FFT").click()
    # Who reads while it is written is refused, and looks again.
    another = f"width => ({COPIED})().then(read => read[0] !== width, () => false)"
    page.wait_for_function(another, arg=width)
    clicked = page.frame_locator('iframe[title^="streamlit_image"]').locator("img")
    expect(clicked).to_have_attribute("alt", re.compile("^Pair 1 from close by: the FFT of that place"))


def test_without_a_clipboard_a_copy_is_a_file(visit: Visit) -> None:
    page = visit("Domains")
    page.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error('not allowed')); }")
    with page.expect_download() as download:
        stage(page).press("c")
    assert download.value.suggested_filename == "domain_overlay.png"


def handle(page: Page, kind: str, number: int) -> tuple[float, float]:
    """(x, y) on the stage of a handle."""
    moved = page.locator(kind).nth(number).get_attribute("transform")
    x, y = map(float, re.findall(r"[-\d.]+", str(moved)))
    return x, y
