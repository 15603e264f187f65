"""CIF files of a person: origins, axes, partial sites, exports without symmetry, and whatever is no CIF."""

import random
from pathlib import Path

import numpy as np
import pytest

from hrtem_core.errors import RecipeError, UserError
from hrtem_core.phases import Structure, built_in, read_cif, read_folder, reflections_of
from hrtem_core.phases.cif import MAX_BYTES
from hrtem_core.phases.structure import atoms_in_cell

HEAD = """data_x
_journal_name_full 'J. Tests'
_journal_year 1999
_cod_database_code 1234567
_cell_length_a {a}
_cell_length_b {b}
_cell_length_c {c}
_cell_angle_alpha {alpha}
_cell_angle_beta {beta}
_cell_angle_gamma {gamma}
"""
SITES = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""


def cif_of(structure: Structure, symmetry: str, sites: list[tuple]) -> bytes:
    """A CIF file with the cell of a structure."""
    names = ("a", "b", "c", "alpha", "beta", "gamma")
    head = HEAD.format(**dict(zip(names, structure.cell_angstrom_deg, strict=True)))
    lines = [f"{site[0]}{row} {' '.join(map(str, site))}" for row, site in enumerate(sites)]
    return f"{head}{symmetry}\n{SITES}{chr(10).join(lines)}\n".encode()


def amplitudes(structure: Structure) -> dict[tuple[int, ...], float]:
    lattice = reflections_of(structure)
    return {tuple(h): float(f) for h, f in zip(lattice.hkl.tolist(), lattice.amplitudes, strict=True)}


def assert_same_amplitudes(one: Structure, other: Structure) -> None:
    first, second = amplitudes(one), amplitudes(other)
    for hkl in first.keys() | second.keys():
        assert first.get(hkl, 0.0) == pytest.approx(second.get(hkl, 0.0), abs=1e-3)


def symbol(name: str) -> str:
    return f"_symmetry_space_group_name_H-M '{name}'"


@pytest.mark.parametrize(
    "name", ["Si", "Li2CO3", "Al2O3", "LiCoO2", "Li4Ti5O12", "anatase", "Mn3O4", "LiFePO4"]
)
def test_a_file_with_the_symbol_gives_the_structure(name: str):
    known = built_in()[name]
    read = read_cif(cif_of(known, symbol(known.symmetry), list(known.sites)), f"{name}.cif")
    assert (read.name, read.cod, read.elements) == (name, 1234567, known.elements)
    assert "J. Tests" in read.reference
    assert read.is_own
    assert_same_amplitudes(read, known)


@pytest.mark.parametrize("name", ["Si", "quartz", "LiCoO2", "Li4Ti5O12"])
def test_an_export_without_symmetry_gives_the_same_amplitudes(name: str):
    known = built_in()[name]
    atoms = atoms_in_cell(known)
    sites = [
        (e, *place, o)
        for e, place, o in zip(atoms.elements, atoms.fractions.tolist(), atoms.occupancies, strict=True)
    ]
    assert_same_amplitudes(read_cif(cif_of(known, symbol("P 1"), sites), "p1.cif"), known)


def test_both_origins_of_diamond_are_silicon():
    known = built_in()["Si"]
    other = read_cif(cif_of(known, symbol("F d -3 m:2"), [("Si", 0.125, 0.125, 0.125, 1)]), "si2.cif")
    assert_same_amplitudes(other, known)


def test_operations_count_before_a_symbol():
    known = built_in()["Cu"]
    moves = ["x,y,z", "x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z"]
    listed = "loop_\n_symmetry_equiv_pos_as_xyz\n" + "\n".join(f"'{move}'" for move in moves)
    read = read_cif(cif_of(known, listed, [("Cu", 0, 0, 0, 1)]), "cu.cif")
    assert_same_amplitudes(read, known)


def test_rhombohedral_axes_are_those_of_the_file():
    hexagonal = built_in()["Bi"]
    a, _, c, *_ = hexagonal.cell_angstrom_deg
    edge = float(np.sqrt(a * a / 3 + c * c / 9))
    angle = float(np.degrees(2 * np.arcsin(a / (2 * edge))))
    cell = Structure("bi", (edge, edge, edge, angle, angle, angle), "R -3 m:R")
    z = hexagonal.sites[0].z
    read = read_cif(cif_of(cell, symbol("R -3 m:R"), [("Bi", z, z, z, 1)]), "bi.cif")
    one, other = reflections_of(hexagonal), reflections_of(read)
    assert len(one.hkl) == len(other.hkl)
    assert np.sort(one.g_lengths_per_nm) == pytest.approx(np.sort(other.g_lengths_per_nm), abs=1e-6)
    assert np.sort(one.amplitudes) * 1 / 3 == pytest.approx(np.sort(other.amplitudes), abs=1e-2)


