"""The first page's parts on the scale: asked for where there is none, typed, and how well it is known."""

from dataclasses import replace

import streamlit as st

from hrtem_core.errors import UserError
from hrtem_core.recipe import edits, parameter_facts
from hrtem_ui.frame import Page
from hrtem_ui.session import compute, controlled


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
            f"**A bar of {bar.length_px:.1f} px was found; how long is it?** "
            "Until you say, results are provisional."
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


def pixel_size(page: Page) -> None:
    """The pixel size as a number to type, and how well it is known."""
    session = page.session
    now = float(f"{session.pixel_size.mean_nm:.6g}") if session.calibrated else None
    percent = 100 * session.recipe.calibration_relative_sigma
    left, right = st.columns(2)
    with left.form("pixel_size", border=False):
        typed = st.number_input(
            "Pixel size (nm)", 0.0001, 10.0, now, 0.0001, format="%.5f", placeholder="not known"
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
