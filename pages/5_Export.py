"""Export: the results, and the recipe to repeat them."""

import streamlit as st

from hrtem_ui import domain_panel, export_panel
from hrtem_ui.frame import finish, setup
from hrtem_ui.overlay import OverlayStyle
from hrtem_ui.steps import EXPORT

page = setup(EXPORT)
left, right = st.columns([2, 3], gap="large")
with left:
    domain_panel.small_picture(page, OverlayStyle(width=3))
    st.caption("The domains found, coloured by d-spacing.")
with right:
    export_panel.everything(page)
    export_panel.recipe(page)
    export_panel.singly(page)
finish(page)
