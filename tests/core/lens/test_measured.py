"""Defocus and astigmatism from the rings of a film, and no rings where there are none."""

from dataclasses import replace

import numpy as np
import pytest
from lens_scenes import Wave, at, micrograph

from hrtem_core.errors import RecipeError
from hrtem_core.image import Aberrations, Micrograph, PixelSize, wavelength_nm
from hrtem_core.lens import Lens, LensParameters, measure_lens
from hrtem_core.preparation import PreparationParameters, prepare
from hrtem_core.spectrum import Spectrum, SpectrumParameters, ring_curve, transform
from hrtem_core.spectrum.film import medians_by_bin, ring_profile
from hrtem_core.spectrum.ring_tuning import RingTuning
from hrtem_core.spectrum.rings import guesses


def spectrum_of(image: Micrograph) -> Spectrum:
    return transform(prepare(image, PreparationParameters()), SpectrumParameters())


def film_through(lens: Aberrations, seed: int = 0) -> Spectrum:
    crystal = Wave((8.0, 9.0), 6.0, at(0.24, 30))
    return spectrum_of(micrograph([crystal], lens, seed=seed))


CASES = [(200, 1.2, 95.0), (200, 0.5, 50.0), (200, 1.0, -50.0), (120, 2.0, 130.0), (300, 1.2, 110.0)]


@pytest.mark.parametrize(("kv", "cs_mm", "defocus_nm"), CASES)
def test_the_rings_tell_defocus_and_its_sign(kv: float, cs_mm: float, defocus_nm: float) -> None:
    spectrum = film_through(Aberrations.of(kv, cs_mm, defocus_nm))
    lens = measure_lens(spectrum, LensParameters(kv, cs_mm))
    assert lens.source == "rings"
    found = lens.rings.aberrations.c1_nm2 / lens.wavelength_nm
    sigma = lens.rings.sigmas.c1_nm2 / lens.wavelength_nm
    assert found == pytest.approx(defocus_nm, abs=1.0)
    assert abs(found - defocus_nm) < 5 * sigma


@pytest.mark.parametrize(("kv", "cs_mm", "defocus_nm"), CASES)
def test_the_rings_alone_tell_how_far_fringes_are_displaced(
    kv: float, cs_mm: float, defocus_nm: float
) -> None:
    truth = Aberrations.of(kv, cs_mm, defocus_nm)
    lens = measure_lens(film_through(truth), LensParameters())
    assert lens.source == "rings alone"
    assert lens.aberrations is not None
    for g in (3.0, 4.0, 5.0):
        found, expected = (np.hypot(*one.displacement_nm((0.0, g))) for one in (lens.aberrations, truth))
        assert found == pytest.approx(expected, abs=0.15)


def test_astigmatism_is_measured_with_its_direction() -> None:
    wave = wavelength_nm(200)
    twofold = 5.0 * wave * np.array([np.cos(2.0), np.sin(2.0)])
    truth = Aberrations(80 * wave, 1.0e6 * wave**3, *twofold)
    found = measure_lens(film_through(truth), LensParameters(200, 1.0)).rings.aberrations
    assert found.astigmatism_nm2 / wave == pytest.approx(5.0, abs=1.0)
    assert found.astigmatism_azimuth_deg == pytest.approx(np.degrees(1.0), abs=6)


@pytest.mark.parametrize("lens", [Aberrations.of(200, 0.0, 6.0), Aberrations.of(300, 0.01, -4.0)])
@pytest.mark.parametrize("known", [LensParameters(), LensParameters(200, 0.0)])
def test_a_corrected_lens_leaves_no_rings(lens: Aberrations, known: LensParameters) -> None:
    found = measure_lens(film_through(lens), known)
    assert (found.source, found.aberrations) == ("unknown", None)


def test_noise_has_no_rings() -> None:
    noise = np.random.default_rng(1).normal(100, 5, (500, 520)).astype(np.float32)
    image = Micrograph(noise, PixelSize(0.04, 0.04), "noise")
    assert not measure_lens(spectrum_of(image), LensParameters()).rings.is_clear


