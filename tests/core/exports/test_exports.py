"""Files of a result: read back by other programs' readers, compared with what they were made of."""

import csv
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
from PIL import Image
from products import analysis_with, disc, domains_of, peaks_at

from hrtem_core.exports.bundle import EXTRA_FILES, FILES, SINGLE_FILES, result_files, zip_results
from hrtem_core.exports.charts import CHARTS, chart_files
from hrtem_core.exports.folder import ResultsFolderError, summary_in, write_results
from hrtem_core.exports.imagej import roi_zip
from hrtem_core.exports.labels import labels_tiff
from hrtem_core.exports.png import overlay_png
from hrtem_core.exports.report import spectrum_picture
from hrtem_core.exports.svg import overlay_svg
from hrtem_core.exports.tables import to_csv
from hrtem_core.image.names import folder_name
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.measures.measurements import measure
from hrtem_core.pictures import PLAIN_LOOK, OverlayLook, OverlayStyle
from hrtem_core.pictures.colours import family_rgb
from hrtem_core.preparation.annotations import Annotation
from hrtem_core.recipe.inverse_fft import InverseFftParameters, MaskPair
from hrtem_core.recipe.recipe import from_json, to_json
from hrtem_core.spectrum import PowerPicture
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


# Pictures


def test_large_micrographs_are_shown_smaller() -> None:
    domains = domains_of([disc((2100, 300), 1000, 150, 100)])
    picture = Image.open(io.BytesIO(overlay_png(analysis_with(domains))))
    assert picture.size == (150, 1050)


def test_svg_has_a_shape_for_every_domain() -> None:
    root = ElementTree.fromstring(overlay_svg(example()))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 200 120"
    assert len(root.findall(f".//{space}g[@id='domains']/{space}path")) == 3
    assert root.find(f"{space}title").text == "film <1>.tif"


def test_svg_has_crystallites_and_domains_as_layers_and_shows_the_one_that_is_seen() -> None:
    analysis = example()
    n_crystals = analysis.crystallites.n_crystallites
    look = OverlayLook(crystals=True, style=OverlayStyle(labels=True, opacity=0.5, fill=True))
    for crystals in (True, False):
        root = ElementTree.fromstring(overlay_svg(analysis, replace(look, crystals=crystals)))
        layers = {one.get("id"): one for one in root.findall("{http://www.w3.org/2000/svg}g[@id]")}
        assert [len(layers[name]) for name in ("domains", "crystallites")] == [3, n_crystals]
        hidden = {name for name, one in layers.items() if "none" in one.get("style", "")}
        assert hidden == ({"domains"} if crystals else {"crystallites", "domains-alone"})
        assert {one.get("opacity") for one in layers.values()} == {"0.5"}
        assert all(one.get("fill") == one.get("stroke") for one in layers["domains"])
        numbers = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")][:-1]
        assert len(", ".join(numbers).split(", ")) == (n_crystals if crystals else 3)


def test_families_differ_by_line_in_what_is_exported_as_shown() -> None:
    analysis = example()
    families = replace(analysis.families, family_of_peak=np.array([1, 2]))
    analysis = replace(analysis, families=families)
    as_shown = OverlayLook(style=OverlayStyle(opacity=1.0, dashes=True))
    assert 'stroke-dasharray="9.00 3.00"' in overlay_svg(analysis, as_shown)
    assert "stroke-dasharray" not in overlay_svg(analysis)
    assert "stroke-dasharray" not in overlay_svg(analysis, replace(as_shown, mode="azimuth"))
    dashed, whole = (
        np.asarray(Image.open(io.BytesIO(overlay_png(analysis, look)))).astype(int)
        for look in (as_shown, PLAIN_LOOK)
    )
    gaps = (dashed != whole).any(axis=2)
    assert gaps.any()
    assert not gaps[DISCS[2]].any()  # its family comes first: a whole line


def test_imagej_regions_are_exact() -> None:
    analysis = example()
    with zipfile.ZipFile(io.BytesIO(roi_zip(analysis))) as archive:
        rois = [roifile.ImagejRoi.frombytes(archive.read(name)) for name in archive.namelist()]
    assert [roi.name for roi in rois] == [f"domain-000{i}-d0.2500nm" for i in (1, 2, 3)]
    for roi, mask in zip(rois, DISCS, strict=True):
        x, y = roi.coordinates().T
        assert abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 == mask.sum()
        assert (y.min(), x.min()) == tuple(np.argwhere(mask).min(axis=0))


