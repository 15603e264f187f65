"""The documents say what is true: links, commands, files, constants."""

import ast
import dataclasses
import importlib
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from hrtem_core.recipe import Recipe, all_parameters, describe_markdown

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """The text without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """What `#...` may point at in a Markdown text, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", prose(text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def links() -> list[tuple[Path, str]]:
    found = []
    for document in DOCUMENTS:
        # A DOI may hold brackets of its own, one level deep.
        targets = re.findall(
            r"\]\(((?:[^()\s]|\([^()\s]*\))+)\)", prose(document.read_text(encoding="utf-8"))
        )
        found += [(document, target) for target in targets]
    return found


@pytest.mark.parametrize(("document", "target"), links(), ids=lambda value: getattr(value, "name", value))
def test_what_is_linked_exists(document: Path, target: str):
    if re.match(r"https?://", target):
        assert " " not in target
        return
    name, _, anchor = target.partition("#")
    linked = (document.parent / name) if name else document
    assert linked.exists(), f"{document.name} links to {target}"
    if anchor:
        assert anchor in anchors(linked.read_text(encoding="utf-8"))


def commands(text: str) -> list[list[str]]:
    """Lines of unmarked code blocks that call Python, in words."""
    blocks = re.findall(r"^```\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("python ")]


@pytest.mark.parametrize(
    "words",
    [words for document in DOCUMENTS for words in commands(document.read_text(encoding="utf-8"))],
    ids=" ".join,
)
def test_commands_can_be_given(words: list[str], capsys: pytest.CaptureFixture[str]):
    if words[:2] == ["-m", "hrtem_core"]:
        from hrtem_core.cli.commands import make_parser

        if "--help" in words:
            with pytest.raises(SystemExit, match=r"^0$"):
                make_parser().parse_args(words[2:])
            assert words[2] in capsys.readouterr().out
        else:
            given = make_parser().parse_args(words[2:])
            assert all((ROOT / path).exists() for path in getattr(given, "files", []))
    else:
        assert (ROOT / words[0]).is_file()


def numbers(line: str) -> list[float]:
    """Domains, crystallites, d-spacings and percentages in what `analyze` prints."""
    return [float(number) for number in re.findall(r"([\d.]+) (?:domain|crystallite|d-spacing|%)", line)]


def test_the_example_of_the_readme_gives_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from hrtem_core.cli.commands import main

    said = next(line for line in text_of("README.md").splitlines() if "% crystalline;" in line)
    sample = ROOT / "hrtem_core" / "samples" / said.split(":")[0]
    assert main(["analyze", str(sample), "--out", str(tmp_path)]) == 0
    given = capsys.readouterr().out
    assert len(numbers(said)) == 6
    # Another machine rounds differently; another method gives other numbers.
    assert numbers(given) == pytest.approx(numbers(said), rel=0.06)


def test_the_readme_names_the_preset_and_every_result_file():
    from hrtem_core.exports.bundle import EXTRA_FILES, FILES
    from hrtem_core.synthesis import PRESETS

    readme = text_of("README.md")
    assert not [name for name in FILES + EXTRA_FILES if f"`{name}`" not in readme]
    assert set(re.findall(r"--preset (\S+)", readme)) <= set(PRESETS)


def test_the_readme_names_every_format():
    from hrtem_core.readers import FORMATS

    words = set(re.findall(r"[a-z0-9]+", text_of("README.md").split("## Formats")[1].lower()))
    names = {"tif": "tiff", "jpg": "jpeg", "h5": "hdf5"}
    missing = [
        known.name for known in FORMATS if names.get(known.extensions[0], known.extensions[0]) not in words
    ]
    assert not missing


def test_paths_of_the_architecture_exist():
    named = re.findall(
        r"`((?:hrtem_core|hrtem_ui|pages|tests|benchmarks|docs)/[\w./-]*)`", text_of("docs/architecture.md")
    )
    assert len(named) > 8
    assert not [name for name in named if not (ROOT / name).exists()]


def constants() -> list[tuple[str, str, str]]:
    """(module or dataclass, name, value) of everything that docs/method.md quotes as `name = value`."""
    flat = " ".join(text_of("docs/method.md").split())
    return re.findall(r"`(\w+)\.(\w+) = ([^`]+)`", flat)


def modules_called(name: str) -> list[ModuleType]:
    """The modules of the core of that name."""
    paths = (path.relative_to(ROOT) for path in (ROOT / "hrtem_core").rglob(f"{name}.py"))
    return [importlib.import_module(".".join(path.with_suffix("").parts)) for path in paths]


def dataclasses_quoted() -> dict[str, type]:
    """The parameters of the stages, and the tunings of the packages, by the names of their classes."""
    parameters = [field.default_factory for field in dataclasses.fields(Recipe)]
    tunings = [kind for module in modules_called("tuning") for kind in vars(module).values()]
    kinds = [kind for kind in (*parameters, *tunings) if isinstance(kind, type)]
    return {kind.__name__: kind for kind in kinds if dataclasses.is_dataclass(kind)}


@pytest.mark.parametrize(("owner", "name", "value"), constants(), ids=str)
def test_constants_of_the_method_are_the_code_s(owner: str, name: str, value: str):
    kinds = dataclasses_quoted()
    places = [kinds[owner]()] if owner in kinds else modules_called(owner)
    (place,) = (one for one in places if hasattr(one, name))
    stated = getattr(place, name)
    assert stated == ast.literal_eval(value)


def test_the_method_quotes_many_constants():
    assert len(constants()) > 50


def test_the_parameters_are_described_as_they_are():
    assert describe_markdown() in text_of("docs/parameters.md")


def test_every_parameter_has_its_facts_once():
    kinds = {one.name: one.default_factory for one in dataclasses.fields(Recipe)}
    stages = {name: kind for name, kind in kinds.items() if isinstance(kind, type)}
    inner = {f"{stage}.{one.name}" for stage, kind in stages.items() for one in dataclasses.fields(kind)}
    own = {name for name in kinds if name not in stages}
    assert {one.path for one in all_parameters()} == own | inner
