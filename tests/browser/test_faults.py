"""What once lost or falsified work, seen in a browser; the numbers are those of the list of faults.

Other tests of faults stand beside what they are about, marked `fault` as well. To see all of them in three
windows, light and dark, run `pytest -m fault --views FOLDER`, and look at the pictures in that folder.
"""

import base64
import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from driver import answered, header, picture_on_stage, stage, viewer
from hands import choose, click_picture, follow, grain, name_first_family, press, type_into, upload
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from hrtem_core.image import Wavevector
from hrtem_core.peaks import PeakParameters
from hrtem_core.recipe import ImageOf, to_json
from hrtem_core.recipe.recipe import Recipe

Visit = Callable[..., Page]


def as_tiff(pixels: np.ndarray, pixel_nm: float = 0.03) -> bytes:
    """A TIFF file with its scale as ImageJ writes it."""
    stream, scale = io.BytesIO(), (1 / pixel_nm, 1 / pixel_nm)
    tifffile.imwrite(stream, pixels.astype(np.uint16), imagej=True, resolution=scale, metadata={"unit": "nm"})
    return stream.getvalue()


def fine_and_weak() -> bytes:
    """Fringes of 0.117 nm along the diagonal, and others of 0.24 nm too weak to be found by themselves."""
    rows, cols = np.ogrid[:260, :260]
    noise = np.random.default_rng(6).normal(1000, 50, (260, 260))
    fine = (
        60 * ((rows - 80) ** 2 + (cols - 180) ** 2 < 60**2) * np.cos(2 * np.pi * (rows + cols) / 3.9 / 2**0.5)
    )
    weak = 10 * ((rows - 190) ** 2 + (cols - 80) ** 2 < 35**2) * np.cos(2 * np.pi * cols / 8)
    return as_tiff(noise + fine + weak)


def place_of(page: Page, g_row: float, g_col: float) -> tuple[float, float]:
    """(x, y) on the stage of a place in the FFT, in cycles per nm."""
    left, top, width, height = picture_on_stage(page)
    per_cycle = float(str(viewer(page).get_attribute("data-scale")))
    return left + width / 2 + per_cycle * g_col, top + height / 2 + per_cycle * g_row


def undo(page: Page) -> Locator:
    return page.get_by_role("button", name="Undo")


@pytest.mark.fault(3, size=(1366, 768))
def test_a_peak_added_by_hand_is_seen_or_why_there_is_none(visit: Visit) -> None:
    page = visit()
    upload(page, "fine.tif", fine_and_weak())
    follow(page, "1 FFT peaks", "FFT peaks")
    limits = page.locator('.hv-vectors circle[stroke-dasharray="5 5"]')
    expect(limits).to_have_count(2)
    expect(header(page)).to_contain_text("0 domains")
    beyond = 1 / 0.117 / 2**0.5
    click_picture(page, place_of(page, beyond, beyond))
    refused = page.get_by_text("d ≈ 0.118 nm is not looked for: the range is 0.127 nm")
    expect(refused).to_be_in_viewport(ratio=1)
    expect(undo(page)).to_be_disabled()  # nothing is stored
    press(page, "Widen the range")
    expect(header(page)).to_contain_text("1 domain ·")
    expect(header(page)).to_contain_text("d 0.110 to")
    press(page, "Undo")
    expect(header(page)).to_contain_text("0 domains")
    _add_within_the_range(page)


def _add_within_the_range(page: Page) -> None:
    """Where no fringes are that is said, and nothing is stored; where they are, a circle stands then."""
    click_picture(page, place_of(page, -2.0, 2.0))
    expect(page.get_by_text("Nothing found here, d ≈ 0.35")).to_be_in_viewport(ratio=1)
    with answered(page):
        page.get_by_role("button", name="Add a peak here").click()
        expect(page.get_by_text("so no peak was added")).to_be_visible()  # a notice goes after a while
    expect(undo(page)).to_be_disabled()
    accepted = page.locator(".hv-mark[data-kind=accepted]")
    expect(accepted).to_have_count(0)
    click_picture(page, place_of(page, 0.0, 1 / 0.24))  # of a candidate that was taken for noise
    press(page, "Accept")
    expect(accepted).to_have_count(2)
    expect(header(page)).to_contain_text("1 domain ·")


