"""The lens's phase, and how far it displaces fringes."""

import numpy as np
import pytest

from hrtem_core.image import Aberrations, wavelength_nm


@pytest.mark.parametrize(("kv", "picometres"), [(80, 4.1757), (120, 3.3492), (200, 2.5079), (300, 1.9687)])
def test_electrons_have_the_wavelength_of_the_tables(kv: float, picometres: float) -> None:
    assert wavelength_nm(kv) == pytest.approx(picometres / 1000, rel=2e-4)


@pytest.mark.parametrize("g", [(3.0, 1.0), (-2.0, 4.5), (0.0, 5.0)])
def test_the_displacement_is_the_gradient_of_the_phase(g: tuple[float, float]) -> None:
    lens = Aberrations(0.2, 0.015, 0.01, -0.02)
    step = 1e-5
    gradient = [
        (lens.chi(g[0] + a, g[1] + b) - lens.chi(g[0] - a, g[1] - b)) / (4 * np.pi * step)
        for a, b in ((step, 0.0), (0.0, step))
    ]
    assert lens.displacement_nm(g) == pytest.approx(gradient, abs=1e-6)
    assert lens.displacement_nm(np.negative(g)) == pytest.approx(np.negative(gradient), abs=1e-6)


def test_a_lens_in_kilovolts_and_millimetres() -> None:
    """R = |Cs lambda³ g³ - defocus lambda g| (Coene & Jansen 1992)."""
    lens, wave = Aberrations.of(200, 1.2, 80), wavelength_nm(200)
    expected = 1.2e6 * wave**3 * 5**3 - 80 * wave * 5
    assert np.hypot(*lens.displacement_nm((0.0, 5.0))) == pytest.approx(expected)


def test_the_azimuth_of_astigmatism_is_where_underfocus_is_greatest() -> None:
    lens = Aberrations(0.2, 0.0, 0.03 * np.cos(2 * 0.7), 0.03 * np.sin(2 * 0.7))
    assert lens.astigmatism_nm2 == pytest.approx(0.03)
    assert lens.astigmatism_azimuth_deg == pytest.approx(np.degrees(0.7))
    along, across = (-lens.chi(-np.sin(angle), np.cos(angle)) / np.pi for angle in (0.7, 0.7 + np.pi / 2))
    assert (along, across) == (pytest.approx(0.23), pytest.approx(0.17))
