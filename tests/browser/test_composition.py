"""Elemental maps as a person lays them on a micrograph: files, three clicks, tables, and the recipe back."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from axe import findings
from driver import answered, settled
from hands import REACHES, assert_whole, follow, grain, press, upload
from playwright.sync_api import Locator, Page, expect
from tifffile import imread

Visit = Callable[..., Page]

MAP_PX, ROWS, COLS = 5, 260, 200
"""Pixels of the micrograph along a map's pixel, and the micrograph's."""

PLACES = (0.2, 0.25), (0.8, 0.3), (0.45, 0.8), (0.7, 0.7)
"""Shares of width and height that are clicked in both pictures."""


def npy(numbers: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, numbers)
    return stream.getvalue()


def scan(micrograph: bytes) -> list[dict[str, object]]:
    """Maps and survey of the field, pixel by pixel: more fluorine where the grain is."""
    rng = np.random.default_rng(0)
    shape = ROWS // MAP_PX, MAP_PX, COLS // MAP_PX, MAP_PX
    survey = imread(io.BytesIO(micrograph)).reshape(shape).mean(axis=(1, 3))
    rows, cols = np.mgrid[: shape[0], : shape[2]] * MAP_PX
    is_grain = (rows - 130) ** 2 + (cols - 100) ** 2 < 60**2
    maps = {
        "O.npy": rng.poisson(6 - 3 * is_grain),
        "F.npy": rng.poisson(2 + 8 * is_grain),
        "haadf.npy": survey + 60 * is_grain,
    }
    mime = "application/octet-stream"
    return [{"name": name, "mimeType": mime, "buffer": npy(image)} for name, image in maps.items()]


def open_maps(page: Page, files: list[dict[str, object]]) -> None:
    """Open the files of a scan, whose names tell what they are."""
    with answered(page):
        page.locator('input[type="file"]').first.set_input_files(files)
    settled(page)
    press(page, "Open these maps")


def pictures(page: Page) -> tuple[Locator, Locator]:
    """The micrograph and the maps, once they are there."""
    both = page.locator(".hv[data-ready=true]:has(.hv-stage)")
    expect(both.nth(1)).to_be_visible()
    return both.nth(0), both.nth(1)


def click_in(page: Page, picture: Locator, across: float, down: float) -> None:
    """Click a share of a picture."""
    left, top, width, height = map(float, str(picture.get_attribute("data-picture")).split())
    place = {"x": left + across * width, "y": top + down * height}
    with answered(page):
        picture.locator(".hv-stage").click(position=place)
    settled(page)


def click_pair(page: Page, across: float, down: float) -> None:
    """Click one place in both pictures."""
    for number in (0, 1):
        click_in(page, pictures(page)[number], across, down)


def test_three_pairs_lay_maps_on_the_domains_and_the_recipe_brings_them_back(
    visit: Visit, tmp_path: Path
) -> None:
    page, micrograph = visit(), grain(amplitude=90)
    upload(page, "grain.tif", micrograph)
    follow(page, "Composition", "Composition")
    files = scan(micrograph)
    open_maps(page, files)
    for place in PLACES:
        click_pair(page, *place)
    expect(page.get_by_text("4 pairs.", exact=True)).to_be_visible()
    numbers = page.locator(".hv-mark text").all_text_contents()
    assert numbers == 2 * ["1", "2", "3", "4"]
    tops = [picture.locator(".hv-stage").bounding_box() for picture in pictures(page)]
    assert len({box["y"] for box in tops if box}) == 1  # side by side, to be compared
    page.set_viewport_size({"width": 1366, "height": 768})
    settled(page)
    assert len(page.evaluate(REACHES)) == 2
    assert_whole(page, 0.58)
    page.set_viewport_size({"width": 1400, "height": 1000})
    press(page, "Take the last pair back")
    expect(page.get_by_text("3 pairs.", exact=True)).to_be_visible()
    expect(page.get_by_text("Maps lie within")).to_be_visible()
    expect(page.get_by_text("Leave-one-out")).to_be_visible()
    expect(
        page.get_by_text(re.compile("Similarity, 3 pairs; (refined on the survey|not refined)"))
    ).to_be_visible()
    with answered(page):
        page.get_by_text("Refine on the survey").click()
    expect(page.get_by_text(re.compile("Similarity, 3 pairs.$"))).to_be_visible()
    expect(page.locator('[data-testid="stVegaLiteChart"]').first).to_be_visible()
    expect(page.locator('[data-testid="stDataFrame"]:visible').first).to_be_visible()
    expect(page.get_by_text(re.compile("At a false discovery rate of 5 %: .* and F"))).to_be_visible()
    assert findings(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the composition").click()
    download.value.save_as(tmp_path / "composition.zip")
    with zipfile.ZipFile(tmp_path / "composition.zip") as archive:
        registration = json.loads(archive.read("registration.json"))
        assert b"fraction" in archive.read("composition.csv")
        (tmp_path / "composition.json").write_bytes(archive.read("composition.json"))
    per_px = MAP_PX * 0.03
    assert np.allclose(np.array(registration["matrix"]) * per_px, np.eye(2), atol=0.05)

    again = visit()
    upload(again, "grain.tif", micrograph)
    again.get_by_role("tab", name="Earlier work").click()
    with answered(again):
        again.locator('input[type="file"]').last.set_input_files(tmp_path / "composition.json")
    follow(again, "Composition", "Composition")
    expect(again.get_by_text("This recipe was made with")).to_be_visible()
    open_maps(again, files)
    expect(again.get_by_text("3 pairs.", exact=True)).to_be_visible()
    expect(again.get_by_text("Maps lie within")).to_be_visible()
