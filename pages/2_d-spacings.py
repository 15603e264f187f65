"""d-spacings: families of pairs of equal spacing."""

import streamlit as st

from hrtem_ui import spacing_panel
from hrtem_ui.controls import parameter
from hrtem_ui.frame import finish, setup
from hrtem_ui.steps import SPACINGS

page = setup(SPACINGS)


def draw() -> None:
    """The rings, their table, and what can be done with them."""
    with st.container(key="stacked"):
        left, right = st.columns([2, 3], gap="medium")
    with left:
        spacing_panel.rings(page)
    with right:
        spacing_panel.family_table(page)
        spacing_panel.editor(page)
        spacing_panel.calibration(page)
        with st.popover("How families are formed", icon=":material/tune:"):
            parameter(page, spacing_panel.TOLERANCE)
            parameter(page, spacing_panel.SIGNIFICANCE)
    spacing_panel.pair_table(page)


page.body(draw)
finish(page)
