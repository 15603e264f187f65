"""Which structure and zone axis each crystal is, with a probability; "none of these" is an answer."""

from hrtem_core.phases.cif import read_cif, read_folder
from hrtem_core.phases.comparison import Angle, ImpliedScale, Line, angles_of, implied_scale, lines_of
from hrtem_core.phases.index import (
    Entry,
    Indexed,
    find_entries,
    index_folder,
    indexed_structures,
    left_out,
)
from hrtem_core.phases.naming import Phases
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.optimade import Fetched, fetch_structures, filter_of
from hrtem_core.phases.parameters import PhaseParameters, Verdict, chosen_structures
from hrtem_core.phases.readings import NamedReading
from hrtem_core.phases.reflections import Reflections, reciprocal_basis, reflections_of
from hrtem_core.phases.spots import Spot, expected_spots
from hrtem_core.phases.structure import NONE, Site, Structure
from hrtem_core.phases.suggestion import crystallite_at, suggest_phases, verdict_on
from hrtem_core.phases.table import PRESETS, built_in, members
from hrtem_core.phases.tuning import PHASE_TUNING, PhaseTuning
from hrtem_core.phases.typed import parse_typed, typed_structure

__all__ = [
    "NONE",
    "PHASE_TUNING",
    "PRESETS",
    "Angle",
    "Entry",
    "Fetched",
    "ImpliedScale",
    "Indexed",
    "Line",
    "NamedReading",
    "Observed",
    "PhaseParameters",
    "PhaseTuning",
    "Phases",
    "Reflections",
    "Site",
    "Spot",
    "Structure",
    "Verdict",
    "angles_of",
    "built_in",
    "chosen_structures",
    "crystallite_at",
    "expected_spots",
    "fetch_structures",
    "filter_of",
    "find_entries",
    "implied_scale",
    "index_folder",
    "indexed_structures",
    "left_out",
    "lines_of",
    "members",
    "parse_typed",
    "read_cif",
    "read_folder",
    "reciprocal_basis",
    "reflections_of",
    "suggest_phases",
    "typed_structure",
    "verdict_on",
]
