"""What a person says of the lens counts, then what the file says."""

from dataclasses import replace

import numpy as np
import pytest

from hrtem_core.analysis import keys
from hrtem_core.image.instrument import Instrument
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.lens.measured import LensParameters
from hrtem_core.recipe import edits
from hrtem_core.recipe.instrument import lens_in_force, lens_origins
from hrtem_core.recipe.recipe import Recipe


def taken_with(**told: float) -> Micrograph:
    pixels = np.random.default_rng(1).normal(size=(64, 64)).astype(np.float32)
    instrument = Instrument(**told, origin="Gatan tags")
    return Micrograph(pixels, PixelSize(0.03, 0.03), "a", instrument=instrument)


def with_lens(**typed: float) -> Recipe:
    return Recipe(lens=LensParameters(**typed))


@pytest.mark.parametrize(
    ("file", "typed", "in_force"),
    [
        ({}, {}, (None, None)),
        ({"voltage_kv": 200.0, "cs_mm": 1.2}, {}, (200.0, 1.2)),
        ({"voltage_kv": 200.0}, {"voltage_kv": 300.0}, (300.0, None)),
        ({"voltage_kv": 200.0, "cs_mm": 1.2}, {"voltage_kv": 200.0, "cs_mm": 0.0}, (200.0, 0.0)),
        ({"cs_mm": 1.2}, {}, (None, None)),
    ],
)
def test_what_is_typed_comes_before_the_file(
    file: dict[str, float], typed: dict[str, float], in_force: tuple[float | None, float | None]
) -> None:
    lens = lens_in_force(taken_with(**file), with_lens(**typed))
    assert (lens.voltage_kv, lens.cs_mm) == in_force


def test_it_is_said_where_a_value_comes_from() -> None:
    micrograph = taken_with(voltage_kv=200.0, cs_mm=1.2)
    origins = lens_origins(micrograph, with_lens(voltage_kv=200.0))
    assert origins == {"voltage_kv": "typed", "cs_mm": "Gatan tags", "defocus_nm": ""}


def test_another_instrument_is_another_analysis() -> None:
    micrograph = taken_with(voltage_kv=200.0, cs_mm=1.2)
    other = replace(micrograph, instrument=Instrument(200.0, 0.5, "Gatan tags"))
    assert keys(micrograph, Recipe())["lens"] != keys(other, Recipe())["lens"]


def test_a_change_takes_the_rest_from_the_file_and_what_needs_it_along() -> None:
    micrograph = taken_with(voltage_kv=200.0, cs_mm=1.2)
    recipe = edits.with_lens(Recipe(), lens_in_force(micrograph, Recipe()), defocus_nm=60.0)
    assert recipe.lens == LensParameters(200.0, 1.2, 60.0)
    without_cs = edits.with_lens(recipe, recipe.lens, cs_mm=None)
    assert without_cs.lens == LensParameters(200.0)
    assert edits.with_lens(recipe, recipe.lens, voltage_kv=None).lens == LensParameters()
