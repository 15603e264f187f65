"""Colours of domains: each says what it should, and none is taken for another."""

from dataclasses import replace

import numpy as np
import pytest
from products import analysis_with, disc, domains_of, peaks_at
from skimage.color import deltaE_ciede2000, rgb2lab

from hrtem_core.domains import CrystalliteParameters, Crystallites, group_crystallites
from hrtem_core.image import Wavevector
from hrtem_core.phases import NONE, Phases, Structure, built_in
from hrtem_core.pictures.colours import (
    COLOUR_MODES,
    PALETTE,
    SPACING_COLOURS,
    between,
    domain_colours,
    family_hex,
    hex_of,
    hue_colour,
    of_azimuth,
    of_number,
    phase_rgb,
)
from hrtem_core.spacings import FamilyParameters, group_families

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


NO_RED = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
NO_GREEN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
"""Linear RGB as protanopes and deuteranopes see it: G. M. Machado et al., IEEE Trans. Vis. Comput. Graph. 15
(2009) 1291, severity 1."""


@pytest.mark.parametrize("seen", [np.eye(3), NO_RED, NO_GREEN], ids=["all", "no red", "no green"])
@pytest.mark.parametrize(("n_colours", "least"), [(8, 10), (16, 6)])
def test_colours_are_told_apart_without_red_or_green(seen, n_colours, least) -> None:
    encoded = np.array(PALETTE[:n_colours]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(seen), 0, 1)
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    lab = rgb2lab(shown)
    apart = deltaE_ciede2000(lab[:, None], lab[None])
    assert apart[~np.eye(n_colours, dtype=bool)].min() > least


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
    families = family_hex(analysis.families)
    numbers = [int(analysis.families.family_of_peak[domain.peak]) for domain in analysis.domains.accepted]
    shown = [hex_of(colour) for colour in domain_colours("family", *products)]
    assert shown == [families[number - 1] for number in numbers]
    assert domain_colours("azimuth", *products) == [of_azimuth(0.0)] * 3  # g points right


def test_directions_half_a_turn_apart_are_one() -> None:
    assert of_azimuth(0) == of_azimuth(180) != of_azimuth(90)


def test_colours_and_lines_stay_when_families_are_rejected() -> None:
    spacings = [0.40, 0.396, 0.30, 0.20]
    before = group_families(peaks_at(spacings), FamilyParameters(), 0.0)
    assert before.shown_as.tolist() == [1, 2, 3]
    words = ("rejected", "rejected", "", "")
    kept = replace(peaks_at(spacings, accepted=[not word for word in words]), by_hand=words)
    after = group_families(kept, FamilyParameters(), 0.0)
    assert after.family_id.tolist() == [1, 2]  # numbers are those of what is left, and colours as before
    assert after.shown_as.tolist() == [2, 3]
    assert family_hex(after) == family_hex(before)[1:]
    assert after.rejected_d_nm == pytest.approx(spacings[:2])


def test_spacings_keep_their_colours_when_the_largest_is_rejected() -> None:
    found = analysis_with(domains_of([disc(SHAPE, 50, 60, 30)], peaks=[0]))
    products = found.domains, found.families, found.crystallites
    d_nm = float(found.families.d_nm[0])
    alone = domain_colours("d", *products)
    beside = replace(found.families, rejected_d_nm=np.array([2 * d_nm]))
    assert alone == [between(0.5, SPACING_COLOURS)]
    assert domain_colours("d", found.domains, beside, found.crystallites) == [SPACING_COLOURS[0]]


def test_touching_crystallites_never_share_a_colour() -> None:
    """Seventeen in a row: the last one has the first one's colour, and would have it beside it, too."""
    places = [(40, 20 + 30 * at) for at in range(16)] + [(68, 20)]
    masks = [disc((120, 540), row, col, 13) for row, col in places]
    found = analysis_with(domains_of(masks, peaks=[0] * 17))
    assert found.crystallites.n_crystallites == 17
    colours = domain_colours("crystallite", found.domains, found.families, found.crystallites)
    assert of_number(17) == colours[0] != colours[16]
    assert colours[:16] == [of_number(number) for number in range(1, 17)]


def crystal_colours(domains):
    """The colour of every accepted domain by its place, where colours tell crystallites apart."""
    crystals = group_crystallites(domains, CrystalliteParameters())
    families = group_families(peaks_at([0.3, 0.25, 0.2]), FamilyParameters(), 0.0)
    shown = domain_colours("crystallite", domains, families, crystals)
    return {one.footprint.corner: colour for one, colour in zip(domains.accepted, shown, strict=True)}


