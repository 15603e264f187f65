"""Recipes out of files, for every command that takes one."""

from pathlib import Path
from typing import TYPE_CHECKING

from hrtem_core.errors import RecipeError

if TYPE_CHECKING:
    from hrtem_core.recipe import Saved

MAX_RECIPE_BYTES = 16 << 20
"""Of a longer file no more is read: it is then found to be too long, or no recipe."""


def read_recipe(path: Path) -> "Saved":
    """The recipe of a file, or of the summary of a result.

    Raises
    ------
    RecipeError
        If it cannot be read, or is none.
    """
    from hrtem_core.recipe import recipe_text, saved_in

    try:
        with path.open("rb") as stream:
            text = recipe_text(stream.read(MAX_RECIPE_BYTES))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text in UTF-8"
        raise RecipeError(f"The recipe {path} cannot be read: {reason}.") from error
    try:
        return saved_in(text)
    except RecipeError as error:
        raise RecipeError(f"{path.name}: {error}") from error
