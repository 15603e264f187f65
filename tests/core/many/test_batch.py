"""A run over many images: what is skipped, what fails, where it stops, and that it can be gone on with."""

import csv
import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

import hrtem_core.analysis
from hrtem_core.engines import Here
from hrtem_core.exports import folder as folder_module
from hrtem_core.many import Asked, Entry, Job, Outcome, analyze_one, read_ledgers
from hrtem_core.many.batch import write_failures
from hrtem_core.many.inputs import stamp_of

TABLES = ("domains", "crystallites", "families", "peaks")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def tables_of(out: Path) -> dict[str, bytes]:
    """All tables and label images, by name; summaries hold times."""
    kept = (".csv", ".tif", ".parquet")
    files = (path for path in out.rglob("*") if path.suffix in kept and path.name != "images.csv")
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def test_one_command_takes_a_folder_to_one_dataset(session: Path, quick, run, capsys) -> None:
    out = session.parent / "out"
    assert run("analyze", session, "--out", out, "--jobs", 1) == 0
    names = [f"film{n}" for n in range(5)] + ["grid 2/film5", "grid 2/film6"]
    assert all((out / name / "summary.json").exists() for name in names)
    images = rows(out / "merged/images.csv")
    assert list(images[0]) == [
        "image_id", "path", "status", "error", "n_domains", "n_crystallites", "crystalline_area_nm2",
        "field_nm2", "crystalline_fraction", "pixel_size_nm", "seconds", "frame",
    ]  # fmt: skip
    assert [row["image_id"] for row in images] == names
    assert {row["status"] for row in images} == {"done"}
    assert images[5]["path"] == str(session / "grid 2/film5.tif")
    assert len(quick) == 7
    said = capsys.readouterr()
    assert all(" of 7, " in line for line in said.err.splitlines())  # progress, where the machine is slow
    assert said.out.splitlines()[5].startswith("grid 2/film5.tif: 1 domain, ")
    assert f"7 of 7 done -> {out}" in said.out


def test_done_is_skipped(session: Path, quick, run, capsys, monkeypatch) -> None:
    out = session.parent / "out"
    command = ("analyze", session, "--out", out, "--jobs", 1)
    assert run(*command) == 0
    before = tables_of(out)
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr("hrtem_core.many.get_ready", lambda: pytest.fail("there is nothing to do"))
        assert run(*command) == 0
    assert len(quick) == 7
    assert capsys.readouterr().out == f"7 of 7 done already -> {out}\n"
    (session / "film7.tif").write_bytes((session / "film1.tif").read_bytes())
    assert run(*command) == 0
    assert quick[7:] == ["film7.tif"]
    assert before.keys() < tables_of(out).keys()


def test_without_its_ledger_a_result_is_known_by_its_pixels(session: Path, quick, run) -> None:
    out = session.parent / "out"
    command = ("analyze", session, "--out", out, "--jobs", 1)
    run(*command)
    shutil.rmtree(out / ".ledger")
    assert run(*command) == 0
    assert len(quick) == 7
    assert len(read_ledgers(out).latest) == 7


def test_other_pixels_under_the_same_name_are_refused(session: Path, quick, run, capsys) -> None:
    out = session.parent / "out"
    command = ("analyze", session, "--out", out, "--jobs", 1)
    run(*command)
    (session / "film0.tif").write_bytes((session / "film1.tif").read_bytes())
    capsys.readouterr()
    assert run(*command) == 2
    told = f"{out / 'film0'} holds a result of other pixels (film0.tif); "
    told += "choose another --out, or --overwrite."
    assert capsys.readouterr().err == f"hrtem_core: film0.tif: {told}\n"
    assert rows(out / "failures.csv") == [{"path": str(session / "film0.tif"), "error": told}]
    (failed,) = [row for row in rows(out / "merged/images.csv") if row["status"] == "failed"]
    assert (failed["image_id"], failed["n_domains"], failed["error"]) == ("film0", "", told)
    assert run(*command, "--overwrite") == 0
    assert not (out / "failures.csv").exists()
    assert len(quick) == 7 + 7  # --overwrite does all again