def crystals_in_a_row(n, radius=13):
    """Touching discs of one direction, each a little weaker than the one before."""
    masks = [disc((120, 30 * n + 60), 40, 20 + 26 * at, radius) for at in range(n)]
    found = domains_of(masks, peaks=[at % 3 for at in range(n)])
    weaker = [replace(one, snr=9.0 - 0.2 * at) for at, one in enumerate(found.accepted)]
    return replace(found, accepted=tuple(weaker))


@pytest.mark.parametrize("n", [6, 20])
@pytest.mark.parametrize("field", ["rejected", "set_aside"])
def test_crystallites_keep_their_colours_when_others_are_rejected(n, field) -> None:
    """One by one, and, as when a family is rejected, every third; with more crystals than colours, too."""
    found = crystals_in_a_row(n)
    before = crystal_colours(found)
    assert len(set(before.values())) == min(n, len(PALETTE))
    for out in [{0}, {1}, {n // 2}, set(range(0, n, 3))]:
        kept = tuple(one for at, one in enumerate(found.accepted) if at not in out)
        gone = tuple(one for at, one in enumerate(found.accepted) if at in out)
        after = crystal_colours(replace(found, accepted=kept, **{field: gone}))
        assert after == {place: before[place] for place in after}


def test_a_weak_crystallite_found_later_changes_no_other_colour() -> None:
    found = crystals_in_a_row(7)
    weakest, rest = found.accepted[-1], found.accepted[:-1]
    before, after = crystal_colours(replace(found, accepted=rest)), crystal_colours(found)
    assert crystal_colours(replace(found, accepted=(weakest, *rest))) == after  # wherever it is counted
    assert before == {place: after[place] for place in before}
    assert after[weakest.footprint.corner] not in before.values()


def test_a_crystallite_keeps_its_colour_without_its_strongest_reflection() -> None:
    mask, other = disc(SHAPE, 50, 60, 30), disc(SHAPE, 80, 160, 25)
    turned = Wavevector(2.5, 2.5)
    found = domains_of([mask, mask, other], peaks=[0, 1, 2])
    one, two, three = found.accepted
    strong, weak = replace(one, snr=9.0), replace(two, g_per_nm=turned)
    before = crystal_colours(replace(found, accepted=(strong, weak, three)))
    after = crystal_colours(replace(found, accepted=(weak, three), set_aside=(strong,)))
    assert after == before


def test_a_crystal_that_comes_apart_has_two_colours_where_its_parts_touch() -> None:
    """Two halves joined by a domain over both, which is rejected."""
    left, right = disc(SHAPE, 60, 80, 20), disc(SHAPE, 60, 119, 20)
    found = domains_of([left | right, left, right], peaks=[0, 1, 2])
    whole, one, other = found.accepted
    parts = replace(found, accepted=(one, other), rejected=(whole,))
    joined = Crystallites(np.array([1, 2]), with_rejected=np.array([1, 1, 1]))
    shown = domain_colours("crystallite", parts, analysis_with(found).families, joined)
    assert shown[0] != shown[1]


def phases_of(names, weights, decided=()):
    """Candidates with their weights, of which some are what a crystallite certainly is."""
    rows = np.array([[float(name == one) for name in (*names, NONE)] for one in decided])
    return Phases(
        candidates=tuple(Structure(name, (4.0, 4.0, 4.0, 90.0, 90.0, 90.0), "P 1") for name in names),
        probabilities=rows.reshape(-1, len(names) + 1),
        weights=np.array([*weights, 0.0]),
    )


def test_a_phase_keeps_its_colour_beside_other_candidates_and_crystals() -> None:
    before = phase_rgb(phases_of(("LiF", "Li2O", "mine"), (0.5, 0.3, 0.2)))
    assert list(before)[:3] == ["LiF", "Li2O", "mine"]  # frequent ones first
    after = phase_rgb(phases_of(("LiF", "Li2O", "mine", "Au", "LiH"), (0.0, 0.1, 0.7, 0.1, 0.1)))
    assert list(after)[:2] == ["mine", "Li2O"]
    assert {name: after[name] for name in before} == before
    assert len(set(after.values())) == len(after)


def test_phases_that_are_there_have_colours_of_their_own_among_many_candidates() -> None:
    names = tuple(list(built_in())[:40])
    there = (names[5], names[5 + len(PALETTE)], names[5 + 2 * len(PALETTE)])
    shown = phase_rgb(phases_of(names, [1.0] * 40, there))
    assert len({shown[name] for name in there}) == 3


def test_colours_come_again_after_the_last() -> None:
    assert of_number(1) == of_number(1 + len(PALETTE)) == PALETTE[0]
