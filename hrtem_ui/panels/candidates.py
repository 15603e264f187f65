"""What the crystals may be: the phases page's choice of groups, structures, elements and CIF files."""

import re

import streamlit as st

from hrtem_core.errors import UserError
from hrtem_core.phases import PRESETS, built_in, read_cif
from hrtem_ui.frame import Page
from hrtem_ui.session import controlled
from hrtem_ui.text import words


def choose(page: Page) -> None:
    """What the crystals may be: groups and structures by name, elements, and a person's CIF files."""
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
            read = [read_cif(file.getvalue(), file.name) for file in fresh]
            kept = [one for one in session.recipe.phases.structures if one.name not in {r.name for r in read}]
            session.set_parameter("phases", "structures", (*kept, *read))
        except UserError as error:
            session.notice = str(error)
    own = session.recipe.phases.structures
    if own:
        st.button(
            f"Forget {words.counted(len(own), 'CIF file')}",
            type="tertiary",
            key="forget_cifs",
            on_click=lambda: _set(page, "structures", ()),
        )
