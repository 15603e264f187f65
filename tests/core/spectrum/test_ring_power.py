"""Rings of a lens in a film's spectrum: how they move with the lens, and how blurred they are."""

import numpy as np
import pytest

from hrtem_core.spectrum.ring_power import power_and_slopes, power_of
from hrtem_core.spectrum.ring_tuning import RING_TUNING

Q_PER_NM = np.arange(1.0, 6.0, 0.05)
C1_NM2, C3_NM4 = np.array([0.1, -0.2, 0.33, 0.0]), 0.02


def test_the_slopes_are_those_of_the_power() -> None:
    power, by_c1, by_c3 = power_and_slopes(Q_PER_NM, C1_NM2, C3_NM4, RING_TUNING)
    step = 1e-6

    def moved(c1: float, c3: float) -> np.ndarray:
        return power_of(Q_PER_NM, C1_NM2 + c1, C3_NM4 + c3, RING_TUNING)

    assert np.array_equal(power, moved(0, 0))
    for slope, (c1, c3) in ((by_c1, (step, 0.0)), (by_c3, (0.0, step))):
        assert slope == pytest.approx((moved(c1, c3) - moved(-c1, -c3)) / 2 / step, rel=1e-4, abs=1e-3)


def test_rings_closer_than_a_tile_tells_are_a_grey_that_falls() -> None:
    grey = power_of(Q_PER_NM, np.array([5.0]), C3_NM4, RING_TUNING)[0, -20:]
    assert (np.diff(grey) < 0).all()
