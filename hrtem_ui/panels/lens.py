"""The first page's part on the objective lens: what is known of it, and what it did."""

import math

import numpy as np
import streamlit as st

from hrtem_core.errors import UserError
from hrtem_core.exports import lens_notes
from hrtem_core.image import Aberrations
from hrtem_core.lens import LensParameters
from hrtem_core.recipe import edits, lens_in_force, lens_origins, parameter_facts
from hrtem_ui.frame import Page
from hrtem_ui.session import controlled
from hrtem_ui.text import Units, words

USUAL_CS_MM = (0.0, 0.5, 0.7, 1.0, 1.2, 2.0, 2.7)
"""Of a corrected lens, and of the usual objective lenses without a corrector."""


def panel(page: Page) -> None:
    """Voltage, Cs and defocus, and what came of them."""
    with st.expander("Objective lens", icon=":material/adjust:"):
        st.caption(
            "A lens without a corrector displaces fringes from their crystal by nanometres. With voltage and "
            "Cs they are brought home."
        )
        left, right = st.columns(2)
        with left:
            _voltage(page)
            _defocus(page)
        with right:
            _cs(page)
        st.markdown(verdict(page))


def _set(page: Page, **values: float | None) -> None:
    """Take values as typed; what is no longer known takes with it what needs it."""
    session = page.session
    try:
        session.change(edits.with_lens(session.recipe, _in_force(page), **values))
    except UserError as error:
        session.notice = str(error)


def _in_force(page: Page) -> LensParameters:
    return lens_in_force(page.session.micrograph, page.session.recipe)


def _voltage(page: Page) -> None:
    about, now = parameter_facts("lens.voltage_kv"), _in_force(page).voltage_kv
    st.number_input(
        "Voltage (kV)",
        *_limits(about.limits),
        step=20.0,
        format="%.0f",
        placeholder="not known",
        help=about.sentence,
        **controlled("lens.voltage", now, lambda kv: _set(page, voltage_kv=kv), default={"value": now}),
    )


def _limits(limits: tuple[float, float] | None) -> tuple[float, float]:
    assert limits is not None, "what is typed here has limits"
    return limits


def _cs(page: Page) -> None:
    in_force = _in_force(page)
    options: list[float | None] = [None, *sorted({*USUAL_CS_MM, *_known(in_force.cs_mm)})]
    st.selectbox(
        "Lens",
        options,
        format_func=_lens_in_words,
        placeholder="not known",
        disabled=in_force.voltage_kv is None,
        help="Cs, the spherical aberration, stands in the microscope's data sheet; give the voltage first.",
        **controlled(
            "lens.cs",
            in_force.cs_mm,
            lambda cs: _set(page, cs_mm=cs),
            default={"index": options.index(in_force.cs_mm)},
            about=tuple(options),
        ),
    )


def _known(cs_mm: float | None) -> tuple[float, ...]:
    return () if cs_mm is None else (cs_mm,)


def _lens_in_words(cs_mm: float | None) -> str:
    if cs_mm is None:
        return "not known"
    return f"Cs {cs_mm:g} mm" if cs_mm else "corrected"


def _defocus(page: Page) -> None:
    in_force, about = _in_force(page), parameter_facts("lens.defocus_nm")
    st.number_input(
        "Defocus (nm)",
        *_limits(about.limits),
        step=5.0,
        format="%.1f",
        placeholder="from the rings",
        disabled=in_force.cs_mm is None,
        help=about.sentence,
        **controlled(
            "lens.defocus",
            in_force.defocus_nm,
            lambda nm: _set(page, defocus_nm=nm),
            default={"value": in_force.defocus_nm},
        ),
    )


def verdict(page: Page) -> str:
    """What is known of the lens, where from, and what was moved, as Markdown."""
    lens, domains = page.analysis.lens, page.analysis.domains
    origins = set(lens_origins(page.session.micrograph, page.session.recipe).values()) - {"", "typed"}
    told = [f"Voltage and Cs: {origin}." for origin in origins]
    fit, sigmas = lens.rings.aberrations, lens.rings.sigmas
    if lens.source == "rings":
        value, sigma = fit.c1_nm2 / lens.wavelength_nm, sigmas.c1_nm2 / lens.wavelength_nm
        told.append(f"The film's rings show a defocus of **{value:.1f} ± {max(sigma, 0.05):.1f} nm**.")
    elif lens.source == "rings alone":
        told.append("The film's rings show what the lens displaced, without voltage and Cs.")
    elif lens.source == "unknown":
        told.append("The film shows no clear rings, so they do not tell its defocus.")
    moved = [domain.displacement_nm for domain in domains.accepted if domain.displacement_nm > 0]
    if moved:
        n_domains = len(domains.accepted)
        told.append(f"{len(moved)} of {n_domains} domains were moved home, by up to {max(moved):.2g} nm.")
    return words.held(" ".join([*told, *lens_notes(page.analysis)]))


def displacements(page: Page) -> list[str] | None:
    """How far the lens carried the fringes of every family; None where that is not known."""
    aberrations, families = page.analysis.lens.aberrations, page.families
    if page.analysis.lens.guesses and any(page.analysis.domains.delocalization):
        aberrations = Aberrations(*page.analysis.domains.delocalization)
    if aberrations is None:
        return None
    g = np.stack([np.zeros(len(families.d_nm)), 1 / families.d_nm], axis=-1)
    lengths = np.hypot(*aberrations.displacement_nm(g).T)
    return [_length(length, page.units) for length in lengths.tolist()]


def _length(nm: float, units: Units) -> str:
    return units.length(nm) if math.isfinite(nm) else "–"
