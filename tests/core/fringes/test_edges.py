"""Fresnel fringes belong to an edge that is stronger than they are; a few lattice planes do not."""

import numpy as np
import pytest

from hrtem_core.fringes.edges import is_fresnel
from hrtem_core.image import Wavevector
from hrtem_core.numerics import Footprint
from hrtem_core.spectrum import RadialProfile

SHAPE, PIXEL_NM = (240, 260), (0.06, 0.055)
ROW, COL = np.arange(SHAPE[0])[:, None] * PIXEL_NM[0], np.arange(SHAPE[1])[None, :] * PIXEL_NM[1]
MIDDLE_NM = 7.0
G_PER_NM = np.linspace(0.02, 12, 600)
DEFOCUS_NM2 = 0.08
"""Wavelength times defocus."""


def film(g: np.ndarray) -> np.ndarray:
    """Noise power of the micrograph: a film under its transfer function, and counting."""
    return np.sin(np.pi * DEFOCUS_NM2 * g**2) ** 2 / (1 + (g / 1.5) ** 2) + 0.05


PROFILE = RadialProfile(G_PER_NM, film(G_PER_NM), film(G_PER_NM))


def whitened(image: np.ndarray, seed: int) -> np.ndarray:
    """An image without noise, as it stands in the whitened one."""
    rows, cols = (np.fft.fftfreq(n, p) for n, p in zip(SHAPE, PIXEL_NM, strict=True))
    spectrum = np.fft.fft2(image) / np.sqrt(film(np.hypot(rows[:, None], cols)))
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    return (np.fft.ifft2(spectrum).real + noise).astype(np.float32)


def edge(height: float) -> np.ndarray:
    """A step along the rows, as the lens images it."""
    step = height * ((COL > MIDDLE_NM) & (COL < 1.8 * MIDDLE_NM)) * np.ones(SHAPE)
    g = np.fft.fftfreq(SHAPE[1], PIXEL_NM[1])
    lens = np.sin(np.pi * DEFOCUS_NM2 * g**2) * np.exp(-((g / 7) ** 2))
    return np.fft.ifft(np.fft.fft(step, axis=1) * lens, axis=1).real


def judged(image: np.ndarray, g_per_nm: float, width_nm: float = 2.0) -> bool:
    mask = (abs(COL - MIDDLE_NM) < width_nm / 2) & (abs(ROW - MIDDLE_NM) < 4)
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    footprint = Footprint(int(rows[0]), int(cols[0]), mask[box])
    return is_fresnel(image, footprint, Wavevector(0.0, g_per_nm), PIXEL_NM, PROFILE)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_maximum_of_the_lens_at_an_edge_is_the_edges(order: int, seed: int) -> None:
    g = np.sqrt((order + 0.5) / DEFOCUS_NM2)
    assert judged(whitened(edge(8.0), seed), g)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("width_nm", [0.8, 1.1, 1.5])
def test_planes_along_an_edge_stand_above_it(width_nm: float, seed: int) -> None:
    """A plate of three to six planes whose sides are a step, too."""
    inside = abs(COL - MIDDLE_NM) < width_nm / 2
    planes = 1.0 * inside * np.cos(2 * np.pi * 4.0 * COL) * (abs(ROW - MIDDLE_NM) < 4)
    assert not judged(whitened(edge(0.5) + planes, seed), 4.0)


def test_without_an_edge_nothing_is_an_edges() -> None:
    planes = (abs(COL - MIDDLE_NM) < 0.5) * np.cos(2 * np.pi * 4.0 * COL) * np.ones(SHAPE)
    assert not judged(whitened(planes, 5), 4.0)
    assert not any(judged(whitened(np.zeros(SHAPE), seed), 4.0) for seed in range(10))


def test_many_periods_are_a_lattice_whatever_lies_beside_them() -> None:
    g = np.sqrt(1.5 / DEFOCUS_NM2)
    assert not judged(whitened(edge(8.0), 1), g, width_nm=7.5)
