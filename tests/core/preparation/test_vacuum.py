"""Vacuum is suggested where a film ends, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.numerics.arrays import BoolImage, FloatImage
from hrtem_core.preparation.prepare import PreparationParameters, Prepared, prepare
from hrtem_core.preparation.usable import in_polygons
from hrtem_core.preparation.vacuum import find_vacuum
from hrtem_core.synthesis import PRESETS, simulate

SCALE = PixelSize(0.05, 0.06)
SHAPE = (420, 500)


def film(seed: int = 1) -> FloatImage:
    """Counts of a film of amorphous contrast, 6 % of the mean."""
    rng = np.random.default_rng(seed)
    g = np.hypot(
        np.fft.fftfreq(SHAPE[0], SCALE.row_nm)[:, None], np.fft.rfftfreq(SHAPE[1], SCALE.col_nm)[None]
    )
    filtered = np.fft.irfft2(np.fft.rfft2(rng.normal(size=SHAPE)) * np.exp(-((g / 2.0) ** 2)), SHAPE)
    return rng.poisson(100 * (1 + 0.06 * filtered / filtered.std())).astype(np.float32)


def prepared(intensity: FloatImage, parameters: PreparationParameters | None = None) -> Prepared:
    return prepare(Micrograph(intensity, SCALE, "a"), parameters or PreparationParameters())


def with_vacuum(where: BoolImage, level: float = 125.0) -> FloatImage:
    counts = np.random.default_rng(2).poisson(level, SHAPE).astype(np.float32)
    return np.where(where, counts, film())


def place() -> tuple[FloatImage, FloatImage]:
    """Rows and columns in nm."""
    rows, cols = np.indices(SHAPE)
    return rows * SCALE.row_nm, cols * SCALE.col_nm


def test_a_hole_and_an_edge_are_outlined_from_within() -> None:
    rows, cols = place()
    where = (cols < 6 + np.sin(rows)) | (np.hypot(rows - 11, cols - 20) < 5)
    found = find_vacuum(prepared(with_vacuum(where)))
    inside = in_polygons(SHAPE, found)
    assert len(found) == 2
    assert np.mean(where[inside]) > 0.99
    assert np.mean(inside[where]) > 0.6  # the margin that film beside it takes is a window wide


def test_an_island_in_vacuum_stays() -> None:
    rows, cols = place()
    where = np.hypot(rows - 10.5, cols - 15) > 6
    inside = in_polygons(SHAPE, find_vacuum(prepared(with_vacuum(where))))
    assert not inside[~where].any()
    assert np.mean(inside[where]) > 0.5


@pytest.mark.parametrize("seed", range(6))
def test_a_film_has_none(seed: int) -> None:
    assert find_vacuum(prepared(film(seed))) == ()


@pytest.mark.parametrize("preset", ["interphase", "dense", "single", "bicrystal", "amorphous"])
def test_crystals_on_a_film_are_no_vacuum_beside_them(preset: str) -> None:
    assert find_vacuum(prepare(simulate(PRESETS[preset], seed=3).micrograph, PreparationParameters())) == ()


def test_a_smooth_dark_area_is_no_vacuum() -> None:
    assert find_vacuum(prepared(with_vacuum(place()[1] < 8, level=60.0))) == ()


def test_it_lies_in_the_micrograph_wherever_it_was_cropped_and_binned() -> None:
    image = with_vacuum(place()[1] < 12)
    whole = in_polygons(SHAPE, find_vacuum(prepared(image)))
    part = PreparationParameters(region_px=(20, 40, 420, 500), bin_factor=2)
    inside = in_polygons(SHAPE, find_vacuum(prepared(image, part)))
    assert np.mean(inside[20:, 40:] == whole[20:, 40:]) > 0.97
    assert not inside[:20].any()


def test_what_is_left_out_is_not_asked_about_again() -> None:
    image = with_vacuum(place()[1] < 12)
    parameters = replace(PreparationParameters(), excluded_px=find_vacuum(prepared(image)))
    assert find_vacuum(prepared(image, parameters)) == ()
