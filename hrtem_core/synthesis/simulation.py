"""Random scenes: where crystals lie, how they are turned, what of them is visible."""

import math
from dataclasses import dataclass, field

import numpy as np
import scipy

from hrtem_core.errors import RecipeError
from hrtem_core.image import Wavevector
from hrtem_core.numerics import BoolImage, FloatArray
from hrtem_core.synthesis.drawing import polygon
from hrtem_core.synthesis.scene import Fringes, PlannedGrain, Scene, compose
from hrtem_core.synthesis.specimen import FieldParameters, draw_specimen
from hrtem_core.synthesis.structures import (
    STRUCTURES,
    Hkl,
    Structure,
    random_rotation,
    visible_reflections,
    zone_axis_rotation,
)

LAYOUTS = ("separate", "overlapping", "dense", "bicrystal", "single")
"""Apart from each other; wherever they fall; filling the field; two halves of it; one that fills it."""

THICKNESS_NM = (3.0, 7.0)
"""Range of the crystals' thickness along the beam."""
MIN_RELATIVE_AMPLITUDE = 0.12
MAX_REFLECTIONS = 6
BRIGHT_ENOUGH = 0.5
ORIENTATIONS_TRIED = 300
GAP_NM = 0.4
"""Least distance between separate crystals."""
MAX_FREQUENCY = 0.42
"""Largest g drawn, in cycles per pixel: below Nyquist's 0.5."""


@dataclass(frozen=True)
class SceneParameters:
    """A recipe for random scenes.

    Parameters
    ----------
    field
        The field of view.
    layout
        One of `LAYOUTS`.
    structures
        Names in `STRUCTURES`, drawn with equal chance.
    n_grains
        Number of crystals; fewer where they do not fit, and what the layout says for two halves or one.
    diameter_nm
        Least and largest diameter, drawn evenly in the logarithm.
    fringe
        Amplitude of the strongest possible reflection, in units of the amorphous film's standard deviation.
    bend_deg
        Standard deviation of the lattice's rotation from end to end of a crystal.
    zone_axis
        [uvw] that every crystal turns to the viewer; None for random orientations.
    in_plane_deg
        Rotations about the zone axis of the first crystals; further ones are random.

    Raises
    ------
    RecipeError
        If a number is out of its range or a name unknown.
    """

    field: FieldParameters = field(default_factory=FieldParameters)
    layout: str = "separate"
    structures: tuple[str, ...] = ("Li2O", "LiF", "Li2CO3")
    n_grains: int = 8
    diameter_nm: tuple[float, float] = (3.5, 7.0)
    fringe: float = 1.0
    bend_deg: float = 0.5
    zone_axis: Hkl | None = None
    in_plane_deg: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise RecipeError(f"layout must be one of {', '.join(LAYOUTS)}, got {self.layout!r}.")
        unknown = [name for name in self.structures if name not in STRUCTURES]
        if unknown or not self.structures:
            raise RecipeError(f"structures must name some of {', '.join(STRUCTURES)}, got {self.structures}.")
        if self.n_grains < 0:
            raise RecipeError(f"n_grains must be at least 0, got {self.n_grains}.")
        low, high = self.diameter_nm
        if not 0 < low <= high < math.inf:
            raise RecipeError(f"diameter_nm must be two positive numbers in order, got {self.diameter_nm}.")
        if not (0 < self.fringe < math.inf and 0 <= self.bend_deg < 90):
            raise RecipeError(
                "fringe must be positive and bend_deg lie between 0 and 90, "
                f"got {self.fringe:g} and {self.bend_deg:g}."
            )


def simulate(parameters: SceneParameters, seed: int, name: str = "simulated") -> Scene:
    """A random scene; equal parameters and seed give equal pixels and truth.

    Parameters
    ----------
    parameters
        What to draw.
    seed
        Of all that is random.
    name
        The micrograph's name.
    """
    rng = np.random.default_rng(seed)
    specimen = draw_specimen(parameters.field, rng)
    masks = _masks(parameters, specimen.thickness > 0.5, rng)
    grains = [_crystal(mask, number, parameters, rng) for number, mask in enumerate(masks)]
    return compose(grains, parameters.field, specimen, rng, name)


# --- where -------------------------------------------------------------------------------------------


def _masks(parameters: SceneParameters, support: BoolImage, rng: np.random.Generator) -> list[BoolImage]:
    """Outlines of the crystals, within the specimen."""
    if parameters.n_grains == 0:
        return []
    if parameters.layout == "single":
        return [support]
    if parameters.layout == "bicrystal":
        return _halves(parameters.field, support, rng)
    if parameters.layout == "dense":
        return _cells(parameters, support, rng)
    return _scattered(parameters, support, rng)


