"""Files of a result: read back by other programs' readers, compared with what they were made of."""

import io
import json
import os
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import roifile
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from products import analysis_with, disc, domains_of, peaks_at, rectangle

from hrtem_core.exports import folder as folder_module
from hrtem_core.exports.bundle import EXTRA_FILES, FILES, result_files, zip_results
from hrtem_core.exports.folder import ResultsFolderError, write_results
from hrtem_core.exports.imagej import roi_zip
from hrtem_core.exports.labels import labels_tiff
from hrtem_core.exports.png import overlay_png
from hrtem_core.exports.svg import overlay_svg
from hrtem_core.exports.tables import to_csv
from hrtem_core.image.names import folder_name
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.measures.measurements import measure
from hrtem_core.numerics.polygons import signed_area, smoothed, trace, without_straights
from hrtem_core.pictures.colours import COLOUR_MODES, PALETTE, between, domain_colours, hue_colour
from hrtem_core.pictures.contrast import background
from hrtem_core.pictures.histogram import histogram_svg
from hrtem_core.pictures.overlay import overlay_image
from hrtem_core.pictures.paths import domain_outlines
from hrtem_core.pictures.scale_bar import length_text, nice_length_nm
from hrtem_core.recipe.recipe import from_json, to_json
from hrtem_core.version import VERSION

SHAPE = (120, 200)
OBLONG = PixelSize(0.02, 0.03, "FEI metadata")
DISCS = [disc(SHAPE, 50, 60, 30), disc(SHAPE, 55, 80, 30), disc(SHAPE, 80, 160, 25)]


def example(n: int = 3):
    return analysis_with(domains_of(DISCS[:n], OBLONG, [0, 1, 0][:n]))


# Tables


def test_csv_has_a_header_even_without_rows() -> None:
    assert to_csv({"a": [], "b": []}) == "a,b\n"


def test_csv_is_precise_and_says_nothing_for_nan() -> None:
    table = {"n": [1], "x": [1 / 3], "none": [float("nan")], "ok": [True], "text": ['a "b", c']}
    assert to_csv(table) == 'n,x,none,ok,text\n1,0.333333333,,True,"a ""b"", c"\n'


# Labels


@pytest.mark.parametrize("n", [0, 1, 3])
def test_labels_open_in_imagej_with_their_scale(n: int) -> None:
    domains = domains_of(DISCS[:n], OBLONG)
    domains = replace(domains, shape=SHAPE)
    with tifffile.TiffFile(io.BytesIO(labels_tiff(domains, Placement(SHAPE, OBLONG)))) as tiff:
        labels = tiff.asarray()
        assert tiff.is_imagej
        assert tiff.imagej_metadata["unit"] == "nm"
        tags = tiff.pages[0].tags
        across, down = (np.divide(*tags[name].value) for name in ("XResolution", "YResolution"))
        assert len(tiff.pages) == (2 if n == 3 else 1)
    assert (1 / across, 1 / down) == pytest.approx((0.03, 0.02), rel=1e-6)
    labels = labels.reshape(-1, *SHAPE)
    assert labels.dtype == np.uint16
    for number, mask in enumerate(DISCS[:n], start=1):
        np.testing.assert_array_equal((labels == number).any(axis=0), mask)


def test_numbers_beyond_imagej_still_make_a_tiff() -> None:
    domains = domains_of(DISCS[:1], OBLONG)
    domains = replace(domains, accepted=(replace(domains.accepted[0], domain_id=70_000),))
    labels = tifffile.imread(io.BytesIO(labels_tiff(domains, Placement(SHAPE, OBLONG))))
    assert labels.dtype == np.uint32
    assert labels.max() == 70_000


# Outlines

masks = st.integers(1, 2**42 - 1).map(
    lambda bits: np.array([bits >> i & 1 for i in range(42)], dtype=bool).reshape(6, 7)
)


@given(masks)
@settings(deadline=None)
def test_outlines_enclose_exactly_the_pixels(mask: np.ndarray) -> None:
    paths = trace(mask)
    assert sum(signed_area(path) for path in paths) == mask.sum()
    assert all(signed_area(without_straights(path)) == signed_area(path) for path in paths)
    edges = np.abs(np.diff(np.pad(mask, 1).astype(int), axis=0)).sum()
    edges += np.abs(np.diff(np.pad(mask, 1).astype(int), axis=1)).sum()
    assert sum(len(path) for path in paths) == edges


