"""The recipe: every parameter of an analysis, and what a person rejected, restored or added by hand.

A recipe is all the state there is: results are derived from it and the micrograph.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hrtem_core.composition import CompositionParameters
from hrtem_core.domains import CrystalliteParameters, DomainParameters
from hrtem_core.errors import RecipeError
from hrtem_core.image import PLAUSIBLE_NM, Wavevector
from hrtem_core.lens import DelocalizationParameters, LensParameters
from hrtem_core.parameters import parameter
from hrtem_core.peaks import PeakParameters
from hrtem_core.phases import PhaseParameters
from hrtem_core.preparation import PreparationParameters
from hrtem_core.recipe.codec import from_tree, parse, to_tree
from hrtem_core.recipe.inverse_fft import InverseFftParameters
from hrtem_core.recipe.origin import ImageOf
from hrtem_core.spacings import FamilyParameters
from hrtem_core.spectrum import CandidateParameters, SpectrumParameters

VERSION = 1
"""Of the recipe's layout; rises when an old recipe would be read wrongly."""


@dataclass(frozen=True)
class Recipe:
    """All parameters of an analysis.

    Parameters
    ----------
    pixel_size_nm
        What a person typed, in nm: one number for square pixels or (row, column); None takes the scale
        from the file.
    calibration_relative_sigma
        Relative standard uncertainty of the pixel size (0.01 is one percent).
    image
        Which image of a file with several, from 0.
    average_frames
        Average all frames of a series in place of taking one.
    preparation, spectrum, candidates, peaks, families, domains, delocalization, crystallites, phases
        Parameters of the stages.
    lens
        What is known of the objective lens.
    composition
        Elemental maps on the domains.
    inverse_fft
        Masks on the FFT, to look through.
    added
        Peaks added by hand, (row, column) of g in 1/nm.
    """

    pixel_size_nm: float | tuple[float, float] | None = parameter(
        None,
        "Pixel size",
        "One number for square pixels, or (row, column); without it the file's scale counts.",
        unit="nm",
    )
    calibration_relative_sigma: float = parameter(
        0.0,
        "Uncertainty of the pixel size",
        "Relative standard uncertainty of the calibration; it goes into every ± of a spacing.",
    )
    image: int = parameter(0, "Image of the file", "Which image of a file with several, from 0.")
    average_frames: bool = parameter(
        False, "Average all frames", "The frames of a series are averaged, their drift corrected."
    )
    preparation: PreparationParameters = field(default_factory=PreparationParameters)
    spectrum: SpectrumParameters = field(default_factory=SpectrumParameters)
    candidates: CandidateParameters = field(default_factory=CandidateParameters)
    added: tuple[Wavevector, ...] = parameter(
        (), "Peaks added by hand", "Wavevectors that were not found, (row, column).", unit="1/nm"
    )
    peaks: PeakParameters = field(default_factory=PeakParameters)
    families: FamilyParameters = field(default_factory=FamilyParameters)
    domains: DomainParameters = field(default_factory=DomainParameters)
    lens: LensParameters = field(default_factory=LensParameters)
    delocalization: DelocalizationParameters = field(default_factory=DelocalizationParameters)
    crystallites: CrystalliteParameters = field(default_factory=CrystalliteParameters)
    phases: PhaseParameters = field(default_factory=PhaseParameters)
    composition: CompositionParameters = field(default_factory=CompositionParameters)
    inverse_fft: InverseFftParameters = field(default_factory=InverseFftParameters)

    def __post_init__(self) -> None:
        low, high = PLAUSIBLE_NM
        for size in self.pixel_sizes_nm or ():
            if not low <= size <= high:
                raise RecipeError(
                    f"pixel_size_nm must lie between {low:g} and {high:g} nm, got {size:g} nm: "
                    "check the number and its unit."
                )
        if not 0 <= self.calibration_relative_sigma < 0.5:
            raise RecipeError(
                "calibration_relative_sigma must be at least 0 and below 0.5, "
                f"got {self.calibration_relative_sigma:g}."
            )
        if not 0 <= self.image < 1_000_000:
            raise RecipeError(f"image must be a number from 0 to 999,999, got {self.image}.")
        for g in self.added:
            _check_added(g, self.spectrum)

    @property
    def pixel_sizes_nm(self) -> tuple[float, float] | None:
        """The typed pixel size as (row, column) in nm."""
        if isinstance(self.pixel_size_nm, int | float):
            return float(self.pixel_size_nm), float(self.pixel_size_nm)
        return self.pixel_size_nm


