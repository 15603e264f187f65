"""Domains that coincide are one crystallite; neighbours and chains are not."""

from dataclasses import replace

import numpy as np
from products import disc, domains_of, rectangle

from hrtem_core.domains.crystallites import CrystalliteParameters, group_crystallites
from hrtem_core.domains.domain import Domains
from hrtem_core.image import Wavevector

SHAPE = (120, 200)
DEFAULT = CrystalliteParameters()


def test_no_domain_is_no_crystallite() -> None:
    crystallites = group_crystallites(domains_of([]), DEFAULT)
    assert crystallites.crystallite_of_domain.shape == (0,)
    assert crystallites.n_crystallites == 0


def test_domains_that_coincide_are_one_numbered_by_the_first() -> None:
    masks = [
        disc(SHAPE, 30, 40, 20),
        disc(SHAPE, 80, 150, 25),
        disc(SHAPE, 32, 41, 19),
        disc(SHAPE, 79, 150, 24),
    ]
    crystallites = group_crystallites(domains_of(masks), DEFAULT)
    assert crystallites.crystallite_of_domain.tolist() == [1, 2, 1, 2]
    assert crystallites.n_crystallites == 2


def test_the_overlap_is_intersection_over_union() -> None:
    # 20 x 30 and 20 x 30 sharing 20 x 20: 400 of 800 px.
    masks = [rectangle(SHAPE, 0, 0, 20, 30), rectangle(SHAPE, 0, 10, 20, 30)]
    assert group_crystallites(domains_of(masks), CrystalliteParameters(0.5)).n_crystallites == 1
    assert group_crystallites(domains_of(masks), CrystalliteParameters(0.51)).n_crystallites == 2


def test_a_small_grain_on_a_large_crystal_stays_its_own() -> None:
    masks = [disc(SHAPE, 60, 100, 50), disc(SHAPE, 60, 100, 10)]
    assert group_crystallites(domains_of(masks), DEFAULT).crystallite_of_domain.tolist() == [1, 2]


def test_a_chain_of_neighbours_is_not_swallowed() -> None:
    # Each overlaps the next by two thirds of its length (IoU 0.5), the ends do not overlap at all.
    masks = [rectangle(SHAPE, 10, 10 * i, 20, 30) for i in range(12)]
    crystallites = group_crystallites(domains_of(masks), DEFAULT)
    assert np.bincount(crystallites.crystallite_of_domain).max() <= 2


def test_touching_boxes_with_disjoint_masks_stay_apart() -> None:
    upper = np.triu(np.ones(SHAPE, dtype=bool), 1)
    assert group_crystallites(domains_of([upper, ~upper]), DEFAULT).n_crystallites == 2


def test_the_order_of_pixels_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    masks = [disc(SHAPE, *rng.uniform((0, 0), SHAPE), rng.uniform(10, 30)) for _ in range(40)]
    plain = group_crystallites(domains_of(masks), DEFAULT).crystallite_of_domain
    turned = group_crystallites(domains_of([mask.T for mask in masks]), DEFAULT).crystallite_of_domain
    np.testing.assert_array_equal(plain, turned)
    _, first = np.unique(plain, return_index=True)
    assert np.all(np.diff(first) > 0)


def with_waves(masks: list[np.ndarray], waves: list[tuple[float, float]]) -> Domains:
    """Domains with masks and wavevectors."""
    plain = domains_of(masks)
    accepted = (
        replace(domain, g_per_nm=Wavevector(*g)) for domain, g in zip(plain.accepted, waves, strict=True)
    )
    return replace(plain, accepted=tuple(accepted))


def test_weak_reflections_of_a_crystals_lattice_are_its_own_wherever_they_show() -> None:
    whole, part, other = disc(SHAPE, 60, 100, 50), disc(SHAPE, 60, 120, 20), disc(SHAPE, 70, 80, 15)
    waves = [(3.0, 0.6), (-0.6, 3.1), (2.4, 3.7), (6.0, 1.2)]
    found = group_crystallites(with_waves([whole, whole, part, other], waves), DEFAULT)
    assert found.crystallite_of_domain.tolist() == [1, 1, 1, 1]


def test_a_grain_of_another_lattice_or_beside_the_crystal_stays_its_own() -> None:
    whole, part, beside = disc(SHAPE, 60, 100, 40), disc(SHAPE, 60, 120, 15), disc(SHAPE, 60, 150, 15)
    waves = [(3.0, 0.6), (-0.6, 3.1), (2.1, 3.2), (2.4, 3.7)]
    found = group_crystallites(with_waves([whole, whole, part, beside], waves), DEFAULT)
    assert found.crystallite_of_domain.tolist() == [1, 1, 2, 3]


def test_parallel_planes_span_no_lattice() -> None:
    whole, part = disc(SHAPE, 60, 100, 50), disc(SHAPE, 60, 100, 15)
    found = group_crystallites(with_waves([whole, part], [(3.0, 0.6), (6.0, 1.2)]), DEFAULT)
    assert found.n_crystallites == 2
