"""The table of structures that come with the program, and the names of its groups."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from hrtem_core.phases.structure import Site, Structure

PRESETS = {
    "sei": "solid-electrolyte interphases: lithium, its salts, oxides and carbonate",
    "battery": "lithium compounds of electrodes and interphases, graphite",
    "metal": "elements that are metals",
    "oxide": "oxides",
    "salt": "salts of alkali and alkaline-earth metals",
    "semiconductor": "elements and compounds that are semiconductors",
    "ceramic": "carbides, nitrides and the like",
}
"""Groups of the table, by the name that asks for them."""


@cache
def built_in() -> dict[str, Structure]:
    """The structures of the table by their names."""
    return {name: _structure(name, row) for name, row in rows().items()}


@cache
def rows() -> dict[str, dict[str, Any]]:
    """The table as it is written: one dict of facts for each structure."""
    return tomllib.loads((files("hrtem_core.phases") / "structures.toml").read_text(encoding="utf-8"))


@cache
def members(preset: str) -> tuple[str, ...]:
    """Names of the structures in a group."""
    return tuple(name for name, row in rows().items() if preset in row["groups"])


def _structure(name: str, row: dict[str, Any]) -> Structure:
    a, b, c, alpha, beta, gamma = (float(value) for value in row["cell"])
    sites = tuple(
        Site(element, *(float(value) for value in numbers)) for element, *numbers in row.get("sites", [])
    )
    return Structure(
        name,
        (a, b, c, alpha, beta, gamma),
        row["space_group"],
        sites,
        elements=_elements(sites, row.get("formula", "")),
        reference=row["reference"],
        doi=row.get("doi", ""),
        cod=row.get("cod", 0),
    )


def _elements(sites: tuple[Site, ...], formula: str) -> tuple[str, ...]:
    """The elements of a structure, sorted."""
    from re import findall

    return tuple(sorted({site.element for site in sites} or set(findall("[A-Z][a-z]?", formula))))
