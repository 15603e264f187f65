"""Domains at a place."""

from dataclasses import replace

import pytest
from products import disc, domains_of

from hrtem_core.domains.marks import domains_at

SHAPE = (120, 200)


def test_of_domains_on_one_place_the_smallest_is_first_and_rejected_ones_count() -> None:
    found = domains_of([disc(SHAPE, 60, 100, 40), disc(SHAPE, 60, 110, 15), disc(SHAPE, 60, 60, 20)])
    large, small, other = found.accepted
    domains = replace(found, accepted=(large, other), rejected=(small,))
    assert domains_at(domains, 60.5, 110.5) == [small, large]
    assert domains_at(domains, 60.5, 50.5) == [other]
    assert domains_at(domains, 5.0, 5.0) == []


@pytest.mark.parametrize(("row", "col"), [(-0.5, 3.0), (3.0, -0.5), (20.0, 3.0)])
def test_beyond_the_edge_there_is_nothing(row: float, col: float) -> None:
    corner = disc((20, 30), 0, 0, 25)
    assert len(domains_at(domains_of([corner]), 0.0, 3.0)) == 1
    assert domains_at(domains_of([corner]), row, col) == []
