"""Demodulation against the Fourier shift theorem, on a field whose sides and pixels differ."""

import numpy as np
import pytest

from hrtem_core.fringes.demodulation import LocalSpectrum, cover, noise_gain
from hrtem_core.fringes.maps import FringeMap
from hrtem_core.image import Wavevector

PIXEL_NM = (0.06, 0.045)
SHAPE = (150, 210)


def positions() -> tuple[np.ndarray, np.ndarray]:
    rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return rows * PIXEL_NM[0], cols * PIXEL_NM[1]


def wave(g: tuple[float, float], phase: float = 0.0, amplitude: float = 1.0) -> np.ndarray:
    row, col = positions()
    image = amplitude * np.cos(2 * np.pi * (g[0] * row + g[1] * col) + phase)
    return image.astype(np.float32)


def whole(image: np.ndarray) -> LocalSpectrum:
    return LocalSpectrum(image, PIXEL_NM, (0, 0), SHAPE)


@pytest.mark.parametrize("g", [(2.31, 3.17), (-4.04, 1.3), (0.0, 3.4), (5.123, 0.0)])
@pytest.mark.parametrize("full", [False, True])
def test_a_wave_has_its_amplitude_and_phase_everywhere(g: tuple[float, float], full: bool) -> None:
    sigma, phase = 0.5, 0.7
    map_ = whole(wave(g, phase, 2.0)).demodulate(g, sigma, full=full)
    ours = map_.amplitude / noise_gain(sigma, PIXEL_NM)
    inside = map_.cover > 0.999
    assert inside.sum() > 20
    # cos = (e^i + e^-i) / 2: one side of the spectrum carries half the amplitude
    np.testing.assert_allclose(np.abs(ours[inside]), 1.0, rtol=0.01)
    np.testing.assert_allclose(np.angle(ours[inside]), phase, atol=0.02)
    assert full == (map_.amplitude.size >= SHAPE[0] * SHAPE[1])


def test_a_displaced_lattice_turns_the_phase_by_the_shift_theorem() -> None:
    g, shift_nm = (2.0, 3.0), (0.11, -0.07)
    row, col = positions()
    moved = np.cos(2 * np.pi * (g[0] * (row - shift_nm[0]) + g[1] * (col - shift_nm[1]))).astype(np.float32)
    before, after = (whole(image).demodulate(g, 0.6) for image in (wave(g), moved))
    turn = np.angle(after.amplitude / before.amplitude)[before.cover > 0.99]
    np.testing.assert_allclose(turn, -2 * np.pi * (g[0] * shift_nm[0] + g[1] * shift_nm[1]), atol=0.02)


def test_a_slightly_wrong_g_is_a_phase_ramp_of_the_difference() -> None:
    g, guess, sigma = (2.0, 3.0), (2.06, 2.95), 0.5
    map_ = whole(wave(g)).demodulate(guess, sigma, full=True)
    rows, cols = map_.rows_px * PIXEL_NM[0], map_.cols_px * PIXEL_NM[1]
    expected = 2 * np.pi * ((g[0] - guess[0]) * rows[:, None] + (g[1] - guess[1]) * cols)
    inside = map_.cover > 0.99
    error = np.angle(map_.amplitude * np.exp(-1j * expected))
    assert np.abs(error[inside]).max() < 0.02
    loss = np.exp(-2 * (np.pi * sigma * np.hypot(0.06, 0.05)) ** 2) / 2
    modulus = np.abs(map_.amplitude[inside]) / noise_gain(sigma, PIXEL_NM)
    np.testing.assert_allclose(modulus, loss, rtol=0.02)


@pytest.mark.parametrize("sigma_nm", [0.4, 0.7])
def test_white_noise_has_unit_power(sigma_nm: float) -> None:
    rng = np.random.default_rng(0)
    powers = []
    for _ in range(8):
        local = whole(rng.normal(size=SHAPE).astype(np.float32))
        for g in ((2.0, 4.0), (-4.0, 3.0), (5.0, 0.0), (0.0, 6.0), (-2.0, 7.0)):
            map_ = local.demodulate(g, sigma_nm)
            powers.append((np.abs(map_.amplitude[map_.cover > 0.99]) ** 2).mean())
    assert np.mean(powers) == pytest.approx(1, abs=4 * np.std(powers) / np.sqrt(len(powers)))
    assert np.mean(powers) == pytest.approx(1, abs=0.1)


