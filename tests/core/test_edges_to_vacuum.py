"""Scenes of film and vacuum whose edge had once become a domain: they hold no crystal."""

import pytest

from hrtem_core.analysis import analyze
from hrtem_core.image import PixelSize
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Optics, scene_with


@pytest.mark.parametrize(
    ("seed", "pixel_nm", "cs_mm", "defocus_nm", "contrast", "dose", "vacuum"),
    [
        # Fresnel fringes
        (995090, 0.03, 0.6, 31.357094, 0.0997346, 277.05665, 0.2821170),
        (997076, 0.03, 0.6, 31.248838, 0.0738691, 270.28557, 0.1867638),
        (1300934, 0.026, 0.0, 10.788133, 0.0629514, 185.35543, 0.3296875),
        (1400030, 0.035, 1.2, 32.249377, 0.0338128, 191.45036, 0.4002685),
        # waves in the vacuum, because an upright edge was taken for lines of the detector
        (997046, 0.04, 0.0, 130.885866, 0.0526109, 121.20082, 0.4872822),
        (1300350, 0.026, 1.2, 80.803288, 0.0795348, 104.96374, 0.5327739),
        (1300806, 0.035, 0.0, 81.972387, 0.0402434, 254.95531, 0.4739114),
    ],
)
def test_an_edge_to_vacuum_is_no_crystal(
    seed: int, pixel_nm: float, cs_mm: float, defocus_nm: float, contrast: float, dose: float, vacuum: float
) -> None:
    optics = Optics(cs_mm=cs_mm, defocus_nm=defocus_nm)
    field = FieldParameters(
        shape=(512, 512),
        pixel_size=PixelSize(pixel_nm, pixel_nm),
        optics=optics,
        contrast=contrast,
        dose=dose,
        vacuum_fraction=vacuum,
    )
    scene = scene_with((), field, seed=seed)
    assert not analyze(scene.micrograph, Recipe()).domains.accepted
