"""Fringes that a lens has displaced come home, and what cannot be known is said."""

from functools import cache

import numpy as np
import pytest
from lens_scenes import PIXEL_NM, SHAPE, Wave, at, inside, micrograph

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.domains import Domain
from hrtem_core.exports.summary import summarize
from hrtem_core.image import Aberrations, Micrograph, PixelSize
from hrtem_core.lens import LENS_TUNING, DelocalizationParameters, LensParameters
from hrtem_core.measures import measure
from hrtem_core.recipe import Recipe

KV, CS_MM, DEFOCUS_NM = 200.0, 1.2, 90.0
LENS = Aberrations.of(KV, CS_MM, DEFOCUS_NM)
KNOWN = LensParameters(KV, CS_MM)
CENTRES_NM = ((5.5, 5.5), (13.5, 8.0), (7.0, 15.5))
SPACINGS_NM = (0.33, 0.24, 0.19)
REFRACTION = 0.072
"""Phase in rad per nm: six times the amplitude of the waves over the diameter, as in simulated crystals."""


def waves(*, only_plus: bool) -> list[Wave]:
    """Three crystals of three reflections; a tilted one has the wave g of each and not -g."""
    found = []
    for number, centre in enumerate(CENTRES_NM):
        for order, d_nm in enumerate(SPACINGS_NM):
            g = at(d_nm, 20 + 37 * number + 58 * order)
            found.append(Wave(centre, 5.0, g))
            if not only_plus:
                found.append(Wave(centre, 5.0, (-g[0], -g[1])))
    return found


@cache
def analyzed(only_plus: bool, lens: LensParameters, correct: bool = True) -> Analysis:
    image = micrograph(waves(only_plus=only_plus), LENS)
    return analyze(image, Recipe(lens=lens, delocalization=DelocalizationParameters(correct)))


@cache
def film() -> Analysis:
    return analyze(micrograph([], LENS), Recipe())


def on_field(domain: Domain) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[domain.footprint.window] = domain.footprint.mask
    return mask


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.count_nonzero(one & other) / np.count_nonzero(one | other))


def homes(analysis: Analysis, wave: Wave) -> list[float]:
    """How well certain domains of this reflection lie on its crystal."""
    return [
        iou(on_field(domain), inside(wave))
        for domain in analysis.domains.certain
        if min(np.hypot(*np.subtract(domain.g_per_nm, s * np.array(wave.g_per_nm))) for s in (1, -1)) < 0.1
    ]


@pytest.mark.parametrize("only_plus", [True, False], ids=["tilted", "both waves"])
@pytest.mark.parametrize("lens", [KNOWN, LensParameters()], ids=["known", "rings alone"])
def test_every_reflection_comes_home(only_plus: bool, lens: LensParameters) -> None:
    analysis = analyzed(only_plus, lens)
    crystals = waves(only_plus=True)
    assert [max(homes(analysis, wave), default=0.0) > 0.6 for wave in crystals] == [True] * len(crystals)
    assert len(analysis.domains.certain) == len(crystals)
    assert analysis.crystallites.n_crystallites == len(CENTRES_NM)


def test_without_correction_the_high_orders_lie_beside_their_crystals() -> None:
    analysis = analyzed(True, KNOWN, correct=False)
    high = [wave for wave in waves(only_plus=True) if np.hypot(*LENS.displacement_nm(wave.g_per_nm)) > 1.4]
    assert len(high) == len(CENTRES_NM)
    assert max(max(homes(analysis, wave), default=0.0) for wave in high) < 0.5


def test_domains_say_how_far_they_were_displaced() -> None:
    analysis = analyzed(True, KNOWN)
    for domain in analysis.domains.accepted:
        expected = np.hypot(*LENS.displacement_nm(domain.g_per_nm))
        if expected > 0.4:
            assert domain.displacement_nm == pytest.approx(expected, abs=0.15)
            assert domain.place == "home"
    table = measure(analysis).domains
    assert table["displacement_nm"] == [d.displacement_nm for d in analysis.domains.accepted]
    assert set(table["place"]) == {"home"}


@pytest.mark.parametrize("refraction", [0.0, REFRACTION])
def test_g_at_home_is_that_of_the_lattice(refraction: float) -> None:
    image = micrograph(waves(only_plus=False), LENS, refraction=refraction)
    analysis = analyze(image, Recipe(lens=KNOWN))
    for wave in waves(only_plus=True):
        lattice = float(np.hypot(*wave.g_per_nm))
        found = [
            domain
            for domain in analysis.domains.certain
            if min(np.hypot(*np.subtract(domain.g_per_nm, s * np.array(wave.g_per_nm))) for s in (1, -1))
            < 0.1
        ]
        (domain,) = found
        assert float(np.hypot(*domain.g_per_nm)) == pytest.approx(lattice, abs=3 * domain.g_sigma_per_nm)
        assert domain.g_sigma_per_nm < 0.01 * lattice
        if np.hypot(*LENS.displacement_nm(wave.g_per_nm)) > 1:
            assert float(np.hypot(*domain.g_per_nm)) == pytest.approx(lattice, rel=0.002)
            peak = analysis.peaks.g_per_nm[domain.peak]
            assert float(np.hypot(*peak)) == pytest.approx(lattice, rel=0.002)


