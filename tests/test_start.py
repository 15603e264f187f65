"""`start.py` installs when a list of requirements has changed, and only then."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import start

Calls = list[list[str]]


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What pip is asked to install, in a project of lists only, with an environment that is there."""
    shutil.copytree(start.ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(start.ROOT / "requirements.txt", tmp_path)
    asked: Calls = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "PYTHON", tmp_path / "requirements.txt")  # any file that is there
    monkeypatch.setattr(subprocess, "run", run)
    return asked


APP_LISTS = ["requirements.txt", *(f"requirements/{name}.txt" for name in ("core", "app", "constraints"))]


def test_every_list_is_found_through_the_one_that_names_it() -> None:
    assert {path.resolve() for path in start.lists(start.APP)} == {start.ROOT / name for name in APP_LISTS}
    named = {path.name for path in start.lists(start.TESTS)}
    assert named >= {"core.txt", "app.txt", "formats.txt", "tests.txt", "constraints.txt"}


@pytest.mark.parametrize("name", APP_LISTS)
def test_a_list_is_installed_again_when_one_it_names_changes(tmp_path: Path, pip: Calls, name: str) -> None:
    start.install(tmp_path / "requirements.txt")
    start.install(tmp_path / "requirements.txt")
    assert [command[-1] for command in pip] == [str(tmp_path / "requirements.txt")]
    with (tmp_path / name).open("a", encoding="utf-8") as stream:
        stream.write("another>=1\n")
    start.install(tmp_path / "requirements.txt")
    assert len(pip) == 2


def test_the_app_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an arena for each thread four visitors left 120 MB behind, else 57; a user's own word counts."""
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(start, "install", lambda _: None)
    monkeypatch.setattr(start, "run", lambda *_: seen.append(tuple(map(os.environ.get, start.MEMORY))) or 0)
    monkeypatch.setattr(os, "environ", {"MALLOC_ARENA_MAX": "7"})
    assert start.app([]) == 0
    monkeypatch.setattr(os, "environ", {})
    assert start.app([]) == 0
    assert seen == [("7", "0"), ("2", "0")]


def test_the_container_gives_its_memory_back_too() -> None:
    container = (start.ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "ENV " + " ".join(f"{name}={value}" for name, value in start.MEMORY.items()) in container


def test_the_app_is_not_installed_again_for_a_tool(tmp_path: Path, pip: Calls) -> None:
    start.install(tmp_path / "requirements.txt")
    (tmp_path / "requirements/tests.txt").write_text("another>=1\n", encoding="utf-8")
    start.install(tmp_path / "requirements.txt")
    assert len(pip) == 1


def test_what_pip_could_not_do_is_tried_again(
    tmp_path: Path, pip: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = subprocess.run

    def no_network(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        works(command, **options)
        return subprocess.CompletedProcess(command, int("install" in command), "", "Connection broken")

    monkeypatch.setattr(subprocess, "run", no_network)
    for _ in range(2):
        with pytest.raises(SystemExit, match="there seems to be no network"):
            start.install(tmp_path / "requirements.txt")
    assert len(pip) == 2


@pytest.mark.parametrize("given", [[], ["--server.port=8600"], ["--server.address=0.0.0.0"]])
def test_only_this_computer_is_served_and_by_its_own_names(
    given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(start, "install", lambda _: None)
    monkeypatch.setattr(start, "run", lambda *arguments: asked.extend(arguments) or 0)
    assert start.main(given) == 0
    is_own = "--server.address=0.0.0.0" not in given
    assert ("--server.address=localhost" in asked) == is_own
    hosts = [one.partition("=")[2] for one in asked if one.startswith("--server.allowedHosts=")]
    assert hosts == (["localhost", "127.0.0.1"] if is_own else [])
    assert asked[-len(given) :] == given or not given
