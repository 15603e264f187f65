"""What the colours of domains mean, below their picture."""

from html import escape

import numpy as np
import streamlit as st

from hrtem_core import pictures
from hrtem_core.measures import named_families
from hrtem_core.pictures import ColourMode, colours, direction_wheel
from hrtem_ui.frame import Page
from hrtem_ui.widgets import encoding, still

WHEEL_PX = 150


def show(page: Page, mode: ColourMode) -> None:
    """A line of patches, a wheel, or a sentence."""
    families = page.analysis.families
    spacings = np.concatenate([families.d_nm, families.rejected_d_nm])
    if mode == "azimuth":
        wheel, told = encoding.png(direction_wheel(2 * WHEEL_PX)), "g: 0° right, 90° up"
        still.show("wheel", wheel, f"The colours of directions, {told}", caption=told, width_px=WHEEL_PX)
    elif mode == "family":
        _patches(_families(page))
    elif mode == "phase":
        entries = pictures.legend_of(page.analysis, mode)
        _patches([(f"8px solid {pictures.hex_of(one.colour)}", one.text) for one in entries])
    elif mode == "crystallite":
        st.caption("Domains of one colour coincide: they are one crystal.")
    elif len(spacings):
        low, high = float(spacings.min()), float(spacings.max())
        st.caption(f"From blue, {page.units.length(low)}, to red, {page.units.length(high)}.")


def _families(page: Page) -> list[tuple[str, str]]:
    """The lines that families are drawn with, and what they are called."""
    analysis = page.analysis
    families = named_families(analysis.phases, analysis.domains, analysis.families)
    codes, numbers = colours.family_hex(families), families.shown_as.tolist()
    return [
        (f"4px {pictures.line_style(numbers[at])} {code}", families.names[at] or page.units.length(d))
        for at, (code, d) in enumerate(zip(codes, families.d_nm, strict=True))
    ]


def _patches(entries: list[tuple[str, str]]) -> None:
    """Lines, as a style sheet describes them, each with its meaning."""
    spots = [
        f"<span style='white-space:nowrap'><span style='display:inline-block;width:1.6em;"
        f"vertical-align:middle;border-top:{line}'></span> {escape(text)}</span>"
        for line, text in entries
    ]
    st.html(f"<small>{' &ensp;'.join(spots)}</small>")
