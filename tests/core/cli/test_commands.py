"""The command line: files written, exit status, and one clear line for whatever a caller must mend."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from products import analysis_with, disc, domains_of

import hrtem_core.analysis
from hrtem_core.cli import console
from hrtem_core.cli.commands import main, pixel_size_nm
from hrtem_core.cli.console import Progress
from hrtem_core.exports.bundle import FILES
from hrtem_core.image import Wavevector
from hrtem_core.image.micrograph import digest_of
from hrtem_core.lens import LensParameters
from hrtem_core.peaks import PeakParameters
from hrtem_core.recipe import ImageOf
from hrtem_core.recipe.recipe import Recipe, from_json, to_json
from hrtem_core.samples import sample_path
from hrtem_core.spectrum import SpectrumParameters

ROOT = Path(__file__).resolve().parents[3]
NOISE = np.random.default_rng(0).normal(1000, 50, (48, 64)).astype(np.float32)


@pytest.fixture(autouse=True)
def _no_word_of_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes when a run takes seconds, as on a busy machine."""
    monkeypatch.setattr(console.Speaker, "progress", lambda *_: None)


@pytest.fixture
def quick_analysis(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """Replace the science by one domain; gives the recipes that were asked for."""
    asked: list[Recipe] = []

    def analyze(micrograph, recipe, *, progress=None):
        asked.append(recipe)
        if progress is not None:
            progress("spectrum", 0.5)
        one = analysis_with(domains_of([disc(micrograph.shape, 20, 30, 10)]))
        return replace(one, micrograph=micrograph, recipe=recipe)

    monkeypatch.setattr(hrtem_core.analysis, "analyze", analyze)
    return asked


@pytest.fixture
def film(tmp_path: Path) -> Path:
    tifffile.imwrite(tmp_path / "film.tif", NOISE)
    return tmp_path / "film.tif"


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.mark.usefixtures("quick_analysis")
def test_analyze_writes_a_folder_per_file(film: Path, capsys) -> None:
    other = film.with_name("other.tif")
    other.write_bytes(film.read_bytes())
    out = film.parent / "out"
    assert run("analyze", film, other, "--out", out, "--pixel-size-nm", "0.02") == 0
    for name in ("film", "other"):
        assert sorted(path.name for path in (out / name).iterdir()) == sorted(FILES)
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.splitlines()[0].startswith(
        "film.tif: 1 domain, 1 crystallite, 2 d-spacings, 10.3 % crystalline; 100 % of the field usable"
    )


@pytest.mark.usefixtures("quick_analysis")
def test_quiet_is_silent(film: Path, capsys) -> None:
    assert run("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "0.02", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_arguments_end_in_the_recipe(film: Path, quick_analysis) -> None:
    given = film.with_name("recipe.json")
    given.write_text('{"spectrum": {"min_d_nm": 0.2}}')
    run("analyze", film, "--out", film.parent / "out", "--recipe", given, "--pixel-size-nm", "0.02x0.021")
    recipe = quick_analysis[0]
    assert recipe.spectrum.min_d_nm == 0.2
    assert recipe.pixel_size_nm == (0.02, 0.021)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_recipe_may_come_from_the_shells_of_windows(film: Path, quick_analysis, encoding: str) -> None:
    given = film.with_name("recipe.json")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    given.write_bytes((mark + to_json(Recipe(pixel_size_nm=0.03), indent=2)).encode(encoding))
    assert run("analyze", film, "--out", film.parent / "out", "--recipe", given) == 0
    assert quick_analysis == [Recipe(pixel_size_nm=0.03)]


def test_a_recipe_without_end_is_not_read_to_its_end(film: Path, capsys) -> None:
    given = film.with_name("recipe.json")
    given.write_bytes(b" " * (17 << 20))
    assert run("analyze", film, "--out", film.parent / "out", "--recipe", given) == 2
    assert (
        "The recipe must not be longer than 2,000,000 characters, got 16,777,216." in capsys.readouterr().err
    )


def test_the_recipe_of_a_summary_is_taken(film: Path, quick_analysis) -> None:
    out = film.parent / "out"
    run("analyze", film, "--out", out, "--pixel-size-nm", "0.02")
    summary = json.loads((out / "film/summary.json").read_text(encoding="utf-8"))
    assert run("analyze", film, "--out", film.parent / "again", "--recipe", out / "film/summary.json") == 0
    assert quick_analysis[1] == from_json(json.dumps(summary["recipe"]))
    assert quick_analysis[1] == quick_analysis[0] == Recipe(pixel_size_nm=0.02)


MARKED = Recipe(
    pixel_size_nm=0.05,
    spectrum=SpectrumParameters(min_d_nm=0.2),
    peaks=PeakParameters(rejected=(Wavevector(0.0, 4.0),)),
    added=(Wavevector(0.0, 3.0),),
)
SETTINGS = Recipe(pixel_size_nm=0.02, spectrum=SpectrumParameters(min_d_nm=0.2))


@pytest.mark.parametrize(
    ("image_of", "used", "said"),
    [
        (ImageOf("renamed.tif", digest_of(NOISE)), replace(MARKED, pixel_size_nm=0.02), ""),
        (
            ImageOf("other.dm3", "0" * 64),
            SETTINGS,
            "the recipe was made for other.dm3, not for this image: its settings are used, its scale and "
            "marks are not",
        ),
        (
            None,
            replace(MARKED, pixel_size_nm=0.02),
            "the recipe does not say which image it was made for; its scale and marks are used too",
        ),
    ],
)
def test_a_recipe_of_another_image_gives_its_settings_only(
    film: Path, quick_analysis, capsys, image_of: ImageOf | None, used: Recipe, said: str
) -> None:
    given = film.with_name("recipe.json")
    given.write_text(to_json(MARKED, image_of=image_of))
    out = film.parent / "out"
    assert run("analyze", film, "--out", out, "--recipe", given, "--pixel-size-nm", "0.02") == 0
    assert quick_analysis == [used]
    assert capsys.readouterr().err == (f"hrtem_core: film.tif: note: {said}\n" if said else "")


def test_the_scale_of_another_image_is_no_scale(film: Path, capsys) -> None:
    given = film.with_name("recipe.json")
    given.write_text(to_json(MARKED, image_of=ImageOf("other.dm3", "0" * 64)))
    assert run("analyze", film, "--out", film.parent / "out", "--recipe", given) == 2
    assert "film.tif has no scale; give the pixel size" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "size"), [("0.02", 0.02), ("0.02x0.021", (0.02, 0.021)), ("2e-2,0.021", (0.02, 0.021))]
)
def test_pixel_sizes_are_understood(text: str, size: object) -> None:
    assert pixel_size_nm(text) == size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["film.tif"],
            "film.tif has no scale; give the pixel size in nm (--pixel-size-nm, or in the recipe).",
        ),
        (["none.tif", "--pixel-size-nm", "0.02"], "none.tif"),
        (["text.tif", "--pixel-size-nm", "0.02"], "text.tif"),
        (
            ["film.tif", "--pixel-size-nm", "77"],
            "pixel_size_nm must lie between 0.0001 and 10 nm, got 77 nm: check the number and its unit.",
        ),
        (["film.tif", "--image", "7", "--pixel-size-nm", "0.02"], "film.tif has no image 7"),
        (["film.tif", "--image", "-1"], "image must be a number from 0 to 999,999, got -1."),
        (
            ["film.tif", "--recipe", "none.json"],
            "The recipe none.json cannot be read: No such file or directory.",
        ),
        (
            ["film.tif", "--recipe", "film.tif"],
            "The recipe film.tif cannot be read: it is not a text in UTF-8.",
        ),
        (["film.tif", "--recipe", "bad.json"], 'bad.json: recipe has no field "eps"; it must be one of'),
        (["@none.txt"], "The list none.txt cannot be read: No such file or directory."),
        (["empty"], "empty holds no image that can be read here ('formats' lists them)."),
        (["film.tif", "--shard", "1/2", "--watch"], "--shard is for runs without --dask and --watch"),
    ],
)
@pytest.mark.usefixtures("quick_analysis")
def test_what_the_caller_must_mend_is_one_line(
    film: Path, capsys, monkeypatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(film.parent)
    Path("text.tif").write_text("this is no image")
    Path("bad.json").write_text('{"eps": 1}')
    Path("empty").mkdir()
    assert run("analyze", *arguments, "--out", "out") == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("hrtem_core: ")
    assert message in shown.err.replace(os.sep, "/")
    assert shown.err.count("\n") == 1
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["analyse"], "invalid choice: 'analyse'"),
        (["analyze"], "the following arguments are required: FILE, --out"),
        (
            ["analyze", "a", "--out", "b", "--pixel-size-nm", "nan"],
            "the pixel size must be a positive number of nm",
        ),
        (["analyze", "a", "--out", "b", "--pixel-size-nm", "1x2x3"], "or two as in 0.02x0.021, got '1x2x3'"),
        (["analyze", "a", "--out", "b", "--pixel-size-nm", "wide"], "got 'wide'"),
        (["simulate", "--out", "b", "--seed", "-1"], "must be a whole number from 0, got '-1'"),
        (["analyze", "a", "--out", "b", "--jobs", "0"], "must be a whole number from 1, got '0'"),
        (["analyze", "a", "--out", "b", "--shard", "0/3"], "must be 1/N to N/N, got '0/3'"),
        (["analyze", "a", "--out", "b", "--shard", "half"], "must be two numbers such as 3/10, got 'half'"),
        (["analyze", "a", "--out", "b", "--jobs", "2", "--dask", "c"], "not allowed with argument"),
    ],
)
def test_wrong_arguments_are_one_line(capsys, arguments: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.usefixtures("quick_analysis")
def test_the_rest_is_analyzed_when_one_file_fails(film: Path, capsys) -> None:
    bad = film.with_name("bad.tif")
    bad.write_text("no image")
    last = film.with_name("last.tif")
    last.write_bytes(film.read_bytes())
    out = film.parent / "out"
    status = run("analyze", bad, film, last, "--out", out, "--pixel-size-nm", "0.02", "--jobs", "1")
    assert status == 2
    written = [".ledger", "failures.csv", "film", "last", "merged"]
    assert sorted(path.name for path in out.iterdir()) == written
    assert capsys.readouterr().err.count("\n") == 1


def test_results_are_replaced_only_when_told(film: Path, quick_analysis, capsys) -> None:
    command = ("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "0.02")
    assert run(*command) == 0
    assert run(*command) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("film.tif: done already -> ")
    assert run(*command, "--cs-mm", "1", "--voltage-kv", "200") == 2
    refused = "film holds a result of another recipe (lens.cs_mm none there, 1.0 asked); choose another --out"
    assert refused in capsys.readouterr().err
    assert len(quick_analysis) == 1
    assert run(*command, "--overwrite") == 0
    assert len(quick_analysis) == 2


@pytest.mark.usefixtures("quick_analysis")
def test_a_disk_that_takes_nothing_is_one_line(film: Path, capsys) -> None:
    (film.parent / "file").write_text("")
    assert run("analyze", film, "--out", film.parent / "file", "--pixel-size-nm", "0.02") == 2
    shown = capsys.readouterr().err
    assert "file is not a folder; choose another one for the results." in shown
    assert shown.count("\n") == 1


def test_a_folder_that_takes_nothing_is_known_before_the_work(film: Path, quick_analysis, capsys) -> None:
    (film.parent / "file").write_text("")
    assert run("analyze", film, "--out", film.parent / "file/deep/er", "--pixel-size-nm", "0.02") == 2
    assert "file is not a folder; choose another one" in capsys.readouterr().err
    assert quick_analysis == []


@pytest.mark.usefixtures("quick_analysis")
def test_a_full_disk_is_one_line(film: Path, monkeypatch, capsys) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "0.02") == 2
    shown = capsys.readouterr().err.replace(os.sep, "/")
    assert "out/film cannot be written: No space left on device." in shown
    assert list((film.parent / "out").iterdir()) == []


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_known_before_the_work(film: Path, quick_analysis, capsys) -> None:
    (film.parent / "locked").mkdir(mode=0o500)
    assert run("analyze", film, "--out", film.parent / "locked", "--pixel-size-nm", "0.02") == 2
    assert "Nothing may be written to" in capsys.readouterr().err
    assert quick_analysis == []


HOSTILE = ["..tif", "...tif", "new\nline.tif", "red\x1b[31m.tif", "\u202egnp.tif", "a b  c.tif", "é漢😀.tif",
           "<b>&\"'.tif", "%s{0}.tif", "x" * 240 + ".tif"]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.usefixtures("quick_analysis")
def test_names_of_files_lead_nowhere_and_tell_the_terminal_nothing(tmp_path: Path, capsys, name: str) -> None:
    tifffile.imwrite(tmp_path / name, NOISE)
    out = tmp_path / "deep/out"
    assert run("analyze", tmp_path / name, "--out", out, "--pixel-size-nm", "0.02") == 0
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    (folder,) = out.iterdir()
    assert (folder / "summary.json").is_file()
    assert folder.name.isprintable()
    written = capsys.readouterr()
    assert written.out.rstrip("\n").isprintable()
    assert written.err == ""


@pytest.mark.usefixtures("quick_analysis")
def test_a_name_longer_than_any_costs_its_own_line_only(tmp_path: Path, capsys) -> None:
    tifffile.imwrite(tmp_path / "film.tif", NOISE)
    out = tmp_path / "out"
    given = tmp_path / ("x" * 300 + ".tif"), tmp_path / "film.tif"
    assert run("analyze", *given, "--out", out, "--pixel-size-nm", "0.02") == 2
    assert (out / "film" / "summary.json").is_file()
    assert "cannot be opened" in capsys.readouterr().err


@pytest.mark.usefixtures("quick_analysis")
def test_notes_of_the_reader_are_told(tmp_path: Path, capsys) -> None:
    tifffile.imwrite(tmp_path / "film.tif", np.stack([NOISE] * 3), photometric="minisblack")
    tifffile.imwrite(tmp_path / "flat.tif", np.full((48, 64), 7, np.uint8))
    command = ("analyze", tmp_path / "film.tif", tmp_path / "flat.tif", "--out", tmp_path / "out")
    assert run(*command, "--pixel-size-nm", "0.02") == 0
    assert capsys.readouterr().err.splitlines() == [
        "hrtem_core: film.tif: note: image 1 of 3 in the file",
        "hrtem_core: flat.tif: note: every pixel has the same value, so there is nothing to find",
    ]
    assert run(*command, "--pixel-size-nm", "0.02", "--quiet", "--overwrite") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("quick_analysis")
def test_a_typed_size_that_the_file_contradicts_is_told(tmp_path: Path, capsys) -> None:
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, NOISE, imagej=True, resolution=(50, 50), metadata={"unit": "nm"})
    assert run("analyze", path, "--out", tmp_path / "out", "--pixel-size-nm", "0.0202") == 0
    assert capsys.readouterr().err == ""
    assert run("analyze", path, "--out", tmp_path / "again", "--pixel-size-nm", "0.2") == 0
    assert capsys.readouterr().err == (
        "hrtem_core: film.tif: note: the file says 0.02 nm per pixel (ImageJ metadata), "
        "but 0.2 nm was given and is used\n"
    )


