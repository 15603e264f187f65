"""Colours of domains: each says what it should, and none is taken for another."""

import numpy as np
import pytest
from products import analysis_with, disc, domains_of

from hrtem_core.pictures.colours import (
    COLOUR_MODES,
    PALETTE,
    between,
    domain_colours,
    family_hex,
    hex_of,
    hue_colour,
    of_azimuth,
    of_number,
)

SHAPE = (120, 200)


def example():
    masks = [disc(SHAPE, 50, 60, 30), disc(SHAPE, 55, 80, 30), disc(SHAPE, 80, 160, 25)]
    return analysis_with(domains_of(masks, peaks=[0, 1, 0]))


@pytest.mark.parametrize("mode", COLOUR_MODES)
def test_every_domain_has_a_colour(mode) -> None:
    analysis = example()
    colours = domain_colours(mode, analysis.domains, analysis.families, analysis.crystallites)
    assert len(colours) == 3
    assert all(0 <= value <= 255 and isinstance(value, int) for colour in colours for value in colour)
    nothing = analysis_with(domains_of([]))
    assert domain_colours(mode, nothing.domains, nothing.families, nothing.crystallites) == []


def test_sixteen_families_have_colours_of_their_own() -> None:
    colours = np.array(PALETTE, dtype=float)
    distance = np.linalg.norm(colours[:, None] - colours, axis=-1)
    assert len(colours) == 16
    assert distance[~np.eye(16, dtype=bool)].min() > 20


def test_colours_say_what_they_should() -> None:
    assert hue_colour(0) == hue_colour(360)
    assert between(0, PALETTE[:3]) == PALETTE[0]
    assert between(1, PALETTE[:3]) == PALETTE[2]
    analysis = example()
    first, second, third = domain_colours(
        "family", analysis.domains, analysis.families, analysis.crystallites
    )
    assert first == third != second


def test_a_domain_has_the_colour_of_its_family_and_of_its_direction_on_the_wheel() -> None:
    analysis = example()
    products = analysis.domains, analysis.families, analysis.crystallites
    families = family_hex(len(analysis.families.family_id))
    numbers = [int(analysis.families.family_of_peak[domain.peak]) for domain in analysis.domains.accepted]
    shown = [hex_of(colour) for colour in domain_colours("family", *products)]
    assert shown == [families[number - 1] for number in numbers]
    assert domain_colours("azimuth", *products) == [of_azimuth(0.0)] * 3  # g points right


def test_directions_half_a_turn_apart_are_one() -> None:
    assert of_azimuth(0) == of_azimuth(180) != of_azimuth(90)


def test_colours_come_again_after_the_last() -> None:
    assert of_number(1) == of_number(1 + len(PALETTE)) == PALETTE[0]