def named():
    """The example, its domains' family with a name that is not a file's."""
    analysis = example()
    names = tuple("Au <111>/a" for _ in analysis.families.names)
    return replace(analysis, families=replace(analysis.families, names=names))


def test_overlays_as_shown_have_their_colours_a_legend_and_numbers() -> None:
    analysis = named()
    look = OverlayLook(mode="azimuth", style=OverlayStyle(opacity=1.0, labels=True), legend=True)
    plain, shown = (
        np.asarray(Image.open(io.BytesIO(overlay_png(analysis, one)))) for one in (PLAIN_LOOK, look)
    )
    assert shown.shape[0] > plain.shape[0]  # the legend stands below
    assert (shown[: plain.shape[0]] != plain).any()
    by_family = np.asarray(Image.open(io.BytesIO(overlay_png(analysis, OverlayLook(legend=True)))))
    assert (by_family[: plain.shape[0]] == plain).all()  # and covers nothing
    regions = [
        result_files(with_spectrum(analysis), extras=True, look=one)["RoiSet.zip"]
        for one in (PLAIN_LOOK, look)
    ]
    assert regions == [roi_zip(analysis, "family"), roi_zip(analysis, "azimuth")]
    assert regions[0] != regions[1]
    svg = overlay_svg(analysis, replace(look, mode="family"))
    assert svg.count(">Au &lt;111&gt;/a · ") == len(analysis.families.names)
    root = ElementTree.fromstring(svg)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text and text[0] in "123" and "nm" not in text] == ["1", "2", "3"]


@pytest.mark.parametrize(("col0", "is_right"), [(10, True), (150, False)])
def test_our_bar_is_not_drawn_over_what_is_burned_in(col0: int, is_right: bool) -> None:
    analysis = example()
    burned = Annotation(kind="scale bar", row0=100, col0=col0, row1=110, col1=col0 + 40)
    analysis = replace(analysis, prepared=replace(analysis.prepared, annotations=(burned,)))
    bar = ElementTree.fromstring(overlay_svg(analysis)).findall(".//{http://www.w3.org/2000/svg}rect")[-1]
    assert (float(bar.get("x")) > 100) == is_right
    picture = np.asarray(Image.open(io.BytesIO(overlay_png(analysis))))
    white = (picture[100:] == 255).all(axis=2).any(axis=0)
    assert (np.flatnonzero(white).mean() > 100) == is_right


def test_names_of_families_are_in_tables_regions_and_shapes() -> None:
    analysis = named()
    files = result_files(analysis)
    for name in ("peaks.csv", "families.csv", "domains.csv", "crystallites.csv"):
        rows = list(csv.DictReader(io.StringIO(files[name].decode())))
        assert list(rows[0])[-1] == "name"
        assert {row["name"] for row in rows if row.get("family_id") != "0"} == {"Au <111>/a"}
    with zipfile.ZipFile(io.BytesIO(roi_zip(analysis))) as archive:
        assert archive.namelist()[0] == "domain-0001-d0.2500nm-Au _111__a.roi"
    space = "{http://www.w3.org/2000/svg}"
    titles = ElementTree.fromstring(overlay_svg(analysis)).findall(f".//{space}path/{space}title")
    assert titles[0].text.endswith(", Au <111>/a")


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
    assert folder_name(name, portable=False) == folder


@pytest.mark.parametrize(
    ("name", "folder"),
    [("CON.tif", "_CON"), ("con.2.tif", "_con.2"), ("nul .tif", "_nul"), ("LPT³.dm3", "_LPT³"),
     ("COM0.tif", "COM0"), ("console.tif", "console"), ("12:30 <a>|b?.tif", "12_30 _a__b_"),
     ("a. .tif", "a"), ("film.dm3", "film")],
)  # fmt: skip
def test_folders_have_names_that_every_system_allows(name: str, folder: str) -> None:
    assert folder_name(name, portable=True) == folder