@pytest.mark.fault(4, size=(800, 900))
def test_a_recipe_of_another_image_gives_what_is_chosen(visit: Visit) -> None:
    page = visit()
    upload(page, "grain.tif", grain())
    as_found = header(page).inner_text()
    for choice, gives in (
        ("Settings only", as_found),
        ("Everything", re.compile(r"0\.05\snm/px.* 0 domains")),
    ):
        _offer_recipe_of_another(page)
        expect(page.get_by_text("This recipe was made for other.dm3")).to_be_in_viewport(ratio=1)
        expect(header(page)).to_have_text(as_found)
        expect(undo(page)).to_be_disabled()  # nothing is taken yet
        press(page, choice)
        expect(page.get_by_role("button", name="Everything")).to_have_count(0)
        expect(header(page)).to_have_text(gives)
        follow(page, "1 FFT peaks", "FFT peaks")
        expect(page.get_by_role("slider", name="Sensitivity")).to_have_value("0.83")
        press(page, "Undo")
        follow(page, "Micrograph", "Micrograph")
        expect(header(page)).to_have_text(as_found)


def _offer_recipe_of_another(page: Page) -> None:
    """Open a recipe with another scale, another sensitivity, and this image's only pair rejected."""
    rejecting = PeakParameters(min_probability=0.83, rejected=(Wavevector(0.0, 1 / 0.4),))
    saved = to_json(Recipe(pixel_size_nm=0.05, peaks=rejecting), image_of=ImageOf("other.dm3", "0" * 64))
    page.get_by_role("tab", name="Earlier work").click()
    file = {"name": "recipe.json", "mimeType": "application/json", "buffer": saved.encode()}
    with answered(page):
        page.locator('input[type="file"]').last.set_input_files(file)


@pytest.mark.fault(5, size=(800, 900))
@pytest.mark.fault(6, size=(800, 900))
def test_calibrating_needs_a_number_and_knows_how_good_it_is(visit: Visit) -> None:
    page = visit()
    upload(page, "grain.tif", grain())
    follow(page, "2 d-spacings", "d-spacings")
    known, calibrate = page.get_by_label("is (nm)"), page.get_by_role("button", name="Calibrate", exact=True)
    expect(known).to_have_value("")
    expect(calibrate).to_be_disabled()
    expect(calibrate).to_have_attribute("data-testid", "stBaseButton-secondary")
    as_found, ring = header(page).inner_text(), page.get_by_role("combobox", name="This ring").input_value()
    type_into(page, "is (nm)", "0.3")  # 8 px of 0.03 nm are 0.24 nm
    becomes = re.compile(r"becomes 0\.037[45]\d*\snm/px, and every length 25\s% larger")
    expect(page.get_by_text(becomes)).to_be_in_viewport(ratio=1)
    expect(header(page)).to_have_text(as_found)
    press(page, "Calibrate")
    expect(header(page)).to_contain_text(re.compile(r"0\.037[45]\d*\snm/px"))
    expect(known).to_have_value("")
    expect(calibrate).to_be_disabled()  # no second press repeats it
    d_nm, sigma_nm = map(float, re.findall(r"0\.\d+", ring))
    follow(page, "Micrograph", "Micrograph")
    percent = float(page.get_by_role("spinbutton", name="Its uncertainty (%)").input_value())
    assert percent == pytest.approx(100 * sigma_nm / d_nm, rel=0.5)  # as far as its digits tell
    press(page, "Undo")
    expect(header(page)).to_have_text(as_found)


@pytest.mark.fault(8, size=(800, 900))
def test_a_crystal_counts_once_however_many_reflections_it_has(visit: Visit) -> None:
    page = visit("Domains")
    n_crystals, n_domains = map(int, re.findall(r"(\d+) (?:crystallite|domain)s", header(page).inner_text()))
    assert n_crystals < n_domains
    expect(page.get_by_test_id("stMetric").first).to_have_text(f"Crystallites{n_crystals}")
    follow(page, "5 Statistics", "Statistics")
    expect(page.get_by_role("radio", name="Crystallites")).to_be_checked()
    expect(page.get_by_text(f"{n_crystals} crystallites, number weighted: mean")).to_be_visible()
    expect(page.locator("table[role=grid]")).to_have_attribute("aria-rowcount", str(n_crystals + 1))
    choose(page, "Domains")
    expect(page.get_by_text(f"{n_domains} domains, number weighted: mean")).to_be_visible()
    follow(page, "7 Export", "Export")
    files = all_files(page)
    assert len(rows_of(files, "crystallites.csv")) == n_crystals
    assert len(rows_of(files, "domains.csv")) == n_domains
    totals = re.findall(r"<li><b>(\d+)</b> (\w+)", files["report.html"].decode())
    assert totals[:2] == [(str(n_crystals), "crystallites"), (str(n_domains), "domains")]


