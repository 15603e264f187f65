"""A domain over several crystals whose reflection it is becomes one of each; others stay as they are."""

from dataclasses import replace

import numpy as np
from products import domain_of, plain_spectrum, rectangle

from hrtem_core.domains import DomainMark, DomainParameters, Domains, group_crystallites
from hrtem_core.domains.crystallites import CrystalliteParameters
from hrtem_core.domains.parted_domains import cut_where_crystals_meet
from hrtem_core.image import PixelSize, Placement, Wavevector

SHAPE = (120, 200)
PLACEMENT = Placement(SHAPE, PixelSize(0.05, 0.05))
LEFT, RIGHT, BOTH = (rectangle(SHAPE, 0, 0, 120, 90), rectangle(SHAPE, 0, 90, 120, 110), np.ones(SHAPE, bool))
COMMON = (4.0, 0.0)
ON_LEFT, ON_RIGHT = ((0.0, 3.0), (4.0, 3.0)), ((1.0, -3.2), (5.0, -3.2))


def domains_at(*places: tuple[np.ndarray, tuple[float, float]]) -> Domains:
    accepted = tuple(
        replace(domain_of(mask, number), g_per_nm=Wavevector(*g))
        for number, (mask, g) in enumerate(places, start=1)
    )
    return Domains(shape=SHAPE, pixel_size=PixelSize(0.05, 0.05), accepted=accepted)


def two_crystals(*more: tuple[np.ndarray, tuple[float, float]], right: np.ndarray = RIGHT) -> Domains:
    return domains_at(*((LEFT, g) for g in ON_LEFT), *((right, g) for g in ON_RIGHT), *more)


def cut(domains: Domains, **parameters) -> Domains:
    return cut_where_crystals_meet(plain_spectrum(), domains, PLACEMENT, DomainParameters(**parameters))


def test_planes_of_both_crystals_are_cut_where_these_meet() -> None:
    domains = cut(two_crystals((BOTH, COMMON)))
    assert [domain.domain_id for domain in domains.accepted] == [1, 2, 3, 4, 5, 6]
    parts = [domain.footprint.drawn(SHAPE) for domain in domains.accepted[4:]]
    assert (parts[0] ^ parts[1]).all()
    areas = sorted(int(part.sum()) for part in parts)
    np.testing.assert_allclose(areas, [LEFT.sum(), RIGHT.sum()], rtol=0.02)
    assert {domain.g_per_nm for domain in domains.accepted[4:]} == {Wavevector(*COMMON)}
    numbers = group_crystallites(domains, CrystalliteParameters()).crystallite_of_domain
    assert sorted(numbers.tolist()) == [1, 1, 1, 2, 2, 2]


def test_what_is_no_reflection_of_both_stays_whole() -> None:
    for g in ((2.3, 1.4), (0.0, 3.0), (1.0, -3.2)):
        domains = two_crystals((BOTH, g))
        assert cut(domains) is domains


def test_a_crystal_over_a_part_of_both_stays_whole() -> None:
    domains = two_crystals((rectangle(SHAPE, 40, 60, 40, 60), COMMON))
    assert cut(domains) is domains


def test_a_crystal_on_top_of_the_other_is_no_neighbour() -> None:
    domains = domains_at(*((BOTH, g) for g in (*ON_LEFT, COMMON)), *((LEFT, g) for g in ON_RIGHT))
    assert group_crystallites(domains, CrystalliteParameters()).n_crystallites == 2
    assert cut(domains) is domains


def test_a_plate_has_its_common_planes_with_the_crystal_around_it() -> None:
    """As a thin twin has: it is said to share them."""
    plate = rectangle(SHAPE, 0, 180, 120, 20)
    around = rectangle(SHAPE, 0, 0, 120, 180)
    domains = domains_at(*((around, g) for g in ON_LEFT), *((plate, g) for g in ON_RIGHT), (BOTH, COMMON))
    assert cut(domains) is domains


def test_nor_is_anything_cut_that_one_of_them_alone_shows() -> None:
    domains = two_crystals((RIGHT, COMMON))
    assert cut(domains) is domains


def test_a_person_rejects_one_part_and_the_other_stays() -> None:
    whole = two_crystals((BOTH, COMMON))
    mark = DomainMark(3.0, 2.0, *COMMON)
    # By the mark alone the whole of it had been taken out.
    refused = replace(whole, accepted=whole.accepted[:4], rejected=whole.accepted[4:])
    for before in (whole, refused):
        domains = cut(before, rejected=(mark,))
        (out,) = domains.rejected
        assert out.domain_id == 6
        assert not (out.footprint.drawn(SHAPE) & RIGHT).sum() > 200
        assert len(domains.accepted) == 5


def test_a_corner_that_another_crystal_cuts_off_is_no_part() -> None:
    right = RIGHT | rectangle(SHAPE, 10, 0, 8, 90)
    left = LEFT & ~right
    domains = domains_at(*((left, g) for g in ON_LEFT), *((right, g) for g in ON_RIGHT), (BOTH, COMMON))
    parts = [domain.footprint.drawn(SHAPE) for domain in cut(domains).accepted[4:]]
    assert len(parts) == 2
    assert not (parts[0] | parts[1])[:8, :80].any()


def test_parts_too_small_for_a_domain_are_left_out() -> None:
    strip = rectangle(SHAPE, 0, 150, 120, 50)
    places = [*((rectangle(SHAPE, 0, 0, 120, 150), g) for g in ON_LEFT), *((strip, g) for g in ON_RIGHT)]
    domains = domains_at(*places, (BOTH, COMMON))
    assert len(cut(domains).accepted) == 6
    assert len(cut(domains, min_area_nm2=20.0).accepted) == 5
    assert len(cut(domains, min_area_nm2=50.0).accepted) == 5  # neither of them is one: it stays whole