def test_a_site_that_is_half_filled_scatters_half():
    known = built_in()["Cu"]
    half = read_cif(cif_of(known, symbol("F m -3 m"), [("Cu", 0, 0, 0, 0.5)]), "half.cif")
    assert amplitudes(half)[1, 1, 1] == pytest.approx(amplitudes(known)[1, 1, 1] / 2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "must hold one structure"),
        (b"\x00\xff\x00", "x.cif: "),
        (b"data_a\nloop_\n_cell_length_a\n", "must hold one structure"),
        (b"data_a\n_cell_length_a 4\n_cell_length_b", "x.cif: line"),
        (b"data_a\n_cell_length_a ?\n", "x.cif"),
        (b"x" * (MAX_BYTES + 1), "may have 4 MB"),
    ],
)
def test_what_is_no_structure_is_told_in_one_line(data: bytes, words: str):
    with pytest.raises(RecipeError, match=words) as told:
        read_cif(data, "x.cif")
    assert "\n" not in str(told.value)


def test_an_element_that_is_none_is_named():
    with pytest.raises(RecipeError, match="atom"):
        read_cif(cif_of(built_in()["Cu"], symbol("F m -3 m"), [("Qq", 0, 0, 0, 1)]), "x.cif")


def test_a_folder_is_read_in_order_and_a_bad_file_is_named(tmp_path: Path):
    copper = built_in()["Cu"]
    data = cif_of(copper, symbol(copper.symmetry), list(copper.sites))
    for name in ("b.cif", "a.CIF"):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "notes.txt").write_text("nothing")
    assert [one.name for one in read_folder(tmp_path)] == ["a", "b"]
    (tmp_path / "c.cif").write_bytes(data[:120])
    with pytest.raises(RecipeError, match=r"c\.cif"):
        read_folder(tmp_path)
    with pytest.raises(RecipeError, match="not a folder"):
        read_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecipeError, match="1 to 200 CIF files"):
        read_folder(tmp_path / "empty")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A CIF file that somebody or something has damaged."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(max(len(out), 1))
        if not out:
            break
        kind = rng.randrange(20) % 6
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            del out[at : at + rng.randint(1, 60)]
        elif kind == 2:
            out[at:at] = bytes(
                rng.choice([b"9" * 30, b"'", b"\n;\n", b"loop_\n", b"nan", b"-", b"e99", b"\x00"])
            )
        elif kind == 3:
            end = min(at + rng.randint(1, 80), len(out))
            out[at:at] = out[at:end]
        elif kind == 4:
            out[at:at] = rng.choice([b" . ", b" ? ", b"1e308", b"data_b\n", b"x,y,z;"])
        else:
            out = out[: max(at, 1)]
    return bytes(out) or b"x"


def test_a_damaged_file_is_a_structure_or_one_sentence():
    rng = random.Random(7)
    sources = [
        cif_of(built_in()[name], symbol(built_in()[name].symmetry), list(built_in()[name].sites))
        for name in ("Li2CO3", "LiCoO2", "Si")
    ]
    n_read = 0
    for _ in range(400):
        told = ""
        try:
            reflections_of(read_cif(mutated(rng.choice(sources), rng), "damaged.cif"))
            n_read += 1
        except UserError as error:
            told = str(error)
        assert "\n" not in told
        assert len(told) < 500
    assert 40 < n_read < 380


def test_many_atoms_and_large_cells_are_refused():
    cube = Structure("big", (17.0, 17.0, 17.0, 90.0, 90.0, 90.0), "P 1")
    sites = [
        ("C", x, y, 0.0, 1)
        for x in np.linspace(0, 0.99, 50).round(4)
        for y in np.linspace(0, 0.99, 50).round(4)
    ]
    with pytest.raises(RecipeError, match="2000 atoms"):
        read_cif(cif_of(cube, symbol("P 1"), sites), "big.cif")
