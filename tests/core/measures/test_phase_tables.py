"""Tables of phases: the contract's columns, rows that sum to one, and shares of the area."""

import numpy as np
import pytest
from products import analysis_with, disc, domains_of

from hrtem_core.domains import Domains, group_crystallites
from hrtem_core.domains.crystallites import CrystalliteParameters
from hrtem_core.domains.domain import Domain
from hrtem_core.image import PixelSize, Placement, Wavevector
from hrtem_core.measures import Measurements, decided_phases, measure, phase_shares
from hrtem_core.measures.phases import phase_reflections_table, phases_table
from hrtem_core.phases import NamedReading, PhaseParameters, Phases, built_in, suggest_phases
from hrtem_core.spacings import Families

SHAPE = (60, 90)
G = (Wavevector(0.0, 1 / 0.2013), Wavevector(1 / 0.2013, 0.0), Wavevector(0.0, 1 / 0.2669))


def film() -> Domains:
    """Two domains of one crystal, and a smaller crystal of one."""
    masks = [disc(SHAPE, 20, 20, 15), disc(SHAPE, 20, 20, 15), disc(SHAPE, 40, 70, 10)]
    plain = domains_of(masks, PixelSize(0.05, 0.05), [1, 2, 3])
    accepted = tuple(
        Domain(
            domain_id=one.domain_id,
            peak=row,
            g_per_nm=G[row],
            g_sigma_per_nm=0.01,
            snr=9.0,
            footprint=one.footprint,
        )
        for row, one in enumerate(plain.accepted)
    )
    return Domains(shape=plain.shape, pixel_size=plain.pixel_size, accepted=accepted)


def phases() -> Phases:
    candidates = tuple(built_in()[name] for name in ("LiF", "Li2O", "Cu"))
    return Phases(
        candidates=candidates,
        probabilities=np.array([[0.97, 0.0004, 0.02, 0.0096], [0.3, 0.6, 0.0, 0.1]]),
        fits=(
            {
                0: (NamedReading({0: (2, 0, 0), 1: (0, 0, -2)}, (0, 1, 0), 0.99),),
                2: (NamedReading({0: (1, 1, 1)}, None, None),),
            },
            {
                0: (NamedReading({2: (1, -1, 1)}, None, None),),
                1: (NamedReading({2: (-1, 1, 1)}, None, None),),
            },
        ),
        weights=np.array([0.6, 0.3, 0.02, 0.08]),
        scale=1.001,
        scale_sigma=0.002,
        prior_scale_sigma=0.01,
        cells=np.zeros(3),
    )


@pytest.fixture
def measured() -> Measurements:
    return measure(analysis())


def analysis():
    from dataclasses import replace

    domains = film()
    found = analysis_with(domains, families=families_of())
    return replace(found, phases=phases())


def families_of() -> Families:
    d = np.array([0.2013, 0.2013, 0.2669])
    return Families(
        family_of_peak=np.array([2, 2, 1]),
        family_id=np.array([1, 2]),
        d_nm=np.array([0.2669, 0.2013]),
        d_sigma_nm=np.full(2, 0.001),
        peak_d_nm=d,
        peak_d_sigma_nm=np.full(3, 0.001),
        names=("", ""),
        shown_as=np.array([1, 2]),
        rejected_d_nm=np.array([]),
    )


def test_every_crystallite_has_its_rows_and_none_last(measured: Measurements):
    table = measured.phases
    assert table["crystallite_id"] == [1, 1, 1, 2, 2, 2]
    assert table["phase"] == ["LiF", "Cu", "none", "Li2O", "LiF", "none"]
    assert table["rank"] == [1, 2, 3, 1, 2, 3]
    assert sum(table["probability"][:3]) == pytest.approx(1, abs=0.01)
    assert (table["zone_u"][0], table["zone_v"][0], table["zone_w"][0]) == (0, 1, 0)
    assert (table["zone_u"][1], table["zone_probability"][2]) == ("", "")


