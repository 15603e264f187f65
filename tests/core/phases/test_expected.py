"""What a crystal in any orientation shows, against orientations drawn at random."""

import numpy as np
import pytest

from hrtem_core.phases import PHASE_TUNING, built_in, reflections_of
from hrtem_core.phases.expected import BEYOND, expected_of
from hrtem_core.phases.grid import Grid


def expected_numbers(name: str, band_end: float, beams: np.ndarray) -> np.ndarray:
    lattice = reflections_of(built_in()[name])
    half = lattice.half[lattice.g_lengths_per_nm[lattice.half] < BEYOND * band_end]
    near = np.exp(-((beams @ lattice.g_per_nm[half].T / PHASE_TUNING.slab_per_nm) ** 2))
    return PHASE_TUNING.detection * near @ lattice.visibilities[half]


@pytest.mark.parametrize("name", ["LiF", "Li2O", "Li2CO3"])
@pytest.mark.parametrize("ln_scale", [-0.1, 0.0, 0.1])
def test_how_often_a_crystal_is_found(name, ln_scale):
    beams = np.random.default_rng(0).normal(size=(20000, 3))
    beams /= np.linalg.norm(beams, axis=1)[:, None]
    grid = Grid(scatters=(1.0,), ln_scales=(-0.1, 0.0, 0.1), band_end_per_nm=5.0)
    found = expected_of(reflections_of(built_in()[name]), grid, PHASE_TUNING).ln_found
    truth = 1 - np.exp(-expected_numbers(name, 5.0 * np.exp(-ln_scale), beams)).mean()
    at = grid.ln_scales.index(ln_scale)
    assert np.exp(found[at]) == pytest.approx(truth, rel=0.03)


def test_nothing_is_expected_beyond_what_the_image_shows():
    lattice = reflections_of(built_in()["Li2O"])
    near, far = (
        expected_of(lattice, Grid(scatters=(1.0,), ln_scales=(0.0,), band_end_per_nm=end), PHASE_TUNING)
        for end in (3.9, 7.0)
    )
    first = int(np.argmin(lattice.g_lengths_per_nm[lattice.forms]))
    assert near.ln_found[0] < far.ln_found[0]
    assert near.alone[first, 0] > far.alone[first, 0]
    assert lattice.g_lengths_per_nm[near.half].max() < 3.9 * BEYOND
