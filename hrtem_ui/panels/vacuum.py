"""The first page's question whether what looks like vacuum is to be left out."""

from collections.abc import Callable

import streamlit as st

from hrtem_core.preparation import Polygon, in_polygons
from hrtem_ui.frame import Page
from hrtem_ui.session import compute
from hrtem_ui.text import words

VACUUM = "vacuum answered of"


def suggest(page: Page) -> None:
    """Offer to leave out what looks like vacuum; once answered it is not asked about again."""
    session = page.session
    if session.seen.get(VACUUM) == session.micrograph.digest:
        return
    found = compute.vacuum(session, page.analysis.prepared)
    if not found:
        return
    share = float(in_polygons(session.micrograph.shape, found).mean())
    with st.container(key="vacuum", border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{words.percent(share)} of the field looks like vacuum.** Left out, what is crystalline is "
            "given as part of the specimen."
        )
        st.button("Leave it out", key="leave_out_vacuum", type="primary", on_click=_answer(page, found))
        st.button("Keep it", key="keep_vacuum", type="tertiary", on_click=_answer(page))


def _answer(page: Page, polygons: tuple[Polygon, ...] = ()) -> Callable[[], None]:
    """Leaves areas out, if any, and notes that the question has been answered for this image."""
    session, now = page.session, page.session.recipe.preparation.excluded_px

    def answer() -> None:
        session.seen[VACUUM] = session.micrograph.digest
        session.set_parameter("preparation", "excluded_px", (*now, *polygons))

    return answer
