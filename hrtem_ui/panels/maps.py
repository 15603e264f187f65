"""Opening elemental maps: which files, and what each is."""

import re
from dataclasses import replace
from itertools import starmap
from typing import NamedTuple

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from hrtem_core.composition import (
    BACKGROUND,
    CUBE,
    SENSITIVITY,
    SURVEY,
    WINDOWS,
    ElementalMaps,
    MapFile,
    MapSource,
    Sensitivity,
    Window,
    default_windows,
    guess_role,
    read_cube,
    read_maps,
    read_sensitivity,
    read_windows,
)
from hrtem_core.errors import FileError, UserError
from hrtem_core.readers import RIPPLE, SPECTRUM_ENDINGS, list_images_apart
from hrtem_ui.frame import Page
from hrtem_ui.session import state
from hrtem_ui.text import words
from hrtem_ui.widgets import controls

EDGES, LINES = "EELS edges", "EDS lines"
LISTED, MAX_FILES = "maps_listed", 60
"""Where titles of an upload's images are kept; and how many images of a file are offered."""
KINDS = ["tif", "tiff", "png", "json", *(kind for kind in SPECTRUM_ENDINGS if kind not in RIPPLE)]
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
        offered = [one for file in files for one in _images(page, file)]
        roles = _roles(offered)
        elements, kind = _windows(CUBE in roles and WINDOWS not in roles)
        sources = [one.source for one in offered]
        if st.button("Open these maps", key="open_maps", type="primary"):
            try:
                take_maps(page, sources, roles, elements, kind == EDGES)
            except UserError as error:
                st.error(words.plain(str(error), 600))
            else:
                st.rerun()


class _Offered(NamedTuple):
    """An image of an uploaded file, what it is called, and what it most likely is."""

    source: MapSource
    called: str
    role: str


def _images(page: Page, file: UploadedFile) -> list[_Offered]:
    """The images of a file one by one: a stack, or all maps that a program keeps together."""
    content, known = file.getvalue(), guess_role(file.name)
    whole = _Offered(MapSource(content, file.name), file.name, known)
    if known in (CUBE, WINDOWS, SENSITIVITY):
        return [whole]
    listed: dict[str, list[str]] = controls.look(page.session, LISTED, {})
    if file.file_id not in listed:
        listed[file.file_id] = _titles(content, file.name)
        page.session.view[LISTED] = listed
    titles = listed[file.file_id]
    if len(titles) < 2:
        return [whole]
    return [
        _Offered(MapSource(content, file.name, number), f"{file.name} #{number}: {title}", _role_of(title))
        for number, title in enumerate(titles[:MAX_FILES])
    ]


def _titles(content: bytes, name: str) -> list[str]:
    """What a file's images are called; a file that cannot be read says so when it is opened."""
    try:
        return [image.title for image in list_images_apart(content, name=name, checkpoint=state.checkpoint)]
    except FileError:
        return []


def _role_of(title: str) -> str:
    """What an image of several is by its title; of a series' frames the first."""
    is_later = re.search(r"(\d+) of \d+$", title)
    return "" if is_later and is_later[1] != "1" else guess_role(title)


def _roles(offered: list[_Offered]) -> list[str]:
    """What each image is, guessed by its name, and corrected in a table."""
    names = [words.shortened(one.called, 60) for one in offered]
    table = pd.DataFrame({"file": names, "what it is": [one.role for one in offered]})
    edited = st.data_editor(table, disabled=["file"], hide_index=True, key=f"roles {hash(tuple(names))}")
    st.caption(
        "An element (O), *background O*, *survey*, *spectrum image* and its *windows* (JSON, as on the "
        "command line), *sensitivity* (JSON, counts per atom by element), or nothing to leave it out."
    )
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
    session, before = page.session, page.session.recipe.composition
    named = [(role, source) for role, source in zip(roles, sources, strict=True) if role]
    one = {role: source for role, source in reversed(named) if role in (SURVEY, CUBE, WINDOWS, SENSITIVITY)}
    windows: tuple[Window, ...] = ()
    if CUBE in one:
        windows = read_windows(one[WINDOWS]) if WINDOWS in one else default_windows(elements, edges)
        maps = read_cube(one[CUBE], windows, one.get(SURVEY), checkpoint=state.checkpoint)
    else:
        rest = [(role, source) for role, source in named if role not in one]
        below = {
            role.removeprefix(BACKGROUND).strip(): source
            for role, source in rest
            if role.startswith(BACKGROUND)
        }
        plain = [(role, source) for role, source in rest if not role.startswith(BACKGROUND)]
        maps = read_maps(plain, below, one.get(SURVEY), checkpoint=state.checkpoint)
    given = read_sensitivity(one[SENSITIVITY]) if SENSITIVITY in one else dict(before.sensitivity)
    files = tuple(MapFile(*digest) for digest in maps.digests)
    same = {file.sha256 for file in files} == {file.sha256 for file in before.files}
    session.maps = maps
    parameters = replace(
        before,
        files=files,
        windows=windows,
        clicks=before.clicks if same else (),
        sensitivity=tuple(starmap(Sensitivity, given.items())),
    )
    session.change(replace(session.recipe, composition=parameters))


def maps_of(page: Page) -> ElementalMaps | None:
    """The maps that are open; says so where the recipe knows maps that are not."""
    session = page.session
    files = session.recipe.composition.files
    if session.maps is None and files:
        names = ", ".join(words.plain(file.name, 40) for file in files)
        st.info(f"This recipe was made with {names}. Open them again to see the composition.")
    return session.maps
