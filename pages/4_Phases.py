"""Phases: what each crystallite may be."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import candidates, reading
from hrtem_ui.panels import phases as phase_panel
from hrtem_ui.text import PHASES

page = setup(PHASES)


def draw() -> None:
    """Candidates, the phase map, shares, and the chosen crystallite with its readings."""
    candidates.choose(page)
    if not page.analysis.phases.candidates:
        st.info("Choose what the crystals may be: a group, single structures, elements, or CIF files.")
        return
    if not page.session.calibrated:
        st.warning("Without a scale no phase can be told: give it on the first page.")
        return
    phase_panel.answer_click(page)
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="stays"):
        phase_panel.picture(page)
    with right:
        phase_panel.scale(page)
        phase_panel.shares(page)
        phase_panel.chosen(page)
        reading.lines(page)


page.body(draw)
finish(page)
