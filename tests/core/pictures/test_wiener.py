"""The Wiener filter: what is left of noise, of a lattice, of a slope."""

from functools import cache

import numpy as np
import pytest

from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.pictures.wiener import averaged, noise_share, wiener_filtered
from hrtem_core.preparation.prepare import Prepared, prepare
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.spectrum import Spectrum, transform

SHAPE = (256, 330)
PIXEL = PixelSize(0.04, 0.03)
ROWS, COLS = np.ogrid[: SHAPE[0], : SHAPE[1]]
DISC = (ROWS - 128) ** 2 + (COLS - 160) ** 2 < 60**2
LATTICE = 0.5 * np.cos(2 * np.pi * (ROWS * PIXEL.row_nm + 2 * COLS * PIXEL.col_nm) / 0.6)
NOISE = np.random.default_rng(3).standard_normal(SHAPE)


@cache
def made(kind: str) -> tuple[Prepared, Spectrum]:
    image = 700 + 40 * (NOISE + LATTICE * DISC * (kind == "lattice") + 0.004 * COLS * (kind == "slope"))
    recipe = Recipe()
    prepared = prepare(Micrograph(image.astype(np.float32), PIXEL, kind), recipe.preparation)
    return prepared, transform(prepared, recipe.spectrum)


def test_of_noise_alone_little_is_left() -> None:
    filtered = wiener_filtered(*made("noise"))
    assert filtered.shape == SHAPE
    assert filtered.dtype == np.float32
    assert filtered.std() < 0.25 * 40
    assert filtered.mean() == pytest.approx(700, abs=2)


def test_a_lattice_keeps_its_amplitude_and_phase() -> None:
    filtered = wiener_filtered(*made("lattice")) - 700
    inside = DISC & ((ROWS - 128) ** 2 + (COLS - 160) ** 2 < 45**2)
    wave = 40 * LATTICE
    assert np.sum(filtered[inside] * wave[inside]) / np.sum(wave[inside] ** 2) == pytest.approx(1, abs=0.15)
    noise = filtered - wave * DISC
    assert noise[inside].std() < 0.35 * 40


def test_slow_changes_stay_and_leave_no_stripe_along_the_border() -> None:
    filtered = wiener_filtered(*made("slope"))
    left, right = filtered[:, 10:60].mean(), filtered[:, -60:-10].mean()
    assert right - left == pytest.approx(40 * 0.004 * (SHAPE[1] - 70), rel=0.15)
    for border in (filtered[0], filtered[-1], filtered[:, 0], filtered[:, -1]):
        assert np.diff(border).std() < 2 * np.diff(filtered[100]).std()


def test_intensities_of_any_size_are_filtered_alike() -> None:
    prepared, _ = made("lattice")
    small = 1e-3 * (prepared.intensity - 700)
    alike = prepare(Micrograph(small.astype(np.float32), PIXEL, "small"), Recipe().preparation)
    filtered = wiener_filtered(alike, transform(alike, Recipe().spectrum))
    assert np.allclose(filtered, 1e-3 * (wiener_filtered(*made("lattice")) - 700), atol=2e-4)


def test_the_share_of_noise() -> None:
    power, noise = np.array([[9.0, 4.0, 1.0, 0.0]]), np.array([[1.0, 1.0, 2.0, 1.0]])
    assert noise_share(power, noise).tolist() == [[0.0, 0.25, 1.0, 1.0]]  # the mean is no noise


@pytest.mark.parametrize("shape", [(16, 24), (15, 24), (16, 23)])
def test_power_is_averaged_as_if_the_whole_plane_were_there(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).standard_normal(shape)
    whole = np.abs(np.fft.fft2(image)) ** 2
    from scipy import ndimage

    expected = ndimage.gaussian_filter(whole, 1.0, mode="wrap", radius=4)
    got = averaged(np.abs(np.fft.rfft2(image)) ** 2)
    assert np.allclose(got[:, :-5], expected[:, : got.shape[1] - 5])
