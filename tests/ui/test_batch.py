"""The batch page: started, watched, stopped, gone on with, and opened; off where others are served."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import tifffile
from streamlit.testing.v1 import AppTest
from visiting import ROOT, checked, header, session_of

from hrtem_core.many import Entry
from hrtem_core.recipe import Recipe
from hrtem_core.samples import sample_path
from hrtem_ui.session import batch, host, state

Visit = Callable[[], AppTest]
PAGE = "pages/8_Batch.py"


@pytest.fixture(autouse=True)
def own_computer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app serves this computer only, and nothing ran before."""
    monkeypatch.setattr(host, "is_own", lambda: True)
    batch._latest.clear()
    yield
    for process in batch._processes.values():
        process.terminate()
        process.wait(30)
    batch._processes.clear()


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Two images of a crystal, and a text that calls itself one."""
    folder = tmp_path / "films"
    folder.mkdir()
    rows, cols = np.mgrid[:128, :128] * 0.03
    for number in range(2):
        noise = np.random.default_rng(number).normal(0, 1, (128, 128))
        wave = np.cos(2 * np.pi / 0.25 * (rows + number * cols)) * (np.hypot(rows - 2, cols - 2) < 1)
        pixels = (1000 + 100 * (noise + 1.5 * wave)).astype(np.uint16)
        scale = {"resolution": (1 / 0.03, 1 / 0.03), "metadata": {"unit": "nm"}}
        tifffile.imwrite(folder / f"film{number}.tif", pixels, imagej=True, **scale)
    (folder / "text.tif").write_text("no image")
    return folder


def on_page(open_app: Visit) -> AppTest:
    return checked(open_app().switch_page(PAGE).run())


def begin(app: AppTest, folder: Path | str, out: Path | str) -> AppTest:
    app.text_input(key="batch_folder").set_value(str(folder))
    app.text_input(key="batch_out").set_value(str(out))
    return checked(next(one for one in app.button if one.label == "Analyze all").click().run())


def wait() -> batch.Run:
    run = batch.latest()
    assert run is not None
    batch._processes[run.pid].wait(120)
    return run


def test_an_uploaded_folder_is_kept_beside_its_results_and_lies_nowhere_else(tmp_path: Path) -> None:
    out, films = tmp_path / "out", tmp_path / "out" / batch.UPLOADED
    files = [("f/day/a.tif", b"one"), ("../../b.tif", b"two"), ("/c.tif", b"3"), ("f\\day\\x:y.tif", b"4")]
    assert batch.take_in(files, out) == films
    kept = {one.relative_to(tmp_path).as_posix() for one in tmp_path.rglob("*") if one.is_file()}
    here = "out/.ledger/images"
    assert kept == {f"{here}/{name}" for name in ("day/a.tif", "b.tif", "c.tif", "day/x_y.tif")}
    before = (films / "day" / "a.tif").stat().st_mtime_ns
    batch.take_in([("f/day/a.tif", b"one")], out)  # a second click
    assert (films / "day" / "a.tif").stat().st_mtime_ns == before


def test_an_upload_of_too_much_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(batch, "MAX_UPLOADED_BYTES", 5)
    with pytest.raises(batch.BatchError, match="name the folder's path instead"):
        batch.take_in([("a.tif", b"123"), ("b.tif", b"456")], tmp_path)


def test_where_others_are_served_it_is_off_and_says_so(open_app: Visit, monkeypatch) -> None:
    monkeypatch.setattr(host, "is_own", lambda: False)
    app = on_page(open_app)
    assert "serves others too, and reads no folders" in app.info[0].value
    assert not app.text_input
    assert "python -m hrtem_core analyze" in app.code[0].value


def test_a_small_host_is_off_too(open_app: Visit, monkeypatch) -> None:
    app = on_page(open_app)
    monkeypatch.setattr(host, "is_small", lambda: True)
    assert "too little memory" in checked(app.run()).info[0].value


def test_what_cannot_be_started_is_a_sentence(open_app: Visit, tmp_path: Path) -> None:
    app = on_page(open_app)
    pixel = app.number_input(key="batch_pixel")
    assert (pixel.value, pixel.placeholder) == (None, "from files")
    assert "Name a folder of images, and one for the results." in begin(app, "", "").error[0].value
    for folder, sentence in ((tmp_path / "none", "There is no folder"), (tmp_path, "holds no image")):
        assert sentence in begin(app, folder, tmp_path / "out").error[0].value
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_folder_goes_through_and_an_image_is_opened_with_its_recipe(
    open_app: Visit, films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    app = on_page(open_app)
    session_of(app).set_parameter("domains", "min_area_nm2", 1.5)
    begin(app, films, out)
    run = wait()
    checked(app.run())
    progress = batch.progress_of(run)
    assert ([Path(one.path).name for one in progress.failed], progress.is_running) == (["text.tif"], False)
    assert "text.tif cannot be read as TIFF" in progress.failed[0].error
    assert (out / "merged/pooled.csv").exists()
    assert any(one.label == "Retry failed" for one in app.button)
    assert "text.tif" in str(app.dataframe[0].value)
    pooled = next(one.value for one in app.dataframe if "estimate" in one.value)
    assert list(pooled["quantity"][:2]) == ["crystalline fraction", "crystallites per nm²"]  # then domains
    assert "mean diameter of crystallites: " in progress.said
    assert any("other than the defaults: minimum area **1.50\u00a0nm²**" in one.value for one in app.markdown)
    # A reload, or another visitor of this computer, sees the same.
    batch._latest.clear()
    assert batch.run_in(out) == run
    checked(app.button(key="batch_open_film0").click().run())
    assert header(app).startswith("**film0\\.tif**")
    assert session_of(app).recipe.domains.min_area_nm2 == 1.5
    assert session_of(app).recipe == Recipe(domains=session_of(app).recipe.domains)


def test_a_folder_of_others_names_no_process_to_be_ended(tmp_path: Path) -> None:
    """The notes of a run are a file like any other: the process they name may be anyone's."""
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        out = tmp_path / "out"
        (out / batch.NOTES).parent.mkdir(parents=True)
        notes = batch.Run(str(tmp_path), str(out), 1, bystander.pid, None, False)
        (out / batch.NOTES).write_text(json.dumps(asdict(notes)), encoding="utf-8")
        run = batch.run_in(out)
        assert run is not None
        assert not batch.is_running(run)
        batch.stop(run)
        time.sleep(0.2)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait(30)


