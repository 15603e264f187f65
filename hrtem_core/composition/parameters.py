"""What a person decides of a composition: which maps, where they lie, what is counted."""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

from hrtem_core.composition.transforms import Pair
from hrtem_core.composition.windows import Window
from hrtem_core.errors import RecipeError
from hrtem_core.parameters import check_limits, parameter

MAX_PAIRS, MAX_FILES = 100, 100


class MapFile(NamedTuple):
    """A file that was opened, by its digest."""

    role: str
    name: str
    sha256: str


class Sensitivity(NamedTuple):
    """Counts per atom of an element, relative."""

    element: str
    per_atom: float


@dataclass(frozen=True, kw_only=True)
class CompositionParameters:
    """Elemental maps on the domains.

    Parameters
    ----------
    files
        Which files were opened, and as what ("O", "background O", "survey", "spectrum image").
    clicks
        Pairs of places in the micrograph and in the maps.
    refine
        Whether a survey refines what was clicked.
    windows
        Where elements are counted in a spectrum image.
    sensitivity
        Counts per atom; without any, fractions are those of counts.
    probe_nm
        Standard deviation of the probe; None measures it.
    """

    files: tuple[MapFile, ...] = parameter(
        (), "Files of maps", "Elemental maps and survey, by role, name and digest."
    )
    clicks: tuple[Pair, ...] = parameter(
        (), "Pairs of points", "The same places in the micrograph (nm) and in the maps (pixels)."
    )
    refine: bool = parameter(
        True,
        "Refine on the survey",
        "Let the survey image refine the clicked pairs, where it can be trusted.",
    )
    windows: tuple[Window, ...] = parameter(
        (), "Energy windows", "Where each element is counted in a spectrum image, and its background."
    )
    sensitivity: tuple[Sensitivity, ...] = parameter(
        (), "Counts per atom", "Relative sensitivities (1 / k-factor) by element; none: fractions of counts."
    )
    probe_nm: float | None = parameter(
        None,
        "Probe",
        "Standard deviation of the scanning probe; without it, it is measured.",
        unit="nm",
        limits=(1e-3, 100.0),
    )

    def __post_init__(self) -> None:
        check_limits(self, "composition")
        if len(self.clicks) > MAX_PAIRS or len(self.files) > MAX_FILES:
            raise RecipeError(
                f"composition must not hold more than {MAX_PAIRS} clicks and {MAX_FILES} files."
            )
        for file in self.files:
            if not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
                raise RecipeError(
                    f"composition.files must give sha256 as 64 digits, got {file.sha256[:70]!r}."
                )
        for element, per_atom in self.sensitivity:
            if not (math.isfinite(per_atom) and per_atom > 0):
                raise RecipeError(f"The sensitivity of {element[:20]} must be above 0, got {per_atom:g}.")
