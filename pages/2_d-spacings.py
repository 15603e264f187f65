"""d-spacings: families of pairs of equal spacing."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import spacings as spacing_panel
from hrtem_ui.text import SPACINGS
from hrtem_ui.widgets import parameter

page = setup(SPACINGS)


def draw() -> None:
    """The rings, their table, and what can be done with them."""
    spacing_panel.answer_click(page)
    spacing_panel.why_none(page)
    with st.container(key="stacked"):
        left, right = st.columns([2, 3], gap="medium")
    with left:
        spacing_panel.rings(page)
    with right:
        spacing_panel.family_table(page)
        spacing_panel.editor(page)
        spacing_panel.calibration(page)
        with st.popover("How families are formed", icon=":material/tune:"):
            parameter(page.session, page.units, "families.tolerance")
            parameter(page.session, page.units, "families.significance")
    spacing_panel.pair_table(page)


page.body(draw)
finish(page)
