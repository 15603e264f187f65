"""Stage 2, d-spacings: what the lattices' d are, and which are equal."""

from hrtem_core.spacings.families import Families, FamilyParameters, group_families, spacing

__all__ = [
    "Families",
    "FamilyParameters",
    "group_families",
    "spacing",
]
