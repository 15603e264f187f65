"""Naming: crystals whose structure and orientation are known, and what must not be said of others."""

from dataclasses import replace

import numpy as np
import pytest
from crystals_seen import crystal_of

from hrtem_core.phases import Observed, Phases, built_in, members, reflections_of
from hrtem_core.phases.decoys import TYPES, decoy_shares, fittest, type_shares
from hrtem_core.phases.groups import undecidable
from hrtem_core.phases.naming import Said, name_crystallites
from hrtem_core.phases.readings import LEAST_SHARE, zone_class

TWELVE = ("Li", "LiF", "Li2O", "Li2CO3", "LiOH", "Li2O2", "Li3N", "LiH", "Li2S", "Cu", "Au", "NiO")
ZONES = {"LiF": (0, 1, 1), "Li2O": (0, 1, 1), "Li2CO3": (0, 1, 0), "Cu": (0, 0, 1), "NiO": (1, 1, 2)}


def candidates(*names: str):
    return tuple(built_in()[name] for name in names)


def scene(
    names: tuple[str, ...], seed: int, stretch: float = 1.0
) -> tuple[tuple[Observed, ...], list[str], list]:
    """Crystals along their zones, then one reflection of each structure."""
    rng = np.random.default_rng(seed)
    seen, truth, hkl = [], [], []
    for zoned in (True, False):
        for name in names:
            one, indices = crystal_of(built_in()[name], ZONES[name] if zoned else None, rng, stretch=stretch)
            seen.append(one)
            truth.append(name)
            hkl.append(indices)
    return tuple(seen), truth, hkl


def named(seen: tuple[Observed, ...], names: tuple[str, ...] = TWELVE, **more) -> Phases:
    return name_crystallites(seen, candidates(*names), prior_scale_sigma=0.01, **more)


@pytest.mark.parametrize(("names", "stretch"), [(("LiF", "Li2O", "Li2CO3"), 1.0), (("Cu", "NiO"), 1.015)])
def test_crystals_get_their_names_and_the_image_its_scale(names: tuple[str, ...], stretch: float):
    seen, truth, _ = scene(names, seed=1, stretch=stretch)
    found = named(seen)
    two = [row for row, one in enumerate(seen) if len(one) > 1]
    for row in two:
        assert found.names[int(np.argmax(found.probabilities[row]))] == truth[row]
        assert found.probabilities[row].max() > 0.9
    assert found.scale == pytest.approx(stretch, abs=3 * found.scale_sigma)
    assert found.scale_sigma < 0.006


def test_probabilities_are_probabilities():
    seen, _, _ = scene(("LiF", "Li2O"), seed=7)
    found = named(seen)
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(len(seen)))
    assert found.weights.sum() == pytest.approx(1)
    assert (found.probabilities >= 0).all()


def test_the_zone_axis_and_indices_are_right_up_to_symmetry():
    seen, truth, hkl = scene(("LiF", "Li2O", "Li2CO3"), seed=1)
    found = named(seen)
    for row in range(3):
        at = found.names.index(truth[row])
        reading, lattice = found.readings[row][at], reflections_of(built_in()[truth[row]])
        zones = (
            zone_class(lattice, ZONES[truth[row]]),
            zone_class(lattice, tuple(-np.array(ZONES[truth[row]]))),
        )
        assert reading.zone is not None
        assert zone_class(lattice, reading.zone) in zones
        assert same_up_to_symmetry(
            [reading.hkl[i] for i in range(len(hkl[row]))], hkl[row], lattice.rotations
        )


def same_up_to_symmetry(found, true, rotations) -> bool:
    """Whether one rotation takes every found reflection to the true one or its opposite."""
    turned = (np.array(found) @ rotation for rotation in rotations)
    return any(((a == true).all(1) | (a == -np.array(true)).all(1)).all() for a in turned)


def test_a_structure_that_is_no_candidate_is_none_of_them():
    rng = np.random.default_rng(4)
    seen = tuple(
        crystal_of(built_in()["rutile"], zone, rng)[0] for zone in ((0, 0, 1), (0, 1, 0), (1, 1, 1)) * 2
    )
    found = named(seen, ("LiF", "Li2O", "Cu", "Au"))
    assert (found.probabilities[:, -1] > 0.9).all()


def test_many_wrong_candidates_are_no_better_than_few():
    rng = np.random.default_rng(4)
    cubic = [name for name, one in built_in().items() if "m-3m" in one.symmetry]
    seen = tuple(
        crystal_of(built_in()["LiFePO4"], zone, rng)[0] for zone in ((0, 1, 0), (0, 0, 1), (1, 0, 1))
    )
    assert (named(seen, tuple(cubic)).probabilities[:, -1] > 0.9).all()


def one_ring(d_nm: float, n: int = 20) -> tuple[Observed, ...]:
    """Crystals with one reflection each, all of one spacing."""
    rng = np.random.default_rng(8)
    azimuth, each_nm = rng.uniform(0, np.pi, n), rng.normal(d_nm, 0.003 * d_nm, n)
    return tuple(
        Observed(
            np.array([row]),
            np.array([[np.cos(azimuth[row]), np.sin(azimuth[row])]]) / each_nm[row],
            np.array([0.003]),
            np.array([4.0]),
        )
        for row in range(n)
    )


@pytest.mark.parametrize("d_nm", [0.2665, 0.2695, 0.30, 0.32])
def test_one_ring_decides_nothing_not_even_that_it_is_none(d_nm):
    """Twenty crystals of an SEI on 111 of Li2O, 1.2 % off it, and where there is little."""
    assert named(one_ring(d_nm), members("sei")).probabilities.max() < 0.9


