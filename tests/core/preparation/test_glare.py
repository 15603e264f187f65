"""What is far too bright is left out; what is merely counted never is."""

import numpy as np
import pytest
from drawn_scenes import analyzed, field_of, found, grain, iou, mask_of

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph
from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation.glare import find_glare
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Fringes, scene_with

SHAPE = (320, 400)
DOSES = (0.01, 0.05, 0.3, 0.55, 0.7, 1.0, 30.0)
PATCH = (slice(100, 130), slice(250, 290))
AROUND = (slice(97, 133), slice(247, 293))
"""The patch with the margin."""


def counts(dose: float) -> FloatImage:
    return np.random.default_rng(4).poisson(dose, SHAPE).astype(np.float32)


def glare_in(image: FloatImage) -> BoolImage:
    return find_glare(image, np.ones(image.shape, bool), 0.03)


def heights(image: FloatImage) -> FloatImage:
    """Counts of unequal height, on a detector with readout noise and an offset."""
    rng = np.random.default_rng(5)
    events = np.where(image > 0, rng.gamma(4 * np.maximum(image, 1), 50), 0)
    return (1000 + events + rng.normal(0, 3, SHAPE)).astype(np.float32)


@pytest.mark.parametrize("dose", DOSES)
def test_counts_are_no_glare(dose: float) -> None:
    assert not glare_in(counts(dose)).any()
    assert not glare_in(np.minimum(counts(dose), 1)).any()
    assert not glare_in(37.5 * counts(dose) - 12).any()
    assert glare_in(heights(counts(dose))).mean() < 0.01


@pytest.mark.parametrize("dose", DOSES)
@pytest.mark.parametrize("sign", [1, -1])
def test_glare_among_counts_is_left_out_with_a_margin(dose: float, sign: int) -> None:
    image = counts(dose)
    image[PATCH] = 25 + 100 * dose
    glare = glare_in(sign * image)
    assert glare[PATCH].all()
    glare[AROUND] = False
    assert not glare.any()


def test_without_contrast_or_without_pixels_there_is_none() -> None:
    assert not glare_in(np.full(SHAPE, 7, np.float32)).any()
    assert not find_glare(counts(1.0), np.zeros(SHAPE, bool), 0.03).any()


@pytest.mark.parametrize("dose", [0.06, 0.5, 5.0])
def test_crystals_of_a_counted_image_are_found_at_every_dose(dose: float) -> None:
    base = field_of((384, 448))
    field = FieldParameters(shape=base.shape, pixel_size=base.pixel_size, contrast=0.02, dose=dose)
    grains = [
        grain(field, (5.0, 4.5), 6.0, Fringes.of_spacing(0.25, 20.0, rho=14.0)),
        grain(field, (6.5, 10.0), 4.0, Fringes.of_spacing(0.31, 110.0, rho=14.0)),
    ]
    scene = scene_with(grains, field, seed=2)
    analysis = analyzed(scene)
    assert analysis.prepared.usable.all()
    assert len(analysis.domains.accepted) == 2
    assert min(found(analysis, scene)) > 0.4


def particle(
    pixel_nm: float, radius_nm: float, contrast: float, height: float = 60.0
) -> tuple[FloatImage, BoolImage]:
    """Counts of a crystal in vacuum, in dark field, and where it is."""
    down, along = np.meshgrid(*(np.arange(n) * pixel_nm for n in SHAPE), indexing="ij")
    middle = [n * pixel_nm / 2 for n in SHAPE]
    there = np.hypot(down - middle[0], along - middle[1]) < radius_nm
    waves = np.cos(2 * np.pi * along / 0.23) + np.cos(2 * np.pi * down / 0.28)
    rate = 0.2 + height * there * (1 + contrast / 2 * waves)
    return np.random.default_rng(3).poisson(np.maximum(rate, 0)).astype(np.float32), there


@pytest.mark.parametrize("pixel_nm", [0.015, 0.03, 0.06])
@pytest.mark.parametrize("contrast", [0.2, 1.0])
def test_a_crystal_that_outshines_the_rest_is_no_glare(pixel_nm: float, contrast: float) -> None:
    image, there = particle(pixel_nm, 60 * pixel_nm, contrast)
    glare = find_glare(image, np.ones(SHAPE, bool), pixel_nm)
    assert glare[there].mean() < 0.02


def test_what_is_as_bright_and_flat_is_glare() -> None:
    image, there = particle(0.03, 1.8, contrast=0.0, height=400)
    assert glare_in(image)[there].all()


def test_a_bright_crystal_in_vacuum_is_found() -> None:
    base = FieldParameters(shape=SHAPE)
    image, there = particle(base.pixel_size.row_nm, 1.8, contrast=0.3)
    analysis = analyze(Micrograph(image, base.pixel_size, "dark field"), Recipe())
    assert len(analysis.domains.accepted) == 2
    assert all(iou(mask_of(one, SHAPE), there) > 0.85 for one in analysis.domains.accepted)
