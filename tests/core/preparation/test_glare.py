"""What is far too bright is left out; what is merely counted never is."""

import numpy as np
import pytest
from drawn_scenes import analyzed, field_of, found, grain

from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation.glare import find_glare
from hrtem_core.synthesis import FieldParameters, Fringes, scene_with

SHAPE = (320, 400)
DOSES = (0.01, 0.05, 0.3, 0.55, 0.7, 1.0, 30.0)
PATCH = (slice(100, 130), slice(250, 290))
AROUND = (slice(97, 133), slice(247, 293))
"""The patch with the margin."""


def counts(dose: float) -> FloatImage:
    return np.random.default_rng(4).poisson(dose, SHAPE).astype(np.float32)


def glare_in(image: FloatImage) -> BoolImage:
    return find_glare(image, np.ones(image.shape, bool))


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
    assert not find_glare(counts(1.0), np.zeros(SHAPE, bool)).any()


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
