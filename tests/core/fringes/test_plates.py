"""Thin plates: their rectangle, their side lobes, and g from their own pixels."""

import numpy as np
import pytest

from hrtem_core.fringes.plates import Beside, Plate, g_on_pixels, is_lobe_of_plate, is_rest, thin_plate
from hrtem_core.fringes.tuning import FRINGE_TUNING
from hrtem_core.image import Wavevector
from hrtem_core.numerics import Footprint
from hrtem_core.spectrum import RadialProfile

PIXEL_NM = (0.03, 0.04)
SHAPE = (300, 280)
NORMAL_DEG = 30.0
NORMAL = np.array([np.sin(np.radians(NORMAL_DEG)), np.cos(np.radians(NORMAL_DEG))])
PLATE = Plate((float(NORMAL[0]), float(NORMAL[1])), 1.6, 8.0)
G = Wavevector(2.4, 3.2)


def slab(width_nm: float, length_nm: float = 7.0) -> Footprint:
    """A rectangle in the middle, its normal at 30 degrees to the columns."""
    rows, cols = (np.arange(n) * p for n, p in zip(SHAPE, PIXEL_NM, strict=True))
    down, right = rows[:, None] - rows.mean(), cols[None, :] - cols.mean()
    along, across = down * NORMAL[0] + right * NORMAL[1], down * NORMAL[1] - right * NORMAL[0]
    return Footprint.of((abs(along) < width_nm / 2) & (abs(across) < length_nm / 2))


def at(distance_per_nm: float, across_per_nm: float = 0.0) -> Wavevector:
    """So far from G along the plate's normal, and at right angles to it."""
    row, col = np.array(G) + distance_per_nm * NORMAL + across_per_nm * np.array([NORMAL[1], -NORMAL[0]])
    return Wavevector(float(row), float(col))


def test_the_rectangle_of_a_slab_is_the_slab() -> None:
    plate = thin_plate(slab(1.5), PIXEL_NM, FRINGE_TUNING)
    assert plate is not None
    assert (plate.width_nm, plate.length_nm) == (pytest.approx(1.5, rel=0.03), pytest.approx(7.0, rel=0.03))
    assert abs(np.dot(plate.normal, NORMAL)) == pytest.approx(1, abs=1e-3)
    for width_nm, length_nm in ((2.8, 7.0), (1.5, 3.5), (6.0, 7.0)):
        assert thin_plate(slab(width_nm, length_nm), PIXEL_NM, FRINGE_TUNING) is None


def test_only_weaker_fringes_on_the_normal_are_a_side_lobe() -> None:
    others = [Beside(G, 10.0, PLATE)]
    lobe = at(1.3)
    assert is_lobe_of_plate(Beside(lobe, 4.0, PLATE), others, FRINGE_TUNING)
    assert is_lobe_of_plate(Beside(Wavevector(-lobe.row, -lobe.col), 4.0, PLATE), others, FRINGE_TUNING)
    assert not is_lobe_of_plate(Beside(lobe, 9.0, PLATE), others, FRINGE_TUNING)
    assert not is_lobe_of_plate(Beside(at(1.3, 0.5), 4.0, PLATE), others, FRINGE_TUNING)
    assert not is_lobe_of_plate(Beside(at(4.0), 4.0, PLATE), others, FRINGE_TUNING)
    assert not is_lobe_of_plate(Beside(lobe, 4.0, PLATE), [Beside(G, 10.0, None)], FRINGE_TUNING)


def test_a_crystal_cut_by_a_lamella_has_side_lobes_and_a_twin_is_none_of_them() -> None:
    others = [Beside(G, 20.0, None), Beside(Wavevector(0.5, 4.0), 10.0, PLATE)]
    assert is_lobe_of_plate(Beside(at(1.3), 6.0, None), others, FRINGE_TUNING)
    assert not is_lobe_of_plate(Beside(at(1.3), 6.0, PLATE), others, FRINGE_TUNING)


def test_a_strip_that_a_border_leaves_of_strong_fringes_is_their_rest() -> None:
    own = Beside(at(5.0), 1.0, PLATE)
    assert is_rest(own, [Beside(G, 10.0, None)], FRINGE_TUNING)
    assert not is_rest(own, [Beside(G, 3.0, None)], FRINGE_TUNING)
    assert not is_rest(own, [Beside(at(1.0, 0.5), 10.0, None)], FRINGE_TUNING)
    assert not is_rest(Beside(at(5.0), 1.0, None), [Beside(G, 10.0, None)], FRINGE_TUNING)


@pytest.mark.parametrize("slope", [0.0, 0.6])
def test_g_of_a_plate_is_that_of_its_pixels_wherever_one_looks_first(slope: float) -> None:
    footprint, pulls = slab(0.9), []
    rows, cols = (np.arange(n) * p for n, p in zip(SHAPE, PIXEL_NM, strict=True))
    wave = np.cos(2 * np.pi * (G.row * rows[:, None] + G.col * cols[None, :]))
    radii = np.hypot(
        *np.meshgrid(*(np.fft.fftfreq(n, p) for n, p in zip(SHAPE, PIXEL_NM, strict=True)), indexing="ij")
    )
    ring = np.linspace(0, 16, 200)
    profile = RadialProfile(ring, np.exp(-2 * slope * ring), np.exp(-2 * slope * ring))
    for seed in range(6):
        signal = 3 * wave * footprint.drawn(SHAPE)
        whitening = np.exp(slope * (radii - np.hypot(*G)))
        image = np.fft.ifft2(np.fft.fft2(signal) * whitening).real
        image += np.random.default_rng(seed).normal(0, 1, SHAPE)
        found = g_on_pixels(
            image.astype(np.float32), footprint, PLATE, at(0.25), PIXEL_NM, 1.0, profile, False, FRINGE_TUNING
        )
        assert found is not None
        g, sigma = found
        assert abs(np.hypot(*g) / np.hypot(*G) - 1) < 0.02
        pulls.append((np.hypot(*g) - np.hypot(*G)) / sigma)
    assert np.sqrt(np.mean(np.square(pulls))) < 1.6


def test_where_there_are_no_fringes_there_is_no_g() -> None:
    profile = RadialProfile(np.linspace(0, 16, 50), np.ones(50), np.ones(50))
    flat = np.zeros(SHAPE, np.float32)
    assert g_on_pixels(flat, slab(0.9), PLATE, G, PIXEL_NM, 1.0, profile, False, FRINGE_TUNING) is None