def test_holes_run_the_other_way_and_corners_do_not_join() -> None:
    ring = disc((40, 50), 20, 25, 15) & ~disc((40, 50), 20, 25, 6)
    assert [np.sign(signed_area(path)) for path in trace(ring)] == [1, -1]
    assert len(trace(np.eye(3, dtype=bool))) == 3
    assert trace(np.zeros((4, 5), dtype=bool)) == []


def test_smooth_outlines_stay_near_the_exact_ones() -> None:
    path = trace(disc((100, 100), 50, 50, 30))[0]
    radius = np.hypot(*(smoothed(path) - 50.5).T)
    assert np.all(np.abs(radius - 30.3) < 0.7)


def test_outlines_lie_in_the_frame_of_the_micrograph() -> None:
    domains = domains_of([rectangle(SHAPE, 10, 20, 30, 40)], OBLONG)
    placement = Placement((600, 800), OBLONG, origin_px=(7, 11), bin_factor=3)
    outline = domain_outlines(domains.accepted[0], placement)[0]
    np.testing.assert_allclose(outline.min(axis=0), [37, 71])
    np.testing.assert_allclose(outline.max(axis=0), [127, 191])


# Pictures


@pytest.mark.parametrize("mode", COLOUR_MODES)
def test_every_domain_has_a_colour(mode) -> None:
    analysis = example()
    colours = domain_colours(mode, analysis.domains, analysis.families, analysis.crystallites)
    assert len(colours) == 3
    assert all(0 <= value <= 255 and isinstance(value, int) for colour in colours for value in colour)
    nothing = analysis_with(domains_of([]))
    assert domain_colours(mode, nothing.domains, nothing.families, nothing.crystallites) == []


def test_sixteen_families_have_colours_of_their_own() -> None:
    colours = np.array(PALETTE, dtype=float)
    distance = np.linalg.norm(colours[:, None] - colours, axis=-1)
    assert len(colours) == 16
    assert distance[~np.eye(16, dtype=bool)].min() > 20


def test_colours_say_what_they_should() -> None:
    assert hue_colour(0) == hue_colour(360)
    assert between(0, PALETTE[:3]) == PALETTE[0]
    assert between(1, PALETTE[:3]) == PALETTE[2]
    analysis = example()
    first, second, third = domain_colours(
        "family", analysis.domains, analysis.families, analysis.crystallites
    )
    assert first == third != second


def test_background_uses_the_range_of_the_pixels_and_bears_anything() -> None:
    ramp = np.linspace(-5, 5, 40_000, dtype=np.float32).reshape(100, 400)
    shown = background(ramp)
    assert (shown.min(), shown.max()) == (0, 255)
    assert background(ramp, 3).shape == (34, 134)
    assert background(np.full((20, 30), np.nan, dtype=np.float32)).max() == 0
    assert background(np.full((20, 30), 7, dtype=np.float32)).max() == 0
    assert background(np.array([[np.inf, -np.inf], [0, 1]], dtype=np.float32)).tolist()[0] == [255, 0]


def test_outlines_and_bar_are_drawn_where_they_belong() -> None:
    grey = np.full((300, 500), 90, dtype=np.uint8)
    outline = np.array([[50, 100], [50, 200], [150, 200], [150, 100]], dtype=float)
    picture = overlay_image(grey, [[outline]], [(255, 0, 0)], pixel_nm=0.02)
    red = np.all(picture == (255, 0, 0), axis=-1)
    rows, cols = np.nonzero(red)
    assert abs(rows.min() - 50) <= 2
    assert abs(rows.max() - 150) <= 2
    assert abs(cols.min() - 100) <= 2
    assert abs(cols.max() - 200) <= 2
    assert not red[60:140, 110:190].any()
    bar = np.flatnonzero((picture == 255).all(axis=-1)[289:].any(axis=0))
    assert bar.max() - bar.min() + 1 == 100  # 2 nm: at most a quarter of the width of 10 nm
    plain = overlay_image(grey, [], [])
    assert (plain == 90).all()


