"""A structure of which a person knows the cell and its symmetry, but no atoms."""

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from hrtem_core.errors import RecipeError
from hrtem_core.phases.structure import Structure, operations

if TYPE_CHECKING:
    import gemmi

BY_HAND = "typed by hand"
MAX_TYPED = 200
"""Characters of one of the texts."""

SAME_LENGTH, SAME_ANGLE_DEG = 1e-3, 0.05
"""What a person types as equal is equal so far, relative and in degrees."""

HOLOHEDRIES = {
    "cubic": "{} m -3 m",
    "hexagonal": "{} 6/m m m",
    "rhombohedral": "R -3 m:R",
    "tetragonal": "{} 4/m m m",
    "orthorhombic": "{} m m m",
    "monoclinic": "{} 1 2/m 1",
    "triclinic": "{} -1",
}
"""Space group with the highest symmetry that a cell of that shape has, by its centring."""


def typed_structure(name: str, cell: str, symmetry: str, formula: str = "") -> Structure:
    """A candidate without atoms: all reflections that its symmetry allows count alike.

    Parameters
    ----------
    name
        What it is called.
    cell
        Lengths in angstrom and angles in degrees: a; a c; a b c; a b c beta; or a b c alpha beta gamma. Which
        lengths are left out follows from the symmetry.
    symmetry
        A space group's symbol or number, or a centring (P, A, C, I, F, R): then the symmetry is the highest
        that a cell of this shape can have.
    formula
        What it is made of, such as "Li2O"; without it no choice of elements leaves it out.

    Raises
    ------
    RecipeError
        If it cannot be a crystal, naming what must hold.
    """
    name = name.strip()
    for text in (name, cell, symmetry, formula):
        if len(text) > MAX_TYPED:
            raise RecipeError(f"A typed cell's texts may have {MAX_TYPED} characters, got {len(text)}.")
    numbers = _numbers(cell, name)
    symbol = symmetry.strip() or "P"
    hexagonal = _is_hexagonal(symbol)
    sizes = _completed(numbers, hexagonal, name)
    structure = Structure(
        name, sizes, _space_group(symbol, sizes, name), elements=_elements(formula, name), reference=BY_HAND
    )
    _check_shape(structure, symbol)
    return structure


def parse_typed(text: str) -> Structure:
    """A candidate written as "NAME: a b c alpha beta gamma, SYMMETRY, FORMULA"; the last may be left out.

    Raises
    ------
    RecipeError
        If the text is no such cell.
    """
    name, colon, rest = text.partition(":")
    parts = [part.strip() for part in rest.split(",")]
    if not colon or not 2 <= len(parts) <= 3:
        raise RecipeError(
            'A typed cell must be "NAME: a b c alpha beta gamma, SYMMETRY, FORMULA", such as '
            f'"LiX: 4.03, F m -3 m, LiF" (angstrom and degrees), got {text[:80]!r}.'
        )
    return typed_structure(name, *parts)


def _numbers(text: str, name: str) -> list[float]:
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2, 3, 4, 6) or not all(map(math.isfinite, numbers)):
        raise RecipeError(
            f"{name[:60]}: the cell must be 1, 2, 3, 4 or 6 numbers (a; a c; a b c; a b c beta; "
            f"a b c alpha beta gamma), in angstrom and degrees, got {text[:60]!r}."
        )
    return numbers


def _is_hexagonal(symbol: str) -> bool:
    import gemmi

    group = _found(symbol, 90.0, 120.0)
    return group is not None and group.crystal_system() in (
        gemmi.CrystalSystem.Hexagonal,
        gemmi.CrystalSystem.Trigonal,
    )


