"""Close-ups of a pair: truth by construction, pixels that are not square, an image that is not either."""

from types import SimpleNamespace

import numpy as np
import pytest

from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.image.grid import Grid
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.pictures.bragg_filter import (
    PERIODS,
    amplitude_map,
    bragg_filtered,
    close_up,
    strongest_map,
    strongest_place,
)
from hrtem_core.preparation.prepare import Prepared

SHAPE = (200, 320)
PIXEL = PixelSize(0.04, 0.05)
G = Wavevector(-2.0, 3.0)
SPECTRUM = SimpleNamespace(grid=Grid.over(SHAPE, PIXEL, (100, 160)))
"""A working image of half as many pixels."""


def wave(g: tuple[float, float]) -> np.ndarray:
    rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.cos(2 * np.pi * (g[0] * rows * PIXEL.row_nm + g[1] * cols * PIXEL.col_nm)).astype(np.float32)


def fringes(snr: np.ndarray, g: tuple[float, float] = G) -> FringeMap:
    """A map with samples on every fifth working pixel from (20, 30) on."""
    rows, cols = 20.0 + 5 * np.arange(snr.shape[0]), 30.0 + 5 * np.arange(snr.shape[1])
    return FringeMap(
        candidate=0,
        g_per_nm=g,
        g_sigma_per_nm=0.01,
        resolution_nm=0.5,
        rows_px=rows,
        cols_px=cols,
        snr=snr.astype(np.float32),
        plateau=5.0,
        excess=9.0,
    )


def prepared(image: np.ndarray) -> Prepared:
    return Prepared(intensity=image, usable=np.ones(SHAPE, bool), pixel_size=PIXEL)


def test_of_a_pair_s_maps_the_strongest_is_taken() -> None:
    maps = tuple(
        fringes(np.full(shape, level)) for shape, level in (((3, 3), 2.0), ((3, 3), 5.0), ((0, 0), 9.0))
    )
    peaks = SimpleNamespace(maps=((0, 1, 2), (2,), ()))
    everything = FringeMaps(maps, (0, 0, 0), np.zeros((100, 160), np.float32))
    assert strongest_map(everything, peaks, 0) is maps[1]
    assert strongest_map(everything, peaks, 1) is None
    assert strongest_map(everything, peaks, 2) is None


def test_the_strongest_place_is_given_in_the_prepared_image() -> None:
    snr = np.zeros((6, 8))
    snr[2, 4] = 3.0
    assert strongest_place(SPECTRUM, fringes(snr)) == pytest.approx((2 * 30.0, 2 * 50.0))


@pytest.mark.parametrize("centre", [(100, 160), (0, 0), (199, 319)])
def test_a_closeup_lies_round_its_place_as_far_as_the_image_reaches(centre: tuple[int, int]) -> None:
    near = close_up(prepared(wave(G)), fringes(np.ones((2, 2))), centre)
    side = len(near.image)
    assert side == round(PERIODS / np.hypot(*G) / PIXEL.mean_nm)
    assert near.width_nm == pytest.approx(side * 0.05)
    top, left = near.corner_px
    np.testing.assert_array_equal(near.image, wave(G)[top : top + side, left : left + side])
    for at, first, whole in zip(centre, near.corner_px, SHAPE, strict=True):
        assert first <= at < first + side
        assert abs(first + side / 2 - at) <= 1 or first in (0, whole - side)


def test_the_spots_of_its_fft_lie_at_g() -> None:
    near = close_up(prepared(wave(G)), fringes(np.ones((2, 2))), (100, 160))
    middle = len(near.power) // 2
    spot = np.unravel_index(int(np.argmax(near.power)), near.power.shape) - np.array(middle)
    spot = spot if spot[0] * G[0] > 0 else -spot
    assert spot == pytest.approx(near.g_bins, abs=0.6)


def test_the_filter_keeps_the_pair_and_takes_out_all_else() -> None:
    image = wave(G) + 3 * wave((4.0, 1.0)) + 50
    image += np.random.default_rng(0).normal(0, 1, SHAPE).astype(np.float32)
    near = close_up(prepared(image), fringes(np.ones((2, 2))), (100, 160))
    top, left = near.corner_px
    side = len(near.image)
    truth = wave(G)[top : top + side, left : left + side]
    inner = slice(side // 4, -side // 4)
    error = (near.filtered - truth)[inner, inner]
    assert np.sqrt(np.mean(error**2)) < 0.15


def test_the_masks_blur_as_far_as_the_map_along_both_axes() -> None:
    point = np.zeros((128, 128), np.float32)
    point[64, 64] = 1.0
    spot = bragg_filtered(point, (0.0, 0.0), np.array([4.0, 8.0]))
    rows, cols = spot[:, 64] - spot.min(), spot[64] - spot.min()
    away = (np.arange(128) - 64.0) ** 2
    widths = [np.sqrt(profile @ away / profile.sum()) for profile in (rows, cols)]
    assert widths == pytest.approx([4.0, 8.0], rel=0.02)


def test_the_amplitude_is_that_of_the_map_and_nothing_beyond_it() -> None:
    rows, cols = np.ogrid[:13, :13]
    near = close_up(prepared(wave(G)), fringes(np.ones((2, 2))), (100, 120))
    sloping = fringes(rows + 10.0 * cols)
    amplitude = amplitude_map(SPECTRUM, sloping, near)
    top, left = near.corner_px
    place = 2 * 40 - top, 2 * 60 - left  # the working pixel (40, 60) is the map's sample (4, 6)
    assert amplitude.shape == near.image.shape
    assert amplitude[place] == pytest.approx(64.0, rel=1e-5)
    assert amplitude[place[0] + 1, place[1]] == pytest.approx(64.1, rel=1e-5)
    beyond = 2 * 20 - top - 1
    assert beyond < 0 or not amplitude[beyond].any()
