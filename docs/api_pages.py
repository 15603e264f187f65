"""Writes the API's pages for mkdocs: one per package of the core, from its docstrings, and a front page."""

import ast
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "hrtem_core"


def sentence_of(path: Path) -> str:
    """The first line of a module's docstring; "" without one."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


def rooms() -> dict[str, str]:
    """What stands right in the core's folder, packages and modules, and what its docstring promises."""
    found = {CORE.name: sentence_of(CORE / "__init__.py")}
    for path in sorted([*CORE.glob("*/__init__.py"), *CORE.glob("[!_]*.py")]):
        name = path.parent.name if path.stem == "__init__" else path.stem
        found[f"{CORE.name}.{name}"] = sentence_of(path)
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to those of `docs/`."""
    rows = [f"- [`{name}`](api/{name}.md): {sentence}" for name, sentence in rooms().items()]
    files.append(File.generated(config, "index.md", content="\n".join(["# The library", "", *rows, ""])))
    for name in rooms():
        files.append(File.generated(config, f"api/{name}.md", content=f"# {name}\n\n::: {name}\n"))
    return files
