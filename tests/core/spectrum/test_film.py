"""Noise of an amorphous film seen through a lens: rings that are not round raise it where they lie."""

import numpy as np
import pytest
from lens_scenes import Wave, at, micrograph

from hrtem_core.image import Aberrations, wavelength_nm
from hrtem_core.preparation import PreparationParameters, prepare
from hrtem_core.spectrum import NO_RINGS, Spectrum, SpectrumParameters, transform
from hrtem_core.spectrum.film import astigmatic_noise
from hrtem_core.spectrum.noise import N_SECTORS, PolarBins
from hrtem_core.spectrum.whitening import whiten

WAVE_NM = wavelength_nm(200)
RADII = np.arange(0.1, 8.0, 0.2)


def lens(astigmatism_nm: float, twice_azimuth: float = 2.0) -> Aberrations:
    twofold = astigmatism_nm * WAVE_NM * np.array([np.cos(twice_azimuth), np.sin(twice_azimuth)])
    return Aberrations(100 * WAVE_NM, 0.5e6 * WAVE_NM**3, *twofold.tolist())


def largest_excess(spectrum: Spectrum) -> float:
    """The mean power over the field of a polar bin between 2.4 and 5 1/nm, relative to its noise, at most."""
    windows = spectrum.noise.windows
    bins = PolarBins.of(windows)
    polar = np.stack(windows.each_row(spectrum.whitened, lambda _, powers: bins.powers(powers)))
    excess = (polar / spectrum.noise.level).mean(axis=(0, 1))
    return float(excess[(bins.ring_per_nm > 2.4) & (bins.ring_per_nm < 5)].max())


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_is_as_strong_as_rings_make_it(seed: int) -> None:
    film = prepare(micrograph([], lens(6.0), seed=seed), PreparationParameters())
    blind, found = whiten(film, SpectrumParameters()), transform(film, SpectrumParameters())
    assert found.rings.alone.is_clear
    assert largest_excess(blind) > 2.8
    assert largest_excess(found) < 2.2  # and 1.5 where rings are round
    np.testing.assert_array_equal(found.whitened, blind.whitened)


def test_round_rings_and_none_raise_nothing() -> None:
    film = prepare(micrograph([], lens(0.0)), PreparationParameters())
    rings = transform(film, SpectrumParameters()).rings
    assert rings.alone.is_clear
    assert astigmatic_noise(rings, RADII, 5.0)[RADII < 5].max() < 1.2
    np.testing.assert_array_equal(astigmatic_noise(NO_RINGS, RADII, 5.0), np.ones((len(RADII), N_SECTORS)))


def test_a_crystal_in_such_a_film_raises_nothing_where_its_spots_are() -> None:
    crystal = Wave((8.0, 9.0), 8.0, at(0.24, 30))
    alone, together = (
        transform(prepare(micrograph(waves, lens(6.0)), PreparationParameters()), SpectrumParameters())
        for waves in ([], [crystal])
    )
    factors = [astigmatic_noise(one.rings, RADII, 5.0) for one in (alone, together)]
    np.testing.assert_allclose(factors[0], factors[1], atol=0.25)
