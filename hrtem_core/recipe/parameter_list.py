"""Every parameter of the recipe with its facts, for those who show or describe them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from hrtem_core.parameters import Described, Facts, described, facts_of
from hrtem_core.recipe.recipe import Recipe


@cache
def all_parameters() -> tuple[Described, ...]:
    """All parameters, in the order of the recipe."""
    return tuple(described(Recipe))


def parameter_facts(path: str) -> Facts:
    """The facts of a parameter, such as that at "domains.eps_nm"."""
    return facts_of(Recipe, path)


def default_of(path: str) -> Any:
    """The default of a parameter, such as that at "domains.eps_nm"."""
    return next(one.default for one in all_parameters() if one.path == path)


def describe() -> Iterator[tuple[str, str, str, str]]:
    """Path, default, unit and limits, and meaning of every parameter, as text."""
    for one in all_parameters():
        unit, limits = one.facts.unit, one.facts.limits
        ranged = f"{limits[0]:g} to {limits[1]:g}" if limits else ""
        yield (
            one.path,
            _default(one.default),
            " ".join(part for part in (ranged, unit) if part),
            f"{one.facts.label}. {one.facts.sentence}",
        )


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else "[]" if value == () else f"{value:g}"


def describe_markdown() -> str:
    """`describe` as a Markdown table."""
    head = "| parameter | default | range | meaning |\n| --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{path}` | `{default}` | {ranged} | {meaning} |\n"
        for path, default, ranged, meaning in describe()
    )