def _completed(
    numbers: list[float], hexagonal: bool, name: str
) -> tuple[float, float, float, float, float, float]:
    """All six numbers of a cell."""
    gamma = 120.0 if hexagonal else 90.0
    match numbers:
        case [a] if not hexagonal:
            return a, a, a, 90.0, 90.0, 90.0
        case [a, c]:
            return a, a, c, 90.0, 90.0, gamma
        case [a, b, c]:
            return a, b, c, 90.0, 90.0, gamma
        case [a, b, c, beta]:
            return a, b, c, 90.0, beta, 90.0
        case [a, b, c, alpha, beta, gamma]:
            return a, b, c, alpha, beta, gamma
    raise RecipeError(f"{name[:60]}: a hexagonal or trigonal cell must have a and c, got {numbers}.")


def _found(symbol: str, alpha_deg: float, gamma_deg: float) -> "gemmi.SpaceGroup | None":
    """The space group of a symbol, or of a number with its standard setting."""
    import gemmi

    if symbol.isascii() and symbol.isdigit():
        return gemmi.find_spacegroup_by_number(int(symbol)) if 1 <= int(symbol) <= 230 else None
    return gemmi.find_spacegroup_by_name(symbol, alpha=alpha_deg, gamma=gamma_deg)


def _space_group(symbol: str, sizes: tuple[float, ...], name: str) -> str:
    """The symbol with origin or axes, of a centring the highest symmetry that the cell's shape has."""
    if len(symbol) == 1 and symbol.upper() in "PACIFR":
        symbol = _holohedry(symbol.upper(), sizes)
    group = _found(symbol, sizes[3], sizes[5])
    if group is None:
        raise RecipeError(
            f"{name[:60]}: the symmetry must be a space group such as F m -3 m or 225, or a centring "
            f"(P, A, C, I, F, R), got {symbol[:40]!r}."
        )
    return group.xhm()


def _holohedry(centring: str, sizes: tuple[float, ...]) -> str:
    a, b, c, alpha, beta, gamma = sizes
    ab, bc = (math.isclose(x, y, rel_tol=SAME_LENGTH) for x, y in ((a, b), (b, c)))
    right = [abs(angle - 90) < SAME_ANGLE_DEG for angle in (alpha, beta, gamma)]
    if ab and all(right[:2]) and abs(gamma - 120) < SAME_ANGLE_DEG:
        return "R -3 m:H" if centring == "R" else "P 6/m m m"
    if all(right):
        shape = "cubic" if ab and bc else "tetragonal" if ab else "orthorhombic"
    elif ab and bc and max(alpha, beta, gamma) - min(alpha, beta, gamma) < SAME_ANGLE_DEG:
        shape = "rhombohedral"
    else:
        shape = "monoclinic" if right[0] and right[2] else "triclinic"
    return HOLOHEDRIES[shape].format(centring)


def _elements(formula: str, name: str) -> tuple[str, ...]:
    import gemmi

    found = sorted(set(re.findall("[A-Z][a-z]?", formula)))
    wrong = [symbol for symbol in found if gemmi.Element(symbol).atomic_number == 0]
    if wrong or (formula.strip() and not found):
        raise RecipeError(
            f"{name[:60]}: the formula must name elements, such as Li2CO3, got {formula[:40]!r}."
        )
    return tuple(found)


def _check_shape(structure: Structure, symbol: str) -> None:
    """See that the symmetry leaves the cell as it is, or spacings of equivalent reflections would differ."""
    import gemmi

    axes = np.array(gemmi.UnitCell(*structure.cell_angstrom_deg).orth.mat.tolist())
    metric = axes.T @ axes
    for operation in operations(structure).sym_ops:
        rotation = np.array(operation.rot, dtype=float) / gemmi.Op.DEN
        turned = rotation.T @ metric @ rotation
        if not np.allclose(turned, metric, rtol=0, atol=5e-3 * metric.trace()):
            raise RecipeError(
                f"{structure.name}: a cell of {symbol[:20]} must have the shape that this symmetry asks for, "
                f"got {' '.join(f'{size:g}' for size in structure.cell_angstrom_deg)}."
            )