def test_an_interrupted_overwrite_goes_on(session: Path, quick, run, monkeypatch) -> None:
    out = session.parent / "out"
    command = ("analyze", session, "--out", out, "--jobs", 1)
    run(*command)
    real, left = hrtem_core.analysis.analyze, [3]

    def cut_off(*arguments, **named):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    monkeypatch.setattr(hrtem_core.analysis, "analyze", cut_off)
    assert run(*command, "--overwrite") == 130
    monkeypatch.setattr(hrtem_core.analysis, "analyze", real)
    assert run(*command, "--overwrite") == 0
    assert len(quick) == 7 + 3 + 4
    assert run(*command, "--overwrite") == 0
    assert len(quick) == 7 + 7 + 7


@pytest.mark.usefixtures("quick")
def test_ctrl_c_says_what_was_done_and_that_it_goes_on(session: Path, run, monkeypatch, capsys) -> None:
    out = session.parent / "out"
    real = hrtem_core.analysis.analyze

    def cut_off(micrograph, *arguments, **named):
        if micrograph.name == "film3.tif":
            raise KeyboardInterrupt
        return real(micrograph, *arguments, **named)

    monkeypatch.setattr(hrtem_core.analysis, "analyze", cut_off)
    (session / "film1.tif").write_text("no image")
    assert run("analyze", session, "--out", out, "--jobs", 1) == 130
    assert capsys.readouterr().err.splitlines()[1:] == [
        "hrtem_core: interrupted.",
        f"hrtem_core: 2 of 7 done, 1 failed ({out / 'failures.csv'}). "
        "The same command goes on where this one ended.",
    ]
    assert [row["path"] for row in rows(out / "failures.csv")] == [str(session / "film1.tif")]
    assert not (out / "merged").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_takes_nothing_more_stops_at_once(
    session: Path, quick, run, monkeypatch, capsys, number: int
) -> None:
    out = session.parent / "out"
    written = [0]
    real = folder_module.write_results

    def full(*arguments, **named):
        written[0] += 1
        if written[0] > 2:
            raise OSError(number, os.strerror(number))
        return real(*arguments, **named)

    monkeypatch.setattr("hrtem_core.many.one.write_results", full)
    assert run("analyze", session, "--out", out, "--jobs", 1) == 2
    assert len(quick) == 3
    assert capsys.readouterr().err.splitlines() == [
        f"hrtem_core: film2.tif: {out / 'film2'} cannot be written: {os.strerror(number)}.",
        "hrtem_core: stopped: nothing more can be written; make room, or choose another --out.",
        "hrtem_core: 2 of 7 done. The same command goes on where this one ended.",
    ]
    monkeypatch.setattr("hrtem_core.many.one.write_results", real)
    assert run("analyze", session, "--out", out, "--jobs", 1) == 0
    assert len(quick) == 3 + 5


def test_a_place_that_takes_nothing_is_said_once(session: Path, quick, run, capsys, monkeypatch) -> None:
    """As a file system that is read-only answers; root is asked like anybody."""
    monkeypatch.setattr(folder_module.os, "access", lambda *_: False)
    assert run("analyze", session, "--out", session.parent / "out", "--jobs", 1) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"hrtem_core: film0.tif: Nothing may be written to {session.parent}; ")
    assert lines[1:] == [
        "hrtem_core: stopped: nothing more can be written; make room, or choose another --out.",
        "hrtem_core: 0 of 7 done. The same command goes on where this one ended.",
    ]
    (session.parent / "file").write_text("")
    assert run("analyze", session, "--out", session.parent / "file") == 2
    told = f"hrtem_core: {session.parent / 'file'} is not a folder; choose another one for the results.\n"
    assert capsys.readouterr().err == told
    assert quick == []


