"""The scale in force, and whether it shows what is looked for: decided here, for everyone."""

from hrtem_core.errors import ScaleError
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.spectrum import finest_d_nm


def scale_in_force(micrograph: Micrograph, recipe: Recipe) -> PixelSize | None:
    """The pixel size that counts: what a person typed, else the file's; None when there is neither."""
    sizes = recipe.pixel_sizes_nm
    return micrograph.pixel_size if sizes is None else PixelSize(*sizes, origin="typed")


def scaled(micrograph: Micrograph, recipe: Recipe) -> Micrograph:
    """The micrograph with the scale that counts.

    Raises
    ------
    ScaleError
        If there is none.
    """
    scale = scale_in_force(micrograph, recipe)
    if scale is None:
        because = "".join(f"; {remark}" for remark in micrograph.scale_remarks)
        raise ScaleError(
            f"{micrograph.name} has no scale; give the pixel size in nm (--pixel-size-nm, or in the recipe)"
            f"{because}."
        )
    return micrograph if scale is micrograph.pixel_size else micrograph.with_pixel_size(scale)


def too_coarse_nm(scale: PixelSize, recipe: Recipe) -> float | None:
    """The least spacing that pixels show, in nm, where that is beyond the range looked for; else None.

    Parameters
    ----------
    scale
        Of the micrograph, before the recipe's binning.
    recipe
        Its binning and d-range.
    """
    finest = finest_d_nm(scale.binned(recipe.preparation.bin_factor))
    return finest if finest >= recipe.spectrum.max_d_nm else None


def check_resolution(micrograph: Micrograph, recipe: Recipe) -> None:
    """See that the pixels show some of the spacings that are looked for.

    Raises
    ------
    ScaleError
        If they show none.
    """
    scale = micrograph.pixel_size
    finest = too_coarse_nm(scale, recipe) if scale else None
    if scale and finest is not None:
        raise ScaleError(
            f"{micrograph.name} shows no spacing below {finest:.3g} nm: a pixel has "
            f"{scale.mean_nm:.3g} nm ({scale.origin}), and spacings up to {recipe.spectrum.max_d_nm:g} nm "
            "are looked for. Check the pixel size (--pixel-size-nm), the binning or the d-range (--recipe)."
        )
