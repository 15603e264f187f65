"""Elemental maps on the domains: where the maps lie, what crystals are made of, and what goes together."""

from hrtem_core.composition.agreement import (
    Agreement,
    Candidate,
    Explained,
    Suggested,
    candidates_of,
    phase_kinds,
)
from hrtem_core.composition.colocalization import Kind, Together
from hrtem_core.composition.compose import Composition, compose
from hrtem_core.composition.crystals import Outlines, map_places
from hrtem_core.composition.files import (
    MapSource,
    read_clicks,
    read_map,
    read_maps,
    read_sensitivity,
)
from hrtem_core.composition.found import outlines_of_domains
from hrtem_core.composition.fractions import Fractions
from hrtem_core.composition.labels import outlines_of, read_groups, read_labels
from hrtem_core.composition.maps import CompositionError, ElementalMaps
from hrtem_core.composition.parameters import CompositionParameters, MapFile, Sensitivity
from hrtem_core.composition.registration import Registration, register
from hrtem_core.composition.result_folder import Result, read_result
from hrtem_core.composition.roles import BACKGROUND, CUBE, SENSITIVITY, SURVEY, WINDOWS, guess_role
from hrtem_core.composition.transforms import Pair, RegistrationError, Transform
from hrtem_core.composition.windows import (
    Window,
    default_windows,
    integrate,
    read_cube,
    read_windows,
    spans_of,
)

__all__ = [
    "BACKGROUND",
    "CUBE",
    "SENSITIVITY",
    "SURVEY",
    "WINDOWS",
    "Agreement",
    "Candidate",
    "Composition",
    "CompositionError",
    "CompositionParameters",
    "ElementalMaps",
    "Explained",
    "Fractions",
    "Kind",
    "MapFile",
    "MapSource",
    "Outlines",
    "Pair",
    "Registration",
    "RegistrationError",
    "Result",
    "Sensitivity",
    "Suggested",
    "Together",
    "Transform",
    "Window",
    "candidates_of",
    "compose",
    "default_windows",
    "guess_role",
    "integrate",
    "map_places",
    "outlines_of",
    "outlines_of_domains",
    "phase_kinds",
    "read_clicks",
    "read_cube",
    "read_groups",
    "read_labels",
    "read_map",
    "read_maps",
    "read_result",
    "read_sensitivity",
    "read_windows",
    "register",
    "spans_of",
]
