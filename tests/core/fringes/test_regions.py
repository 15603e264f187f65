"""How uncertain g is: noise, the width of the spot, and what g changes inside a region."""

import numpy as np
import pytest

from hrtem_core.fringes.demodulation import Demodulated
from hrtem_core.fringes.regions import Region, counting_sigma, g_sigma, spot_per_nm, spread_of_g
from hrtem_core.fringes.tuning import FRINGE_TUNING
from hrtem_core.image import Wavevector

PIXEL_NM = (0.05, 0.05)
STEP_PX = 8.0
G = Wavevector(1.2, -3.5)


def region(diameter_nm: float, strain_per_nm: float = 0.0, noise: float = 0.0, seed: int = 0) -> Region:
    """A disc of fringes whose |g| changes along g by `strain_per_nm` of itself per nm."""
    n = int(diameter_nm / (STEP_PX * PIXEL_NM[0])) + 5
    places = (np.arange(n) - n // 2) * STEP_PX
    rows, cols = places[:, None] * PIXEL_NM[0], places[None, :] * PIXEL_NM[1]
    length = float(np.hypot(*G))
    along = (rows * G.row + cols * G.col) / length
    turn = 2 * np.pi * length * strain_per_nm * along**2 / 2
    rng = np.random.default_rng(seed)
    waves = 10 * np.exp(1j * turn) + noise * (rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n)))
    mask = np.hypot(rows, cols) < diameter_nm / 2
    map_ = Demodulated(places, places, waves.astype(np.complex64), np.ones((n, n), dtype=np.float32))
    return Region(
        map_=map_,
        resolution_nm=0.6,
        fading_px=1.0,
        mask=mask,
        area_nm2=float(np.count_nonzero(mask)) * PIXEL_NM[0] * PIXEL_NM[1],
        snr=np.abs(waves).astype(np.float32),
        threshold=5.0,
        plateau=10.0,
        noise_power=1.0,
        energy=5000.0,
        excess=100.0,
    )


@pytest.mark.parametrize("strain_per_nm", [0.001, -0.002])
def test_the_spread_is_half_of_how_far_the_halves_differ(strain_per_nm: float) -> None:
    """The centroid of half a disc lies at 2 D / (3 pi) of its middle; the middle of a region counts most."""
    spread = spread_of_g(region(8.0, strain_per_nm), G, PIXEL_NM)
    of_halves = abs(strain_per_nm) * 2 * 8.0 / (3 * np.pi) * float(np.hypot(*G))
    assert 0.5 * of_halves < spread < 1.3 * of_halves


def test_a_lattice_that_is_the_same_everywhere_has_none() -> None:
    length = float(np.hypot(*G))
    assert spread_of_g(region(8.0), G, PIXEL_NM) < 1e-4 * length
    noisy = [spread_of_g(region(8.0, noise=2.0, seed=seed), G, PIXEL_NM) for seed in range(8)]
    assert max(noisy) < 0.002 * length


def test_a_region_too_small_for_halves_has_none() -> None:
    assert spread_of_g(region(0.5), G, PIXEL_NM) == 0


def test_what_no_counting_removes_is_a_share_of_the_spots_width() -> None:
    large, small = region(16.0), region(4.0)
    widths = [spot_per_nm(one, G, PIXEL_NM, FRINGE_TUNING) for one in (large, small)]
    assert widths[0] == pytest.approx(1 / (2 * np.pi * 4.0), rel=0.05)  # a disc's standard deviation is D / 4
    assert widths[1] == pytest.approx(4 * widths[0], rel=0.1)
    for one, width in zip((large, small), widths, strict=True):
        counting = counting_sigma(one, G, PIXEL_NM, FRINGE_TUNING)
        assert counting == pytest.approx(width / 100)  # 1 / sqrt(2 E)
        least = FRINGE_TUNING.strain * np.hypot(*G)
        expected = np.sqrt(counting**2 + (FRINGE_TUNING.spot_share * width) ** 2 + least**2)
        assert g_sigma(one, G, PIXEL_NM) == pytest.approx(expected)
