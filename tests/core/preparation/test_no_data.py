"""What aligning, rotating and padding leave at an image's sides is found, and nothing else."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from drawn_scenes import field_of, grain
from scipy import ndimage

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph
from hrtem_core.measures import measure
from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation import PreparationParameters, prepare
from hrtem_core.preparation.no_data import find_no_data
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import FieldParameters, Fringes, scene_with

SHAPE = (300, 380)
PAD = ((40, 24), (60, 21))
DOSES = (0.3, 120.0)
CONTINUED = {
    "constant": "constant",
    "edge": "repeated",
    "mean": "repeated",
    "maximum": "repeated",
    "linear_ramp": "repeated",
    "reflect": "mirrored",
    "symmetric": "mirrored",
}
"""How numpy pads, and what is found."""


@cache
def film(dose: float = 120.0, seed: int = 3) -> FloatImage:
    field = field_of(SHAPE)
    field = FieldParameters(shape=field.shape, pixel_size=field.pixel_size, dose=dose)
    crystal = grain(field, (4.5, 5.0), 6.0, Fringes.of_spacing(0.25, 0.0, rho=60.0))
    return scene_with([crystal], field, seed=seed).micrograph.intensity


def empty_round(shape: tuple[int, int] = SHAPE) -> BoolImage:
    return np.pad(np.zeros(shape, bool), PAD, constant_values=True)


def assert_same(found: BoolImage, truth: BoolImage, tolerance: float = 0.01) -> None:
    assert (found & ~truth).mean() < tolerance, "data are left out"
    assert (truth & ~found).mean() < tolerance, "what is no data is kept"


@pytest.mark.parametrize("mode", CONTINUED)
@pytest.mark.parametrize("dose", DOSES)
def test_padding_is_found(mode: str, dose: float) -> None:
    found = find_no_data(np.pad(film(dose), PAD, mode=mode))  # type: ignore[call-overload]
    assert_same(found.border, empty_round())
    if dose == 120:
        assert getattr(found, CONTINUED[mode]).mean() > 0.25


@pytest.mark.parametrize("mode", ["constant", "edge"])
def test_padding_by_three_pixels_is_found(mode: str) -> None:
    found = find_no_data(np.pad(film(), 3, mode=mode)).border  # type: ignore[call-overload]
    assert_same(found, np.pad(np.zeros(SHAPE, bool), 3, constant_values=True), 0.015)


@pytest.mark.parametrize("mode", ["constant", "nearest", "reflect", "mirror"])
@pytest.mark.parametrize("order", [1, 3])
def test_what_an_aligned_image_has_moved_in_is_found(mode: str, order: int) -> None:
    truth = np.zeros(SHAPE, bool)
    truth[:21], truth[:, -35:] = True, True
    moved = ndimage.shift(film(), (20.4, -34.7), order=order, mode=mode)
    # A spline's ripples beside the border fade over a few pixels.
    assert_same(find_no_data(moved).border, truth, 0.03 if mode == "nearest" else 0.01)


@pytest.mark.parametrize("angle_deg", [2.0, 7.0, 30.0])
@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("value", [0.0, 120.0])
def test_the_corners_of_a_rotated_image_are_found(angle_deg: float, order: int, value: float) -> None:
    turned = ndimage.rotate(film(), angle_deg, reshape=False, order=order, cval=value)
    truth = ndimage.rotate(np.zeros(SHAPE), angle_deg, reshape=False, order=1, cval=1) > 0
    assert_same(find_no_data(turned).border, truth, 0.004)


@pytest.mark.parametrize("angle_deg", [5.0, -24.0, 37.0])
@pytest.mark.parametrize("reshape", [False, True])
@pytest.mark.parametrize(
    ("mode", "name"), [("nearest", "repeated"), ("reflect", "mirrored"), ("mirror", "mirrored")]
)
def test_so_are_they_when_they_were_filled(angle_deg: float, reshape: bool, mode: str, name: str) -> None:
    turned = ndimage.rotate(film(), angle_deg, reshape=reshape, order=1, mode=mode)
    truth = ndimage.rotate(np.zeros(SHAPE), angle_deg, reshape=reshape, order=1, cval=1) > 0
    found = find_no_data(turned)
    assert_same(found.border, truth, 0.012)
    assert getattr(found, name).any()


def test_a_strip_of_text_below_the_image_is_left_out_with_its_text() -> None:
    image = np.pad(film(), ((0, 40), (0, 0)))
    rng = np.random.default_rng(1)
    for col in range(20, 300, 12):
        image[310:325, col : col + 7] = np.where(rng.random((15, 7)) < 0.5, 255, 0)
    found = find_no_data(image).border
    assert found[300:].all()
    assert not found[:299].any()


def aligned_lattice(noise: float) -> FloatImage:
    cols = np.arange(SHAPE[1])
    wave = np.broadcast_to(np.cos(2 * np.pi * cols / 12.5), SHAPE)
    return (wave + np.random.default_rng(0).normal(0, noise, SHAPE)).astype(np.float32)


def mirrored_crystal() -> FloatImage:
    """A crystal aligned with the sides, symmetric about every row of atoms."""
    rows, cols = np.indices(SHAPE)
    atoms = np.cos(2 * np.pi * rows / 9) + np.cos(2 * np.pi * cols / 9)
    return (atoms + np.random.default_rng(0).normal(0, 0.02, SHAPE)).astype(np.float32)


DATA: dict[str, Callable[[], FloatImage]] = {
    "bright film": film,
    "few counts": lambda: film(0.05),
    "two levels": lambda: np.minimum(film(0.5), 1),
    "three levels": lambda: np.clip(np.round((film() - 120) / 10) + 1, 0, 2),
    "aligned lattice": lambda: aligned_lattice(0.02),
    "aligned lattice without noise": lambda: aligned_lattice(0.0),
    "symmetric crystal": mirrored_crystal,
    "one value": lambda: np.full(SHAPE, 7, np.float32),
    "smooth": lambda: np.add.outer(np.arange(300.0), np.arange(380.0)).astype(np.float32),
    "no number": lambda: np.full(SHAPE, np.nan, np.float32),
    "smallest image": lambda: film()[:16, :16],
}


@pytest.mark.parametrize("name", DATA)
def test_data_are_kept(name: str) -> None:
    found = find_no_data(DATA[name]().astype(np.float32))
    assert not (found.border | found.inside).any()


def test_one_value_inside_is_drawn_and_no_border() -> None:
    image = film().copy()
    image[100:140, 200:280] = 255
    found = find_no_data(image)
    assert not found.border.any()
    assert_same(found.inside[90:150, 190:290], (image == 255)[90:150, 190:290])
    assert found.inside.sum() < 1.05 * 40 * 80
    prepared = prepare(Micrograph(image, field_of().pixel_size, "label"), PreparationParameters())
    assert [one.reason for one in prepared.left_out] == ["drawing"]


def test_what_is_left_out_is_said_and_not_counted() -> None:
    field = field_of()
    scene = scene_with([grain(field, (6, 7), 6.0, Fringes.of_spacing(0.25, 20.0, rho=40.0))], field, seed=1)
    image = scene.micrograph.intensity.copy()
    image[:50], image[:, -70:] = 0, 0
    border = np.zeros(field.shape, bool)
    border[:50], border[:, -70:] = True, True
    black = analyze(Micrograph(image, field.pixel_size, "black"), Recipe())
    blank = np.where(border, np.float32(np.nan), image)
    nothing = analyze(Micrograph(blank, field.pixel_size, "blank"), Recipe())
    assert_same(~black.prepared.usable, border, 0.001)
    assert [one.reason for one in black.prepared.left_out] == ["constant border"]
    assert black.prepared.left_out[0].share == pytest.approx(border.mean(), abs=0.001)
    assert measure(black).totals.crystalline_fraction == pytest.approx(
        measure(nothing).totals.crystalline_fraction, rel=0.01
    )


def test_borders_can_be_kept_and_a_region_keeps_their_place() -> None:
    micrograph = Micrograph(np.pad(film(), PAD), field_of().pixel_size, "padded")
    assert prepare(micrograph, PreparationParameters(detect_borders=False)).usable.all()
    region = prepare(micrograph, PreparationParameters(region_px=(20, 30, 120, 200)))
    assert_same(~region.usable, empty_round()[20:120, 30:200], 0.001)


@pytest.mark.parametrize("mode", ["edge", "mean", "reflect"])
def test_padded_noise_has_no_domain(mode: str) -> None:
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(0, 1, (256, 256)).astype(np.float32)
        padded = np.pad(noise, 64, mode=mode)  # type: ignore[call-overload]
        analysis = analyze(Micrograph(padded, field_of().pixel_size, mode), Recipe())
        assert len(analysis.domains.accepted) == 0
