"""Reflections of one crystal agree on its outline, and their g on its lattice."""

import numpy as np
import pytest

from hrtem_core.domains import Domain
from hrtem_core.image import Wavevector
from hrtem_core.lens import LENS_TUNING
from hrtem_core.lens.agreement import agreed, strongest_fringes
from hrtem_core.lens.choice import Chosen
from hrtem_core.lens.hypotheses import Hypothesis, Kind
from hrtem_core.lens.lattices import straightened
from hrtem_core.numerics import Footprint


def disc(row: float, col: float, radius: float) -> Footprint:
    rows, cols = np.ogrid[:60, :60]
    return Footprint.of((rows - row) ** 2 + (cols - col) ** 2 < radius**2)


def chosen(place: Footprint, kind: Kind, snr: float = 5.0) -> Chosen:
    return Chosen(Hypothesis(band=0, kind=kind, place=place, snr=snr), 1.0, is_certain=True)


def domain(g: tuple[float, float], sigma: float, displacement_nm: float) -> Domain:
    place = disc(30, 30, 10)
    return Domain(
        domain_id=1,
        peak=0,
        g_per_nm=Wavevector(*g),
        g_sigma_per_nm=sigma,
        snr=5.0,
        footprint=place,
        displacement_nm=displacement_nm,
    )


def iou(one: Footprint, other: Footprint) -> float:
    return one.shared(other) / Footprint.union([one, other]).n_pixels


def test_outlines_that_err_in_their_own_ways_agree_on_the_crystal() -> None:
    true = disc(30, 30, 12)
    errs = [disc(26, 30, 11), disc(33, 33, 11), disc(31, 27, 12), disc(30, 31, 9)]
    before = [iou(place, true) for place in errs]
    after = agreed([chosen(place, "both") for place in errs], np.ones(4, dtype=int), LENS_TUNING)
    assert len({id(one.hypothesis.place) for one in after}) == 1
    assert iou(after[0].hypothesis.place, true) > max(before)


def test_fringes_that_the_lens_has_not_moved_keep_their_outline() -> None:
    places = [disc(30, 30, 12), disc(27, 30, 11), disc(33, 31, 11)]
    kinds: tuple[Kind, ...] = ("home", "plus", "stays")
    before = [chosen(place, kind) for place, kind in zip(places, kinds, strict=True)]
    after = agreed(before, np.ones(3, dtype=int), LENS_TUNING)
    assert after[0] is before[0]
    assert after[1].hypothesis.place is after[2].hypothesis.place


def test_fringes_know_the_strongest_of_their_crystal_only() -> None:
    reflections = [chosen(disc(30, 30, 10), "both", snr) for snr in (4.0, 9.0, 20.0, 3.0, 6.0)]
    strongest = strongest_fringes(reflections, np.array([1, 1, 2, 0, 0]))
    assert strongest.tolist() == [9.0, 9.0, 20.0, 3.0, 6.0]
    assert strongest_fringes([], np.zeros(0, dtype=int)).tolist() == []


@pytest.mark.parametrize("crystals", [(0, 0), (1, 2)], ids=["unknown", "two crystals"])
def test_what_is_not_known_as_one_crystal_stays(crystals: tuple[int, int]) -> None:
    before = [chosen(disc(30, 30, 12), "both"), chosen(disc(33, 31, 11), "both")]
    assert agreed(before, np.array(crystals), LENS_TUNING) == before


A, B = np.array([3.0, 0.4]), np.array([-0.5, 4.1])
INDICES = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0))


def bent(seed: int, scatter: float) -> list[Domain]:
    noise = np.random.default_rng(seed).normal(0, scatter, (len(INDICES), 2))
    waves = [h * A + k * B + off for (h, k), off in zip(INDICES, noise, strict=True)]
    return [domain((float(g[0]), float(g[1])), scatter, 1.0) for g in waves]


def test_g_of_a_crystal_comes_closer_to_its_lattice() -> None:
    truth = np.array([h * A + k * B for h, k in INDICES])
    before, after = [], []
    for seed in range(40):
        domains = bent(seed, 0.02)
        straight = straightened(domains, np.ones(len(domains), dtype=int), LENS_TUNING)
        before += [np.hypot(*np.subtract(d.g_per_nm, g)) for d, g in zip(domains, truth, strict=True)]
        after += [np.hypot(*np.subtract(d.g_per_nm, g)) for d, g in zip(straight, truth, strict=True)]
        assert np.mean([d.g_sigma_per_nm for d in straight]) < 0.02
    assert np.mean(after) < 0.75 * np.mean(before)


def test_what_is_not_on_the_lattice_keeps_its_g() -> None:
    alien = domain((1.1, 2.3), 0.02, 1.0)
    domains = [*bent(1, 0.01), alien]
    straight = straightened(domains, np.ones(len(domains), dtype=int), LENS_TUNING)
    assert straight[-1] == alien
    assert straight[1] is not domains[1]


def test_fringes_that_the_lens_did_not_move_lie_on_the_lattice_too() -> None:
    home = domain((float(A[0]) + 0.01, float(A[1])), 0.01, 0.0)
    domains = [*bent(1, 0.01)[1:], home]
    straight = straightened(domains, np.ones(len(domains), dtype=int), LENS_TUNING)
    before, after = (np.hypot(*np.subtract(one.g_per_nm, A)) for one in (home, straight[-1]))
    assert after < 0.75 * before
    assert straight[-1].g_sigma_per_nm < 0.01


def test_parallel_or_too_few_reflections_have_no_lattice() -> None:
    parallel = [domain((3.0, 0.4), 0.02, 1.0), domain((6.02, 0.8), 0.02, 1.0)]
    two = [domain((3.0, 0.4), 0.02, 1.0), domain((-0.5, 4.1), 0.02, 1.0)]
    for domains in (parallel, two):
        assert straightened(domains, np.ones(2, dtype=int), LENS_TUNING) == domains
