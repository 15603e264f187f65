"""The table of structures: what is written can be true, and says where it is from."""

import itertools

import gemmi
import numpy as np
import pytest

from hrtem_core.errors import RecipeError
from hrtem_core.phases import PRESETS, Site, Structure, built_in, members
from hrtem_core.phases.structure import atoms_in_cell, volume_nm3
from hrtem_core.phases.table import rows

CUBIC = (4.0, 4.0, 4.0, 90.0, 90.0, 90.0)
GRAMS_PER_DALTON_NM3 = 1.66053907e-3
CLOSEST_ANGSTROM = 1.0
"""No bond is shorter but those to hydrogen."""


def test_the_table_has_as_many_rows_as_a_person_can_look_through():
    assert 60 <= len(rows()) <= 110
    assert set(itertools.chain(*(row["groups"] for row in rows().values()))) == set(PRESETS)


@pytest.mark.parametrize("name", rows())
def test_density_follows_from_cell_and_atoms(name: str):
    row, structure = rows()[name], built_in()[name]
    if "density" not in row:
        pytest.skip("no density is known")
    grams = GRAMS_PER_DALTON_NM3 * mass(row, structure) / volume_nm3(structure)
    tolerance = 0.05 if "units" in row or "H" not in structure.elements else 0.1
    if name == "LiOH.H2O":  # its hydrogens are left out
        grams *= 41.96 / (41.96 - 3 * 1.008)
    if name == "Mg(OH)2":
        grams *= 58.32 / (58.32 - 2 * 1.008)
    assert grams == pytest.approx(row["density"], rel=tolerance)


def mass(row: dict, structure: Structure) -> float:
    """Of a cell in daltons."""
    if "units" in row:
        import re

        parts = re.findall(r"([A-Z][a-z]?)(\d*)", row["formula"])
        return row["units"] * sum(gemmi.Element(element).weight * int(n or 1) for element, n in parts)
    atoms = atoms_in_cell(structure)
    return sum(gemmi.Element(e).weight * o for e, o in zip(atoms.elements, atoms.occupancies, strict=True))


@pytest.mark.parametrize("name", [name for name, row in rows().items() if "sites" in row])
def test_no_two_atoms_are_too_close(name: str):
    structure = built_in()[name]
    atoms = atoms_in_cell(structure)
    to_angstrom = np.array(gemmi.UnitCell(*structure.cell_angstrom_deg).orth.mat.tolist())
    apart = atoms.fractions[:, None] - atoms.fractions[None]
    steps = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    distance = np.linalg.norm((apart[:, :, None] + steps) @ to_angstrom.T, axis=3)
    same = np.eye(len(apart), dtype=bool)[:, :, None] & (steps == 0).all(axis=1)
    least = 0.85 if "H" in structure.elements else CLOSEST_ANGSTROM
    shared = np.minimum.outer(atoms.occupancies, atoms.occupancies) < 0.9  # atoms that share a place
    assert distance[~same & ~shared[:, :, None]].min() > least


def test_a_row_says_how_far_it_is_confirmed():
    for name, row in rows().items():
        assert row["cell_from"] in ("entry", "reference", "draft", "none"), name
        assert (row["reference"] == "not confirmed") == (row["cell_from"] == "none"), name
        assert row["cell_from"] != "entry" or "cod" in row, name
        assert row.get("cod", 1_000_000) in range(1_000_000, 9_999_999), name
        assert row.get("doi", "10.").startswith("10."), name


def test_groups_have_the_structures_one_expects():
    assert {"Li", "LiF", "Li2O", "Li2CO3", "LiOH", "LiH"} <= set(members("sei"))
    assert {"rutile", "anatase", "brookite", "Ti2O3"} <= set(members("oxide"))
    assert {"h-BN"} <= set(members("ceramic"))
    assert {"Cu", "Au", "NiO", "graphite"} <= set(rows())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "none"}, "must be one line"),
        ({"name": "two\nlines"}, "must be one line"),
        ({"cell_angstrom_deg": (0.1, 4.0, 4.0, 90.0, 90.0, 90.0)}, "between 1.5 and 100"),
        ({"cell_angstrom_deg": (4.0, 4.0, 4.0, 90.0, 90.0, 170.0)}, "angles"),
        ({"cell_angstrom_deg": (4.0, 4.0, 4.0, 140.0, 40.0, 40.0)}, "nm³"),
        ({"cell_angstrom_deg": (90.0, 90.0, 90.0, 90.0, 90.0, 90.0)}, "nm³"),
    ],
)
def test_what_is_no_crystal_is_told_so(change: dict, words: str):
    given = {"name": "X", "cell_angstrom_deg": CUBIC, "symmetry": "P 1"} | change
    with pytest.raises(RecipeError, match=words):
        Structure(**given)


def test_an_unknown_element_or_symmetry_is_named():
    with pytest.raises(RecipeError, match="no element 'Qq'"):
        atoms_in_cell(Structure("X", CUBIC, "P 1", (Site("Qq", 0, 0, 0),)))
    with pytest.raises(RecipeError, match="no space group 'P 99'"):
        atoms_in_cell(Structure("X", CUBIC, "P 99", (Site("C", 0, 0, 0),)))
