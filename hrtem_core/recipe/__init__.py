"""Every parameter, its facts, its JSON, its edits, and the scale that follows."""

from hrtem_core.recipe import edits
from hrtem_core.recipe.recipe import Recipe, from_json, stage_key, to_dict, to_json
from hrtem_core.recipe.scale import scaled

__all__ = [
    "Recipe",
    "edits",
    "from_json",
    "scaled",
    "stage_key",
    "to_dict",
    "to_json",
]
