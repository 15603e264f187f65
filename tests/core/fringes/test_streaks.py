"""Spots and streaks: a lattice of any outline is a spot, Fresnel fringes are a streak."""

import numpy as np
import pytest
from scipy import ndimage

from hrtem_core.fringes.streaks import is_streak
from hrtem_core.numerics.footprints import Footprint

SHAPE, PIXEL_NM = (240, 260), (0.06, 0.055)
ROW, COL = np.arange(SHAPE[0])[:, None] * PIXEL_NM[0], np.arange(SHAPE[1])[None, :] * PIXEL_NM[1]


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=SHAPE)


def footprint_of(mask: np.ndarray) -> Footprint:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    return Footprint(int(rows[0]), int(cols[0]), mask[box])


def judged(image: np.ndarray, mask: np.ndarray, g: tuple[float, float]) -> bool:
    return is_streak(image.astype(np.float32), footprint_of(mask), g, PIXEL_NM, 1.0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size_nm", [(2.5, 2.5), (9.0, 2.0), (2.0, 9.0), (8.0, 8.0)])
@pytest.mark.parametrize("amplitude", [0.5, 4.0])
def test_a_lattice_is_a_spot(size_nm: tuple[float, float], amplitude: float, seed: int) -> None:
    mask = (abs(ROW - 7) < size_nm[0] / 2) & (abs(COL - 7) < size_nm[1] / 2)
    g = (1.3, 3.6)
    image = noise(seed) + amplitude * mask * np.cos(2 * np.pi * (g[0] * ROW + g[1] * COL))
    assert not judged(image, mask, g)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("blur_nm2", [0.15, 0.3])
def test_fresnel_fringes_are_a_streak(blur_nm2: float, seed: int) -> None:
    """Their phase is pi x² / (wavelength * defocus), so that g grows with the distance x from the edge."""
    image = noise(seed) + 2.0 * np.cos(np.pi * (COL - 7) ** 2 / blur_nm2)
    g = 3.0
    mask = (abs(COL - 7) < 1.5) & (abs(ROW - 7) < 4)
    assert judged(image, mask, (0.0, g))


def test_noise_is_no_streak() -> None:
    mask = np.hypot(ROW - 7, COL - 7) < 3
    assert not any(judged(noise(seed), mask, (2.0, 3.0)) for seed in range(20))


@pytest.mark.parametrize("seed", range(4))
def test_a_broad_hump_is_no_spot(seed: int) -> None:
    """Coarse structure at an edge has power at every frequency around g."""
    g, width_per_nm = (1.0, 2.2), 0.7
    spectrum = np.fft.fft2(np.random.default_rng(seed).normal(size=SHAPE))
    rows, cols = (np.fft.fftfreq(n, p) for n, p in zip(SHAPE, PIXEL_NM, strict=True))
    hump = np.exp(-0.5 * ((rows[:, None] - g[0]) ** 2 + (cols - g[1]) ** 2) / width_per_nm**2)
    image = noise(seed + 100) + 8 * np.fft.ifft2(spectrum * hump).real
    assert judged(image, np.hypot(ROW - 7, COL - 7) < 2.5, g)


@pytest.mark.parametrize(("width_nm", "streak"), [(6.0, False), (2.0, True)])
def test_a_second_spot_along_g_is_another_lattice_unless_the_region_is_a_line(
    width_nm: float, streak: bool
) -> None:
    mask = (abs(ROW - 7) < 3.5) & (abs(COL - 7) < width_nm / 2)
    waves = sum(np.cos(2 * np.pi * g * COL) for g in (3.0, 4.0))
    soft = ndimage.gaussian_filter(mask.astype(float), 4)
    assert judged(noise(1) + soft * waves, mask, (0.0, 3.0)) == streak


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("decay_nm", [1.6, 2.4])
def test_a_lattice_that_flyback_distorts_at_the_side_is_a_spot(decay_nm: float, seed: int) -> None:
    """The fringes at the left are displaced by up to three periods: their spectrum is a tail along g."""
    moved = COL - 1.3 * np.exp(-COL / decay_nm)
    image = noise(seed) + 3 * np.cos(2 * np.pi * 2.5 * moved)
    assert not judged(image, np.ones(SHAPE, dtype=bool), (0.0, 2.5))


@pytest.mark.parametrize("other_nm", [0.43, 0.456])
def test_how_far_a_streak_is_looked_for_follows_the_spacing(other_nm: float) -> None:
    """A band of 0.59 nm in a crystal whose parallel planes have their spot more than 0.5 1/nm away."""
    inside = (abs(COL - 7) < 2.2) & (abs(ROW - 7) < 6)
    outline = (abs(COL - 7) < 2.8) & (abs(ROW - 7) < 6)
    soft = ndimage.gaussian_filter(inside.astype(float), 2)
    one, other = (np.cos(2 * np.pi * COL / d) for d in (0.59, other_nm))
    assert not judged(noise(3) + 2 * soft * one + 4 * (1 - soft) * other, outline, (0.0, 1 / 0.59))
