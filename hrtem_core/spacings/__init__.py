"""Stage 2, d-spacings: what the lattices' d are, and which are equal."""

from hrtem_core.spacings.families import Families, FamilyParameters, group_families, spacing
from hrtem_core.spacings.tuning import SPACING_TUNING, SpacingTuning

__all__ = [
    "SPACING_TUNING",
    "Families",
    "FamilyParameters",
    "SpacingTuning",
    "group_families",
    "spacing",
]
