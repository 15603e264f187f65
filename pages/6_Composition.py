"""Composition: elemental maps of the same place, laid on the domains."""

from functools import partial

import streamlit as st

from hrtem_core.composition import ElementalMaps
from hrtem_core.errors import UserError
from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import composition as panel
from hrtem_ui.panels import maps as maps_panel
from hrtem_ui.session import composed
from hrtem_ui.text import COMPOSITION, words

page = setup(COMPOSITION)
maps_panel.opening(page)
maps = maps_panel.maps_of(page)


def draw(maps: ElementalMaps) -> None:
    """The pictures to click in, and what follows from the pairs."""
    panel.answer_pointing(page)
    panel.pointing(page, maps)
    if len(page.session.recipe.composition.clicks) < 3:
        st.info("Three pairs lay the maps on the micrograph; five also tell how the scan drifted.")
        return
    try:
        panel.where(composed.registration(page.session, maps))
        panel.settings(page, maps)
        found = composed.composition(page.session, maps, page.analysis)
    except UserError as error:
        st.error(words.plain(str(error), 600))
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        panel.overlay(page, maps, found)
        panel.download(page, found)
    with right:
        panel.chart(page, found)
        panel.table(page, found)
        panel.together(found)
        panel.agreement(found)
    panel.remarks(found)


if maps is not None:
    page.body(partial(draw, maps))
finish(page)