@pytest.mark.parametrize("n", [0, 3])
def test_the_report_needs_nothing_else_and_escapes_names(n: int) -> None:
    page = result_files(with_spectrum(example(n)), extras=True)["report.html"].decode()
    assert page.startswith("<!DOCTYPE html>")
    assert all(link.startswith("data:") for link in Links(page).found)
    assert "film &lt;1&gt;.tif" in page
    assert "film <1>" not in page
    assert "None found." in page or n == 3


def test_the_fft_of_the_report_has_rings_and_a_scale() -> None:
    analysis = with_spectrum(example(), side=256)
    picture = np.asarray(spectrum_picture(analysis))
    rows, cols = picture.shape[:2]
    corner = picture[int(0.9 * rows) :, : int(0.4 * cols)]
    longest = max((corner == 255).all(axis=2).sum(axis=1))  # the scale bar
    assert 0.08 * cols < longest < 0.35 * cols
    for colour in family_rgb(analysis.families):
        assert (picture == colour).all(axis=2).sum() > 2 * cols


def test_the_report_shows_the_names_a_person_gave() -> None:
    analysis = with_spectrum(example())
    named = replace(analysis, families=replace(analysis.families, names=("<b>Li₂O</b> (111)", "")))
    assert "&lt;b&gt;Li₂O&lt;/b&gt; (111)" in result_files(named, extras=True)["report.html"].decode()


# Folder


def with_spectrum(analysis, side: int = 64):
    picture = PowerPicture(np.ones((side, side), dtype=np.float32), 0.1)
    return replace(analysis, candidates=replace(analysis.candidates, local_maximum=picture))


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


def test_a_folder_without_our_summary_is_nobody_s_to_replace(tmp_path: Path) -> None:
    """An input may have the name of one of our files, as in `analyze X/domains/domains.tif --out X`."""
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains/domains.tif").write_bytes(b"a micrograph")
    with pytest.raises(ResultsFolderError, match=r"holds domains\.tif, but no summary\.json that says"):
        write_results(example(), tmp_path / "domains", overwrite=True)
    assert (tmp_path / "domains/domains.tif").read_bytes() == b"a micrograph"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_only_regular_files_are_replaced(tmp_path: Path, kind: str) -> None:
    write_results(example(), tmp_path / "film")
    (tmp_path / "film/overlay.png").unlink()
    if kind == "folder":
        (tmp_path / "film/overlay.png").mkdir()
        (tmp_path / "film/overlay.png/thesis.txt").write_text("years of work")
    else:
        (tmp_path / "film/overlay.png").symlink_to(tmp_path)
    with pytest.raises(ResultsFolderError, match=r"film also holds overlay\.png, which is no result"):
        write_results(example(), tmp_path / "film", overwrite=True)


def test_a_summary_lists_the_files_that_go_with_it(tmp_path: Path) -> None:
    write_results(with_spectrum(example()), tmp_path / "film", extras=True)
    summary = json.loads((tmp_path / "film/summary.json").read_text())
    assert summary["files"] == sorted(FILES + EXTRA_FILES)
    write_results(example(), tmp_path / "bare")
    (tmp_path / "bare/report.html").write_text("a report of mine")
    with pytest.raises(ResultsFolderError, match=r"bare also holds report\.html, which is no result"):
        write_results(example(), tmp_path / "bare", overwrite=True)


@pytest.mark.parametrize("broken", ["", "[1]", '{"image": {}}', "[" * 100_000, '{"versions": 3}'])
def test_a_broken_summary_is_none(tmp_path: Path, broken: str) -> None:
    (tmp_path / "summary.json").write_text(broken)
    assert summary_in(tmp_path) is None


def test_the_zip_file_holds_everything() -> None:
    analysis = with_spectrum(example())
    with zipfile.ZipFile(io.BytesIO(zip_results(analysis))) as archive:
        charts = [f"charts/{table}_{column}.svg" for table, column in CHARTS]
        names = (*FILES, *EXTRA_FILES, *charts)
        assert sorted(archive.namelist()) == sorted(f"film _1_/{name}" for name in names)
        assert from_json(archive.read("film _1_/recipe.json").decode()) == analysis.recipe
        assert archive.testzip() is None
    assert to_json(analysis.recipe)


