"""A grain that bends is one domain of one crystal; lattices that meet by chance stay two."""

import numpy as np
import pytest
from drawn_scenes import analyzed, best_match, field_of, grain

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import Fringes, scene_with


@pytest.mark.parametrize("bend_deg", [1.0, 4.0])
def test_a_bent_grain_is_one_domain_per_reflection_and_one_crystal(bend_deg: float) -> None:
    field, diameter_nm = field_of((470, 480)), 12.0
    planes = (Fringes.of_spacing(0.2355, 100.0, rho=70.0), Fringes.of_spacing(0.2039, 154.7, rho=60.0))
    bent = grain(field, (7.0, 7.2), diameter_nm, *planes, bend_deg_per_nm=bend_deg / diameter_nm)
    scene = scene_with([bent], field, seed=5)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert analysis.crystallites.n_crystallites == 1
    for _, one, planes_of in scene.truth():
        assert best_match(analysis, one.mask, (planes_of.g_row_per_nm, planes_of.g_col_per_nm)) > 0.6


def test_two_lattices_turned_by_a_few_degrees_stay_two() -> None:
    down, along = np.mgrid[:400, :420] * 0.03
    left = along < 6.3
    turns = np.radians(np.where(left, 20.0, 25.0))
    wave = np.cos(2 * np.pi * (along * np.cos(turns) + down * np.sin(turns)) / 0.2355)
    noise = np.random.default_rng(7).normal(0, 1.5, left.shape)
    image = (wave + noise).astype(np.float32)
    analysis = analyze(Micrograph(image, PixelSize(0.03, 0.03), "boundary"), Recipe())
    assert len(analysis.domains.accepted) == 2
