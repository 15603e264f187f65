"""The shape of the project: imports point one way, modules stay small, nothing dangerous is called."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from hrtem_core.version import VERSION

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "hrtem_core").rglob("*.py"))
APP = sorted([*(ROOT / "hrtem_ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "streamlit_app.py"])
MAX_LINES = 350

PIPELINE = (
    "errors", "types", "quantiles", "calibration", "micrograph", "preparation", "windows", "noise",
    "spectrum", "candidates", "amplitude", "outline", "separation", "mixture", "peaks", "families",
    "grid_dbscan", "placement", "areas", "domains", "overlaps", "crystallites", "recipe", "analysis",
    "measurements",
)  # fmt: skip
"""Each module may import from earlier ones only."""

STAGE_VERBS = {
    "prepare", "transform", "find_candidates", "separate", "add_by_hand", "classify", "group_families",
    "find_domains", "merge",
}  # fmt: skip
STAGE_MODULES = {
    "preparation", "spectrum", "candidates", "separation", "peaks", "families", "domains", "crystallites",
}  # fmt: skip
COMPOSERS = {"hrtem_core/analysis.py", "hrtem_ui/compute.py"}

USER_INTERFACE = {
    "streamlit",
    "altair",
    "matplotlib",
    "plotly",
    "bokeh",
    "hrtem_ui",
    "streamlit_image_coordinates",
}
DANGEROUS_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
DANGEROUS_CALLS = {"eval", "exec", "__import__", "compile"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> list[tuple[str, str]]:
    """(module, name) of everything imported, wherever the statement stands."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)} must import by full name"
            found += [(node.module or "", alias.name) for alias in node.names]
    return found


def test_the_core_knows_no_user_interface() -> None:
    for path in CORE:
        packages = {module.split(".")[0] for module, _ in imports_of(path)}
        assert packages & USER_INTERFACE == set(), relative(path)


def test_stages_import_earlier_stages_only() -> None:
    for position, stage in enumerate(PIPELINE):
        for module, _ in imports_of(ROOT / "hrtem_core" / f"{stage}.py"):
            later = module.removeprefix("hrtem_core.")
            assert later not in PIPELINE[position:], f"{stage} comes before {later}"


def test_only_composers_call_stage_after_stage() -> None:
    for path in [*CORE, *APP]:
        called = {
            name
            for module, name in imports_of(path)
            if name in STAGE_VERBS and module.removeprefix("hrtem_core.") in STAGE_MODULES
        }
        assert relative(path) in COMPOSERS or len(called) <= 1, f"{relative(path)} calls {sorted(called)}"


def test_a_reader_holds_a_module_in_mind() -> None:
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*CORE, *APP]}
    assert {path: n for path, n in lengths.items() if n > MAX_LINES} == {}


def test_modules_are_named_by_what_they_make_and_say_what_it_is() -> None:
    for path in [*CORE, *APP]:
        assert not re.search(r"(^|_)(utils?|common|helpers?|misc)($|_)", path.stem), relative(path)
        assert ast.get_docstring(tree_of(path)) or not path.read_text(encoding="utf-8"), relative(path)


def test_nothing_from_outside_is_executed() -> None:
    for path in [*CORE, *APP]:
        packages = {module.split(".")[0] for module, _ in imports_of(path)}
        assert packages & DANGEROUS_MODULES == set(), relative(path)
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in DANGEROUS_CALLS, f"{relative(path)}, line {node.lineno}"
            if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "shell"):
                assert isinstance(node.value, ast.Constant), f"{relative(path)}, line {node.value.lineno}"
                assert node.value.value is False, f"{relative(path)}, line {node.value.lineno}"


def test_only_compute_caches_and_only_state_knows_the_session() -> None:
    for path in APP:
        text = path.read_text(encoding="utf-8")
        if path.name != "compute.py":
            assert "st.cache_" not in text, relative(path)
        if path.name != "state.py":
            assert "st.session_state" not in text, relative(path)


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    citation = ROOT / "CITATION.cff"
    if citation.exists():
        stated = re.search(r"^version:\s*\"?([^\s\"]+)", citation.read_text(encoding="utf-8"), re.MULTILINE)
        assert stated is not None
        assert stated[1] == project["version"]
    changelog = ROOT / "CHANGELOG.md"
    if changelog.exists():
        text = changelog.read_text(encoding="utf-8")
        assert f"[{project['version']}]" in text or "[Unreleased]" in text


def test_the_core_starts_without_the_heavy_libraries() -> None:
    heavy = ("sklearn", "streamlit", "altair", "pandas", "skimage", "rsciio", "h5py", "gemmi")
    code = f"import sys, hrtem_core.analysis; print([m for m in {heavy!r} if m in sys.modules])"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"