def test_what_crystals_that_refract_add_to_g_is_taken_off() -> None:
    strongest, diameter_nm = 27.0, 5.0
    refraction = LENS_TUNING.phase_per_snr * strongest / diameter_nm
    image = micrograph(waves(only_plus=True), LENS, refraction=refraction)
    domains = analyze(image, Recipe(lens=KNOWN)).domains.certain
    for d_nm in (d for d in SPACINGS_NM if np.hypot(*LENS.displacement_nm(at(d, 0))) > 1):
        found = [np.hypot(*domain.g_per_nm) * d_nm for domain in domains]
        assert [g for g in found if abs(g - 1) < 0.1] == pytest.approx([1.0] * len(CENTRES_NM), abs=0.0015)


def test_a_lone_copy_lies_at_either_place_and_is_not_counted() -> None:
    wave = Wave((10.0, 11.0), 5.0, at(0.18, 25))
    analysis = analyze(micrograph([wave], LENS), Recipe(lens=KNOWN))
    (domain,) = analysis.domains.accepted
    assert domain.place == "either"
    found = np.argwhere(on_field(domain)).mean(axis=0) * 0.03
    displacement = LENS.displacement_nm(wave.g_per_nm)
    assert found == pytest.approx(
        np.add(wave.centre_nm, displacement), abs=0.4
    )  # listed where its fringes are
    assert domain.g_sigma_per_nm > LENS_TUNING.spot_sigma_stays / 5.5  # nobody knows what the lens did to it
    measured = measure(analysis)
    assert (measured.totals.n_domains, measured.totals.crystalline_area_nm2) == (0, 0.0)
    assert measured.domains["crystallite_id"] == [0]
    assert (measured.crystallites["crystallite_id"], measured.families["n_domains"]) == ([], [0])
    lens = summarize(analysis, measured.totals)["lens"]
    assert lens["moved"]
    assert "either of two places" in lens["notes"][0]


def test_the_summary_says_what_was_given_and_measured() -> None:
    analysis = analyzed(True, KNOWN)
    lens = summarize(analysis, measure(analysis).totals)["lens"]
    assert lens["given"] == {"voltage_kv": KV, "cs_mm": CS_MM, "defocus_nm": None}
    assert lens["source"] == "rings"
    assert lens["rings"]["defocus_nm"] == pytest.approx(DEFOCUS_NM, abs=1.5)
    assert lens["rings"]["score"] > 0.4
    assert lens["moved"]


def test_a_lens_that_leaves_no_rings_leaves_domains_as_they_are() -> None:
    image = micrograph(waves(only_plus=False), Aberrations.of(KV, 0.0, 6.0))
    as_found = analyze(image, Recipe(delocalization=DelocalizationParameters(False)))
    for known in (LensParameters(), LensParameters(KV, 0.0)):
        analysis = analyze(image, Recipe(lens=known))
        assert len(analysis.domains.accepted) == len(as_found.domains.accepted) > 0
        for domain, before in zip(analysis.domains.accepted, as_found.domains.accepted, strict=True):
            assert domain.g_per_nm == before.g_per_nm
            assert np.array_equal(domain.footprint.mask, before.footprint.mask)
        assert all(d.displacement_nm == 0 for d in analysis.domains.accepted)
        assert np.array_equal(analysis.peaks.g_per_nm, as_found.peaks.g_per_nm)


def test_fringes_that_coincide_stay_where_they_are_whatever_the_rings_say() -> None:
    """Nothing is given, and reflections coincide best where they were found."""
    film = micrograph([], LENS).intensity - 100
    # Through a lens without aberrations only a wave in quadrature shows.
    crystals = [Wave(w.centre_nm, 5.0, w.g_per_nm, 0.06j) for w in waves(only_plus=False)]
    drawn = micrograph(crystals, Aberrations(), film=0.0).intensity
    image = Micrograph(drawn + film, PixelSize(PIXEL_NM, PIXEL_NM), "drawn")
    analysis = analyze(image, Recipe())
    assert analysis.lens.source == "rings alone"
    assert not analysis.domains.displaced
    assert all(domain.displacement_nm == 0 for domain in analysis.domains.accepted)
    assert summarize(analysis, measure(analysis).totals)["lens"]["notes"] == []


def test_a_person_who_gives_nothing_is_told_that_fringes_look_displaced() -> None:
    """One crystal of one reflection: the rings tell how far, and nothing tells to which side."""
    image = micrograph([Wave((10.0, 11.0), 5.0, at(0.18, 25))], LENS)
    analysis = analyze(image, Recipe())
    assert [domain.displacement_nm for domain in analysis.domains.accepted] == [0]
    lens = summarize(analysis, measure(analysis).totals)["lens"]
    assert lens["notes"] == ["Fringes look displaced; enter voltage and Cs."]
    assert not lens["moved"]
