"""A folder is there whole or not at all: after any failure, any kill, any power cut."""

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hrtem_core.exports import atomic_folder
from hrtem_core.exports.atomic_folder import HIDDEN, LOCK, sweep, whole_folder

OLD, NEW = {"a": b"old a", "b": b"old b"}, {"a": b"new a", "b": b"new b", "c": b"new c"}
HERE = Path(__file__)
ROOT = HERE.resolve().parents[3]

STEPS = [(os, name) for name in ("mkdir", "open", "write", "fsync", "rename", "unlink", "rmdir")]
STEPS += [(Path, "write_bytes"), (atomic_folder, "_exchange")]


def fill(folder: Path, files: dict[str, bytes]) -> None:
    with whole_folder(folder, OLD) as fresh:
        for name, data in files.items():
            (fresh / name).write_bytes(data)


def held(folder: Path) -> dict[str, bytes] | None:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else None


def begin(tmp_path: Path, is_there: bool) -> Path:
    if is_there:
        fill(tmp_path / "film", OLD)
    return tmp_path / "film"


def watched(monkeypatch: pytest.MonkeyPatch, at: int, act: Callable[[], None], exchanges: bool) -> list[int]:
    """Call `act` before the step number `at` of all that touch the disk; gives the number of steps so far."""
    count = [0]

    def wrapped(real: Callable[..., Any], can: bool) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            count[0] += 1
            if count[0] == at:
                act()
            return real(*arguments, **named) if can else False

        return step

    for owner, name in STEPS:
        can = exchanges or name != "_exchange"
        monkeypatch.setattr(owner, name, wrapped(getattr(owner, name), can))
    return count


SCENARIOS = ((False, True), (True, True), (True, False))
"""Whether there is an earlier folder, and whether the system exchanges two."""


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), MemoryError()])
@pytest.mark.parametrize(("is_there", "exchanges"), SCENARIOS)
def test_every_step_may_fail_once(tmp_path: Path, is_there: bool, exchanges: bool, error: Exception) -> None:
    """The disk is full, or no memory is left, at any one of them."""

    def fail() -> None:
        raise error

    before, outcomes = OLD if is_there else None, set()
    for at in range(1, 100):
        here = tmp_path / str(at)
        here.mkdir()
        folder = begin(here, is_there)
        with pytest.MonkeyPatch.context() as patch:
            count = watched(patch, at, fail, exchanges)
            with suppress(type(error)):
                fill(folder, NEW)
        found = held(folder)
        assert found in (before, NEW), at
        outcomes.add(found == NEW)
        sweep(here)  # what could not be removed then
        assert [name for name in os.listdir(here) if name.startswith(HIDDEN)] == [], at
        if count[0] < at:
            break
    assert at > 10
    assert outcomes == {True, False}


def die_at_every_step(base: Path, is_there: bool, exchanges: bool) -> None:
    """In a process of its own: a child for every step, which dies before it; prints what was synced."""
    for at in range(1, 100):
        here = base / str(at)
        here.mkdir()
        folder = begin(here, is_there)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            patch = pytest.MonkeyPatch()
            real = os.fsync

            def noted(number: int, real: Any = real, writing: int = writing) -> None:
                real(number)
                print(os.fstat(number).st_ino, file=open(writing, "w", closefd=False), flush=True)  # noqa: SIM115

            os.fsync = noted
            count = watched(patch, at, lambda: os._exit(9), exchanges)
            fill(folder, NEW)
            os._exit(0 if count[0] < at else 1)
        os.close(writing)
        with open(reading) as stream:
            synced = [int(line) for line in stream]
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"at": at, "status": status, "synced": synced}))
        if status == 0:
            return


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(("is_there", "exchanges"), SCENARIOS)
def test_a_kill_or_a_power_cut_at_every_step(tmp_path: Path, is_there: bool, exchanges: bool) -> None:
    call = f"die_at_every_step(Path({str(tmp_path)!r}), {is_there}, {exchanges})"
    code = f"from test_atomic_folder import Path, die_at_every_step; {call}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE.parent), str(ROOT)))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["status"] for line in lines] == [9] * (len(lines) - 1) + [0]
    assert len(lines) > 10
    outcomes = set()
    for line in lines:
        here, cut = tmp_path / str(line["at"]), tmp_path / f"cut{line['at']}"
        shutil.copytree(here, cut)
        lose_what_was_not_synced(here, cut, set(line["synced"]))
        for one in (here, cut):
            sweep(one)
            found = held(one / "film")
            assert found in ((OLD if is_there else None), NEW), line
            outcomes.add(found == NEW)
            assert [name for name in os.listdir(one) if name.startswith(HIDDEN)] == [], line
    assert outcomes == {True, False}


def lose_what_was_not_synced(here: Path, copy: Path, synced: set[int]) -> None:
    """Empty the files whose contents the disk had not been told to keep; an earlier result had been."""
    for path in here.rglob("*"):
        if path.is_file() and path.stat().st_ino not in synced and path.read_bytes() not in OLD.values():
            (copy / path.relative_to(here)).write_bytes(b"")


def test_the_work_of_one_who_lives_is_left_alone(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "film") as fresh:
        (fresh / "a").write_bytes(b"half")
        assert sweep(tmp_path) == 0
        assert (fresh / "a").exists()
    assert held(tmp_path / "film") == {"a": b"half"}
    assert os.listdir(tmp_path) == ["film"]


def test_what_came_into_an_earlier_folder_at_the_last_moment_is_kept(tmp_path: Path) -> None:
    folder = begin(tmp_path, True)
    with whole_folder(folder, OLD) as fresh:
        (fresh / "a").write_bytes(b"new a")
        (folder / "thesis.txt").write_bytes(b"years of work")
    assert held(folder) == {"a": b"new a", "thesis.txt": b"years of work"}


def test_without_locks_the_living_are_known_by_their_number(tmp_path: Path, monkeypatch) -> None:
    def no_locks(_: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(atomic_folder, "_lock", no_locks)
    with whole_folder(tmp_path / "film") as fresh:
        assert sweep(tmp_path) == 0
        (fresh / "a").write_bytes(b"whole")
    assert held(tmp_path / "film") == {"a": b"whole"}
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = {"folder": "film", "host": atomic_folder.socket.gethostname(), "pid": ended.pid}
    for name, said in (("dead", here), ("elsewhere", {**here, "host": "another"})):
        (tmp_path / f"{HIDDEN}{name}{LOCK}").write_text(json.dumps(said))
    assert sweep(tmp_path) == 1
    assert sorted(os.listdir(tmp_path)) == [f"{HIDDEN}elsewhere{LOCK}", "film"]


def test_windows_is_sent_no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 is no question there, but Ctrl+C for all that share the terminal."""
    sent: list[int] = []
    monkeypatch.setattr(os, "name", "nt")
    monkeypatch.setattr(os, "kill", lambda _, number: sent.append(number))
    said = {"host": socket.gethostname(), "pid": os.getpid()}
    assert [atomic_folder._is_dead(said, age_s) for age_s in (1.0, 1e6)] == [False, True]
    assert sent == []


def test_names_in_a_lock_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / f"inner/{HIDDEN}x.old").mkdir()
    (tmp_path / f"inner/{HIDDEN}x{LOCK}").write_text(json.dumps({"folder": "../stolen"}))
    sweep(tmp_path / "inner")
    assert os.listdir(tmp_path) == ["inner"]
