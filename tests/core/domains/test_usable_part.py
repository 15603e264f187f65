"""Domains end where the field was not looked at, and go on below what is drawn on them."""

import numpy as np
import pytest
from products import domain_of, plain_spectrum, rectangle

from hrtem_core.analysis import analyze
from hrtem_core.domains import DomainParameters, Domains, mark_of
from hrtem_core.domains.usable_part import keep_to_usable
from hrtem_core.image import Micrograph, PixelSize, Placement
from hrtem_core.measures import measure
from hrtem_core.recipe import Recipe

SHAPE, PIXEL = (120, 200), PixelSize(0.05, 0.05)
PLACEMENT = Placement(SHAPE, PIXEL)
ALL = np.ones(SHAPE, bool)
CRYSTAL = rectangle(SHAPE, 30, 40, 60, 80)


def kept(left_out: np.ndarray, *places: np.ndarray, **parameters) -> Domains:
    accepted = tuple(domain_of(mask, number) for number, mask in enumerate(places, start=1))
    domains = Domains(shape=SHAPE, pixel_size=PIXEL, accepted=accepted)
    return keep_to_usable(plain_spectrum(), domains, ~left_out, PLACEMENT, DomainParameters(**parameters))


def drawn(domains: Domains) -> list[np.ndarray]:
    return [domain.footprint.drawn(SHAPE) for domain in domains.accepted]


def test_a_wide_part_ends_a_domain_exactly() -> None:
    down, along = np.indices(SHAPE)
    outside = np.hypot(down - 60, along - 60) > 45
    (found,) = drawn(kept(outside, CRYSTAL))
    np.testing.assert_array_equal(found & outside, CRYSTAL & outside & ~outside)
    assert not (CRYSTAL & ~outside & ~found).any()


@pytest.mark.parametrize("width", [1, 5, 19])
def test_a_border_of_any_width_ends_a_domain(width: int) -> None:
    for border in (rectangle(SHAPE, 0, 0, width, 200), rectangle(SHAPE, 0, 200 - width, 120, width)):
        (found,) = drawn(kept(border, ALL))
        np.testing.assert_array_equal(found, ~border)


def test_a_domain_goes_on_below_a_stroke() -> None:
    stroke = rectangle(SHAPE, 0, 70, 120, 19) & rectangle(SHAPE, 10, 0, 100, 200)
    (found,) = drawn(kept(stroke, CRYSTAL))
    np.testing.assert_array_equal(found, CRYSTAL)
    wide = rectangle(SHAPE, 10, 70, 100, 20)
    (found,) = drawn(kept(wide, CRYSTAL))
    np.testing.assert_array_equal(found, CRYSTAL & ~wide)


def test_what_is_too_small_is_no_domain_any_more() -> None:
    border = rectangle(SHAPE, 0, 0, 120, 119)
    assert len(kept(border, CRYSTAL, rectangle(SHAPE, 0, 100, 60, 60)).accepted) == 1
    sliver_nm2 = 60 * PIXEL.area_nm2
    assert len(kept(border, CRYSTAL, min_area_nm2=0.9 * sliver_nm2).accepted) == 1
    assert not kept(border, CRYSTAL, min_area_nm2=1.1 * sliver_nm2).accepted
    assert not kept(ALL, CRYSTAL, min_area_nm2=0).accepted


def test_domains_elsewhere_are_the_same() -> None:
    accepted = (domain_of(CRYSTAL, 1),)
    domains = Domains(shape=SHAPE, pixel_size=PIXEL, accepted=accepted)
    for left_out in (~ALL, rectangle(SHAPE, 0, 0, 20, 200)):
        same = keep_to_usable(plain_spectrum(), domains, ~left_out, PLACEMENT, DomainParameters())
        assert same is domains


def test_a_domain_that_was_taken_out_stays_out() -> None:
    one, other = domain_of(rectangle(SHAPE, 0, 0, 60, 90), 1), domain_of(rectangle(SHAPE, 60, 100, 60, 90), 2)
    domains = Domains(shape=SHAPE, pixel_size=PIXEL, accepted=(one,), rejected=(other,))
    parameters = DomainParameters(rejected=(mark_of(other, PLACEMENT),))
    usable = ~rectangle(SHAPE, 0, 0, 120, 30)
    found = keep_to_usable(plain_spectrum(), domains, usable, PLACEMENT, parameters)
    assert [domain.footprint.n_pixels for domain in found.accepted] == [60 * 60]
    assert [domain.domain_id for domain in found.rejected] == [2]


@pytest.mark.parametrize("shape", ["circle", "padded"])
def test_a_crystal_at_the_rim_of_the_field_has_the_area_that_was_seen(shape: str) -> None:
    rng = np.random.default_rng(3)
    down, along = np.indices((400, 480)) * 0.03
    image = 100 + 5 * rng.normal(size=down.shape) + 5 * np.cos(2 * np.pi * (down * 1.1 + along * 3.9))
    blank = np.hypot(down - 6, along - 7.2) > 5.4 if shape == "circle" else along > 9.3
    found = analyze(Micrograph(np.where(blank, 0, image), PixelSize(0.03, 0.03), "a"), Recipe())
    (domain,) = found.domains.accepted
    assert not (domain.footprint.drawn(blank.shape) & blank).any()
    totals = measure(found).totals
    assert totals.crystalline_area_nm2 == pytest.approx((~blank).sum() * 0.03**2, rel=0.03)
    assert totals.crystalline_area_nm2 / totals.usable_area_nm2 == pytest.approx(totals.crystalline_fraction)
