"""What is drawn over a visitor's micrograph: outlines and their colours, kept as `compute` keeps stages."""
# ruff: noqa: ARG001 - `key` is read by Streamlit's cache, not by the function

from typing import get_args

import streamlit as st

from hrtem_core import pictures
from hrtem_core.analysis import Analysis
from hrtem_core.numerics import FloatArray
from hrtem_core.pictures import ColourMode, DrawnOutlines
from hrtem_ui.session.compute import SMALL, TTL, product_keys
from hrtem_ui.session.leaving import asked
from hrtem_ui.session.state import Session


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _outlines(key: str, _analysis: Analysis) -> list[list[FloatArray]]:
    return pictures.all_outlines(_analysis)


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _drawn_outlines(key: str, of_domains: str, _analysis: Analysis) -> DrawnOutlines:
    found = _analysis.domains
    crystals = pictures.drawn_crystals(_analysis)
    outlines = [*asked(_outlines, of_domains, _analysis), *(one.paths for one in crystals)]
    every = (*found.accepted, *found.rejected, *(one.domain for one in crystals))
    return pictures.drawn_outlines(every, outlines)


def outlines(session: Session, analysis: Analysis) -> DrawnOutlines:
    """Outlines of the accepted domains, the rejected ones, and the crystallites, as a browser draws them."""
    known = product_keys(session)
    return asked(_drawn_outlines, known["crystallites"], known["domains"], analysis)


Painted = dict[ColourMode, tuple[list[str], list[str]]]


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _painted(key: str, _analysis: Analysis) -> Painted:
    products = _analysis.domains, _analysis.families, _analysis.crystallites, _analysis.phases
    return {
        mode: (
            [pictures.hex_of(colour) for colour in pictures.domain_colours(mode, *products)],
            [" ".join(map(str, dashes)) for dashes in pictures.domain_dashes(_analysis, mode)],
        )
        for mode in get_args(ColourMode)
    }


def painted(session: Session, analysis: Analysis) -> Painted:
    """Colour and line style of each accepted domain, whatever the colours are to say."""
    known = product_keys(session)
    return asked(_painted, f"{known['families']} {known['phases']}", analysis)
