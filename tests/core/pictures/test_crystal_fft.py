"""The FFT of one crystal: its own spots are there, its neighbour's are not, pixels need not be square."""

import numpy as np
import pytest
from products import disc, domains_of

from hrtem_core.image import Micrograph, PixelSize, Wavevector
from hrtem_core.pictures import crystal_power
from hrtem_core.preparation import prepare
from hrtem_core.recipe import Recipe
from hrtem_core.spectrum import RadialProfile

SHAPE, PIXEL = (220, 260), PixelSize(0.020, 0.021)
OWN, OTHER = Wavevector(-2.0, 3.0), Wavevector(3.5, 1.0)
FLAT = RadialProfile(np.array([0.0, 20.0]), np.ones(2), np.ones(2))


def film(radius: float = 60.0):
    """Two crystals side by side in noise, prepared, and their domains."""
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    masks = [disc(SHAPE, 110, 65, radius), disc(SHAPE, 110, 195, radius)]
    image = np.random.default_rng(3).normal(size=SHAPE)
    for mask, g in zip(masks, (OWN, OTHER), strict=True):
        image += 2 * mask * np.cos(2 * np.pi * (g.row * rows * PIXEL.row_nm + g.col * cols * PIXEL.col_nm))
    prepared = prepare(Micrograph(image.astype(np.float32), PIXEL, "two"), Recipe().preparation)
    return prepared, domains_of(masks, PIXEL, [0, 1])


def at(power, g: Wavevector) -> float:
    """The greatest power at a wavevector."""
    row, col = (round(component / power.step_per_nm) + len(power.power) // 2 for component in g)
    return float(power.power[row - 3 : row + 4, col - 3 : col + 4].max())


def test_a_crystal_has_its_own_spots_only():
    prepared, domains = film()
    power = crystal_power(prepared, [domains.accepted[0]], FLAT)
    assert power.power.shape[0] == power.power.shape[1]
    assert at(power, OWN) == pytest.approx(float(power.power.max()))
    assert at(power, OTHER) < 0.02 * at(power, OWN)


def test_the_spots_lie_where_g_says():
    prepared, domains = film()
    power = crystal_power(prepared, [domains.accepted[1]], FLAT)
    row, col = np.unravel_index(int(np.argmax(power.power)), power.power.shape)
    found = (np.array([row, col]) - len(power.power) // 2) * power.step_per_nm
    sign = np.sign(found @ OTHER)
    assert sign * found == pytest.approx(np.array(OTHER), abs=1.5 * power.step_per_nm)


def test_a_crystal_at_the_border_or_larger_than_the_transform_is_no_trouble(monkeypatch: pytest.MonkeyPatch):
    prepared, _ = film()
    corner = domains_of([disc(SHAPE, 0, 0, 40)], PIXEL, [0]).accepted[0]
    assert np.isfinite(crystal_power(prepared, [corner], FLAT).power).all()
    monkeypatch.setattr("hrtem_core.pictures.crystal_fft.MOST_PX", 64)
    whole = domains_of([np.ones(SHAPE, dtype=bool)], PIXEL, [0]).accepted[0]
    assert np.isfinite(crystal_power(prepared, [whole], FLAT).power).all()