def _check_added(g: Wavevector, sought: SpectrumParameters) -> None:
    """See that a peak added by hand is one that would be looked for: elsewhere it would never be shown."""
    length = math.hypot(*g)
    if not 0 < length <= 100:
        raise RecipeError(f"|g| of an added peak must lie above 0 and up to 100 /nm, got {tuple(g)}.")
    if not sought.includes(1 / length):
        raise RecipeError(
            "An added peak must lie in the d-range looked for, "
            f"{sought.min_d_nm:g} to {sought.max_d_nm:g} nm, "
            f"got d = {1 / length:.4g} nm; widen the range or take the peak out."
        )


class Saved(NamedTuple):
    """A recipe as a file holds it, and the image it was made for if the file says so."""

    recipe: Recipe
    image_of: ImageOf | None = None


def to_dict(recipe: Recipe, image_of: ImageOf | None = None) -> dict[str, Any]:
    """The recipe as JSON's dicts, lists and scalars, with the version of its layout.

    Parameters
    ----------
    recipe
        What to write.
    image_of
        The image it was made for, to be told from others when the recipe is used again.
    """
    origin = {"image_of": to_tree(image_of, ImageOf)} if image_of else {}
    return {"version": VERSION, **origin, **to_tree(recipe, Recipe)}


def to_json(recipe: Recipe, indent: int | None = None, image_of: ImageOf | None = None) -> str:
    """The recipe as JSON; equal recipes give equal text.

    Parameters
    ----------
    recipe
        What to write.
    indent
        Spaces per level for people; None writes one line.
    image_of
        As for `to_dict`.
    """
    return _canonical(to_dict(recipe, image_of), indent)


def from_json(text: str) -> Recipe:
    """The recipe that a JSON text describes; `saved_in` also tells which image it was made for."""
    return saved_in(text).recipe


def recipe_text(data: bytes) -> str:
    """The text of a recipe's file: UTF-8, or UTF-16 with the mark that PowerShell's ">" begins it with.

    Raises
    ------
    UnicodeDecodeError
        If it is no such text.
    """
    return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")


def saved_in(text: str) -> Saved:
    """The recipe that a JSON text describes, and the image it was made for.

    Fields left out take their defaults. Of the `summary.json` of a result its recipe is taken.

    Parameters
    ----------
    text
        As `to_json` writes it, or part of it.

    Raises
    ------
    RecipeError
        If the text is no recipe; one sentence that names the field.
    """
    tree = parse(text, "recipe")
    origin: Any = None
    if isinstance(tree, dict) and isinstance(tree.get("recipe"), dict):
        origin = _image_of_summary(tree.get("image"))
        tree = tree["recipe"]
    if isinstance(tree, dict):
        version = tree.pop("version", VERSION)
        if version != VERSION or isinstance(version, bool):
            raise RecipeError(f"recipe.version must be {VERSION}, got {version!s:.40}.")
        origin = tree.pop("image_of", origin)
    image_of = None if origin is None else from_tree(origin, ImageOf, "recipe.image_of")
    return Saved(from_tree(tree, Recipe, "recipe"), image_of)


def _image_of_summary(image: Any) -> dict[str, Any] | None:
    """The image of a result's summary; those of earlier versions say it there only."""
    wanted = ("name", "sha256")
    known = isinstance(image, dict) and all(isinstance(image.get(name), str) for name in wanted)
    return {name: image[name] for name in wanted} if known else None


def canonical_part(recipe: Recipe, names: Sequence[str]) -> str:
    """Canonical JSON of some fields of a recipe: equal parameters give equal text.

    Parameters
    ----------
    recipe
        Where the parameters come from.
    names
        Of its fields; "domains.eps_nm" for a single parameter of a stage.
    """
    return canonical_parts(recipe, [names])[0]


def canonical_parts(recipe: Recipe, parts: Iterable[Sequence[str]]) -> list[str]:
    """The same for several parts: all of the recipe is written once."""
    tree = to_tree(recipe, Recipe)
    return [_canonical({name: _field(tree, name) for name in names}, None) for names in parts]


def _field(tree: dict[str, Any], name: str) -> Any:
    first, _, rest = name.partition(".")
    return _field(tree[first], rest) if rest else tree[first]


def _canonical(tree: dict[str, Any], indent: int | None) -> str:
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(
        tree, sort_keys=True, allow_nan=False, ensure_ascii=False, indent=indent, separators=separators
    )
