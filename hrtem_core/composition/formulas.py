"""Formulas of phases: how many atoms of each element."""

import re

TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[])|([)\]])|(\d+(?:\.\d+)?)")
MINERALS = {
    "rutile": "TiO2", "anatase": "TiO2", "brookite": "TiO2", "corundum": "Al2O3", "quartz": "SiO2",
    "periclase": "MgO", "magnetite": "Fe3O4", "hematite": "Fe2O3", "wustite": "FeO", "calcite": "CaCO3",
    "aragonite": "CaCO3", "fluorite": "CaF2", "halite": "NaCl", "graphite": "C", "diamond": "C",
    "spinel": "MgAl2O4", "zincite": "ZnO", "wurtzite": "ZnS", "sphalerite": "ZnS", "ceria": "CeO2",
}  # fmt: skip
MAX_LENGTH = 60


def atoms_of(phase: str) -> dict[str, float]:
    """Atoms of each element in a phase that is named by its formula, such as "Li2CO3" or "ZrO2-m".

    Parameters
    ----------
    phase
        A formula, with or without a polymorph's mark behind a hyphen, underscore or blank; or a mineral.

    Returns
    -------
    atoms
        Empty when the name is no formula.
    """
    name = re.split(r"[-_ ]", phase.strip(), maxsplit=1)[0]
    formula = MINERALS.get(name.lower(), name)
    tokens = TOKEN.findall(formula)
    if len(formula) > MAX_LENGTH or "".join(part for token in tokens for part in token) != formula:
        return {}
    levels: list[dict[str, float]] = [{}]
    latest: dict[str, float] = {}
    for element, opening, closing, number in tokens:
        if element:
            _add(levels[-1], latest)
            latest = {element: 1.0}
        elif opening:
            _add(levels[-1], latest)
            levels.append({})
            latest = {}
        elif closing and len(levels) > 1:
            _add(levels[-1], latest)
            latest = levels.pop()
        elif number and latest:
            latest = {name: count * float(number) for name, count in latest.items()}
        else:
            return {}
    _add(levels[-1], latest)
    return levels[0] if len(levels) == 1 else {}


def _add(atoms: dict[str, float], more: dict[str, float]) -> None:
    for element, count in more.items():
        atoms[element] = atoms.get(element, 0.0) + count