def test_scale_bars_have_nice_lengths() -> None:
    for limit, length in ((0.99, 0.5), (1.0, 1), (4.99, 2), (5.0, 5), (19, 10), (2600, 2000)):
        assert nice_length_nm(limit) == pytest.approx(length)
    assert length_text(0.5) == "0.5 nm"
    assert length_text(2000) == "2 µm"


def test_large_micrographs_are_shown_smaller() -> None:
    domains = domains_of([disc((2100, 300), 1000, 150, 100)])
    picture = Image.open(io.BytesIO(overlay_png(analysis_with(domains))))
    assert picture.size == (150, 1050)


def test_svg_has_a_shape_for_every_domain() -> None:
    root = ElementTree.fromstring(overlay_svg(example()))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 200 120"
    assert len(root.findall(f".//{space}path")) == 3
    assert root.find(f"{space}title").text == "film <1>.tif"


def test_imagej_regions_are_exact() -> None:
    analysis = example()
    with zipfile.ZipFile(io.BytesIO(roi_zip(analysis))) as archive:
        rois = [roifile.ImagejRoi.frombytes(archive.read(name)) for name in archive.namelist()]
    assert [roi.name for roi in rois] == [f"domain-000{i}-d0.2500nm" for i in (1, 2, 3)]
    for roi, mask in zip(rois, DISCS, strict=True):
        x, y = roi.coordinates().T
        assert abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 == mask.sum()
        assert (y.min(), x.min()) == tuple(np.argwhere(mask).min(axis=0))


# Summary and report


def test_summary_says_what_was_done() -> None:
    analysis = example()
    summary = json.loads(result_files(analysis)["summary.json"])
    assert summary["image"]["name"] == "film <1>.tif"
    assert summary["image"]["sha256"] == analysis.micrograph.digest
    assert summary["image"]["shape"] == [120, 200]
    assert summary["image"]["pixel_size_nm"] == pytest.approx([0.02, 0.03])
    assert summary["image"]["pixel_size_origin"] == "FEI metadata"
    assert summary["image"]["notes"] == ["page 1 of 2"]
    assert summary["seconds"] == {"preparation": 0.25, "spectrum": 0.5, "total": 0.75}
    assert summary["n_domains"] == 3
    assert summary["n_peaks"] == 2
    union = np.any(DISCS, axis=0).sum()
    assert summary["crystalline_area_nm2"] == pytest.approx(union * 0.0006)
    assert summary["crystalline_fraction"] == pytest.approx(union / 24000)
    assert summary["versions"]["hrtem_core"] == VERSION
    assert from_json(json.dumps(summary)) == analysis.recipe


