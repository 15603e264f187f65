"""Typed cells: completed by their symmetry, refused in one sentence, usable as candidates."""

import numpy as np
import pytest
from crystals_seen import crystal_of

from hrtem_core.errors import RecipeError
from hrtem_core.phases import (
    PhaseParameters,
    built_in,
    chosen_structures,
    lines_of,
    parse_typed,
    typed_structure,
)
from hrtem_core.phases.decoys import TYPES, ln_size, rivals_of
from hrtem_core.phases.naming import name_crystallites
from hrtem_core.phases.tuning import PHASE_TUNING, PhaseTuning


@pytest.mark.parametrize(
    ("cell", "symmetry", "sizes", "group"),
    [
        ("4.03", "Fm-3m", (4.03, 4.03, 4.03, 90, 90, 90), "F m -3 m"),
        ("4.03", "225", (4.03, 4.03, 4.03, 90, 90, 90), "F m -3 m"),
        ("4.03", "F", (4.03, 4.03, 4.03, 90, 90, 90), "F m -3 m"),
        ("3.65, 3.87", "P 6/m m m", (3.65, 3.65, 3.87, 90, 90, 120), "P 6/m m m"),
        ("3.65 3.65 3.87 90 90 120", "P", (3.65, 3.65, 3.87, 90, 90, 120), "P 6/m m m"),
        ("5.0 5.0 17.0 90 90 120", "R", (5.0, 5.0, 17.0, 90, 90, 120), "R -3 m:H"),
        ("5 5 5 55 55 55", "R", (5, 5, 5, 55, 55, 55), "R -3 m:R"),
        ("3.78 9.51", "I", (3.78, 3.78, 9.51, 90, 90, 90), "I 4/m m m"),
        ("5.1 6.2 7.3", "Pnma", (5.1, 6.2, 7.3, 90, 90, 90), "P n m a"),
        ("8.36 4.97 6.2 114.8", "C2/c", (8.36, 4.97, 6.2, 90, 114.8, 90), "C 1 2/c 1"),
        ("5 6 7 80 85 95", "", (5, 6, 7, 80, 85, 95), "P -1"),
    ],
)
def test_a_cell_is_completed_by_its_symmetry(cell: str, symmetry: str, sizes: tuple, group: str):
    typed = typed_structure("mine", cell, symmetry)
    assert typed.cell_angstrom_deg == pytest.approx(sizes)
    assert typed.symmetry == group
    assert typed.sites == ()
    assert typed.reference == "typed by hand"


@pytest.mark.parametrize(
    ("name", "cell", "symmetry", "formula", "words"),
    [
        ("mine", "4 a", "F", "", "1, 2, 3, 4 or 6 numbers"),
        ("mine", "4 4 4 90 90", "F", "", "1, 2, 3, 4 or 6 numbers"),
        ("mine", "nan", "F", "", "1, 2, 3, 4 or 6 numbers"),
        ("mine", "4", "P 99", "", "must be a space group"),
        ("mine", "4", "231", "", "must be a space group"),
        ("mine", "4 5 6", "Fm-3m", "", "must have the shape"),
        ("mine", "4", "P 6/m m m", "", "must have a and c"),
        ("mine", "0.4", "F", "", "between 1.5 and 100"),
        ("mine", "4", "F", "Qq2", "must name elements"),
        ("none", "4", "F", "", "one line"),
        ("", "4", "F", "", "one line"),
        ("mine", "4 " * 500, "F", "", "200 characters"),
    ],
)
def test_what_is_no_cell_is_told_so(name: str, cell: str, symmetry: str, formula: str, words: str):
    with pytest.raises(RecipeError, match=words):
        typed_structure(name, cell, symmetry, formula)


def test_a_line_of_text_is_a_cell():
    assert parse_typed("LiX: 4.03, Fm-3m, LiF") == typed_structure("LiX", "4.03", "Fm-3m", "LiF")
    for wrong in ("4.03, Fm-3m", "LiX: 4.03", "LiX: 1, 2, 3, 4"):
        with pytest.raises(RecipeError, match="A typed cell must be"):
            parse_typed(wrong)


def test_elements_leave_a_typed_cell_out_only_if_it_says_what_it_is_made_of():
    own = (typed_structure("bare", "4.03", "F"), typed_structure("LiX", "4.03", "F", "LiCl"))
    chosen = chosen_structures(PhaseParameters(structures=own, elements=("Li", "O")))
    assert [one.name for one in chosen] == ["bare"]


def test_a_typed_cell_is_named_where_its_lattice_fits():
    rng = np.random.default_rng(2)
    seen = tuple(
        crystal_of(built_in()["rutile"], zone, rng)[0] for zone in ((0, 0, 1), (0, 1, 0), (1, 1, 1)) * 2
    )
    candidates = (
        typed_structure("mine", "4.594 2.959", "P 42/m n m", "TiO2"),
        built_in()["LiF"],
        built_in()["Cu"],
    )
    found = name_crystallites(seen, candidates, prior_scale_sigma=0.01)
    assert (found.probabilities[:, 0] > 0.9).all()
    assert all(line.amplitude > 0 for line in lines_of(candidates[0]))


def test_a_lattice_has_one_size_whatever_its_atoms_and_centring():
    cubic = typed_structure("cubic", "4.2", "F")
    assert ln_size(cubic, built_in()["LiF"], PHASE_TUNING) == pytest.approx(np.log(4.2 / 4.0263), abs=0.002)
    assert ln_size(
        typed_structure("half", "2.97 2.97 2.97 60 60 60", "P"), cubic, PHASE_TUNING
    ) == pytest.approx(0, abs=2e-4)
    assert ln_size(cubic, built_in()["rutile"], PHASE_TUNING) is None


def test_a_typed_cell_has_no_rival_in_its_own_lattice_but_in_others():
    n_cells = 9
    sure = typed_structure("mine", "4.594 2.959", "P 42/m n m")
    is_rival = rivals_of((sure, built_in()["LiF"]), len(TYPES) * n_cells, 0.002, PhaseTuning())
    of_types = is_rival.reshape(len(TYPES), n_cells)
    at = TYPES.index("rutile")
    assert np.delete(of_types, at, axis=0).all()
    assert not of_types[at, n_cells // 2]
    assert of_types[at, [0, -1]].all()
