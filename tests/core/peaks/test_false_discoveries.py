"""How many finds noise would bring, and how many finds a weak one must have beside it."""

import numpy as np
import pytest
from drawn_scenes import two_grains

from hrtem_core.peaks.false_discoveries import believed, expected_from_noise, n_values
from hrtem_core.peaks.tuning import PEAK_TUNING

ALLOWED = 0.001  # false finds for every find


@pytest.mark.parametrize(
    ("expected", "n_believed"),
    [
        ([], 0),
        ([0.0019], 0),
        ([0.0001, 0.0019], 2),
        ([0.0001, 0.0019, 0.0031], 2),
        ([0.0015, 0.0016], 2),
        ([1e-9] * 19 + [0.02, 0.022], 20),
    ],
)
def test_a_weak_find_is_believed_beside_surer_ones_and_not_alone(
    expected: list[float], n_believed: int
) -> None:
    order = np.random.default_rng(0).permutation(len(expected))
    shuffled = np.array(expected)[order]
    np.testing.assert_array_equal(believed(shuffled, ALLOWED), order < n_believed)


def test_more_false_alarms_allowed_is_more_believed() -> None:
    expected = np.array([0.0015])
    assert not believed(expected, ALLOWED).any()
    assert believed(expected, 2 * ALLOWED).all()


def test_noise_brings_more_finds_in_a_larger_field_and_fewer_strong_ones() -> None:
    excess, power = np.array([8.0, 9.0, 8.0]), np.array([18.0, 18.0, 20.0])
    small, large = (expected_from_noise(excess, power, n, PEAK_TUNING) for n in (1e4, 4e4))
    np.testing.assert_allclose(large, 4 * small)
    assert small[0] > max(small[1], small[2])


def test_a_field_has_one_value_for_each_cell_of_place_and_frequency() -> None:
    spectrum = two_grains()[1].spectrum
    rows, cols = spectrum.grid.shape
    sides_nm = (n * p for n, p in zip((rows, cols), spectrum.grid.pixel_size.sizes_nm, strict=True))
    g = np.hypot(*np.meshgrid(*(np.arange(-400, 401) / side for side in sides_nm), indexing="ij"))
    inside = (g > spectrum.band_per_nm[0]) & (g < spectrum.band_per_nm[1])
    assert n_values(spectrum) == pytest.approx(np.count_nonzero(inside) / 2, rel=0.02)