def test_a_typed_defocus_counts_where_there_are_no_rings_and_is_refined_where_there_are() -> None:
    known = LensParameters(200, 1.2, 90.0)
    refined = measure_lens(film_through(Aberrations.of(200, 1.2, 95.0)), known)
    assert refined.rings.aberrations.c1_nm2 / refined.wavelength_nm == pytest.approx(95, abs=1)
    noise = np.random.default_rng(2).normal(100, 5, (400, 400)).astype(np.float32)
    given = measure_lens(spectrum_of(Micrograph(noise, PixelSize(0.04, 0.04), "noise")), known)
    assert given == Lens(
        source="given",
        aberrations=Aberrations.of(200, 1.2, 90.0),
        rings=given.rings,
        wavelength_nm=wavelength_nm(200),
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"voltage_kv": 2.0}, "lens.voltage_kv must lie between 20 and 3000, got 2."),
        ({"voltage_kv": 200.0, "cs_mm": 40.0}, "lens.cs_mm must lie between -1 and 20, got 40."),
        ({"cs_mm": 1.2}, "says nothing without the voltage"),
        ({"voltage_kv": 200.0, "defocus_nm": 50.0}, "needs lens.voltage_kv and lens.cs_mm"),
        ({"voltage_kv": float("nan")}, "got nan"),
    ],
)
def test_what_is_given_must_make_sense(given: dict[str, float], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        LensParameters(**given)


def test_what_is_asked_of_rings_is_asked_of_the_lens_too() -> None:
    """A sweep of the spectrum's numbers tries them wherever rings are fitted."""
    spectrum = film_through(Aberrations.of(200.0, 1.2, 70.0))
    known = LensParameters(200.0, 1.2)
    assert measure_lens(spectrum, known).source == "rings"
    strict = replace(spectrum, rings=replace(spectrum.rings, tuning=RingTuning(min_score=1.0)))
    assert measure_lens(strict, known).source == "unknown"


def test_the_curve_of_the_rings_follows_a_film() -> None:
    lens = Aberrations.of(200.0, 1.2, 70.0)
    q = np.linspace(0.1, 7.0, 300)
    film = np.exp(-q / 2) * (np.sin(np.pi * (lens.c3_nm4 / 2 * q**4 - lens.c1_nm2 * q**2)) ** 2 + 0.15)
    curve = ring_curve(lens, q, film)
    inside = (q >= 1.2) & (q <= 6.0)
    assert np.isnan(curve[~inside]).all()
    assert np.allclose(np.log(curve[inside]), np.log(film[inside]), atol=0.02)


def test_of_several_defoci_the_true_one_is_among_the_guesses() -> None:
    true = Aberrations.of(200, 1.2, 90.0)
    found = guesses(ring_profile(film_through(true)), true.c3_nm4, 3)
    assert 1 <= len(found) <= 3
    assert min(abs(fit.aberrations.c1_nm2 - true.c1_nm2) for fit in found) < 0.01 * true.c1_nm2


def test_a_lens_that_rings_tell_needs_no_guesses() -> None:
    lens = measure_lens(film_through(Aberrations.of(200, 1.2, 90.0)), LensParameters(200.0, 1.2))
    assert lens.guesses == ()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_medians_by_bin_are_those_of_numpy(dtype: type) -> None:
    rng = np.random.default_rng(3)
    values, bins = rng.normal(size=200).astype(dtype), rng.integers(0, 40, 200)
    bins[bins == 7] = 8
    for number, median in enumerate(medians_by_bin(values, bins, 41)):
        own = values[bins == number]
        assert median == np.median(own) if len(own) else np.isnan(median)


def test_an_image_of_one_grey_has_no_rings() -> None:
    grey = Micrograph(np.full((256, 256), 7.0, dtype=np.float32), PixelSize(0.03, 0.03), "grey")
    assert measure_lens(spectrum_of(grey), LensParameters()).source == "unknown"
