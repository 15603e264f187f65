"""The core installs as a package of its own, and does there what it does here."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path

import pytest

from hrtem_core.samples import sample_path
from hrtem_core.version import VERSION

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
SERVES_ANOTHER = {"imagecodecs"}
"""Listed, though imported by a library of ours only: tifffile, for compressed files."""
SHARED_NAMES = {"nion": ["nionswift-io"]}
"""Modules that several distributions have parts of, and whose part is ours."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which a copy of the project was installed, without its dependencies and any network."""
    copy, target = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("installed")
    without_caches = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("hrtem_core", "hrtem_ui", "pages", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=without_caches)
    for name in ("pyproject.toml", "README.md", "LICENSE", "streamlit_app.py", "start.py"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--target", str(target), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def call(command: Iterable[object], folder: Path, path: Path) -> str:
    """Run a command in a folder, with Python looking for packages in `path` first; gives its output."""
    environment = os.environ | {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def command_in(installed: Path) -> str:
    """Path of the command that was installed."""
    places = os.pathsep.join(str(installed / name) for name in ("bin", "Scripts"))
    found = shutil.which("hrtem-domains", path=places)
    assert found is not None
    return found


@pytest.mark.slow
def test_the_installed_command_writes_the_same_files_from_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    place = call([sys.executable, "-c", "import hrtem_core; print(hrtem_core.__file__)"], empty, installed)
    assert Path(place.strip()).is_relative_to(installed)
    asked = ["analyze", sample_path("bicrystal"), "--extras", "--out"]
    said = call([command_in(installed), *asked, tmp_path / "there"], empty, installed)
    assert said.startswith("bicrystal.tif: ")
    call([sys.executable, "-m", "hrtem_core", *asked, tmp_path / "here"], ROOT, ROOT)
    there, here = (files_of(tmp_path / name / "bicrystal") for name in ("there", "here"))
    assert len(here) > 7
    assert there == here
    assert list(empty.iterdir()) == []


def files_of(folder: Path) -> dict[str, bytes]:
    """Name and content of all files of a result, without the times."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    found["summary.json"] = re.sub(rb'"seconds": \{[^}]*\}', b"", found["summary.json"])
    found["report.html"] = re.sub(rb"[\d.]+ s\.</p>", b"", found["report.html"])
    return found


@pytest.mark.slow
def test_the_help_names_the_command_that_was_called(installed: Path, tmp_path: Path) -> None:
    shown = call([command_in(installed), "analyze", "--help"], tmp_path, installed)
    assert shown.startswith("usage: hrtem-domains analyze ")
    assert "  hrtem-domains analyze film.dm3 --out results\n" in shown
    assert "python -m" not in shown


@pytest.mark.slow
def test_all_of_the_core_is_installed_and_nothing_of_the_app(installed: Path) -> None:
    core = ROOT / "hrtem_core"
    here = {path.relative_to(ROOT) for path in core.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    there = {path.relative_to(installed) for path in (installed / "hrtem_core").rglob("*") if path.is_file()}
    assert here - there == set()
    assert {path for path in there - here if path.suffix != ".pyc"} == set()
    assert not (installed / "hrtem_ui").exists()
    assert not (installed / "pages").exists()


@pytest.mark.slow
def test_the_app_and_what_is_under_the_gpl_are_extras(installed: Path) -> None:
    (project,) = [one for one in distributions(path=[str(installed)]) if one.name == "hrtem-domains"]
    assert project.version == VERSION
    assert required(project, "") == listed("core")
    assert required(project, "app") == listed("app")
    assert required(project, "formats") == listed("formats") == {"rosettasciio"}
    assert required(project, "dask") == listed("dask")
    assert required(project, "parquet") == listed("parquet")


def test_every_package_that_is_listed_has_an_upper_bound() -> None:
    lists = {path.stem for path in REQUIREMENTS.glob("*.txt")} - {"constraints", "docs"}
    assert set().union(*map(listed, lists)) <= listed("constraints")
    lines = (REQUIREMENTS / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all("<=" in line for line in lines if not line.startswith("#"))


def required(project: Distribution, extra: str) -> set[str]:
    """Names of what a project requires, always or for an extra."""
    pairs = [line.partition(";")[::2] for line in project.requires or []]
    wanted = f'extra == "{extra}"' if extra else ""
    return {plain_name(line) for line, condition in pairs if condition.strip() == wanted}


def listed(name: str) -> set[str]:
    """Names in a list of requirements."""
    lines = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return {plain_name(line) for line in lines if line and not line.startswith(("#", "-r"))}


def plain_name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def imported(paths: Iterable[Path]) -> list[set[str]]:
    """For every library that is imported somewhere, the distributions that may bring it."""
    modules = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                modules.add((node.module or "").split(".")[0])
    modules -= {*sys.stdlib_module_names, "hrtem_core", "hrtem_ui"}
    bring = {**packages_distributions(), **SHARED_NAMES}
    return [{plain_name(name) for name in bring.get(module, [module])} for module in sorted(modules)]


EXTRAS = listed("dask") | listed("parquet")
"""Imported where they are there, and done without where they are not."""


def test_the_core_requires_what_it_imports_and_nothing_else() -> None:
    libraries = imported((ROOT / "hrtem_core").rglob("*.py"))
    assert [names for names in libraries if not names & (listed("core") | EXTRAS)] == []
    assert listed("core") - set().union(*libraries) == SERVES_ANOTHER


def test_the_app_requires_what_it_imports_and_nothing_else() -> None:
    app = [*(ROOT / "hrtem_ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "streamlit_app.py"]
    libraries = imported(app)
    assert [names for names in libraries if not names & (listed("core") | listed("app"))] == []
    assert listed("app") - set().union(*libraries) == set()
