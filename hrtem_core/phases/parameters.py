"""What a person says about phases: candidates, elements, own structures, and verdicts on single crystals."""

from dataclasses import dataclass
from typing import NamedTuple

from hrtem_core.errors import RecipeError
from hrtem_core.parameters import check_limits, parameter
from hrtem_core.phases.structure import Structure
from hrtem_core.phases.table import PRESETS, built_in, members

MOST_CANDIDATES = 150
"""More would take minutes, and hardly two of them could be told apart."""

ALWAYS_PRESENT = "H"
"""An element that no elemental analysis in a microscope sees."""


class Verdict(NamedTuple):
    """A person's word on the crystal at a place of the micrograph: it is this phase, or it is not."""

    row_nm: float
    col_nm: float
    phase: str
    is_it: bool


@dataclass(frozen=True, kw_only=True)
class PhaseParameters:
    """Which structures a crystal may be, and what a person said of single crystals.

    Parameters
    ----------
    candidates
        Names of structures, or of groups of the table.
    elements
        What the specimen may be made of: candidates with other elements are left out. Alone it takes all
        structures of the table that consist of them. Hydrogen counts as present.
    structures
        A person's own, read from CIF files; all of them are candidates.
    scale_sigma
        Prior relative standard uncertainty of the image's scale, where the calibration gives none.
    verdicts
        What a person said of crystals, by place.

    Raises
    ------
    RecipeError
        If a candidate is not known, or none is left.
    """

    candidates: tuple[str, ...] = parameter(
        (), "Candidates", "Structures a crystal may be: names, or groups such as sei; none names no phase."
    )
    elements: tuple[str, ...] = parameter(
        (), "Elements", "What the specimen may be made of; candidates with other elements are left out."
    )
    structures: tuple[Structure, ...] = parameter(
        (), "Own structures", "Read from CIF files; all of them are candidates."
    )
    scale_sigma: float = parameter(
        0.01,
        "Doubt about the scale",
        "Relative standard uncertainty of lengths, where the calibration says none; phases then narrow it.",
        limits=(0.0005, 0.03),
        slider=(0.001, 0.03),
        step=0.001,
    )
    verdicts: tuple[Verdict, ...] = parameter(
        (), "Verdicts", "What a person said of single crystals, by place."
    )

    def __post_init__(self) -> None:
        check_limits(self, "phases")
        if len(self.verdicts) > 5000:
            raise RecipeError(f"phases.verdicts may hold 5,000 entries, got {len(self.verdicts):,}.")
        if self.candidates or self.elements or self.structures:
            chosen_structures(self)


def chosen_structures(parameters: PhaseParameters) -> tuple[Structure, ...]:
    """The candidates in their order: those named, then a person's own; each once.

    Raises
    ------
    RecipeError
        If a name is not known, two structures share one, or none is left.
    """
    named = _named(parameters)
    if not named and not parameters.structures and parameters.elements:
        named = tuple(built_in().values())
    found = [one for one in (*named, *parameters.structures) if _fits(one, parameters.elements)]
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RecipeError(f"Two candidates are called {twice[0]}; rename the file, or leave one out.")
    if len(found) > MOST_CANDIDATES:
        raise RecipeError(
            f"There may be {MOST_CANDIDATES} candidates, got {len(found)}; name the elements to have fewer."
        )
    if not found and (named or parameters.structures or parameters.elements):
        raise RecipeError(
            f"No candidate consists only of {', '.join(parameters.elements)}; name more elements."
        )
    return tuple(found)


def _named(parameters: PhaseParameters) -> tuple[Structure, ...]:
    """The structures of the table that are named, or whose group is."""
    table, own = (
        (built_in(), {one.name for one in parameters.structures}) if parameters.candidates else ({}, set())
    )
    found: dict[str, Structure] = {}
    for name in parameters.candidates:
        if name in PRESETS:
            found |= {member: table[member] for member in members(name)}
        elif name in table:
            found[name] = table[name]
        elif name not in own:
            raise RecipeError(
                f"There is no structure {name[:40]!r}; there are the groups {', '.join(PRESETS)} and the "
                f"structures {', '.join(table)}. Others are read from CIF files."
            )
    return tuple(found.values())


def _fits(structure: Structure, elements: tuple[str, ...]) -> bool:
    """Whether a structure is made of nothing but these elements; any is where none is named."""
    return not elements or set(structure.elements) <= {*elements, ALWAYS_PRESENT}