@pytest.mark.parametrize("d_nm", [0.2665, 0.2695])
def test_a_lattice_of_more_planes_is_not_the_better_for_being_found_more_often(d_nm):
    """Crystals that show nothing are not in the image: how many do says nothing of those that show."""
    found = named(one_ring(d_nm), members("sei"))
    assert found.probabilities[:, found.names.index("Li2O")].mean() > 0.5


def test_a_lattice_in_two_directions_bears_witness_for_what_shows_one():
    rng = np.random.default_rng(3)
    lattice = tuple(crystal_of(built_in()["Li2O"], (0, 1, 1), rng)[0] for _ in range(2))
    seen = (*one_ring(0.2665, 5), *lattice)
    found = named(seen, ("LiF", "Li2O", "Li2CO3"))
    assert (found.probabilities[:5, 1] > 0.9).all()


def test_decoys_are_as_common_as_lattices_like_them():
    share = dict(zip(TYPES, type_shares(), strict=True))
    assert sum(share.values()) == pytest.approx(1)
    assert share["Cu"] == share["LiF"] > 3 * share["SrTiO3"]
    rows = decoy_shares(2 * len(TYPES))
    assert rows[::2] == pytest.approx(rows[1::2])
    assert rows.sum() == pytest.approx(1)


def test_a_decoy_is_kept_that_stands_for_what_several_candidates_explain():
    """What the candidates explain as well one crystal at a time, one decoy explains of all crystals."""
    others = np.full((8, 40, 1, 1, 1), -5.0)
    others[:, 30] = 0.0
    others[np.arange(8), np.arange(8)] = 0.1  # a little better than the candidates, and for one crystal only
    kept = fittest(others, np.zeros((8, 1, 1)), np.full((8, 1, 1), -9.0), np.full(40, 1 / 40), most=6)
    assert 30 in kept
    assert len(set(kept.tolist())) == len(kept) == 6


def test_two_lattices_of_one_geometry_are_a_group():
    rng = np.random.default_rng(5)
    seen = tuple(crystal_of(built_in()["Au"], (0, 1, 1), rng)[0] for _ in range(3))
    found = named(seen, ("LiH", "Au", "Li2O"))
    assert found.probabilities[:, :2].sum(axis=1) == pytest.approx(np.ones(3), abs=0.02)
    assert ("LiH", "Au") in found.groups


def test_groups_are_as_wide_as_the_scale_is_uncertain():
    lattices = [reflections_of(one) for one in candidates("LiF", "Au", "Li2O", "rutile")]
    assert undecidable(lattices, 0.02) == [[0, 1]]
    assert undecidable(lattices, 0.005) == []


def test_a_persons_word_counts_and_sets_the_scale():
    rng = np.random.default_rng(6)
    seen = tuple(crystal_of(built_in()["Au"], (0, 1, 1), rng)[0] for _ in range(3))
    said = named(seen, ("LiF", "Au"), said=(Said(0, 0, True),))
    assert said.probabilities[0, 0] > 0.99
    assert said.scale == pytest.approx(4.0263 / 4.0782, abs=0.006)
    assert named(seen, ("LiF", "Au"), said=(Said(0, 1, False),)).probabilities[0, 1] < 0.01


def test_the_order_of_candidates_does_not_matter_and_repeats_are_bit_for_bit():
    seen, _, _ = scene(("LiF", "Li2O"), seed=7)
    one, again = named(seen), named(seen)
    assert (one.probabilities == again.probabilities).all()
    other = named(seen, TWELVE[::-1])
    assert one.probabilities[:, :-1] == pytest.approx(other.probabilities[:, :-1][:, ::-1], abs=1e-6)


def test_a_rotated_image_has_the_same_phases():
    seen, _, _ = scene(("LiF", "Li2O"), seed=7)
    turned = tuple(replace(one, g_per_nm=one.g_per_nm @ [[0.0, 1.0], [-1.0, 0.0]]) for one in seen)
    assert named(turned).probabilities == pytest.approx(named(seen).probabilities, abs=1e-6)


def test_no_crystallite_is_an_empty_answer():
    found = named(())
    assert found.probabilities.shape == (0, len(TWELVE) + 1)
    assert found.readings == ()


def test_one_ring_is_said_to_be_one():
    rng = np.random.default_rng(9)
    seen = tuple(crystal_of(built_in()["Li2O"], None, rng)[0] for _ in range(3))
    assert named(seen).one_ring_only
    assert not named(scene(("LiF", "Li2O"), seed=1)[0]).one_ring_only


def test_distinct_fits_are_told_the_most_probable_first():
    seen, _, _ = scene(("LiF", "Li2CO3"), seed=1)
    found = named(seen)
    every = [(at, fits, row) for row, one in enumerate(found.fits) for at, fits in one.items()]
    for at, (first, *others), row in every:
        lattice = reflections_of(built_in()[found.names[at]])
        assert first is found.readings[row][at]
        assert first.probability + sum(fit.probability for fit in others) <= 1 + 1e-9
        assert all(fit.probability >= LEAST_SHARE for fit in others)
        for fit in (fit for fit in others if sorted(fit.hkl) == sorted(first.hkl)):
            pair = ([one.hkl[key] for key in sorted(first.hkl)] for one in (fit, first))
            assert not same_up_to_symmetry(*pair, lattice.rotations)
    assert sum(len(fits) > 1 for _, fits, _ in every) > 2