def test_so_many_failures_and_no_more(session: Path, quick, run, capsys) -> None:
    for number in (0, 2, 3):
        (session / f"film{number}.tif").write_text("no image")
    out = session.parent / "out"
    assert run("analyze", session, "--out", out, "--jobs", 1, "--max-failures", 2) == 2
    assert quick == ["film1.tif"]
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "hrtem_core: stopped after 2 failures, as --max-failures asks.",
        f"hrtem_core: 1 of 7 done, 2 failed ({out / 'failures.csv'}). "
        "The same command goes on where this one ended.",
    ]


def test_every_bad_file_is_one_line_and_the_rest_is_done(
    session: Path, quick, run, capsys, monkeypatch
) -> None:
    (session / "broken.tif").write_bytes((session / "film0.tif").read_bytes()[:150])
    (session / "text.tif").write_text("this is no image")
    (session / ("x" * 246 + ".tif")).write_bytes((session / "film0.tif").read_bytes())
    (session / "vanishes.tif").write_bytes((session / "film0.tif").read_bytes())
    real = hrtem_core.analysis.analyze

    def analyze(micrograph, *arguments, **named):
        (session / "vanishes.tif").unlink(missing_ok=True)
        return real(micrograph, *arguments, **named)

    monkeypatch.setattr(hrtem_core.analysis, "analyze", analyze)
    assert run("analyze", session, "--out", session.parent / "out", "--jobs", 1) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1].strip(":") for line in lines] == ["broken.tif", "text.tif", "vanishes.tif"]
    assert "There is no file vanishes.tif at the place given" in lines[2]
    assert len(quick) == 8
    assert (session.parent / "out" / ("x" * 246) / "summary.json").exists()


def test_every_image_of_a_series_is_one_of_its_own(session: Path, quick, run, capsys) -> None:
    frames = np.random.default_rng(8).normal(1000, 50, (3, 48, 64)).astype(np.float32)
    resolution = {"resolution": (50, 50), "metadata": {"unit": "nm", "axes": "TYX"}}
    tifffile.imwrite(session / "grid 2/series.tif", frames, imagej=True, **resolution)
    out = session.parent / "out"
    command = ("analyze", session / "grid 2", "--out", out, "--jobs", 1, "--each-image")
    assert run(*command) == 0
    said = capsys.readouterr().out
    assert "\nseries.tif, image 1: 1 domain, " in said
    assert "different recipes" not in said
    ids = [row["image_id"] for row in rows(out / "merged/images.csv")]
    assert ids == ["film5", "film6", "series/image_0", "series/image_1", "series/image_2"]
    frames_there = [row["frame"] for row in rows(out / "merged/images.csv")]
    assert frames_there == ["", "", "0", "1", "2"]
    shutil.rmtree(out / ".ledger")  # it is known from the folders alone
    assert run("merge", out, "--csv") == 0
    capsys.readouterr()
    for name in ("images", "domains", "peaks"):
        merged = rows(out / f"merged/{name}.csv")
        assert list(merged[0])[-1] == "frame"
        assert {row["image_id"]: row["frame"] for row in merged} == dict(zip(ids, frames_there, strict=True))
    recipes = [json.loads((out / f"series/image_{n}/summary.json").read_text())["recipe"] for n in range(3)]
    assert [recipe["image"] for recipe in recipes] == [0, 1, 2]
    shutil.rmtree(out / "series/image_1")
    assert run(*command) == 0
    assert quick == ["film5.tif", "film6.tif", *["series.tif"] * 4]  # done is known image by image


def test_each_image_and_one_of_them_do_not_go_together(session: Path, run, capsys) -> None:
    assert run("analyze", session, "--out", session.parent / "out", "--each-image", "--image", 1) == 2
    assert "--each-image takes all images one by one: leave out --image" in capsys.readouterr().err


