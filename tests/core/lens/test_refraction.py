"""A crystal refracts the beam that its fringes beat with."""

import numpy as np
import pytest

from hrtem_core.image import wavelength_nm
from hrtem_core.lens import LENS_TUNING
from hrtem_core.lens.refraction import RefractingCrystal, phase_per_v_nm
from hrtem_core.numerics import Footprint

CELL_NM = (0.1, 0.1)
RADIUS_NM = 2.5
SNR = 17.0


def ball(snr: float = SNR) -> RefractingCrystal:
    rows, cols = np.mgrid[-25:26, -25:26] * CELL_NM[0]
    return RefractingCrystal(
        Footprint(0, 0, np.hypot(rows, cols) < RADIUS_NM), snr, CELL_NM, wavelength_nm(200), LENS_TUNING
    )


@pytest.mark.parametrize(("kv", "per_kv_nm"), [(100.0, 9.244), (200.0, 7.288), (300.0, 6.526)])
def test_electrons_have_the_interaction_constant_of_the_tables(kv: float, per_kv_nm: float) -> None:
    assert phase_per_v_nm(wavelength_nm(kv)) * 1e3 == pytest.approx(per_kv_nm, rel=1e-3)


def test_the_stronger_its_fringes_the_more_a_crystal_refracts() -> None:
    for snr in (4.0, SNR):
        assert ball(snr).phase.max() == pytest.approx(LENS_TUNING.phase_per_snr * snr, rel=0.03)


def test_no_crystal_refracts_more_than_gold_as_thick_as_it_is_wide() -> None:
    thickest = LENS_TUNING.max_potential_v * phase_per_v_nm(wavelength_nm(200)) * 2 * RADIUS_NM
    for snr in (100.0, 1000.0):
        assert ball(snr).phase.max() == pytest.approx(thickest, rel=0.03)


def test_no_place_has_no_phase() -> None:
    nowhere = Footprint(0, 0, np.zeros((3, 3), dtype=bool))
    assert RefractingCrystal(nowhere, SNR, CELL_NM, wavelength_nm(200), LENS_TUNING).phase.max() == 0


def test_where_the_lens_moves_nothing_nothing_is_left_of_the_phase() -> None:
    crystal = ball()
    for wave in crystal.waves(np.zeros(2)):
        np.testing.assert_array_equal(wave, crystal.mask)
    np.testing.assert_allclose(crystal.pull_per_nm(np.zeros(2)), 0, atol=1e-12)


def test_both_waves_are_pulled_the_way_the_lens_moves_them() -> None:
    outward = np.array([0.0, 0.3])
    for wave in ball().waves(outward):
        step = np.angle(wave[25, 16:36] / wave[25, 15:35])
        assert np.median(step) > 0.001
    pull = ball().pull_per_nm(outward)
    assert pull[1] > 0.005
    assert pull == pytest.approx(-ball().pull_per_nm(-outward))


def test_waves_that_do_not_meet_have_no_beat() -> None:
    np.testing.assert_array_equal(ball().pull_per_nm(np.array([0.0, 2 * RADIUS_NM])), 0)