class Links(HTMLParser):
    """Everything a page would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("src", "href")]


@pytest.mark.parametrize(
    ("name", "folder"),
    [("film.dm3", "film"), ("film", "film"), ("a.b.tif", "a.b"), (".tif", ".tif"), ("..tif", "results"),
     ("...tif", "results"), ("..", "results"), ("", "results"), ("a\nb\x1b\u202e.tif", "ab")],
)  # fmt: skip
def test_folders_have_names_of_their_own(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@pytest.mark.parametrize("n", [0, 3])
def test_the_report_needs_nothing_else_and_escapes_names(n: int) -> None:
    page = result_files(with_spectrum(example(n)), extras=True)["report.html"].decode()
    assert page.startswith("<!DOCTYPE html>")
    assert all(link.startswith("data:") for link in Links(page).found)
    assert "film &lt;1&gt;.tif" in page
    assert "film <1>" not in page
    assert "None found." in page or n == 3


def test_the_report_shows_the_names_a_person_gave() -> None:
    analysis = with_spectrum(example())
    named = replace(analysis, families=replace(analysis.families, names=("<b>Li₂O</b> (111)", "")))
    assert "&lt;b&gt;Li₂O&lt;/b&gt; (111)" in result_files(named, extras=True)["report.html"].decode()


def test_histograms_count_every_value() -> None:
    drawn = histogram_svg([1.0, 1.0, 2.0, 5.0], "area / nm² <all>")
    root = ElementTree.fromstring(drawn)
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sum(int(text.rsplit(": ")[-1]) for text in titles) == 4
    ElementTree.fromstring(histogram_svg([], "none"))
    ElementTree.fromstring(histogram_svg([3.0], "one"))
    ElementTree.fromstring(histogram_svg([3.0] * 9, "equal"))


# Folder


def with_spectrum(analysis):
    from types import SimpleNamespace

    power = np.ones((64, 64), dtype=np.float32)
    return replace(analysis, candidates=SimpleNamespace(local_maximum=SimpleNamespace(power=power)))


def test_a_folder_is_written_whole(tmp_path: Path) -> None:
    totals = write_results(example(), tmp_path / "new" / "film")
    assert totals.n_domains == 3
    assert sorted(os.listdir(tmp_path / "new" / "film")) == sorted(FILES)
    assert os.listdir(tmp_path / "new") == ["film"]
    header = (tmp_path / "new/film/domains.csv").read_text().splitlines()[0]
    assert header == ",".join(measure(example()).domains)


def test_an_existing_folder_is_kept_unless_told(tmp_path: Path) -> None:
    write_results(example(1), tmp_path / "film")
    before = (tmp_path / "film/summary.json").read_bytes()
    with pytest.raises(
        ResultsFolderError, match=r"film exists already; choose another folder, or overwrite it\."
    ):
        write_results(example(3), tmp_path / "film")
    assert (tmp_path / "film/summary.json").read_bytes() == before
    write_results(with_spectrum(example(3)), tmp_path / "film", overwrite=True, extras=True)
    assert json.loads((tmp_path / "film/summary.json").read_text())["n_domains"] == 3
    assert sorted(os.listdir(tmp_path / "film")) == sorted(FILES + EXTRA_FILES)
    assert os.listdir(tmp_path) == ["film"]


def test_what_is_no_result_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film/thesis.txt").write_text("years of work")
    with pytest.raises(ResultsFolderError, match=r"film also holds thesis\.txt, which is no result"):
        write_results(example(), tmp_path / "film", overwrite=True)
    (tmp_path / "file").write_text("a file")
    with pytest.raises(ResultsFolderError, match=r"file is not a folder of results and is not replaced"):
        write_results(example(), tmp_path / "file", overwrite=True)
    assert (tmp_path / "film/thesis.txt").read_text() == "years of work"
    assert sorted(os.listdir(tmp_path)) == ["file", "film"]


@pytest.mark.parametrize("fails_at", ["writing", "renaming"])
def test_a_failure_leaves_the_earlier_result(tmp_path: Path, monkeypatch, fails_at: str) -> None:
    write_results(example(1), tmp_path / "film")
    before = (tmp_path / "film/summary.json").read_bytes()

    def no_space(*_: object) -> int:
        raise OSError(28, "No space left on device")

    real = os.replace
    if fails_at == "writing":
        monkeypatch.setattr(Path, "write_bytes", no_space)
    else:
        monkeypatch.setattr(
            folder_module.os, "replace", lambda a, b: no_space() if str(a).endswith(".new") else real(a, b)
        )
    with pytest.raises(OSError, match="No space left"):
        write_results(example(3), tmp_path / "film", overwrite=True)
    assert (tmp_path / "film/summary.json").read_bytes() == before
    assert os.listdir(tmp_path) == ["film"]


def test_the_zip_file_holds_everything() -> None:
    analysis = with_spectrum(example())
    with zipfile.ZipFile(io.BytesIO(zip_results(analysis))) as archive:
        assert sorted(archive.namelist()) == sorted(f"film <1>/{name}" for name in FILES + EXTRA_FILES)
        assert from_json(archive.read("film <1>/recipe.json").decode()) == analysis.recipe
        assert archive.testzip() is None
    assert to_json(analysis.recipe)


def test_nothing_found_is_written_as_well(tmp_path: Path) -> None:
    analysis = with_spectrum(analysis_with(domains_of([]), peaks_at([])))
    write_results(analysis, tmp_path / "film", extras=True)
    for name in ("peaks", "families", "domains", "crystallites"):
        assert len((tmp_path / f"film/{name}.csv").read_text().splitlines()) == 1
    assert not tifffile.imread(tmp_path / "film/domains.tif").any()
