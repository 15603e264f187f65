"""Small scenes with known crystals, and how well an analysis found them."""

from functools import cache

import numpy as np

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.domains.domain import Domain
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.numerics.arrays import BoolImage
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Fringes, PlannedGrain, Scene, disc, scene_with

SAME_D = 0.04
SAME_ANGLE_DEG = 4.0
"""A domain shows a reflection when its d and direction agree within these: the yardstick's tolerances."""


def field_of(shape: tuple[int, int] = (384, 448), pixel_nm: float = 0.03, **more) -> FieldParameters:
    """A field of square pixels."""
    return FieldParameters(shape=shape, pixel_size=PixelSize(pixel_nm, pixel_nm), **more)


def grain(
    field: FieldParameters,
    centre_nm: tuple[float, float],
    diameter_nm: float,
    *fringes: Fringes,
    bend_deg_per_nm: float = 0.0,
) -> PlannedGrain:
    """A round grain."""
    mask = disc(field.shape, centre_nm, diameter_nm, field.pixel_size)
    return PlannedGrain(mask, fringes, bend_deg_per_nm=bend_deg_per_nm)


def analyzed(scene: Scene, recipe: Recipe | None = None) -> Analysis:
    """The analysis of a scene, by default with the default recipe."""
    return analyze(scene.micrograph, recipe or Recipe())


def mask_of(domain: Domain, shape: tuple[int, int]) -> BoolImage:
    """The domain's mask in the frame of the whole field."""
    return domain.footprint.drawn(shape)


def iou(one: BoolImage, other: BoolImage) -> float:
    """Intersection over union of two masks."""
    return float(np.count_nonzero(one & other) / max(np.count_nonzero(one | other), 1))


def shows(domain: Domain, g_per_nm: tuple[float, float]) -> bool:
    """Whether a domain's spacing and direction are those of a reflection."""
    ours, truth = np.array(domain.g_per_nm), np.array(g_per_nm)
    lengths = np.hypot(*ours), np.hypot(*truth)
    angle = np.degrees(np.arccos(min(1.0, abs(ours @ truth) / (lengths[0] * lengths[1]))))
    return bool(abs(lengths[1] / lengths[0] - 1) < SAME_D and angle < SAME_ANGLE_DEG)


def best_match(analysis: Analysis, mask: BoolImage, g_per_nm: tuple[float, float]) -> float:
    """The best IoU with a truth item among the domains that show its reflection; 0 without one."""
    domains = analysis.domains
    overlaps = [iou(mask_of(d, domains.shape), mask) for d in domains.accepted if shows(d, g_per_nm)]
    return max(overlaps, default=0.0)


def found(analysis: Analysis, scene: Scene) -> list[float]:
    """For every reflection of a scene the best match's IoU."""
    return [best_match(analysis, g.mask, (r.g_row_per_nm, r.g_col_per_nm)) for _, g, r in scene.truth()]


@cache
def two_grains() -> tuple[Scene, Analysis]:
    """Two clear grains of 4.5 and 3.5 nm on a field whose sides and pixels differ, and its analysis."""
    field = FieldParameters(shape=(360, 448), pixel_size=PixelSize(0.032, 0.028))
    grains = [
        grain(field, (4.0, 3.8), 4.5, Fringes.of_spacing(0.25, 20.0, rho=40.0)),
        grain(field, (7.5, 9.0), 3.5, Fringes.of_spacing(0.31, 110.0, rho=30.0)),
    ]
    scene = scene_with(grains, field, seed=3)
    return scene, analyzed(scene)
