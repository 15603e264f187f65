"""The first page: open a micrograph, see what is in it, and go on from there."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import adding
from hrtem_ui.panels import lens as lens_panel
from hrtem_ui.panels import micrograph as micrograph_panel
from hrtem_ui.panels import opening as open_panel
from hrtem_ui.panels import scale as scale_panel
from hrtem_ui.panels import vacuum as vacuum_panel
from hrtem_ui.text import MICROGRAPH

page = setup(MICROGRAPH)


def draw() -> None:
    """The micrograph beside what can be set."""
    adding.answer_kept(page, micrograph_panel.CANVAS)
    micrograph_panel.answer_pointing(page)
    if page.is_stale:
        return
    scale_panel.ask_scale(page)
    vacuum_panel.suggest(page)
    if page.is_stale:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        micrograph_panel.picture(page)
    with right:
        open_panel.panel(page)
        micrograph_panel.facts(page)
        scale_panel.pixel_size(page)
        lens_panel.panel(page)
        micrograph_panel.contrast(page)
        with st.expander("Before the analysis", icon=":material/tune:"):
            micrograph_panel.preparation(page)


page.body(draw)
finish(page)
