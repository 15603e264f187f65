"""The options that name candidate phases, and what was typed there."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrtem_core.phases import PhaseParameters

PHASE_OPTIONS = {
    "--phases": ("NAMES", "structures that crystals may be, as LiF,Li2O, or a group such as sei"),
    "--structures": ("CIFS", "folder with CIF files of more of them"),
    "--elements": ("ELEMENTS", "only those that consist of these, as Li,C,O,F"),
}

CELL = 'one more without atoms, as "LiX: 4.03 4.03 4.03 90 90 90, F m -3 m, LiF"; may be given several times'


def add_phase_options(parser: argparse.ArgumentParser) -> None:
    """Let a command take candidates."""
    for option, (name, words) in PHASE_OPTIONS.items():
        parser.add_argument(option, metavar=name, help=words)
    parser.add_argument("--cod", metavar="INDEX", help="all that --elements allows, of an index of CIF files")
    parser.add_argument("--cell", action="append", default=[], metavar="CELL", help=CELL)


def phases_typed(given: argparse.Namespace, phases: "PhaseParameters") -> "PhaseParameters":
    """The recipe's candidates, with those that were typed in their place.

    Raises
    ------
    RecipeError
        If a candidate is not known or cannot be read, naming it.
    """
    from hrtem_core.phases import indexed_structures, parse_typed, read_folder

    typed: dict[str, Any] = {}
    for option, name in (("phases", "candidates"), ("elements", "elements")):
        text: str | None = getattr(given, option)
        if text is not None:
            typed[name] = tuple(part.strip() for part in text.split(",") if part.strip())
    folder = read_folder(Path(given.structures)) if given.structures is not None else ()
    elements = typed.get("elements", phases.elements)
    indexed = indexed_structures(Path(given.cod), elements=elements) if given.cod is not None else ()
    own = (*folder, *indexed, *map(parse_typed, given.cell))
    if own:
        typed["structures"] = own
    return replace(phases, **typed) if typed else phases