@pytest.mark.slow
def test_stopped_it_goes_on(films: Path, tmp_path: Path) -> None:
    for number in range(40):  # nobody is done with them before hearing the signal
        shutil.copy(films / "film0.tif", films / f"more{number}.tif")
    from hrtem_core.readers import read

    run = batch.start(films, tmp_path / "out", Recipe(), read(sample_path("bicrystal")))
    while not batch.progress_of(run).done:
        assert batch.is_running(run)
        time.sleep(0.05)
    process = batch._processes.pop(run.pid)  # as after a restart of the app, which knows it by its notes only
    assert os.name == "nt" or batch.is_running(run)
    batch._processes[run.pid] = process
    batch.stop(run)
    assert batch._processes[run.pid].wait(60) == 143
    stopped = batch.progress_of(run)
    assert not stopped.is_running
    assert "The same command goes on where this one ended." in stopped.said
    done = {Path(one.path).name for one in stopped.done}
    last = "more39.tif"  # whatever was done by then, this one was not
    assert last not in done
    for path in films.glob("more*.tif"):  # few are enough to go on with
        if path.name not in {*done, last}:
            path.unlink()
    # One may have been whole on the disk, and not noted yet.
    earlier = [
        path
        for path in (tmp_path / "out").glob("*/summary.json")
        if (films / f"{path.parent.name}.tif").exists()
    ]
    run = batch.go_on(run)
    wait()
    progress = batch.progress_of(run)
    assert {Path(one.path).name for one in progress.done} == done | {"film0.tif", "film1.tif", last}
    assert len(progress.failed) == 1
    assert f"({len(earlier)} of them earlier)" in progress.said


def test_notes_of_another_folder_or_another_kind_are_none(tmp_path: Path) -> None:
    (tmp_path / ".ledger").mkdir()
    good = {
        "folder": "/x",
        "out": str(tmp_path),
        "n_images": 3,
        "pid": 0,
        "pixel_size_nm": 0.0,
        "each_image": False,
    }
    for said, is_run in ((good, True), (good | {"out": "/elsewhere"}, False), (good | {"pid": "1"}, False)):
        (tmp_path / batch.NOTES).write_text(json.dumps(said))
        assert (batch.run_in(tmp_path) is not None) == is_run
    (tmp_path / batch.NOTES).write_text("[")
    assert batch.run_in(tmp_path) is None


def test_how_long_it_still_takes() -> None:
    facts = {"status": "done", "seconds": 5.0}
    entries = [Entry(path=f"{n}", image_id=f"{n}", noted_s=100.0 + 6 * n, **facts) for n in range(11)]
    progress = batch.Progress(entries, [], True, "")
    assert batch.minutes_left(progress, 21, now_s=160.0) == pytest.approx(1.0)
    assert batch.minutes_left(batch.Progress([], [], True, ""), 21) is None


def test_an_image_that_went_is_said(tmp_path: Path, films: Path) -> None:
    from hrtem_ui.session.opening import sample_session

    session = sample_session("bicrystal")
    run = batch.Run(str(films), str(tmp_path / "out"), 1, 0)
    batch.open_result(run, Entry(path=str(films / "film0.tif"), image_id="film0", status="done"), session)
    assert session.notice == "The result of film0.tif is not there any more; go on with the run."
    assert session.wanted is None
    assert state.Session is type(session)


def test_the_page_stands_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    app = checked(AppTest.from_file(str(ROOT / PAGE), default_timeout=60).run())
    assert "domains" in header(app)
