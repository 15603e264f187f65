"""Reflections: lengths, extinctions, |F| and forms as crystallography has them."""

import gemmi
import numpy as np
import pytest

from hrtem_core.phases import built_in, reflections_of
from hrtem_core.phases.tuning import PHASE_TUNING


@pytest.mark.parametrize(("name", "hkl", "d_nm"), [("LiF", (2, 0, 0), 0.20132), ("Au", (1, 1, 1), 0.23546)])
def test_spacings_follow_from_the_cell(name: str, hkl: tuple[int, int, int], d_nm: float):
    lattice = reflections_of(built_in()[name])
    row = np.flatnonzero((lattice.hkl == hkl).all(axis=1))[0]
    assert 1 / lattice.g_lengths_per_nm[row] == pytest.approx(d_nm, abs=2e-5)


@pytest.mark.parametrize("name", ["LiF", "Li2CO3", "quartz", "anatase", "LiCoO2", "Fe3O4", "Li4Ti5O12"])
def test_amplitudes_are_those_of_gemmi(name: str):
    structure = built_in()[name]
    small = gemmi.SmallStructure()
    small.cell = gemmi.UnitCell(*structure.cell_angstrom_deg)
    small.spacegroup_hm = structure.symmetry
    small.determine_and_set_spacegroup("H1")
    for site in structure.sites:
        atom = gemmi.SmallStructure.Site()
        atom.label, atom.element = site.element, gemmi.Element(site.element)
        atom.fract, atom.occ = gemmi.Fractional(*site[1:4]), site.occupancy
        atom.u_iso = PHASE_TUNING.debye_waller_b_angstrom2 / (8 * np.pi**2)
        small.add_site(atom)
    small.setup_cell_images()
    small.change_occupancies_to_crystallographic()
    calculator = gemmi.StructureFactorCalculatorE(small.cell)
    lattice = reflections_of(structure)
    forms = lattice.forms[:40]
    theirs = [
        abs(calculator.calculate_sf_from_small_structure(small, hkl)) for hkl in lattice.hkl[forms].tolist()
    ]
    assert lattice.amplitudes[forms] == pytest.approx(theirs, abs=2e-2)


def test_forms_have_as_many_members_as_the_laue_class_gives():
    lattice = reflections_of(built_in()["LiF"])
    count = {
        tuple(sorted(map(abs, lattice.hkl[form]))): n
        for form, n in zip(lattice.forms, lattice.multiplicities, strict=True)
    }
    assert (count[1, 1, 1], count[0, 0, 2], count[0, 2, 2], count[1, 1, 3]) == (8, 6, 12, 24)
    assert lattice.multiplicities.sum() == len(lattice.hkl) == 2 * len(lattice.half)


def test_what_symmetry_forbids_has_no_amplitude_but_may_come_by_double_diffraction():
    lattice = reflections_of(built_in()["Si"])
    forbidden = (np.abs(lattice.hkl) == (0, 0, 2)).all(axis=1)
    assert forbidden.any()
    assert (lattice.amplitudes[forbidden] == 0).all()
    assert (lattice.visibilities[forbidden] == PHASE_TUNING.double_diffraction).all()


def test_a_larger_cell_has_shorter_wavevectors():
    own, larger = (reflections_of(built_in()["LiF"], cell_scale=scale) for scale in (1.0, 1.2))
    assert larger.g_lengths_per_nm.min() == pytest.approx(own.g_lengths_per_nm.min() / 1.2)
    assert len(larger.hkl) > len(own.hkl)
