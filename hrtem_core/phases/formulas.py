"""Chemical formulas as people write and look for them."""

import math
import re

from hrtem_core.errors import RecipeError
from hrtem_core.phases.structure import Structure, atoms_in_cell

NON_METALS = ("B", "Si", "C", "Sb", "As", "P", "N", "H", "Te", "Se", "S", "I", "Br", "Cl", "O", "F")
"""In the order of IUPAC's element sequence (Red Book 2005, table VI); what is not here comes before."""

PART = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")


def formula_of(structure: Structure) -> str:
    """The formula of a structure's atoms, without common factor, such as Li2CO3.

    Parameters
    ----------
    structure
        With atoms.
    """
    atoms = atoms_in_cell(structure)
    counts: dict[str, float] = {}
    for element, occupancy in zip(atoms.elements, atoms.occupancies.tolist(), strict=True):
        counts[element] = counts.get(element, 0.0) + occupancy
    ordered = sorted(_reduced(counts).items(), key=lambda part: (_rank(part[0]), part[0]))
    return "".join(element + ("" if count == 1 else f"{count:g}") for element, count in ordered)


def formula_key(formula: str) -> str:
    """What all spellings of a formula have in common.

    Raises
    ------
    RecipeError
        If the text is no formula without brackets.
    """
    text = re.sub(r"\s+", "", formula)
    parts = PART.findall(text)
    if not parts or "".join(element + count for element, count in parts) != text or len(text) > 200:
        raise RecipeError(f"A formula must be such as Li2CO3, without brackets, got {formula[:40]!r}.")
    counts: dict[str, float] = {}
    for element, count in parts:
        number = float(count) if count not in ("", ".") else 1.0
        if number <= 0:
            raise RecipeError(f"A formula's numbers must be above 0, got {formula[:40]!r}.")
        counts[element] = counts.get(element, 0.0) + number
    return " ".join(f"{element}{count:g}" for element, count in sorted(_reduced(counts).items()))


def _reduced(counts: dict[str, float]) -> dict[str, float]:
    """Numbers of atoms to two decimals, without common factor where they are whole."""
    rounded = {element: round(count, 2) for element, count in counts.items() if round(count, 2) > 0}
    if all(abs(count - round(count)) < 0.02 for count in rounded.values()):
        whole = {element: round(count) for element, count in rounded.items()}
        common = math.gcd(*whole.values()) or 1
        return {element: float(count // common) for element, count in whole.items()}
    return rounded


def _rank(element: str) -> int:
    return NON_METALS.index(element) if element in NON_METALS else -1