def test_domains_without_a_place_are_named_together_as_crystallite_0():
    from dataclasses import replace

    domains = film()
    lone = replace(domains.accepted[2], place="either")
    domains = replace(domains, accepted=(*domains.accepted[:2], lone))
    crystallites = group_crystallites(domains, CrystalliteParameters())
    found = suggest_phases(
        domains,
        crystallites,
        Placement(domains.shape, domains.pixel_size),
        PhaseParameters(candidates=("LiF", "Li2O", "Cu")),
    )
    assert (len(found.probabilities), len(found.fits), len(found.unplaced)) == (1, 1, 1)
    assert found.names[int(np.argmax(found.unplaced[0]))] == "Li2O"
    rows = [row for row in zip(*phases_table(found).values(), strict=True) if row[0] == 0]
    assert sum(row[3] for row in rows) == pytest.approx(1, abs=0.01)
    assert [row[2] for row in rows].count("none") == 1
    readings = list(zip(*phase_reflections_table(found, domains).values(), strict=True))
    assert (0, 3, "Li2O", 1, 1, 1) in {(*row[:3], *map(abs, row[3:6])) for row in readings}


def test_a_reading_says_which_planes_and_how_far_off(measured: Measurements):
    table = measured.phase_reflections
    rows = list(zip(*table.values(), strict=True))
    assert rows[0][:6] == (1, 1, "LiF", 2, 0, 0)
    d_nm = built_in()["LiF"].cell_angstrom_deg[0] / 20
    assert rows[0][6] == pytest.approx(d_nm)
    assert rows[0][7] == pytest.approx(100 * (0.2013 * 1.001 / d_nm - 1))
    assert {row[1] for row in rows} == {1, 2, 3}


def test_rings_are_called_by_the_area_of_their_domains(measured: Measurements):
    table = measured.phase_families
    rows = {tuple(row[:5]): row[5] for row in zip(*table.values(), strict=True)}
    assert rows[1, "Li2O", 1, 1, 1] == pytest.approx(0.6)
    assert rows[1, "LiF", 1, 1, 1] == pytest.approx(0.3)
    assert rows[2, "LiF", 2, 0, 0] == pytest.approx(0.97)  # two domains of one form
    assert min(rows.values()) >= 0.01


def test_a_crystallite_is_decided_from_nine_tenths_on():
    assert decided_phases(phases()) == ["LiF", ""]


def test_shares_of_the_area_lie_in_their_intervals():
    domains = film()
    shares = {one.phase: one for one in phase_shares(phases(), domains, crystals(domains))}
    assert sum(one.share for one in shares.values()) == pytest.approx(1, abs=0.03)
    for one in shares.values():
        assert 0 <= one.low95 <= one.share <= one.high95 <= 1
    assert shares["Li2O"].low95 == 0  # it may be none of it
    assert shares["LiF"].n_crystallites == 1


def test_a_crystallite_counts_in_the_shares_as_what_it_most_probably_is():
    domains = film()
    shares = {one.phase: one for one in phase_shares(phases(), domains, crystals(domains))}
    large, small = (domains.accepted[row].footprint.n_pixels for row in (0, 2))
    assert shares["LiF"].share == pytest.approx(large / (large + small))
    assert shares["Li2O"].share == pytest.approx(small / (large + small))  # at 0.6 it is not decided, ...
    assert (shares["Li2O"].decided, shares["Li2O"].n_crystallites) == (0, 0)
    assert shares["none"].share == 0  # ... and a tenth of doubt is no tenth of the area


def crystals(domains: Domains):
    return group_crystallites(domains, CrystalliteParameters())


def test_without_candidates_there_are_headers_and_no_rows():
    table = measure(analysis_with(film(), families=families_of()))
    assert table.phases["crystallite_id"] == table.phase_reflections["h"] == table.phase_families["h"] == []


def test_a_ring_of_a_decided_phase_is_called_by_it_unless_a_person_named_it(measured: Measurements):
    assert measured.families["name"] == ["", "LiF 200"]
    from dataclasses import replace

    families = replace(families_of(), names=("", "mine"))
    given = measure(replace(analysis_with(film(), families=families), phases=phases()))
    assert given.families["name"] == ["", "mine"]
    assert measured.domains["name"] == ["LiF 200", "LiF 200", ""]