def test_the_coarse_map_is_the_full_one_on_fewer_samples() -> None:
    rng = np.random.default_rng(1)
    local = whole(rng.normal(size=SHAPE).astype(np.float32))
    coarse, full = (local.demodulate((2.0, 4.0), 0.6, full=full) for full in (False, True))
    assert coarse.amplitude.size < full.amplitude.size / 20
    share = full.amplitude * full.cover
    # samples of the coarse map that fall on whole pixels
    rows, cols = (np.isclose(p, np.round(p), atol=1e-6) for p in (coarse.rows_px, coarse.cols_px))
    pick = np.ix_(np.round(coarse.rows_px[rows]).astype(int), np.round(coarse.cols_px[cols]).astype(int))
    ours = (coarse.amplitude * coarse.cover)[np.ix_(rows, cols)]
    assert ours.size >= 4
    np.testing.assert_allclose(ours, share[pick], atol=0.02)


def test_a_rectangle_of_the_image_gives_the_same_phase_as_the_whole() -> None:
    g = (2.31, 3.17)
    image = wave(g, 0.4)
    part = LocalSpectrum(image, PIXEL_NM, (40, 60), (120, 190)).demodulate(g, 0.4)
    inner = part.part((65, 95), (90, 160))
    assert inner.rows_px.min() >= 64.9
    assert inner.cols_px.max() <= 160.1
    np.testing.assert_allclose(np.angle(inner.amplitude), 0.4, atol=0.03)


def test_a_rectangle_may_reach_beyond_the_image() -> None:
    g = (2.31, 3.17)
    local = LocalSpectrum(wave(g, 0.4), PIXEL_NM, (-30, -40), (80, 90))
    map_ = local.demodulate(g, 0.4)
    inside = (map_.rows_px[:, None] > 2) & (map_.cols_px > 2)
    inside &= (map_.rows_px[:, None] < 45) & (map_.cols_px < 50)
    full_strength = np.abs(map_.amplitude[inside]) / noise_gain(0.4, PIXEL_NM)
    np.testing.assert_allclose(full_strength, 0.5, rtol=0.06)


def test_the_border_takes_nothing_from_the_amplitude() -> None:
    g, sigma = (2.31, 3.17), 0.5
    local = LocalSpectrum(wave(g), PIXEL_NM, (-60, -60), (SHAPE[0] + 60, SHAPE[1] + 60))
    map_ = local.demodulate(g, sigma)
    rim = (map_.rows_px >= 0) & (map_.rows_px <= SHAPE[0] - 1)
    columns = (map_.cols_px >= 0) & (map_.cols_px <= SHAPE[1] - 1)
    modulus = np.abs(map_.amplitude[np.ix_(rim, columns)]) / noise_gain(sigma, PIXEL_NM)
    np.testing.assert_allclose(modulus, 0.5, rtol=0.06)


def test_cover_is_the_share_of_a_gaussian_within_the_field() -> None:
    share = cover(np.array([-0.5, 49.5, 99.5, 40.0, -300.0]), 100, 10.0, 0.15)
    np.testing.assert_allclose(share[:4], [0.5, 1.0, 0.5, 1.0], atol=1e-4)
    assert share[4] == 0.15


def test_a_map_is_read_between_its_samples() -> None:
    rows, cols = np.array([0.0, 10.0, 20.0]), np.array([5.0, 9.0])
    snr = np.outer([1.0, 2.0, 3.0], [1.0, 3.0]).astype(np.float32)
    map_ = FringeMap(
        candidate=0,
        g_per_nm=Wavevector(1.0, 2.0),
        g_sigma_per_nm=0.01,
        resolution_nm=0.6,
        rows_px=rows,
        cols_px=cols,
        snr=snr,
        plateau=3.0,
        excess=20.0,
    )
    np.testing.assert_allclose(map_.sampled(np.array([5.0, 30.0]), np.array([7.0])), [[3.0], [6.0]])
