"""The scale in force: what a person typed, else what the file says."""

from hrtem_core.errors import ScaleError
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe.recipe import Recipe


def scaled(micrograph: Micrograph, recipe: Recipe) -> Micrograph:
    """The micrograph with the scale that counts: what a person typed, else what the file says.

    Raises
    ------
    ScaleError
        If there is neither.
    """
    sizes = recipe.pixel_sizes_nm
    if sizes is not None:
        return micrograph.with_pixel_size(PixelSize(*sizes, origin="typed"))
    if micrograph.pixel_size is None:
        raise ScaleError(
            f"{micrograph.name} has no scale; give the pixel size in nm (--pixel-size-nm, or in the recipe)."
        )
    return micrograph
