"""Masks that a person places: what passes and what does not, pixels that are not square."""

import numpy as np
import pytest

from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.pictures.masks import through_masks
from hrtem_core.recipe.inverse_fft import MaskPair

SHAPE = (192, 300)
PIXEL = PixelSize(0.05, 0.04)
ROWS, COLS = np.ogrid[: SHAPE[0], : SHAPE[1]]
BIN = 1 / (SHAPE[0] * PIXEL.row_nm), 1 / (SHAPE[1] * PIXEL.col_nm)


def g_of(rows: int, cols: int) -> Wavevector:
    """A whole number of periods over the image."""
    return Wavevector(rows * BIN[0], cols * BIN[1])


def wave(g: Wavevector, phase: float = 0.7) -> np.ndarray:
    turns = g.row * ROWS * PIXEL.row_nm + g.col * COLS * PIXEL.col_nm
    return np.asarray(np.cos(2 * np.pi * turns + phase))


ONE, OTHER = g_of(-20, 31), g_of(14, 40)


@pytest.mark.parametrize("g", [ONE, OTHER, g_of(0, 25), g_of(-30, 0), Wavevector(-ONE.row, -ONE.col)])
def test_what_lies_in_a_mask_passes_whole_and_all_else_does_not(g: Wavevector) -> None:
    image = 500 + 3 * wave(g) + 5 * wave(g_of(45, 11)) + 0.2 * COLS
    filtered = through_masks(image, PIXEL, [MaskPair(g, 0.4, 0.2)])
    assert filtered.dtype == np.float32
    middle = np.s_[20:-20, 20:-20]
    assert np.abs(filtered - 3 * wave(g))[middle].max() < 0.15


def test_both_members_name_one_mask() -> None:
    image = np.random.default_rng(0).standard_normal(SHAPE)
    one, other = (MaskPair(Wavevector(sign * ONE.row, sign * ONE.col), 0.5, 0.3) for sign in (1, -1))
    assert np.array_equal(through_masks(image, PIXEL, [one]), through_masks(image, PIXEL, [other]))


def test_masks_add_up_and_overlapping_ones_pass_nothing_twice() -> None:
    image = wave(ONE) + wave(OTHER)
    both = through_masks(image, PIXEL, [MaskPair(ONE, 0.4, 0.2), MaskPair(OTHER, 0.4, 0.2)])
    assert np.allclose(both, image, atol=0.12)  # less at the borders, which are not periodic
    twice = through_masks(image, PIXEL, [MaskPair(ONE, 0.4, 0.2), MaskPair(ONE, 0.5, 0.2)])
    assert np.allclose(twice, wave(ONE), atol=0.12)
    assert not through_masks(image, PIXEL, []).any()


def test_the_edge_is_as_soft_as_it_says() -> None:
    mask = MaskPair(ONE, 0.4, 0.2)
    assert (mask.inner_per_nm, mask.outer_per_nm) == pytest.approx((0.3, 0.5))
    assert mask.share(np.array([0.0, 0.3, 0.4, 0.5, 0.9])) == pytest.approx([1, 1, 0.5, 0, 0])
    hard = MaskPair(ONE, 0.4, 0.0)
    assert hard.share(np.array([0.399, 0.401])) == pytest.approx([1, 0])
    assert MaskPair(ONE, 0.1, 0.8).share(np.array([0.0])) == pytest.approx([1])
    assert mask.resolution_nm == pytest.approx(1.25)


def test_a_narrower_mask_blurs_more() -> None:
    edge = (COLS > 150) * wave(ONE)

    def width(radius_per_nm: float) -> float:
        filtered = through_masks(edge, PIXEL, [MaskPair(ONE, radius_per_nm, 0.2 * radius_per_nm)])
        power = (filtered[20:-20] ** 2).mean(axis=0)
        rising = power[80:220] / power[220:250].mean()
        return float(np.count_nonzero((rising > 0.1) & (rising < 0.8)))

    assert width(0.3) > 1.8 * width(0.9)
