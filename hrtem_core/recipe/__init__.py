"""Every parameter, its facts, its JSON, its edits, and the scale and lens that follow."""

from hrtem_core.recipe import edits
from hrtem_core.recipe.instrument import lens_in_force, lens_origins
from hrtem_core.recipe.inverse_fft import MAX_MASKS, InverseFftParameters, MaskPair
from hrtem_core.recipe.origin import ImageOf
from hrtem_core.recipe.parameter_list import (
    all_parameters,
    default_of,
    describe,
    describe_markdown,
    parameter_facts,
)
from hrtem_core.recipe.recipe import (
    Recipe,
    Saved,
    canonical_part,
    canonical_parts,
    from_json,
    recipe_text,
    saved_in,
    to_dict,
    to_json,
)
from hrtem_core.recipe.scale import check_resolution, scale_in_force, scaled, too_coarse_nm

__all__ = [
    "MAX_MASKS",
    "ImageOf",
    "InverseFftParameters",
    "MaskPair",
    "Recipe",
    "Saved",
    "all_parameters",
    "canonical_part",
    "canonical_parts",
    "check_resolution",
    "default_of",
    "describe",
    "describe_markdown",
    "edits",
    "from_json",
    "lens_in_force",
    "lens_origins",
    "parameter_facts",
    "recipe_text",
    "saved_in",
    "scale_in_force",
    "scaled",
    "to_dict",
    "to_json",
    "too_coarse_nm",
]
