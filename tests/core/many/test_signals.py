"""The command line with real processes: told to end, killed, gone on with; the same bytes at the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="no such signals there"),
]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight images of a crystal in noise, 128² pixels."""
    folder = tmp_path_factory.mktemp("films")
    rows, cols = np.mgrid[:128, :128] * 0.03
    for number in range(8):
        noise = np.random.default_rng(number).normal(0, 1, (128, 128))
        wave = np.cos(2 * np.pi / 0.25 * (rows + number * cols / 8)) * (np.hypot(rows - 2, cols - 2) < 1)
        pixels = (1000 + 100 * (noise + 1.5 * wave)).astype(np.uint16)
        scale = {"resolution": (1 / 0.03, 1 / 0.03), "metadata": {"unit": "nm"}}
        tifffile.imwrite(folder / f"film {number}.tif", pixels, imagej=True, **scale)
    return folder


def start(films: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "hrtem_core", "analyze", str(films), "--out", str(out), *more]
    return subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,
    )


def heed_signals() -> None:
    """A shell that runs the tests in the background, or nohup, has them ignored by all that they start."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def finish(films: Path, out: Path, *more: str) -> str:
    process = start(films, out, *more)
    said, problems = process.communicate(timeout=300)
    assert process.returncode == 0, problems
    return said


def contents(out: Path) -> dict[str, bytes]:
    kept = (".csv", ".tif", ".parquet", ".png")
    files = [path for path in out.rglob("*") if path.suffix in kept and path.name != "images.csv"]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def expected(films: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole")
    finish(films, out, "--jobs", "1")
    return contents(out)


def test_a_killed_run_is_gone_on_with_to_the_same_bytes(films: Path, tmp_path: Path, expected) -> None:
    process = start(films, tmp_path, "--jobs", "2")
    until(lambda: list(tmp_path.glob("*/summary.json")))
    process.kill()
    process.communicate()
    said = finish(films, tmp_path, "--jobs", "2")
    assert "8 of 8 done" in said
    assert contents(tmp_path) == expected
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".hrtem.")] == []


@pytest.fixture(scope="module")
def many_films(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many images that nobody is done with them before hearing a signal."""
    folder = tmp_path_factory.mktemp("many films")
    for number in range(80):
        (folder / f"film {number}.tif").write_bytes((films / f"film {number % 8}.tif").read_bytes())
    return folder


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_told_to_end_it_tidies_up_and_says_how_to_go_on(
    many_films: Path, tmp_path: Path, number: int, status: int
) -> None:
    process = start(many_films, tmp_path, "--jobs", "2")
    until(lambda: list(tmp_path.glob("*/summary.json")))
    process.send_signal(number)
    _, problems = process.communicate(timeout=60)
    assert process.returncode == status, problems
    assert " of 80 done. The same command goes on where this one ended." in problems
    assert "Traceback" not in problems
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".hrtem.")] == []


def test_a_folder_is_watched_while_it_fills(films: Path, tmp_path: Path) -> None:
    session, out = tmp_path / "session", tmp_path / "out"
    session.mkdir()
    process = start(session, out, "--watch", "--jobs", "1")
    for name in ("film 0.tif", "film 1.tif"):
        (session / name).write_bytes((films / name).read_bytes())
        until(lambda name=name: (out / name.removesuffix(".tif") / "summary.json").exists())
    process.send_signal(signal.SIGINT)
    said, problems = process.communicate(timeout=60)
    assert process.returncode == 0, problems
    assert "merged: 2 of 2 images, " in said
    assert (out / "merged/images.csv").exists()


FROM_HERE = (
    "import runpy, sys\nsys.argv[0] = '-m'\nprint('started', flush=True)\n"
    "runpy.run_module('hrtem_core', run_name='__main__', alter_sys=True)"
)
"""What `python -m hrtem_core` does, said once Python itself has started."""


@pytest.mark.parametrize("after_s", [0.06, 0.12, 0.18, 0.25, 0.35, 0.5])
def test_ctrl_c_while_it_starts_says_nothing_of_the_program(
    films: Path, tmp_path: Path, after_s: float
) -> None:
    """Modules are being imported, here and in the processes that are begun."""
    words = [sys.executable, "-c", FROM_HERE, "analyze", films, "--out", tmp_path, "--jobs", "2"]
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, preexec_fn=heed_signals,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert "hrtem_core/" not in said


@pytest.mark.parametrize(
    ("words", "status"), [(["-m", "hrtem_core"], 130), (["-c", "import hrtem_core"], -2)]
)
def test_ctrl_c_in_the_first_moment_is_the_command_s_own_and_not_that_of_who_imports(
    tmp_path: Path, words: list[str], status: int
) -> None:
    (tmp_path / "lazy_loader.py").write_text("raise KeyboardInterrupt")  # the first that is imported
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, preexec_fn=heed_signals,
    )  # fmt: skip
    assert done.returncode == status
    assert (done.stderr == "") == (status == 130)


def test_ctrl_c_is_not_lost_where_an_import_swallows_what_is_raised(films: Path, tmp_path: Path) -> None:
    """As the interpreter does in the callback that forgets a module's lock; it says so and goes on."""
    (tmp_path / "sitecustomize.py").write_text(
        "import signal, sys, weakref\n"
        "class Kept: pass\n"
        "class Finder:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'hrtem_core.cli':\n"
        "            kept = Kept()\n"
        "            hold = weakref.ref(kept, lambda _: signal.raise_signal(signal.SIGINT))\n"
        "            del kept\n"
        "sys.meta_path.insert(0, Finder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "hrtem_core", "analyze", films, "--out", tmp_path / "out", "--jobs", "1"],
        cwd=ROOT, preexec_fn=heed_signals,
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in (130, -signal.SIGINT)
    assert done.stdout == ""
    assert not list(tmp_path.glob("out/*/summary.json"))
