"""Rows that a scan moved to and fro are put back; those of other images stay where they are."""

import numpy as np
import pytest
from scipy import fft

from hrtem_core.image import Grid, PixelSize
from hrtem_core.spectrum import SPECTRUM_TUNING
from hrtem_core.spectrum.row_jitter import rows_move, shifted_rows, steadied

SHAPE, PIXEL = (240, 256), PixelSize(0.04, 0.04)
BAND = (1.5, 8.0)


def lattice(shift_nm: np.ndarray, azimuth_deg: float = 13.0, seed: int = 0, noise: float = 1.0) -> np.ndarray:
    """Two sets of planes on rows that are moved, in noise of some deviation."""
    down, along = (np.arange(n) * 0.04 for n in SHAPE)
    x, turn = along - shift_nm[:, None], np.radians(azimuth_deg)
    one = x * np.cos(turn) + down[:, None] * np.sin(turn)
    other = -x * np.sin(turn) + down[:, None] * np.cos(turn)
    waves = 2 * np.cos(2 * np.pi / 0.39 * one) + 2 * np.cos(2 * np.pi / 0.31 * other)
    return (waves + noise * np.random.default_rng(seed).normal(size=SHAPE)).astype(np.float32)


def jitter(nm: float) -> np.ndarray:
    return np.random.default_rng(9).normal(0, nm, SHAPE[0])


def moves(image: np.ndarray) -> bool:
    grid = Grid.over(image.shape, PIXEL, image.shape)
    return rows_move(image, fft.rfft2(image), grid, BAND, SPECTRUM_TUNING) > 0


@pytest.mark.parametrize("azimuth_deg", [0.0, 13.0, 90.0])
def test_rows_that_jitter_are_told_from_rows_that_do_not(azimuth_deg: float) -> None:
    assert moves(lattice(jitter(0.015), azimuth_deg))
    assert not moves(lattice(jitter(0.0), azimuth_deg))


def hum(nm: float) -> np.ndarray:
    """What the mains do to a scan, with a period of 20 rows."""
    return nm * np.sin(2 * np.pi * np.arange(SHAPE[0]) / 20 + 1)


@pytest.mark.parametrize("azimuth_deg", [0.0, 13.0, 40.0])
def test_rows_that_sway_are_told_from_rows_that_do_not(azimuth_deg: float) -> None:
    assert moves(lattice(hum(0.03), azimuth_deg))
    assert not moves(np.ascontiguousarray(lattice(hum(0.03), azimuth_deg)[:, :240].T))


@pytest.mark.parametrize("seed", range(8))
def test_weak_reflections_beside_strong_ones_are_no_sway(seed: int) -> None:
    rng = np.random.default_rng(seed)
    down, along = np.meshgrid(*(np.arange(n) * 0.04 for n in SHAPE), indexing="ij")
    image = rng.normal(size=SHAPE)
    for h, k, amplitude in ((1, 0, 3.0), (0, 1, 2.0), (1, 1, 0.75), (1, -1, 0.75)):
        image += amplitude * np.cos(2 * np.pi * (h * along / 0.36 + k * down / 0.52) + rng.uniform(0, 6.3))
    assert not moves(image.astype(np.float32))


def test_a_weaker_lattice_in_the_same_column_is_no_sway() -> None:
    down, along = np.meshgrid(*(np.arange(n) * 0.04 for n in SHAPE), indexing="ij")
    image = 3 * np.cos(2 * np.pi * along / 0.36) + 1.2 * np.cos(2 * np.pi * (along / 0.36 + 1.3 * down))
    image += np.random.default_rng(2).normal(size=SHAPE)
    assert not moves(image.astype(np.float32))


def test_columns_do_not_jitter() -> None:
    assert not moves(np.ascontiguousarray(lattice(jitter(0.015))[:, :240].T))


def test_neither_noise_nor_two_crystals_jitter() -> None:
    assert not moves(np.random.default_rng(1).normal(size=SHAPE).astype(np.float32))
    both = lattice(jitter(0.0), 5.0)
    both[:, 128:] = lattice(jitter(0.0), 50.0, seed=1)[:, 128:]
    assert not moves(both)


@pytest.mark.parametrize(
    ("moved", "share"),
    [(jitter(0.02), SPECTRUM_TUNING.jitter_share), (hum(0.03), SPECTRUM_TUNING.sway_share)],
)
def test_rows_are_put_back(moved: np.ndarray, share: float) -> None:
    power = 1 / np.abs(lattice(moved)).max() ** 2  # of the noise, where the largest deviation is 1
    noise = np.array([0.0, 20.0]), np.array([power, power])
    steady, jitter_nm = steadied(lattice(moved), PIXEL, BAND, noise, share, SPECTRUM_TUNING)
    assert jitter_nm == pytest.approx(moved.std(), rel=0.15)
    assert not moves(steady)
    inner = slice(8, -8)
    still = lattice(np.zeros(SHAPE[0]), noise=0.0)
    before, after = (np.var((one - still)[:, inner]) - 1 for one in (lattice(moved), steady))
    assert after < 0.1 * before


def test_a_row_is_moved_along_itself() -> None:
    image = np.zeros((3, 40), np.float32)
    image[1, 20] = 1
    assert np.argmax(shifted_rows(image, np.array([0.0, 3.0, 0.0]))[1]) == 23
