"""Opening elemental maps: which files, and what each is."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from hrtem_core.composition import (
    BACKGROUND,
    CUBE,
    SURVEY,
    ElementalMaps,
    MapFile,
    MapSource,
    default_windows,
    guess_role,
    read_cube,
    read_maps,
)
from hrtem_core.errors import UserError
from hrtem_core.readers import RIPPLE, SPECTRUM_ENDINGS
from hrtem_ui.frame import Page
from hrtem_ui.session import state
from hrtem_ui.text import words

EDGES, LINES = "EELS edges", "EDS lines"
KINDS = ["tif", "tiff", "png", *(kind for kind in SPECTRUM_ENDINGS if kind not in RIPPLE)]
"""An upload is one file, Ripple are two."""


def opening(page: Page) -> None:
    """Files of maps, what each is, and their opening."""
    session = page.session
    with st.expander("Open maps of this place", expanded=session.maps is None, icon=":material/layers:"):
        files = st.file_uploader(
            "Elemental maps, their survey, or a spectrum image",
            KINDS,
            accept_multiple_files=True,
            key="maps_upload",
            help="Raw counts, one file per element. They stay in this server's memory for this browser.",
        )
        if not files:
            st.caption("Names such as O.tif, background_O.tif and haadf.tif tell what each file is.")
            return
        roles = _roles([file.name for file in files])
        elements, kind = _windows(CUBE in roles)
        sources = [MapSource(file.getvalue(), file.name) for file in files]
        if st.button("Open these maps", key="open_maps", type="primary"):
            try:
                take_maps(page, sources, roles, elements, kind == EDGES)
            except UserError as error:
                st.error(words.plain(str(error), 600))
            else:
                st.rerun()


def _roles(names: list[str]) -> list[str]:
    """What each file is, guessed by its name, and corrected in a table."""
    table = pd.DataFrame({"file": names, "what it is": [guess_role(name) for name in names]})
    edited = st.data_editor(table, disabled=["file"], hide_index=True, key=f"roles {hash(tuple(names))}")
    st.caption("An element (O), *background O*, *survey*, *spectrum image*, or nothing to leave it out.")
    return [str(role or "").strip() for role in edited["what it is"]]


def _windows(has_cube: bool) -> tuple[list[str], str]:
    """Which elements of a spectrum image, and how they are counted."""
    if not has_cube:
        return [], LINES
    left, right = st.columns(2)
    text = left.text_input("Elements of the spectrum image", "C, O, F", key="cube_elements")
    kind = right.segmented_control("Counted by", [LINES, EDGES], default=LINES, key="cube_kind") or LINES
    return [part.strip() for part in text.split(",") if part.strip()], str(kind)


def take_maps(
    page: Page, sources: list[MapSource], roles: list[str], elements: list[str], edges: bool
) -> None:
    """Read maps and put them in the place of earlier ones; the recipe notes which they are.

    Raises
    ------
    UserError
        If they cannot be read, or do not go together.
    """
    session = page.session
    named = [(role, source) for role, source in zip(roles, sources, strict=True) if role]
    survey = next((source for role, source in named if role == SURVEY), None)
    cube = next((source for role, source in named if role == CUBE), None)
    windows = default_windows(elements, edges) if cube is not None else ()
    if cube is not None:
        maps = read_cube(cube, windows, survey, checkpoint=state.checkpoint)
    else:
        below = {
            role.removeprefix(BACKGROUND).strip(): source
            for role, source in named
            if role.startswith(BACKGROUND)
        }
        plain = [
            (role, source) for role, source in named if role != SURVEY and not role.startswith(BACKGROUND)
        ]
        maps = read_maps(plain, below, survey, checkpoint=state.checkpoint)
    files = tuple(MapFile(*digest) for digest in maps.digests)
    before = session.recipe.composition
    same = {file.sha256 for file in files} == {file.sha256 for file in before.files}
    session.maps = maps
    parameters = replace(before, files=files, windows=windows, clicks=before.clicks if same else ())
    session.change(replace(session.recipe, composition=parameters))


def maps_of(page: Page) -> ElementalMaps | None:
    """The maps that are open; says so where the recipe knows maps that are not."""
    session = page.session
    files = session.recipe.composition.files
    if session.maps is None and files:
        names = ", ".join(words.plain(file.name, 40) for file in files)
        st.info(f"This recipe was made with {names}. Open them again to see the composition.")
    return session.maps
