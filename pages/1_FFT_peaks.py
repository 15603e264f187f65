"""FFT peaks: which pairs of spots are fringes."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import closeup, masking
from hrtem_ui.panels import peaks as peak_panel
from hrtem_ui.text import PEAKS

page = setup(PEAKS)


def draw() -> None:
    """The FFT, what decides, and the selected pair's details."""
    peak_panel.answer_click(page)
    peak_panel.answer_selection(page)
    peak_panel.answer_closeup(page)
    if page.is_stale:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        peak_panel.picture(page)
        closeup.details(page, peak_panel.selected_pair(page))
    with right:
        peak_panel.answer(page)
        masking.panel(page)
        peak_panel.beside(page)


page.body(draw)
finish(page)
