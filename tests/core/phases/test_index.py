"""An index of CIF files: found by elements and formula, kept up to date, and never stopped by a bad file."""

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hrtem_core.errors import RecipeError
from hrtem_core.phases import (
    Structure,
    built_in,
    find_entries,
    index_folder,
    indexed_structures,
    left_out,
    reflections_of,
)
from hrtem_core.phases.formulas import formula_key, formula_of

NAMES = ("LiF", "Li2O", "Li2CO3", "rutile", "anatase", "LiOH", "Cu")


def cif_of(structure: Structure, cod: int = 0, stretch: float = 1.0) -> str:
    """A CIF file with the facts of a structure."""
    a, b, c, *angles = structure.cell_angstrom_deg
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    sizes = (a * stretch, b * stretch, c * stretch, *angles)
    cell = "".join(f"_cell_{name} {size}\n" for name, size in zip(names, sizes, strict=True))
    labels = ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
    atoms = "".join(
        f"{site[0]}{row} {' '.join(map(str, site))}\n" for row, site in enumerate(structure.sites)
    )
    loop = "loop_\n" + "".join(f"_atom_site_{label}\n" for label in labels)
    number = f"_cod_database_code {cod}\n" if cod else ""
    return f"data_x\n{number}{cell}_symmetry_space_group_name_H-M '{structure.symmetry}'\n{loop}{atoms}"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder of folders of CIF files, with some that are none."""
    folder = tmp_path / "cif"
    for number, name in enumerate(NAMES):
        place = folder / str(number % 3)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{1000000 + number}.cif").write_text(cif_of(built_in()[name], 1000000 + number))
    (folder / "0" / "bad.cif").write_text("data_x\nloop_\n_a\n_b\n1")
    (folder / "1" / "bare.cif").write_text(cif_of(built_in()["LiF"]).split("loop_")[0])
    (folder / "2" / "large.cif").write_text(cif_of(built_in()["LiF"], stretch=15))
    (folder / "2" / "notes.txt").write_text("no CIF")
    return folder


@pytest.fixture
def index(mirror: Path) -> Path:
    """Its index."""
    path = mirror.parent / "cod.sqlite"
    found = index_folder(mirror, path)
    assert (found.n_structures, found.n_left_out, found.n_read) == (len(NAMES), 3, len(NAMES) + 3)
    return path


def test_entries_are_found_by_elements_and_by_formula(index: Path):
    by_elements = {entry.formula for entry in find_entries(index, elements=("Li", "O", "F"))}
    assert by_elements == {"LiF", "Li2O", "LiHO"}  # hydrogen counts as present
    (carbonate,) = find_entries(index, formula="Li2 C O3")
    assert carbonate.name == "Li2CO3 1000002"
    assert carbonate.space_group == "C 1 2/c 1"
    assert carbonate.cell_angstrom_deg == pytest.approx(built_in()["Li2CO3"].cell_angstrom_deg)
    assert len(find_entries(index, formula="O2Ti")) == 2
    assert find_entries(index, formula="TiO2", elements=("Li",)) == ()


def test_what_is_found_has_the_lines_of_its_file(index: Path):
    (found,) = indexed_structures(index, formula="Li2O")
    assert (found.name, found.cod, len(found.sha256)) == ("Li2O 1000001", 1000001, 64)
    own, table = reflections_of(found), reflections_of(built_in()["Li2O"])
    assert own.amplitudes == pytest.approx(table.amplitudes)


def test_bad_files_are_named_with_the_reason(index: Path):
    told = dict(left_out(index))
    assert set(told) == {"0/bad.cif", "1/bare.cif", "2/large.cif"}
    assert "no atoms" in told["1/bare.cif"]
    assert "nm³" in told["2/large.cif"]


def test_only_what_has_changed_is_read_again(mirror: Path, index: Path):
    assert index_folder(mirror, index).n_read == 0
    changed = mirror / "0" / "1000000.cif"
    changed.write_text(cif_of(built_in()["NiO"], 1000000))
    os.utime(changed, ns=(1, 1))
    (mirror / "1" / "1000001.cif").unlink()
    again = index_folder(mirror, index)
    assert (again.n_structures, again.n_read) == (len(NAMES) - 1, 1)
    assert find_entries(index, formula="LiF") == find_entries(index, formula="Li2O") == ()
    assert find_entries(index, formula="NiO")[0].cod == 1000000


def test_index_and_files_can_be_moved_together(index: Path, tmp_path: Path):
    assert index.parent == tmp_path
    moved = tmp_path.with_name(f"{tmp_path.name}_moved")
    tmp_path.rename(moved)
    assert indexed_structures(moved / "cod.sqlite", formula="Cu")[0].cod == 1000006


def test_of_alike_entries_one_is_taken(mirror: Path, index: Path):
    for number, stretch in enumerate((0.997, 1.004, 1.06)):
        (mirror / f"{2000000 + number}.cif").write_text(cif_of(built_in()["LiF"], 2000000 + number, stretch))
    index_folder(mirror, index)
    assert len(find_entries(index, formula="LiF")) == 4
    found = indexed_structures(index, formula="LiF")
    assert sorted(one.cod for one in found) == [1000000, 2000002]


def test_what_cannot_be_looked_up_is_said(index: Path, tmp_path: Path):
    with pytest.raises(RecipeError, match="must name elements or a formula"):
        find_entries(index)
    with pytest.raises(RecipeError, match="without brackets"):
        find_entries(index, formula="Ca(OH)2")
    with pytest.raises(RecipeError, match="got 0 of Au"):
        indexed_structures(index, elements=("Au",))
    with pytest.raises(RecipeError, match="cannot be used as an index"):
        find_entries(tmp_path / "missing.sqlite", formula="LiF")
    with pytest.raises(RecipeError, match="cannot be used as an index"):
        find_entries(next(tmp_path.rglob("*.cif")), formula="LiF")
    with pytest.raises(RecipeError, match="not a folder"):
        index_folder(tmp_path / "missing", index)
    with pytest.raises(RecipeError, match="index of another folder"):
        index_folder(tmp_path, index)


def test_an_element_is_a_value_and_never_a_command(index: Path):
    with pytest.raises(RecipeError, match="got 0"):
        indexed_structures(index, elements=("Li'); drop table entries; --",))
    assert len(find_entries(index, elements=("Li", "F"))) == 1


def test_a_hostile_index_leads_nowhere_else(index: Path, tmp_path: Path):
    (tmp_path / "secret.cif").write_text(cif_of(built_in()["LiF"]))
    with closing(sqlite3.connect(index)) as base, base:
        base.execute("update entries set path = '../secret.cif' where formula = 'LiF'")
    with pytest.raises(RecipeError, match="not below"):
        indexed_structures(index, formula="LiF")
    with closing(sqlite3.connect(index)) as base, base:
        base.execute("update entries set a = 'long' where formula = 'Cu'")
    with pytest.raises(RecipeError, match="cannot be used"):
        find_entries(index, formula="Cu")
    with closing(sqlite3.connect(index)) as base, base:
        base.execute("pragma application_id = 7")
    with pytest.raises(RecipeError, match="no index of structures"):
        find_entries(index, formula="LiF")


def test_mutated_files_never_stop_the_index(tmp_path: Path):
    rng = random.Random(5)
    text = cif_of(built_in()["Li2CO3"]).encode()
    for number in range(150):
        mutated = bytearray(text)
        for _ in range(rng.randint(1, 6)):
            mutated[rng.randrange(len(mutated))] = rng.randrange(256)
        (tmp_path / f"{number}.cif").write_bytes(bytes(mutated))
    found = index_folder(tmp_path, tmp_path / "all.sqlite")
    assert found.n_structures + found.n_left_out == 150
    assert all("\n" not in reason and reason for _, reason in left_out(tmp_path / "all.sqlite"))


@pytest.mark.parametrize(
    ("name", "formula"), [("Li2CO3", "Li2CO3"), ("LiFePO4", "FeLiPO4"), ("rutile", "TiO2"), ("Cu", "Cu")]
)
def test_formulas_follow_from_the_atoms(name: str, formula: str):
    assert formula_of(built_in()[name]) == formula
    assert formula_key(formula) == formula_key(formula_of(built_in()[name]))