def _halves(parameters: FieldParameters, support: BoolImage, rng: np.random.Generator) -> list[BoolImage]:
    """Two crystals that meet at a straight boundary near the middle, steep in the image."""
    rows, cols = np.ogrid[: support.shape[0], : support.shape[1]]
    height, width = parameters.size_nm
    row_nm, col_nm = rows * parameters.pixel_size.row_nm, cols * parameters.pixel_size.col_nm
    tilt = rng.uniform(-0.3, 0.3)
    left = col_nm - width / 2 < tilt * (row_nm - height / 2)
    return [left & support, ~left & support]


def _cells(parameters: SceneParameters, support: BoolImage, rng: np.random.Generator) -> list[BoolImage]:
    """A Voronoi tessellation: crystals that fill the field."""
    sizes = parameters.field.pixel_size.sizes_nm
    seeds = rng.uniform((0, 0), parameters.field.size_nm, size=(parameters.n_grains, 2))
    positions = np.indices(support.shape).reshape(2, -1).T * np.array(sizes)
    owner = scipy.spatial.cKDTree(seeds).query(positions)[1].reshape(support.shape)
    cells = [(owner == number) & support for number in range(parameters.n_grains)]
    return [cell for cell in cells if cell.any()]


def _scattered(parameters: SceneParameters, support: BoolImage, rng: np.random.Generator) -> list[BoolImage]:
    """Polygons in the specimen; apart from each other unless the layout lets them overlap."""
    pixel = parameters.field.pixel_size
    gap_px = [2 * math.ceil(GAP_NM / size) + 1 for size in pixel.sizes_nm]
    free = support.copy()
    masks: list[BoolImage] = []
    for _ in range(60 * parameters.n_grains):
        diameter = math.exp(rng.uniform(*np.log(parameters.diameter_nm)))
        centre = rng.uniform((0, 0), parameters.field.size_nm)
        whole = polygon(support.shape, (centre[0], centre[1]), diameter, pixel, rng)
        mask = whole & support
        fits = mask.any() if parameters.layout == "overlapping" else not (whole & ~free).any()
        # At least half of the crystal's own area must lie in the field and the specimen.
        if fits and mask.sum() * pixel.area_nm2 >= 0.5 * math.pi * diameter**2 / 4:
            masks.append(mask)
            free &= ~scipy.ndimage.maximum_filter(mask, size=gap_px)
        if len(masks) == parameters.n_grains:
            break
    return masks


# --- how turned --------------------------------------------------------------------------------------


def _crystal(
    mask: BoolImage, number: int, parameters: SceneParameters, rng: np.random.Generator
) -> PlannedGrain:
    """A crystal of a random structure in that outline, turned as the parameters ask."""
    structure = STRUCTURES[str(rng.choice(parameters.structures))]
    max_g = MAX_FREQUENCY / max(parameters.field.pixel_size.sizes_nm)
    shown: list[tuple[Hkl, Wavevector, float]] = []
    for _ in range(ORIENTATIONS_TRIED):
        rotation = _rotation(structure, number, parameters, rng)
        thickness = rng.uniform(*THICKNESS_NM)
        tried = visible_reflections(structure, rotation, thickness_nm=thickness, max_g_per_nm=max_g)
        if tried and (not shown or tried[0][2] > shown[0][2]):
            shown = tried
        if parameters.zone_axis or (shown and shown[0][2] >= BRIGHT_ENOUGH):
            break
    fringes = tuple(
        Fringes(g, amplitude=parameters.fringe * amplitude, phase_rad=rng.uniform(0, 2 * math.pi))
        for _, g, amplitude in shown[:MAX_REFLECTIONS]
        if amplitude >= MIN_RELATIVE_AMPLITUDE
    )
    diameter_nm = 2 * math.sqrt(mask.sum() * parameters.field.pixel_size.area_nm2 / math.pi)
    return PlannedGrain(mask, fringes, structure.name, rng.normal(0, parameters.bend_deg) / diameter_nm)


def _rotation(
    structure: Structure, number: int, parameters: SceneParameters, rng: np.random.Generator
) -> FloatArray:
    """A rotation for the crystal of that number."""
    if parameters.zone_axis is None:
        return random_rotation(rng)
    given = parameters.in_plane_deg
    in_plane = given[number] if number < len(given) else rng.uniform(0, 360)
    return zone_axis_rotation(structure, parameters.zone_axis, in_plane)
