"""The first page's parts on the scale: asked for where there is none, measured on a bar, typed."""

import math
from dataclasses import replace

import numpy as np
import streamlit as st

from hrtem_core.errors import UserError
from hrtem_core.recipe import edits, parameter_facts
from hrtem_ui.frame import Page
from hrtem_ui.session import Session, compute, controlled
from hrtem_ui.text import words
from hrtem_ui.widgets import canvas, controls

ENDS, POINTING = "selected_ends", "selected_ends_sigma"
"""The ends of the bar that were clicked, and how well a click points."""


def ask_scale(page: Page) -> None:
    """The first thing on the page of an image without a scale: what to do about it."""
    if page.session.calibrated:
        return
    bar = compute.scale_bar(page.session)
    with st.container(key="asked", border=True, horizontal=True, vertical_alignment="center"):
        if bar is None:
            st.markdown(
                "**This image has no scale: results are provisional.** Type the pixel size, or choose "
                "*Scale* and click both ends of the scale bar."
            )
            return
        st.markdown(
            words.held(f"**A bar of {bar.length_px:.1f} px was found; how long is it?** ")
            + "Until you say, results are provisional."
        )
        known = st.number_input(
            "Its length in nm",
            0.01,
            10000.0,
            None,
            key="asked_length",
            label_visibility="collapsed",
            placeholder="nm",
            width=130,
        )
        if st.button("Set the scale", type="primary", disabled=known is None) and known:
            set_scale(page, known / bar.length_px, bar.length_sigma_px / bar.length_px)


def set_scale(page: Page, pixel_nm: float, relative_sigma: float | None = None) -> None:
    """Take a pixel size as given by the user, and how well it is known if that follows."""
    session, factor = page.session, pixel_nm / page.session.pixel_size.mean_nm
    try:
        session.change(edits.rescaled(session.recipe, pixel_nm, factor, relative_sigma=relative_sigma))
    except UserError as error:
        session.notice = str(error)
        return
    known = "" if relative_sigma is None else f", known to {100 * relative_sigma:.2g} %"
    session.notice = f"The scale is {pixel_nm:.4g} nm for a pixel{known}. All lengths follow from it."


def length_told(page: Page) -> str:
    """How long the bar is, and what is asked for."""
    length = words.held(f"{_length_px(ends(page)):.1f} ± {_length_sigma_px(page):.1f} px")
    if controls.look(page.session, ENDS, []):
        return f"{length} between the ends. Their length in nm:"
    return f"A bar of {length} was found; click to correct its ends. Its length in nm:"


def take_end(session: Session, click: canvas.Click) -> None:
    """One of the bar's ends was clicked: the last two count."""
    session.view[ENDS] = [*controls.look(session, ENDS, []), (click.row, click.col)][-2:]
    session.view[POINTING] = click.sigma


def ends(page: Page) -> list[tuple[float, float]]:
    """The two ends of the bar: those clicked, else those of a bar found in the image."""
    clicked: list[tuple[float, float]] = controls.look(page.session, ENDS, [])
    if clicked:
        return clicked
    bar = compute.scale_bar(page.session)
    return [(bar.start[0] + 0.5, bar.start[1]), (bar.end[0] + 0.5, bar.end[1])] if bar else []


def _length_px(ends: list[tuple[float, float]]) -> float:
    (row0, col0), (row1, col1) = ends
    return float(np.hypot(row1 - row0, col1 - col0))


def _length_sigma_px(page: Page) -> float:
    """Standard uncertainty of the length between the ends: of two clicks, or of a bar found by itself."""
    bar = compute.scale_bar(page.session)
    if bar and not controls.look(page.session, ENDS, []):
        return bar.length_sigma_px
    return math.sqrt(2) * controls.look(page.session, POINTING, 0.0)


def measure(page: Page) -> bool:
    """The bar's length as a number to type, and the scale that follows; whether it was taken."""
    both = ends(page)
    length_px = _length_px(both) if len(both) == 2 else 0.0
    is_long = length_px > max(2.0, 2.5 * _length_sigma_px(page))
    known = st.number_input(
        "Length of the bar in nm",
        0.01,
        10000.0,
        None,
        key="bar_length",
        label_visibility="collapsed",
        placeholder="nm",
        width=130,
        disabled=not is_long,
    )
    if st.button("Use as scale", type="primary", disabled=not is_long or known is None) and known:
        set_scale(page, known / length_px, _length_sigma_px(page) / length_px)
        page.session.view.pop(ENDS, None)
        return True
    return False


def pixel_size(page: Page) -> None:
    """The pixel size as a number to type, and how well it is known."""
    session = page.session
    now = float(f"{session.pixel_size.mean_nm:.6g}") if session.calibrated else None
    percent = 100 * session.recipe.calibration_relative_sigma
    left, right = st.columns(2)
    with left.form("pixel_size", border=False):
        typed = st.number_input(
            "Pixel size (nm)", 0.0001, 10.0, now, 0.0001, format="%.5f", placeholder="none"
        )
        if st.form_submit_button("Use this size") and typed:
            set_scale(page, typed)
    with right:
        st.number_input(
            "Its uncertainty (%)",
            0.0,
            20.0,
            step=0.1,
            format="%.2f",
            help=parameter_facts("calibration_relative_sigma").sentence,
            **controlled(
                "calibration",
                percent,
                lambda known: session.change(replace(session.recipe, calibration_relative_sigma=known / 100)),
                default={"value": percent},
            ),
        )
        if session.recipe.pixel_sizes_nm and session.micrograph.pixel_size:
            st.button("Back to the file's", type="tertiary", on_click=lambda: back_to_file(page))


def back_to_file(page: Page) -> None:
    """The scale the file came with."""
    session = page.session
    file = session.micrograph.pixel_size
    if file:
        factor = file.mean_nm / session.pixel_size.mean_nm
        sigma = file.relative_sigma  # not that of the bar or the spacing that was measured meanwhile
        session.change(edits.rescaled(session.recipe, None, factor, relative_sigma=sigma))