def test_pixels_too_large_for_any_spacing_are_refused(film: Path, quick_analysis, capsys) -> None:
    """A typed 5 in place of 0.05 would be searched in windows smaller than a pixel, for minutes."""
    assert run("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "5") == 2
    assert (
        "film.tif shows no spacing below 11.1 nm: a pixel has 5 nm (typed), and spacings up to 0.65 nm are "
        "looked for. Check the pixel size (--pixel-size-nm), the binning or the d-range (--recipe)."
    ) in capsys.readouterr().err
    assert quick_analysis == []


def test_too_little_memory_is_one_line(film: Path, monkeypatch, capsys) -> None:
    def analyze(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(hrtem_core.analysis, "analyze", analyze)
    assert run("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "0.02") == 2
    assert "film.tif: needs more memory than there is" in capsys.readouterr().err


def test_progress_is_told_of_slow_work_only() -> None:
    told: list[str] = []
    progress = Progress("film.tif", told.append)
    progress("spectrum", 0.1)
    assert told == []
    progress.started -= 2
    progress("spectrum", 0.2)
    progress("spectrum", 0.3)
    progress("domains", 0.5)
    assert told == ["film.tif: spectrum, 20%", "film.tif: domains, 50%"]


def test_interrupting_is_no_traceback(film: Path, monkeypatch) -> None:
    def analyze(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hrtem_core.analysis, "analyze", analyze)
    assert run("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "0.02") == 130
    assert not (film.parent / "out").exists()


def test_simulate_writes_a_micrograph_and_its_truth(tmp_path: Path, capsys) -> None:
    out = tmp_path / "made"
    command = ("simulate", "--preset", "weak", "--seed", "3", "--out", out)
    assert run(*command) == 0
    assert sorted(path.name for path in out.iterdir()) == ["micrograph.tif", "truth.csv", "truth_labels.tif"]
    assert capsys.readouterr().out.startswith("weak, seed 3: ")
    first = (out / "truth.csv").read_bytes()
    assert run(*command) == 2
    assert "holds a micrograph.tif already; choose another folder, or --overwrite." in capsys.readouterr().err
    assert run(*command, "--overwrite", "--quiet") == 0
    assert (out / "truth.csv").read_bytes() == first
    assert capsys.readouterr() == ("", "")


def test_an_unknown_preset_lists_the_known(tmp_path: Path, capsys) -> None:
    assert run("simulate", "--preset", "cheese", "--out", tmp_path / "made") == 2
    assert "There is no preset 'cheese'; there are interphase, weak," in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_recipe_prints_the_defaults(capsys) -> None:
    assert run("recipe") == 0
    text = capsys.readouterr().out
    assert from_json(text) == Recipe()
    assert text.strip() == to_json(Recipe(), indent=2)


def test_patterns_are_expanded_where_the_shell_does_not(film: Path, quick_analysis, capsys) -> None:
    film.with_name("other.tif").write_bytes(film.read_bytes())
    out = film.parent / "out"
    assert run("analyze", film.with_name("*m.tif"), "--out", out, "--pixel-size-nm", "0.02") == 0
    assert [path.name for path in out.iterdir()] == ["film"]
    assert run("analyze", film.with_name("*.png"), "--out", out, "--pixel-size-nm", "0.02") == 2
    assert "There is no file *.png at the place given" in capsys.readouterr().err
    assert len(quick_analysis) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_output_that_cannot_be_written_is_one_line() -> None:
    command = [sys.executable, "-m", "hrtem_core", "recipe"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "hrtem_core: the output cannot be written: No space left on device.\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error there")
def test_a_reader_that_has_gone_is_no_traceback() -> None:
    command = f"{sys.executable} -m hrtem_core recipe | true"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_formats_are_listed(capsys) -> None:
    assert run("formats") == 0
    text = capsys.readouterr().out
    assert ".dm3" in text
    assert ".tif" in text


@pytest.mark.parametrize("command", [[], ["analyze"], ["simulate"], ["formats"], ["recipe"]])
def test_help_is_for_people(command: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*command, "--help")
    assert ended.value.code == 0
    assert "usage: python -m hrtem_core" in capsys.readouterr().out


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from hrtem_core.cli.commands import make_parser; make_parser().format_help(); "
        "print([name for name in ('numpy', 'scipy', 'sklearn', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_recipe_gives_the_same_labels_again(tmp_path: Path) -> None:
    def command(*arguments: object) -> None:
        words = [sys.executable, "-m", "hrtem_core", *map(str, arguments)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr

    film = sample_path("bicrystal")
    command("analyze", film, "--out", tmp_path / "first")
    summary = tmp_path / "first/bicrystal/summary.json"
    command("analyze", film, "--out", tmp_path / "again", "--recipe", summary, "--extras", "--quiet")
    first, again = (tmp_path / name / "bicrystal/domains.tif" for name in ("first", "again"))
    assert first.read_bytes() == again.read_bytes()
    assert json.loads(summary.read_text(encoding="utf-8"))["n_domains"] >= 3


def test_what_is_known_of_the_lens_goes_into_the_recipe(film: Path, quick_analysis: list[Recipe]) -> None:
    words = ("--voltage-kv", "200", "--cs-mm", "1.2", "--defocus-nm", "90")
    assert run("analyze", film, "--out", film.parent / "out", "--pixel-size-nm", "0.02", *words) == 0
    assert [recipe.lens for recipe in quick_analysis] == [LensParameters(200.0, 1.2, 90.0)]


def test_a_lens_that_makes_no_sense_is_one_line(film: Path, capsys) -> None:
    assert run("analyze", film, "--out", film.parent / "out", "--cs-mm", "1.2") == 2
    assert "lens.cs_mm says nothing without the voltage" in capsys.readouterr().err


def test_phases_are_written_when_candidates_are_named(tmp_path: Path) -> None:
    sample = ROOT / "hrtem_core" / "samples" / "nanocrystals.tif"
    for out in ("one", "again"):
        assert run("analyze", sample, "--out", tmp_path / out, "--phases", "sei", "--quiet") == 0
    one, again = tmp_path / "one" / "nanocrystals", tmp_path / "again" / "nanocrystals"
    for name in ("phases.csv", "phase_reflections.csv", "phase_families.csv"):
        assert (one / name).read_bytes() == (again / name).read_bytes()
    rows = (one / "phases.csv").read_text().splitlines()
    assert rows[0] == "crystallite_id,rank,phase,probability,zone_u,zone_v,zone_w,zone_probability"
    assert any(row.split(",")[2] == "Li2O" and float(row.split(",")[3]) > 0.9 for row in rows[1:])
    told = json.loads((one / "phases.json").read_text())
    summary = json.loads((one / "summary.json").read_text())
    assert summary["phases"] == told
    assert told["scale"] == pytest.approx(1, abs=4 * told["scale_sigma"])
    assert summary["recipe"]["phases"]["candidates"] == ["sei"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--phases", "LiF,Unobtainium"), "no structure 'Unobtainium'"),
        (("--structures", "nowhere"), "not a folder"),
        (("--phases", "LiF", "--elements", "Cu"), "consists only of Cu"),
        (("--cell", "LiX: 4.03"), "A typed cell must be"),
    ],
)
def test_candidates_that_cannot_be_had_are_named_and_nothing_is_written(
    film: Path, capsys, options: tuple[str, ...], words: str
) -> None:
    out = film.with_name("out")
    assert run("analyze", film, "--out", out, "--pixel-size-nm", "0.02", *options) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("quick_analysis")
def test_a_persons_cif_files_are_part_of_the_recipe(film: Path, quick_analysis: list[Recipe]) -> None:
    folder = film.with_name("cifs")
    folder.mkdir()
    cell = "".join(
        f"_cell_length_{axis} 4.2\n_cell_angle_{angle} 90\n"
        for axis, angle in (("a", "alpha"), ("b", "beta"), ("c", "gamma"))
    )
    text = f"data_m\n{cell}_symmetry_space_group_name_H-M 'F m -3 m'\n"
    (folder / "mine.cif").write_text(text)
    out = film.with_name("out")
    given = ("--pixel-size-nm", "0.02", "--structures", folder, "--quiet")
    assert run("analyze", film, "--out", out, *given) == 0
    (structure,) = quick_analysis[0].phases.structures
    assert (structure.name, len(structure.sha256)) == ("mine", 64)
    assert from_json(to_json(quick_analysis[0])) == quick_analysis[0]


def test_a_typed_cell_is_part_of_the_recipe(film: Path, quick_analysis: list[Recipe]) -> None:
    given = ("--pixel-size-nm", "0.02", "--cell", "LiX: 4.03, F m -3 m, LiF", "--quiet")
    assert run("analyze", film, "--out", film.with_name("out"), *given) == 0
    (structure,) = quick_analysis[0].phases.structures
    assert (structure.name, structure.elements, structure.sites) == ("LiX", ("F", "Li"), ())


def test_indexed_cif_files_are_found_and_become_candidates(
    film: Path, quick_analysis: list[Recipe], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = film.with_name("mirror")
    folder.mkdir()
    cell = "".join(f"_cell_length_{a} 4.03\n" for a in "abc")
    cell += "".join(f"_cell_angle_{angle} 90\n" for angle in ("alpha", "beta", "gamma"))
    atoms = "loop_\n" + "".join(f"_atom_site_{one}\n" for one in ("label", "fract_x", "fract_y", "fract_z"))
    atoms += "Li 0 0 0\nF .5 .5 .5\n"
    text = f"data_m\n_cod_database_code 9008667\n{cell}_symmetry_space_group_name_H-M 'F m -3 m'\n{atoms}"
    (folder / "mine.cif").write_text(text)
    (folder / "bad.cif").write_text("data_")
    index = film.with_name("cod.sqlite")
    assert run("structures", "index", folder, "--index", index) == 0
    told = capsys.readouterr()
    assert "1 structures, 1 files left out" in told.out
    assert "left out: bad.cif" in told.err
    assert run("structures", "find", index, "--formula", "FLi") == 0
    assert capsys.readouterr().out.startswith("LiF 9008667")
    assert run("structures", "find", index, "--left-out") == 0
    assert capsys.readouterr().out.startswith("bad.cif: ")
    given = ("--pixel-size-nm", "0.02", "--cod", index, "--elements", "Li,F", "--quiet")
    assert run("analyze", film, "--out", film.with_name("out"), *given) == 0
    assert [one.name for one in quick_analysis[0].phases.structures] == ["LiF 9008667"]
    assert run("structures", "find", index) == 2
    assert "must name elements or a formula" in capsys.readouterr().err


def test_structures_are_fetched_only_from_what_is_a_server(tmp_path: Path, capsys) -> None:
    given = ("structures", "fetch", "--elements", "Li,O", "--out", tmp_path, "--optimade")
    assert run(*given, "file:///etc/passwd") == 2
    assert "must begin with http" in capsys.readouterr().err
    assert run(*given, "http://127.0.0.1:9") == 2
    assert "cannot be reached" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
