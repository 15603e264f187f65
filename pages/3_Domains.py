"""Domains: where each set of fringes is present."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import adding, chosen
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.text import DOMAINS

page = setup(DOMAINS)


def draw() -> None:
    """The overlay, the totals, the chosen domain, and what decides."""
    adding.answer_kept(page, domain_panel.OVERLAY)
    domain_panel.answer_click(page)
    if page.is_stale:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="stays"):
        domain_panel.picture(page)
    with right:
        domain_panel.totals(page)
        chosen.panel(page)
        domain_panel.settings(page)
        chosen.closer(page)


page.body(draw)
finish(page)
