"""The sample through an uncorrected lens: crystals are found where they lie, not where their fringes are."""

import numpy as np

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.lens import DelocalizationParameters
from hrtem_core.measures import measure
from hrtem_core.readers import read
from hrtem_core.recipe import Recipe
from hrtem_core.samples import sample_bytes
from hrtem_core.samples.make import CRYSTALS


def analyzed(recipe: Recipe) -> Analysis:
    return analyze(read(sample_bytes("uncorrected"), name="uncorrected.tif"), recipe)


def test_displaced_fringes_are_brought_home() -> None:
    found = measure(analyzed(Recipe())).crystallites
    assert len(found["crystallite_id"]) == len(CRYSTALS)
    centres = np.stack([found["centroid_row_nm"], found["centroid_col_nm"]], axis=-1)
    for centre_nm, diameter_nm, _, _ in CRYSTALS:
        distance = np.hypot(*(centres - centre_nm).T)
        assert distance.min() < 0.3
        diameter = found["equivalent_diameter_nm"][int(np.argmin(distance))]
        assert 0.9 < diameter / diameter_nm < 1.15


def test_left_where_they_are_they_tear_a_crystal_apart() -> None:
    recipe = Recipe(delocalization=DelocalizationParameters(correct=False))
    assert analyzed(recipe).crystallites.n_crystallites > len(CRYSTALS)
