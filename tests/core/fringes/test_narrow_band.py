"""A narrow band against the full FFT, on a rectangle whose sides and pixels differ."""

import numpy as np
import pytest
from scipy import fft

from hrtem_core.fringes.narrow_band import NarrowBand

SHAPE, PIXEL_NM = (60, 84), (0.05, 0.04)
BAND = NarrowBand(SHAPE, PIXEL_NM, 1.1)
IMAGE = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)


def test_its_bins_are_those_of_the_fft() -> None:
    row_bin, col_bin = 9, -14
    g = (row_bin / (SHAPE[0] * PIXEL_NM[0]), col_bin / (SHAPE[1] * PIXEL_NM[1]))
    ours = BAND.transform(IMAGE, g)
    rows, cols = (
        np.round(offset * n * p).astype(int) + middle
        for offset, n, p, middle in zip(BAND.offsets_per_nm, SHAPE, PIXEL_NM, (row_bin, col_bin), strict=True)
    )
    assert [np.ptp(offset) for offset in BAND.offsets_per_nm] == pytest.approx([2.0, 2 * 3 / 3.36], rel=0.01)
    whole = fft.fft2(IMAGE)
    np.testing.assert_allclose(ours, whole[np.ix_(rows, cols)], atol=2e-3)


def test_a_wave_between_the_bins_comes_back_whole() -> None:
    g = (2.345, -3.21)
    row, col = np.ogrid[: SHAPE[0], : SHAPE[1]]
    phase = 2 * np.pi * (g[0] * row * PIXEL_NM[0] + g[1] * col * PIXEL_NM[1]) + 0.4
    image = np.cos(phase).astype(np.float32)
    middle = NarrowBand(SHAPE, PIXEL_NM, 0.0)
    back = middle.inverse_real(middle.transform(image, g), g)
    np.testing.assert_allclose(back, np.cos(phase) / 2, atol=0.02)  # one side of the spectrum


def test_rows_and_columns_that_are_not_given_are_zero() -> None:
    inside, g = (slice(7, 50), slice(None, 70)), (2.3, -3.1)
    padded = np.zeros(SHAPE, np.float32)
    padded[inside] = IMAGE[inside]
    part = NarrowBand(SHAPE, PIXEL_NM, 1.1, inside)
    spectrum = part.transform(IMAGE[inside], g)
    np.testing.assert_allclose(spectrum, BAND.transform(padded, g), atol=1e-3)
    np.testing.assert_allclose(
        part.inverse_real(spectrum, g), BAND.inverse_real(spectrum, g)[inside], atol=1e-4
    )