def test_a_failure_says_which_image_of_its_file_it_is(tmp_path: Path) -> None:
    failed = Entry(path="/a/series.tif", image=2, image_id="series/image_2", status="failed", error="no.")
    write_failures(tmp_path / "failures.csv", [failed, replace(failed, path="/a/film.tif", image=-1)])
    assert (tmp_path / "failures.csv").read_text() == (
        "path,error\n/a/series.tif,image 2: no.\n/a/film.tif,no.\n"
    )


def test_shards_are_merged_by_the_last_one(session: Path, quick, run) -> None:
    whole, out = session.parent / "whole", session.parent / "shards"
    run("analyze", session, "--out", whole, "--jobs", 1)
    for number in (2, 1, 3):
        assert not (out / "merged").exists()
        assert run("analyze", session, "--out", out, "--shard", f"{number}/3", "--jobs", 1) == 0
    assert len(quick) == 14
    assert tables_of(whole) == tables_of(out)


def test_one_image_by_itself_leaves_nothing_but_its_result(session: Path, quick, run) -> None:
    out = session.parent / "out"
    assert run("analyze", session / "film0.tif", "--out", out) == 0
    assert os.listdir(out) == ["film0"]
    assert run("analyze", session, "--out", out, "--jobs", 1) == 0
    assert len(quick) == 7  # what was done by itself counts


@pytest.mark.usefixtures("quick")
def test_images_are_not_replaced_by_results(session: Path, run) -> None:
    shutil.move(session / "grid 2", session / "film0")
    assert run("analyze", session, "--out", session, "--jobs", 1, "--overwrite") == 0
    assert (session / "film0/film5.tif").exists()
    images = rows(session / "merged/images.csv")
    assert [row["image_id"] for row in images][:3] == ["film0/film5", "film0/film6", "film1"]
    assert images[-1]["image_id"] == "session/film0"


@pytest.mark.usefixtures("quick")
def test_a_mistake_of_ours_costs_one_image(session: Path, run, capsys, monkeypatch) -> None:
    real = hrtem_core.analysis.analyze

    def analyze(micrograph, *arguments, **named):
        return 1 / 0 if micrograph.name == "film2.tif" else real(micrograph, *arguments, **named)

    monkeypatch.setattr(hrtem_core.analysis, "analyze", analyze)
    assert run("analyze", session, "--out", session.parent / "out", "--jobs", 1) == 2
    assert capsys.readouterr().err == (
        "hrtem_core: film2.tif: an error in the program, please report it: "
        "ZeroDivisionError: division by zero\n"
    )


@pytest.mark.usefixtures("quick")
def test_an_outcome_is_small(session: Path) -> None:
    import pickle

    job = Job(
        image_id="film0", path=session / "film0.tif", folder=session.parent / "out/film0", asked=Asked()
    )
    outcome = analyze_one(job)
    assert isinstance(outcome, Outcome)
    assert len(pickle.dumps(outcome)) < 2000
    assert len(pickle.dumps(job)) < 8000
    assert (outcome.entry.n_bytes, outcome.entry.modified_ns) == stamp_of(job.path)


def test_a_ledger_survives_what_a_kill_leaves_of_its_last_line(session: Path, quick, run) -> None:
    out = session.parent / "out"
    run("analyze", session, "--out", out, "--jobs", 1)
    (ledger,) = (out / ".ledger").iterdir()
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[:4]) + lines[4][:50] + b"\n" + b'{"path": 3, "status": "done"}\n[]\n')
    assert len(read_ledgers(out).latest) == 3
    assert run("analyze", session, "--out", out, "--jobs", 1) == 0
    assert len(quick) == 7
    assert len(read_ledgers(out).latest) == 7


def test_what_is_done_here_has_an_executor_s_face() -> None:
    with Here() as executor:
        assert executor.submit(json.dumps, [1]).result() == "[1]"
