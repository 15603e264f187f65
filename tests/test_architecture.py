"""The shape of the project: imports point one way, modules stay small, nothing dangerous is called."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

from hrtem_core.version import VERSION

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "hrtem_core").rglob("*.py"))
APP = sorted([*(ROOT / "hrtem_ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "streamlit_app.py"])
MAX_LINES = 350

CORE_ROOMS = (
    "errors", "version", "checkpoints", "parameters", "numerics", "image", "preparation", "readers",
    "spectrum", "fringes", "peaks", "spacings", "domains", "lens", "phases", "composition", "recipe",
    "stages", "analysis", "remembering", "measures", "pictures", "exports", "engines", "many", "synthesis",
    "samples", "cli", "__main__",
)  # fmt: skip
"""The packages and single modules of the core: each may import from earlier ones only."""
UI_ROOMS = ("memory", "text", "session", "widgets", "charts", "frame", "panels")
"""The same for the user interface, all of it after the core."""

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


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
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


def room_of(module: str) -> str:
    """The room of a module named in full, such as "hrtem_core.spectrum" for "hrtem_core.spectrum.noise"."""
    return ".".join(module.split(".")[:2])


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported_modules(path: Path) -> list[tuple[str, str]]:
    """(module, name) of the project's own imports; a name that is a module counts as that module."""
    found = []
    for module, name in imports_of(path):
        if module.split(".")[0] not in ("hrtem_core", "hrtem_ui"):
            continue
        inner = f"{module}.{name}"
        file = ROOT / inner.replace(".", "/")
        is_module = file.with_suffix(".py").exists() or (file / "__init__.py").exists()
        found.append((inner, "") if is_module and module.count(".") == 0 else (module, name))
    return found


ROOMS = [f"hrtem_core.{room}" for room in CORE_ROOMS] + [f"hrtem_ui.{room}" for room in UI_ROOMS]


def test_every_module_is_in_one_room_and_every_room_is_there() -> None:
    modules = {module_of(path) for path in [*CORE, *(ROOT / "hrtem_ui").rglob("*.py")]}
    rooms = {room_of(module) for module in modules} - {"hrtem_core", "hrtem_ui"}
    assert rooms == set(ROOMS)


def test_rooms_import_earlier_rooms_only() -> None:
    for path in [*CORE, *(ROOT / "hrtem_ui").rglob("*.py")]:
        room = room_of(module_of(path))
        position = ROOMS.index(room) if room in ROOMS else len(ROOMS)
        for module, _ in imported_modules(path):
            other = room_of(module)
            assert other == room or other in ROOMS[:position], f"{relative(path)} imports {module}"


@cache
def door_of(room: str) -> set[str]:
    """The names that a package hands out."""
    init = ROOT / room.replace(".", "/") / "__init__.py"
    for node in tree_of(init).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_others_come_in_by_the_door() -> None:
    for path in [*CORE, *APP]:
        room = room_of(module_of(path))
        for module, name in imported_modules(path):
            other = room_of(module)
            if other == room or not (ROOT / other.replace(".", "/")).is_dir():
                continue
            assert module == other, f"{relative(path)} reaches into {module}"
            assert not name or name in door_of(other), f"{relative(path)}: {name} is not a door of {other}"


def test_no_module_waits_for_itself() -> None:
    """Inside a room, too, imports run in no circle."""
    arrows = {module_of(path): {m for m, _ in imported_modules(path)} for path in [*CORE, *APP]}
    modules = {
        module: {a for a in to if a in arrows and a != room_of(module)} for module, to in arrows.items()
    }
    while ready := [module for module, to in modules.items() if not to & modules.keys()]:
        for module in ready:
            del modules[module]
    assert sorted(modules) == []


STAGE_VERBS = {
    "prepare", "transform", "find_candidates", "separate", "add_by_hand", "weigh", "accept", "group_families",
    "outline_maps", "find_domains", "measure_lens", "bring_home", "keep_to_usable", "cut_where_crystals_meet",
    "group_crystallites", "suggest_phases",
}  # fmt: skip


def test_one_module_calls_stage_after_stage() -> None:
    for path in [*CORE, *APP]:
        called = {name for _, name in imports_of(path) if name in STAGE_VERBS}
        is_door = path.name == "__init__.py"
        assert is_door or relative(path) == "hrtem_core/stages.py" or len(called) <= 1, (
            f"{relative(path)} calls {sorted(called)}"
        )
    calls = {name for _, name in imports_of(ROOT / "hrtem_core" / "stages.py")}
    assert calls >= STAGE_VERBS


def test_a_reader_holds_a_module_in_mind() -> None:
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*CORE, *APP]}
    assert {path: n for path, n in lengths.items() if n > MAX_LINES} == {}


def test_modules_are_named_by_what_they_make_and_say_what_it_is() -> None:
    for path in [*CORE, *APP]:
        assert not re.search(r"(^|_)(utils?|common|helpers?|misc)($|_)", path.stem), relative(path)
        assert ast.get_docstring(tree_of(path)) or not path.read_text(encoding="utf-8"), relative(path)


TABLE_ROWS = {"Stage", "ScaleTag", "Format", "Structure", "Quantity"}
"""Classes whose instances stand below each other in one table, and ..."""
GIVEN = {"Micrograph", "Recipe", "SceneParameters"}
"""... what a person begins with: their fields have an order that is known."""


def test_what_has_many_fields_is_made_by_their_names() -> None:
    n_seen = 0
    for path in CORE:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.ClassDef) or node.name in TABLE_ROWS | GIVEN:
                continue
            decorators = [ast.unparse(one) for one in node.decorator_list]
            fields = [
                one
                for one in node.body
                if isinstance(one, ast.AnnAssign) and "init=False" not in ast.unparse(one)
            ]
            if any(one.startswith("dataclass") for one in decorators) and len(fields) > 4:
                n_seen += 1
                assert any("kw_only=True" in one for one in decorators), f"{relative(path)}: {node.name}"
    assert n_seen > 50


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
        caching = [f"hrtem_ui/session/{name}.py" for name in ("compute", "composed", "drawn")]
        if relative(path) not in caching:
            assert "st.cache_" not in text, relative(path)
        if relative(path) != "hrtem_ui/session/state.py":
            assert "st.session_state" not in text, relative(path)


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "hrtem_core.version.VERSION"}
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == VERSION
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[([\d.]+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)[1] == VERSION


def test_the_core_starts_without_the_heavy_libraries() -> None:
    heavy = ("sklearn", "streamlit", "altair", "pandas", "skimage", "rsciio", "h5py")
    code = f"import sys, hrtem_core.analysis; print([m for m in {heavy!r} if m in sys.modules])"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"
