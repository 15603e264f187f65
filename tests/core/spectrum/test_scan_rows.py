"""The strain of a scan is found from spots that move together, gradually, along the rows alone."""

import numpy as np
import pytest

from hrtem_core.image import Grid, PixelSize
from hrtem_core.spectrum import SPECTRUM_TUNING
from hrtem_core.spectrum.scan_rows import is_scan, measured_strain, row_strain, straightened

GRID = Grid.over((300, 280), PixelSize(0.05, 0.05), (300, 280))
EVERYWHERE = np.ones((300, 280), dtype=bool)
WAVES = np.array([[2.4, 0.7], [-2.0, 2.5]])


def lattice(stretch: np.ndarray, seed: int = 0) -> np.ndarray:
    """Two waves on rows that lie as far apart as `stretch` says, in noise."""
    rng = np.random.default_rng(seed)
    down = np.cumsum(1 + stretch) * 0.05
    along = np.arange(280) * 0.05
    waves = sum(2 * np.cos(2 * np.pi * (g[0] * down[:, None] + g[1] * along)) for g in WAVES)
    return (waves + rng.normal(size=(300, 280))).astype(np.float32)


def test_a_gradual_stretch_is_measured_and_taken_out() -> None:
    stretch = np.linspace(0.06, -0.06, 300)
    image = lattice(stretch)
    strain = row_strain(image, GRID, (1.6, 7.8))
    assert strain is not None
    inner = slice(30, -30)
    np.testing.assert_allclose(strain[0][inner], stretch[inner], atol=0.01)
    np.testing.assert_allclose(strain[1][inner], 0.0, atol=0.01)
    straight = straightened(image, EVERYWHERE, np.fft.rfft2(image), GRID, strain)
    assert straight is not None
    assert (np.diff(straight.rows_px) > 0).all()
    power = [np.abs(one).max() for one in (np.fft.rfft2(image), straight.spectrum)]
    assert power[1] > 1.4 * power[0]


def test_an_image_that_would_be_less_sharp_stays_as_it_is() -> None:
    image = lattice(np.zeros(300))
    stretch = 0.03 * np.sin(np.linspace(0, 5, 300))
    strain = np.array([stretch - stretch.mean(), np.zeros(300)])
    assert straightened(image, EVERYWHERE, np.fft.rfft2(image), GRID, strain) is None


@pytest.mark.parametrize(("size", "expected"), [(0.1, True), (0.25, True), (0.5, False)])
def test_no_scan_stretches_its_rows_by_half(size: float, *, expected: bool) -> None:
    """Two spots move as some strain would have it: of those that go from grain to grain it is a large one."""
    stretch = size * np.linspace(-1, 1, 11)
    tracks = WAVES[:, :1] * (1 + stretch)
    strain, left = measured_strain(tracks, WAVES[:, 1])
    np.testing.assert_allclose(strain[0], stretch, atol=1e-9)
    assert is_scan(strain, left, tracks, SPECTRUM_TUNING) == expected


def test_a_straight_lattice_and_noise_stay_as_they_are() -> None:
    assert row_strain(lattice(np.zeros(300)), GRID, (1.6, 7.8)) is None
    noise = np.random.default_rng(2).normal(size=(300, 280)).astype(np.float32)
    assert row_strain(noise, GRID, (1.6, 7.8)) is None


def test_an_interface_between_two_spacings_is_no_scan() -> None:
    stretch = np.where(np.arange(300) < 150, 0.04, -0.04)
    assert row_strain(lattice(stretch), GRID, (1.6, 7.8)) is None


def test_spots_that_do_not_move_together_are_no_scan() -> None:
    way = np.linspace(-0.1, 0.1, 8)
    tracks = np.array([2.4 + way, 1.2 - way, 0.5 + way, 2.0 - way])
    strain, left = measured_strain(tracks, np.array([0.7, 2.5, 1.1, 0.9]))
    assert not is_scan(strain, left, tracks, SPECTRUM_TUNING)