def all_files(page: Page) -> dict[str, bytes]:
    """All that the page Export gives, by name."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist()}


def rows_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    """The rows of a table."""
    return list(csv.DictReader(io.StringIO(files[name].decode())))


@pytest.mark.fault(8, size=(1366, 768))
def test_of_a_selected_crystal_all_reflections_are_outlined(visit: Visit) -> None:
    page = visit("Domains")
    told, lines = page.locator(".hv-readout div").nth(1), page.locator(COLOURED_LINES)
    n_before = lines.count()
    expect(page.get_by_role("application", name=f"the outlines of {n_before} crystallites")).to_be_visible()
    stage(page).focus()
    page.keyboard.press("n")
    while not re.search("[2-9] domains$", told.inner_text().replace("\u00a0", " ")):
        page.keyboard.press("n")
    n_reflections = int(told.inner_text()[-len("2 domains")])
    with answered(page):
        page.keyboard.press("Enter")
    expect(lines).to_have_count(n_before + n_reflections + 1)  # and the chosen one in white


COLOURED_LINES = ".hv-vectors > g:first-child path[stroke]:not([stroke='#000'])"
"""Outlines, without their dark edges."""


@pytest.mark.fault(10, size=(800, 900))
def test_names_and_looks_are_in_all_that_is_exported(visit: Visit) -> None:
    page = visit()
    upload(page, "barred.tif", with_bar())
    lower = page.get_by_role("slider", name="Contrast: percentiles").first
    for _ in range(3):
        with answered(page):
            lower.press("PageUp")
    follow(page, "2 d-spacings", "d-spacings")
    name_first_family(page, "Li2O 111")
    expect(page.get_by_test_id("stDataFrame").last.locator("td", has_text="Li2O 111")).to_be_attached()
    follow(page, "7 Export", "Export")
    expect(page.get_by_role("switch", name="Overlays as shown")).to_be_checked()
    shown = all_files(page)
    for table in ("families", "domains", "crystallites", "peaks"):
        assert "Li2O 111" in {row["name"] for row in rows_of(shown, f"{table}.csv")}, table
    with zipfile.ZipFile(io.BytesIO(shown["RoiSet.zip"])) as regions:
        assert all(name.endswith("-Li2O 111.roi") for name in regions.namelist())
    drawing, report = (shown[name].decode() for name in ("overlay.svg", "report.html"))
    assert re.search(r"<title>domain 1, .*, Li2O 111</title>", drawing)
    assert "<td>Li2O 111</td>" in report
    assert longest_white_run(picture_of(report, 1)) > 30  # the scale of the report's FFT
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="[\d.]+" height="[\d.]+"/><text', drawing)
    assert float(bars[0]) > 100  # of 200: the burned-in bar stays free
    _legend_numbers_and_contrast(page, shown)


def _legend_numbers_and_contrast(page: Page, shown: dict[str, bytes]) -> None:
    """Are in the pictures unless they are turned off."""
    with answered(page):
        page.get_by_text("Overlays as shown").click()
    plain = all_files(page)
    for name, drawn in (("the legend", ">Li2O 111 · "), ("a number", 'dominant-baseline="central"')):
        assert drawn in shown["overlay.svg"].decode(), name
        assert drawn not in plain["overlay.svg"].decode(), name
    black = [(pixels_of(files["overlay.png"])[:260] == 0).all(axis=2).mean() for files in (shown, plain)]
    assert black[0] > 2 * black[1]


def with_bar() -> bytes:
    """A grain with a burned-in bar in its lower left corner."""
    pixels = tifffile.imread(io.BytesIO(grain()))
    pixels[240:246, 20:90] = 4000
    return as_tiff(pixels)


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def picture_of(report: str, number: int) -> np.ndarray:
    """One of a report's pictures, from 0."""
    coded = re.findall('data:image/png;base64,([^"]+)', report)[number]
    return pixels_of(base64.b64decode(coded))


def longest_white_run(picture: np.ndarray) -> int:
    """Of a row of the lower left corner, as the bar of a scale gives it."""
    rows, cols = picture.shape[:2]
    corner = (picture[int(0.9 * rows) :, : int(0.4 * cols)] == 255).all(axis=2)
    return int(corner.sum(axis=1).max())
