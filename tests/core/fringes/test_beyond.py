"""Strong lattices finer than the range: taken out before all others, and told to nobody."""

from functools import cache

import numpy as np
import pytest

from hrtem_core.fringes.beyond import take_out_beyond
from hrtem_core.fringes.maps import FringeMaps
from hrtem_core.fringes.matching_pursuit import separate
from hrtem_core.fringes.residual import Pursuit
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.preparation.prepare import PreparationParameters, prepare
from hrtem_core.spectrum import transform
from hrtem_core.spectrum.candidates import CandidateParameters, Candidates, find_candidates
from hrtem_core.spectrum.whitening import Spectrum, SpectrumParameters

SIDE, PIXEL_NM, FINE_NM = 512, 0.03, 0.114
DOWN, RIGHT = np.mgrid[:SIDE, :SIDE] * PIXEL_NM


def lattice(d_nm: float, azimuth_deg: float) -> np.ndarray:
    angle = np.radians(azimuth_deg)
    return np.asarray(np.cos(2 * np.pi * (DOWN * np.sin(angle) + RIGHT * np.cos(angle)) / d_nm))


@cache
def seen(strength: float, *, everywhere: bool = True) -> tuple[Spectrum, Candidates, FringeMaps]:
    """Fringes of 0.24 nm, and two lattices beyond the range."""
    image = np.random.default_rng(3).normal(0, 1, DOWN.shape) + 0.3 * lattice(0.24, 23)
    where = 1.0 if everywhere else np.hypot(DOWN - 8, RIGHT - 8) < 3
    image += strength * where * (lattice(FINE_NM, 0) + lattice(FINE_NM, 90))
    micrograph = Micrograph(100 + 10 * image, PixelSize(PIXEL_NM, PIXEL_NM), "fine")
    spectrum = transform(prepare(micrograph, PreparationParameters()), SpectrumParameters())
    candidates = find_candidates(spectrum, CandidateParameters())
    return spectrum, candidates, separate(spectrum, candidates)


@pytest.mark.parametrize("strength", [0.0, 10.0])
def test_strong_lattices_beyond_the_range_leave_nothing_in_it(strength: float) -> None:
    _, candidates, fringes = seen(strength)
    (only,) = fringes.maps
    assert np.hypot(*only.g_per_nm) == pytest.approx(1 / 0.24, rel=0.005)
    assert set(fringes.map_of_candidate) == {-1, 0}
    own = candidates.g_per_nm[np.array(fringes.map_of_candidate) == 0]
    assert np.all(np.abs(np.hypot(*own.T) - 1 / 0.24) < 0.3)


def test_they_are_taken_out_before_all_others() -> None:
    spectrum, _, fringes = seen(10.0)
    pursuit = Pursuit(spectrum, spectrum.whitened)
    take_out_beyond(pursuit)
    assert pursuit.n_beyond == len(pursuit.explained) == 2
    for taken in pursuit.explained:
        assert np.hypot(*taken.fringes.g_per_nm) == pytest.approx(1 / FINE_NM, rel=0.005)
    assert np.std(fringes.residual) < np.std(spectrum.whitened) / 3


@pytest.mark.parametrize(("strength", "everywhere"), [(0.1, True), (10.0, False)])
def test_weak_or_small_ones_stay(strength: float, everywhere: bool) -> None:
    spectrum, _, _ = seen(strength, everywhere=everywhere)
    pursuit = Pursuit(spectrum, spectrum.whitened)
    take_out_beyond(pursuit)
    assert not pursuit.explained
