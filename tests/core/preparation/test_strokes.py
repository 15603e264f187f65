"""Contours, labels and arrows are found wherever they lie, and nothing that a detector recorded."""

import io

import numpy as np
import pytest
from drawn_scenes import analyzed, field_of, found, grain
from PIL import Image, ImageDraw

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph
from hrtem_core.preparation import PreparationParameters, prepare
from hrtem_core.preparation.strokes import find_strokes
from hrtem_core.readers import read
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import Fringes, scene_with

FIELD = field_of((384, 448))
SCENE = scene_with(
    [
        grain(FIELD, (5.0, 4.5), 6.0, Fringes.of_spacing(0.25, 20.0, rho=40.0)),
        grain(FIELD, (6.5, 10.0), 4.0, Fringes.of_spacing(0.31, 110.0, rho=30.0)),
    ],
    FIELD,
    seed=2,
)
GREY = np.clip((SCENE.micrograph.intensity - 60) * 2, 1, 254).astype(np.uint8)


def drawing(shape: tuple[int, int]) -> Image.Image:
    """A contour, a number and an arrow in mid-image."""
    stencil = Image.new("1", (shape[1], shape[0]))
    pen = ImageDraw.Draw(stencil)
    pen.ellipse((60, 75, 240, 260), outline=1, width=2)
    pen.text((140, 160), "17", fill=1, font_size=24)
    pen.line((400, 330, 330, 280), fill=1, width=3)
    pen.polygon(((330, 280), (345, 282), (338, 293)), fill=1)
    return stencil


DRAWN = np.asarray(drawing(GREY.shape))


@pytest.mark.parametrize("value", [0, 255])
def test_strokes_in_mid_image_are_left_out(value: int) -> None:
    image = np.where(DRAWN, value, GREY).astype(np.float32)
    strokes = find_strokes(image)
    assert strokes[DRAWN].all()
    assert strokes.mean() < 5 * DRAWN.mean()
    prepared = prepare(Micrograph(image, FIELD.pixel_size, "drawn"), PreparationParameters())
    assert [one.reason for one in prepared.left_out] == ["drawing"]
    assert prepare(
        Micrograph(image, FIELD.pixel_size, "drawn"), PreparationParameters(detect_annotations=False)
    ).usable.all()


def test_coloured_drawings_are_left_out_and_the_crystals_found() -> None:
    colours = np.repeat(GREY[..., None], 3, axis=2)
    colours[DRAWN] = (255, 220, 0)
    stream = io.BytesIO()
    Image.fromarray(colours).save(stream, "JPEG", quality=92)
    micrograph = read(stream.getvalue(), name="contours.jpg").with_pixel_size(FIELD.pixel_size)
    assert np.isnan(micrograph.intensity[DRAWN]).all()
    assert any("coloured drawings on a grey image; they are left out" in note for note in micrograph.notes)
    analysis = analyze(micrograph, Recipe())
    assert len(analysis.domains.accepted) == len(analyzed(SCENE).domains.accepted) == 2
    assert min(found(analysis, SCENE)) > 0.5


def test_an_image_in_false_colours_is_no_drawing() -> None:
    colours = np.stack((GREY, GREY // 3, 255 - GREY), axis=2)
    stream = io.BytesIO()
    Image.fromarray(colours).save(stream, "PNG")
    assert np.isfinite(read(stream.getvalue(), name="false.png").intensity).all()


def clipped_atoms() -> np.ndarray:
    rows, cols = np.indices((300, 380))
    atoms = np.exp(-((rows % 24 - 12) ** 2 + (cols % 24 - 12) ** 2) / 30)
    return np.clip(80 + 300 * atoms + np.random.default_rng(0).normal(0, 10, rows.shape), 0, 255)


DATA = {
    "film": lambda: GREY,
    "clipped noise": lambda: np.clip(SCENE.micrograph.intensity, 105, 135),
    "clipped atoms": clipped_atoms,
    "few counts": lambda: np.random.default_rng(1).poisson(0.3, (300, 400)),
    "one bit": lambda: np.random.default_rng(1).poisson(0.3, (300, 400)) > 0,
    "dead row": lambda: np.where(np.arange(384)[:, None] == 200, 0, GREY),
    "stripes without noise": lambda: np.indices((200, 240))[1] % 12,
    "one value": lambda: np.full((200, 240), 7),
    "no number": lambda: np.full((200, 240), np.nan),
}


@pytest.mark.parametrize("name", DATA)
def test_what_was_recorded_is_no_stroke(name: str) -> None:
    assert not find_strokes(DATA[name]().astype(np.float32)).any()