@pytest.mark.parametrize("name", SINGLE_FILES)
def test_every_single_file_is_what_its_name_says(name: str) -> None:
    data = SINGLE_FILES[name](with_spectrum(example()), PLAIN_LOOK)
    begins = {
        "zip": b"PK",
        "json": b"{",
        "html": b"<!DOCTYPE",
        "png": b"\x89PNG",
        "svg": b"<svg",
        "tif": b"II*",
    }
    assert data.startswith(begins[name.rpartition(".")[2]])


def test_a_single_overlay_has_the_resolution_of_the_micrograph() -> None:
    analysis = analysis_with(domains_of([disc((2100, 300), 1000, 150, 100)]))
    assert Image.open(io.BytesIO(SINGLE_FILES["overlay.png"](analysis, PLAIN_LOOK))).size == (300, 2100)


def test_a_dark_field_is_as_large_as_what_was_analyzed_and_has_a_legend_below() -> None:
    picture = Image.open(io.BytesIO(SINGLE_FILES["dark_field.png"](with_spectrum(example()), PLAIN_LOOK)))
    assert picture.width == 200
    assert picture.height > 120


def test_a_filtered_image_has_every_pixel_and_its_scale() -> None:
    data = SINGLE_FILES["filtered.tif"](with_spectrum(example()), PLAIN_LOOK)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert (file.asarray().shape, file.asarray().dtype) == ((120, 200), np.float32)
        assert file.imagej_metadata is not None
        assert file.imagej_metadata["unit"] == "nm"


def test_what_masks_let_through_is_a_file_of_the_result_when_there_are_any() -> None:
    analysis = example()
    mask = MaskPair(Wavevector(0.0, 4.0), 0.5, 0.2)
    masked = replace(analysis, recipe=replace(analysis.recipe, inverse_fft=InverseFftParameters((mask,))))
    assert "inverse_fft.tif" not in result_files(analysis)
    files = result_files(masked)
    assert "inverse_fft.tif" in json.loads(files["summary.json"])["files"]
    with tifffile.TiffFile(io.BytesIO(files["inverse_fft.tif"])) as tiff:
        assert tiff.asarray().shape == analysis.prepared.intensity.shape
        assert tiff.imagej_metadata["unit"] == "nm"


def test_an_overlay_lies_on_the_part_that_was_analyzed() -> None:
    analysis = with_spectrum(example())
    look = OverlayLook(ground="filtered")
    picture = Image.open(io.BytesIO(overlay_png(analysis, look)))
    assert picture.size == (200, 120)
    image = ElementTree.fromstring(overlay_svg(analysis, look)).find("{http://www.w3.org/2000/svg}image")
    assert image is not None
    assert [image.get(name) for name in ("x", "y", "width", "height")] == ["0", "0", "200", "120"]


def test_charts_count_every_crystallite_and_every_domain() -> None:
    measured = measure(example())
    for name, svg in chart_files(measured).items():
        titles = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}title")
        n_rows = measured.totals.n_crystallites if name.startswith("crystallites") else 3
        assert sum(int(title.text.rsplit(": ")[-1]) for title in titles) == n_rows, name


def test_nothing_found_is_written_as_well(tmp_path: Path) -> None:
    analysis = with_spectrum(analysis_with(domains_of([]), peaks_at([])))
    write_results(analysis, tmp_path / "film", extras=True)
    for name in ("peaks", "families", "domains", "crystallites"):
        assert len((tmp_path / f"film/{name}.csv").read_text().splitlines()) == 1
    assert not tifffile.imread(tmp_path / "film/domains.tif").any()


def test_phases_are_files_and_a_part_of_the_report() -> None:
    from hrtem_core.phases import Phases, built_in

    candidates = (built_in()["LiF"],)
    phases = Phases(
        candidates=candidates,
        probabilities=np.array([[0.95, 0.05]] * 3),
        fits=({}, {}, {}),
        weights=np.array([0.9, 0.1]),
        cells=np.zeros(1),
    )
    analysis = with_spectrum(replace(example(), phases=phases))
    files = result_files(analysis, extras=True)
    assert {"phases.csv", "phase_reflections.csv", "phase_families.csv", "phases.json"} <= set(files)
    assert b"LiF" in files["phases.csv"]
    report = files["report.html"].decode()
    assert "Phases" in report
    assert "of the crystallites' area" in report.replace("&#39;", "'")
    assert "<h2>Phases" not in result_files(with_spectrum(example()), extras=True)["report.html"].decode()
