"""Overlapping windows: they cover the image, and their power is in units of the noise."""

import time

import numpy as np
import pytest

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.numerics import FloatImage
from hrtem_core.spectrum.windows import Windows, hann, starts, window_powers

PIXEL = PixelSize(0.05, 0.04)


@pytest.mark.parametrize(
    ("length", "size", "step"), [(100, 30, 10.0), (100, 99, 5.0), (64, 64, 3.0), (20, 4, 9.0)]
)
def test_windows_cover_the_length_at_most_a_step_apart(length: int, size: int, step: float) -> None:
    first = starts(length, size, step)
    assert first[0] == 0
    assert first[-1] == length - size
    assert (np.diff(first) <= np.ceil(step)).all()


def test_white_noise_has_unit_power_in_every_window() -> None:
    image = np.random.default_rng(0).normal(size=(150, 190)).astype(np.float32)
    windows = Windows.over(image.shape, PIXEL, 2.0, step=1 / 3, padding=1.6)
    mean = np.mean(windows.each_row(image, lambda _, powers: powers.mean()))
    assert mean == pytest.approx(1, abs=0.05)
    assert (windows.taper**2).sum() == pytest.approx(1, rel=1e-5)


def test_the_power_at_one_g_is_that_of_the_padded_spectrum() -> None:
    image = np.random.default_rng(1).normal(size=(90, 110)).astype(np.float32)
    windows = Windows.over(image.shape, PIXEL, 2.0, step=1 / 3, padding=1.6)
    rows, cols = windows.frequencies_per_nm
    stack = np.stack(windows.each_row(image, lambda _, powers: powers))
    centre = (float(windows.centres_px[0][1]), float(windows.centres_px[1][2]))
    ours = window_powers((image,), PIXEL, np.array([centre]), 2.0, np.array([(rows[5], cols[11])]))
    assert ours[0, 0] == pytest.approx(float(stack[1, 2, 5, 11]), rel=1e-3)


def test_a_window_over_the_border_uses_what_there_is() -> None:
    image = np.random.default_rng(2).normal(size=(90, 110)).astype(np.float32)
    k = np.arange(36)
    centres, waves = np.column_stack([0.0 * k, 3.0 * k]), np.column_stack([1.0 + 0.37 * k, 2.0 + 0 * k])
    powers = window_powers((image,), PIXEL, centres, 2.0, waves)
    assert np.mean(powers) == pytest.approx(1, abs=0.6)


def test_a_window_is_never_larger_than_the_image() -> None:
    windows = Windows.over((30, 200), PIXEL, 4.0, step=1 / 3, padding=1.0)
    assert windows.size_px == (30, 100)
    assert windows.rows.tolist() == [0]
    assert hann(5)[2] == pytest.approx(1)
    assert hann(5).min() > 0


def test_rows_are_judged_with_their_number_and_returned_in_order() -> None:
    image = np.zeros((90, 110), np.float32)
    windows = Windows.over(image.shape, PIXEL, 1.0, step=1 / 3, padding=1.0)
    seen = windows.each_row(image, lambda index, powers: (index, len(powers)))
    assert seen == [(index, len(windows.cols)) for index in range(len(windows.rows))]


def test_windows_are_never_a_few_pixels_however_large_the_pixels() -> None:
    windows = Windows.over((300, 20), PixelSize(5.0, 5.0), 2.5, step=1 / 3, padding=1.0)
    assert windows.size_px == (8, 8)
    assert Windows.over((5, 20), PixelSize(5.0, 5.0), 2.5, step=1 / 3, padding=1.0).size_px == (5, 8)


class Enough(Exception):
    """What a checkpoint raises here."""


def test_rows_that_wait_are_not_begun_once_a_checkpoint_ends_the_work() -> None:
    image = np.zeros((600, 40), np.float32)
    windows = Windows.over(image.shape, PixelSize(0.1, 0.1), 2.0, step=1 / 3, padding=1.0)
    begun: list[int] = []

    def enough() -> None:
        raise Enough

    def judge(index: int, _: FloatImage) -> None:
        begun.append(index)
        time.sleep(0.01)

    with pytest.raises(Enough):
        windows.each_row(image, judge, enough)
    assert len(windows.rows) > 80
    assert len(begun) <= 6
    seen = list(begun)
    time.sleep(0.05)
    assert begun == seen  # nothing goes on behind it
