"""Export: the results, and the recipe to repeat them."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import export as export_panel
from hrtem_ui.text import EXPORT

page = setup(EXPORT)
left, right = st.columns([2, 3], gap="large")
with left:
    export_panel.preview(page)
with right:
    export_panel.everything(page)
    export_panel.recipe(page)
    export_panel.singly(page)
finish(page)
