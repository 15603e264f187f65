"""What the crystals may be: the phases page's choice of groups, structures, elements and CIF files."""

import re
from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from hrtem_core.errors import UserError
from hrtem_core.phases import PRESETS, Structure, built_in, indexed_structures, read_cif, typed_structure
from hrtem_ui.frame import Page
from hrtem_ui.session import controlled, host
from hrtem_ui.text import words

INDEX = "cif_index"
"""A way of looking: the index named last."""


def choose(page: Page) -> None:
    """What the crystals may be: groups and structures by name, elements, CIF files, typed cells."""
    parameters = page.session.recipe.phases
    names = [*PRESETS, *built_in()]
    first, second, third = st.columns([3, 2, 2], gap="medium")
    with first:
        now = [name for name in parameters.candidates if name in names]
        st.multiselect(
            "Candidates",
            names,
            format_func=lambda name: f"{name} (group)" if name in PRESETS else name,
            placeholder="Groups or structures",
            help="; ".join(f"{name}: {meaning}" for name, meaning in PRESETS.items()),
            **controlled(
                "phases.candidates",
                now,
                lambda new: _set(page, "candidates", tuple(new)),
                default={"default": now},
            ),
        )
        # here, beside what is higher: the picture needs the room below
        with st.container(horizontal=True, gap="small"):
            _typed(page)
            if host.is_own() and not host.is_small():
                _indexed(page)
    with second:
        typed = " ".join(parameters.elements)
        st.text_input(
            "Elements",
            placeholder="all; or such as Li C O F",
            help="Candidates with other elements are left out; hydrogen counts as present.",
            **controlled(
                "phases.elements",
                typed,
                lambda new: _set(page, "elements", elements_of(new)),
                default={"value": typed},
            ),
        )
    with third:
        _own(page)


def _set(page: Page, name: str, value: object) -> None:
    page.session.set_parameter("phases", name, value)


def elements_of(text: str) -> tuple[str, ...]:
    """The element symbols in what a person typed."""
    return tuple(dict.fromkeys(part.capitalize() for part in re.findall(r"[A-Za-z]{1,2}", text)))


def _own(page: Page) -> None:
    """A person's CIF files: to add, and those that are there."""
    session = page.session
    files = st.file_uploader("CIF files", type=["cif"], accept_multiple_files=True, key="phase_cifs")
    fresh = [file for file in files or () if file.file_id not in session.seen.setdefault("cifs", set())]
    if fresh:
        session.seen["cifs"] |= {file.file_id for file in fresh}
        try:
            _add(page, [read_cif(file.getvalue(), file.name) for file in fresh])
        except UserError as error:
            session.notice = str(error)
    own = session.recipe.phases.structures
    if own:
        st.caption(f"Own: {', '.join(words.plain(one.name) for one in own)}")
        st.button(
            f"Forget {words.counted(len(own), 'own structure')}",
            type="tertiary",
            key="forget_cifs",
            on_click=lambda: _set(page, "structures", ()),
        )


def _typed(page: Page) -> None:
    """A cell to type, where there is no file."""
    with st.popover("Type a cell", icon=":material/deployed_code:"), st.form("typed_cell", border=False):
        left, right = st.columns(2)
        name = left.text_input("Name", key="cell_name", placeholder="LiX", max_chars=60)
        formula = right.text_input(
            "Formula", key="cell_formula", placeholder="if known", help="For the choice by elements."
        )
        cell = left.text_input(
            "Cell (Å, °)",
            key="cell_sizes",
            placeholder="4.03",
            help="a; a c; a b c; a b c β; or a b c α β γ. What is left out follows from the symmetry.",
        )
        symmetry = right.text_input(
            "Space group",
            key="cell_symmetry",
            placeholder="F m -3 m, 225, F",
            help="A symbol, a number, or a centring: then the highest symmetry that such a cell has.",
        )
        st.caption("Without atoms all reflections that the symmetry allows count alike.")
        if st.form_submit_button("Add this cell", key="add_cell"):
            _add_cell(page, name, cell, symmetry, formula)


def _add_cell(page: Page, *texts: str) -> None:
    try:
        _add(page, [typed_structure(*texts)])
    except UserError as error:
        page.session.notice = str(error)


def _add(page: Page, added: Iterable[Structure]) -> None:
    """More structures of a person's own, each in the place of one of its name."""
    own = {one.name: one for one in (*page.session.recipe.phases.structures, *added)}
    page.session.set_parameter("phases", "structures", tuple(own.values()))


def _indexed(page: Page) -> None:
    """What an index of CIF files of this computer holds of some elements."""
    with (
        st.popover("Structures of an index", icon=":material/database:"),
        st.form("cif_index", border=False),
    ):
        path = st.text_input(
            "Index of CIF files",
            page.session.view.get(INDEX, ""),
            key="cif_index_path",
            placeholder="cod.sqlite",
            help="A file of this computer, made once by: python -m hrtem_core structures index DIR",
        )
        elements = st.text_input(
            "Elements that a structure may have",
            " ".join(page.session.recipe.phases.elements),
            key="cif_index_elements",
            placeholder="Li C O F",
        )
        if st.form_submit_button("Add what it holds of them", key="add_indexed"):
            _add_indexed(page, path, elements)


def _add_indexed(page: Page, path: str, elements: str) -> None:
    page.session.view[INDEX] = path
    try:
        _add(page, indexed_structures(Path(path).expanduser(), elements=elements_of(elements)))
    except UserError as error:
        page.session.notice = str(error)
