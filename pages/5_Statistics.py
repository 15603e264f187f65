"""Statistics: crystallites, or domains, as distributions."""

import streamlit as st

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import counted as counted_panel
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.panels import statistics as statistics_panel
from hrtem_ui.text import STATISTICS

page = setup(STATISTICS)
domains = counted_panel.domains_of(page)


def draw() -> None:
    """Distributions beside the overlay they refer to, and the table."""
    if not len(domains):
        st.info(page.nothing_found)
        return
    statistics_panel.answer_brushes(page, domains)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        measure, style = statistics_panel.size_controls(page)
        counted = counted_panel.counted_of(page, domains)
        statistics_panel.answer_click(page, counted)
        statistics_panel.size_chart(page, counted, measure, style)
        statistics_panel.spacing_chart(page, domains, style)
        first, second = st.columns(2)
        with first:
            statistics_panel.rose_chart(domains, style)
        with second:
            statistics_panel.area_chart(page)
    with right, st.container(key="stays"):
        domain_panel.totals(page)
        statistics_panel.picture(page, counted)
    statistics_panel.table(page, counted)


page.body(draw)
finish(page)
