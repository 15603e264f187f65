"""Faulty rows and columns go; what a specimen or a scale bar does to a line stays."""

import numpy as np
import pytest
from drawn_scenes import field_of

from hrtem_core.image.micrograph import Micrograph
from hrtem_core.preparation.dead_lines import find_dead_lines, mend_dead_lines
from hrtem_core.preparation.prepare import PreparationParameters, prepare
from hrtem_core.synthesis import scene_with

FILM = scene_with((), field_of((200, 260)), seed=3).micrograph


def film() -> np.ndarray:
    return FILM.intensity.astype(np.float32).copy()


@pytest.mark.parametrize("rows", [[50], [0], [199], [80, 81], [20, 120, 160]])
@pytest.mark.parametrize("value", [0.0, None])
def test_dead_and_bright_rows_are_found_and_mended(rows: list[int], value: float | None) -> None:
    clean, image = film(), film()
    image[rows] = value if value is not None else image[rows] + 3 * image.std()
    found = find_dead_lines(image)
    assert found.tolist() == rows
    mend_dead_lines(image, found)
    assert abs(image[rows].mean() - clean[rows].mean()) < 0.3 * clean.std()
    elsewhere = np.setdiff1d(np.arange(200), rows)
    np.testing.assert_array_equal(image[elsewhere], clean[elsewhere])


def test_preparation_mends_rows_and_columns_and_counts_them() -> None:
    image = film()
    image[:, 100] = 0
    image[30] = 0
    micrograph = Micrograph(image, FILM.pixel_size, "film")
    result = prepare(micrograph, PreparationParameters())
    assert result.n_dead_lines == 2
    assert result.usable.all()
    assert result.intensity[:, 100].mean() == pytest.approx(image.mean(), rel=0.05)
    untouched = prepare(micrograph, PreparationParameters(remove_spikes=False))
    assert untouched.n_dead_lines == 0
    assert untouched.intensity[:, 100].max() == 0


def no_faults() -> dict[str, np.ndarray]:
    row = np.arange(200)[:, None]
    rng = np.random.default_rng(0)
    barred = film()
    barred[180:182, 20:120] = barred.max() * 3
    return {
        "film": film(),
        "stripes on every row": film() + rng.normal(0, film().std(), (200, 1)),
        "fringes along the rows": film() + 3 * film().std() * np.cos(2 * np.pi * row / 5.3),
        "an edge along a row": film() + np.where(row < 90, 20 * film().std(), 0),
        "a scale bar": barred,
        "constant": np.ones((200, 60)),
        "NaN in every row": np.where(np.arange(260) == 7, np.nan, film()),
        "small": film()[:15],
    }


@pytest.mark.parametrize("name", no_faults())
def test_what_is_no_fault_stays(name: str) -> None:
    assert len(find_dead_lines(no_faults()[name].astype(np.float32))) == 0
