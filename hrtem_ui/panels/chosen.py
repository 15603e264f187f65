"""The chosen domain: its numbers, its fringes from close by, and whether it counts."""

import numpy as np
import streamlit as st

from hrtem_core import pictures
from hrtem_core.domains import Domain
from hrtem_core.image import azimuth_deg
from hrtem_core.pictures import Contrast, amplitude_map, close_up, strongest_map
from hrtem_core.recipe import edits
from hrtem_ui.frame import Page
from hrtem_ui.panels import closeup
from hrtem_ui.panels.domains import selected_domain
from hrtem_ui.text import words
from hrtem_ui.widgets import encoding, headings, still

KEPT_PX = 136
"""Height of what is said of the chosen domain, and of the invitation to choose one."""

TOGGLE = "toggle_domain"
"""The button that a key presses, too."""

INVERSE, AMPLITUDE = "Inverse FFT of its pair", "Amplitude map"


def panel(page: Page) -> None:
    """The chosen domain, its numbers, and whether it counts, in a place that is kept: nothing moves."""
    domain = selected_domain(page)
    with st.container(key="chosen", height=KEPT_PX, border=False, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if domain is not None:
                _chosen(page, domain)
            _restore(page)
        if domain is not None:
            st.markdown(numbers(page, domain))
            return
        found = page.analysis.domains
        click = "Click a crystal to see all its reflections, and each in turn: numbers, fringes, amplitude."
        st.caption(click if found.accepted or found.rejected else page.nothing_found)


def _chosen(page: Page, domain: Domain) -> None:
    """What the chosen domain is called, and whether it counts."""
    counts = domain in page.analysis.domains.accepted
    headings.section(f"Domain {domain.domain_id}" if counts else "Rejected domain")
    toggle(page, domain)


def toggle(page: Page, domain: Domain) -> None:
    """A button that rejects or restores a domain."""
    found = page.analysis.domains
    st.button(
        "Reject" if domain in found.accepted else "Restore",
        key=TOGGLE,
        on_click=lambda: page.session.change(
            edits.toggle_domain(page.session.recipe, found, page.analysis.placement, domain)
        ),
    )


def numbers(page: Page, domain: Domain) -> str:
    """What was measured of a domain, as Markdown."""
    units, table = page.units, page.results.domains
    d = 1 / float(np.hypot(*domain.g_per_nm))
    lines = [
        f"d **{units.spacing(d, d * d * domain.g_sigma_per_nm)}** · azimuth "
        f"{words.azimuth(float(azimuth_deg(domain.g_per_nm)))} · signal-to-noise {domain.snr:.1f}"
    ]
    row = table[table["domain_id"] == domain.domain_id]
    if len(row):
        one = row.iloc[0]
        lines.append(
            f"area **{units.area(one.area_nm2)}** · diameter {units.length(one.equivalent_diameter_nm)} · "
            f"Feret {units.length(one.feret_min_nm)} to {units.length(one.feret_max_nm)}"
        )
        lines.append(
            f"pair {one.peak_id:.0f} · family {one.family_id:.0f} · crystallite {one.crystallite_id:.0f}"
        )
    return "  \n".join(lines)


def closer(page: Page) -> None:
    """The inverse FFT of the chosen domain's pair and its amplitude map, round the domain."""
    analysis, domain = page.analysis, selected_domain(page)
    if domain is None:
        return
    fringes = strongest_map(analysis.fringes, analysis.peaks, domain.peak)
    if fringes is None:
        return
    rows, cols = domain.footprint.mask.shape
    centre = domain.footprint.row0 + rows / 2, domain.footprint.col0 + cols / 2
    near = close_up(analysis.prepared, fringes, centre, round(1.2 * max(rows, cols)))
    amplitude = amplitude_map(analysis.spectrum, fringes, near)
    with st.container(key="pictures-of-domain"):
        left, right = st.columns(2, gap="small")
    filtered = closeup.picture(page, near, near.filtered)
    with left:
        still.show("chosen fringes", encoding.jpeg(filtered), INVERSE, caption=INVERSE)
    shown = pictures.grey_levels(pictures.resized(amplitude, closeup.SHOWN_PX), Contrast(0, 100))
    with right:
        still.show("chosen amplitude", encoding.jpeg(pictures.rgb(shown)), AMPLITUDE, caption=AMPLITUDE)


def _restore(page: Page) -> None:
    """Put all rejected domains back."""
    n_rejected = len(page.analysis.domains.rejected)
    if n_rejected:
        st.button(
            f"Restore {words.counted(n_rejected, 'rejected domain')}",
            icon=":material/restart_alt:",
            type="tertiary",
            key="restore_domains",
            on_click=lambda: page.session.change(edits.restore_all_domains(page.session.recipe)),
        )
