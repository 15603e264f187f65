"""A reading held against its structure: lines, angles and the scale of a cubic and a skew cell."""

from dataclasses import replace

import numpy as np
import pytest
from products import disc, domains_of

from hrtem_core.domains import Domains
from hrtem_core.domains.domain import Domain
from hrtem_core.image import PixelSize, Wavevector
from hrtem_core.phases import (
    NamedReading,
    Structure,
    angles_of,
    built_in,
    expected_spots,
    implied_scale,
    lines_of,
    reciprocal_basis,
    reflections_of,
)

STRETCH = 1.014
HKL = {0: (1, 1, 1), 1: (1, 1, -1), 2: (0, 0, 2)}
"""Of Li2O along [1 -1 0]; the third is written as its opposite in the image."""


def film(structure: Structure) -> Domains:
    """A crystal along [1 -1 0] whose spacings are too long by STRETCH, its third g turned round."""
    along = np.array([[0.0, 0.0, 1.0], [0.5**0.5, 0.5**0.5, 0.0]]).T  # Cartesian to (row, column)
    basis = reciprocal_basis(structure)
    plain = domains_of([disc((60, 60), 30, 30, 15)] * 3, PixelSize(0.05, 0.05), [1, 1, 1])
    g = [np.array(hkl) @ basis @ along / STRETCH for hkl in HKL.values()]
    g[2] = -g[2]
    accepted = tuple(
        Domain(
            domain_id=one.domain_id,
            peak=row,
            g_per_nm=Wavevector(*g[row]),
            g_sigma_per_nm=0.004,
            snr=9.0,
            footprint=one.footprint,
        )
        for row, one in enumerate(plain.accepted)
    )
    return replace(plain, accepted=accepted)


READING = NamedReading(HKL, (1, -1, 0), 0.9, 0.8)


def test_lines_are_those_of_the_rock_salt_structure():
    lines = lines_of(built_in()["LiF"])
    assert [line.hkl for line in lines[:4]] == [(1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1)]
    assert [line.multiplicity for line in lines[:4]] == [8, 6, 12, 24]
    a_nm = built_in()["LiF"].cell_angstrom_deg[0] / 10
    assert lines[0].d_nm == pytest.approx(a_nm / 3**0.5)
    assert max(line.amplitude for line in lines) == 1


def test_a_monoclinic_line_keeps_the_sign_of_its_indices():
    lines = {line.hkl: line.d_nm for line in lines_of(built_in()["Li2CO3"])}
    assert {(2, 0, -2), (2, 0, 2)} <= set(lines)
    assert lines[2, 0, -2] > lines[2, 0, 2]


def test_lines_without_atoms_are_all_that_symmetry_allows():
    bare = Structure("cell", (4.0, 4.0, 4.0, 90.0, 90.0, 90.0), "F m -3 m")
    lines = lines_of(bare)
    assert [line.hkl for line in lines[:3]] == [(1, 1, 1), (2, 0, 0), (2, 2, 0)]
    assert lines[2].amplitude > 0.4


def test_angles_are_those_of_the_structure_whichever_of_a_pair_was_indexed():
    domains = film(built_in()["Li2O"])
    angles = angles_of(READING, built_in()["Li2O"], domains)
    assert [angle.rows for angle in angles] == [(0, 1), (0, 2), (1, 2)]
    for angle in angles:
        assert angle.measured_deg == pytest.approx(angle.structure_deg, abs=1e-6)
    assert angles[0].structure_deg == pytest.approx(70.5288, abs=1e-3)
    assert angles[1].structure_deg == pytest.approx(180 - 54.7356, abs=1e-3)
    assert angles[1].hkl == ((1, 1, 1), (0, 0, -2))


def test_a_reading_implies_the_scale_its_cell_has():
    implied = implied_scale(READING, built_in()["Li2O"], film(built_in()["Li2O"]))
    assert implied.factor == pytest.approx(1 / STRETCH)
    assert 0.003 < implied.relative_sigma < 0.004


def test_spots_of_a_zone_are_found_and_missing_ones():
    structure = built_in()["Li2O"]
    spots = expected_spots(READING, reflections_of(structure), film(structure))
    assert {spot.hkl for spot in spots if spot.domain_id} == set(HKL.values())
    missing = [spot for spot in spots if not spot.domain_id]
    assert any(abs(np.array(spot.hkl)).tolist() == [2, 2, 0] for spot in missing)
    basis = reciprocal_basis(structure)
    for spot in missing:
        assert np.array(spot.hkl) @ (1, -1, 0) == 0
        assert np.hypot(*spot.g_per_nm) == pytest.approx(np.linalg.norm(spot.hkl @ basis) / STRETCH)
