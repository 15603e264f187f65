"""The domains page's parts: the overlay one clicks in, what decides, and the chosen domain from close by."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st
from PIL import Image

from hrtem_core import pictures
from hrtem_core.domains import Domain, domains_at
from hrtem_core.image import azimuth_deg
from hrtem_core.measures import named_families
from hrtem_core.pictures import (
    FILL,
    OUTLINE,
    SCREEN_BAR_PX,
    ColourMode,
    Contrast,
    Frame,
    OverlayLook,
    OverlayStyle,
    amplitude_map,
    close_up,
    colours,
    direction_wheel,
    strongest_map,
)
from hrtem_core.recipe import edits
from hrtem_ui.frame import Page
from hrtem_ui.panels import closeup, drawing
from hrtem_ui.session import compute
from hrtem_ui.text import words
from hrtem_ui.widgets import Pixels, Scene, Shape, canvas, controls, encoding, viewer

OVERLAY, SELECTED = "domain_overlay", "selected_domain"

COLOURINGS: dict[str, ColourMode] = {
    "Family": "family",
    "Direction": "azimuth",
    "Crystallite": "crystallite",
    "d": "d",
}

CRYSTALLITES, DOMAINS = "Crystallites", "Domains"
"""What has an outline of its own."""

WHEEL_PX = 150

SMALL_BAR_PX = 16

OPACITY = 0.9

SLIDERS = (
    "domains.threshold_snr",
    "domains.eps_nm",
    "domains.min_fill",
    "domains.plateau_fraction",
    "domains.min_area_nm2",
    "crystallites.min_overlap",
)
"""What decides where a domain is, each with a sentence."""


def selected_domain(page: Page) -> Domain | None:
    """The domain selected, kept by its place and wavevector so that it survives new results."""
    mark = page.session.view.get(SELECTED)
    if mark is None:
        return None
    row, col, g = mark
    here = domains_at(page.analysis.domains, row, col)
    return min(here, key=lambda domain: float(np.hypot(*np.subtract(domain.g_per_nm, g))), default=None)


def answer_click(page: Page) -> None:
    """Select the domain under a new click; where several lie on top of each other, the next one in turn."""
    click = canvas.take_click(page.session, OVERLAY)
    if click is None:
        return
    frame, (rows, cols) = frame_of(page), page.analysis.domains.shape
    row, col = (click.row - frame.top) * rows / frame.height, (click.col - frame.left) * cols / frame.width
    here = domains_at(page.analysis.domains, row, col)
    ids = [domain.domain_id for domain in here]
    before = selected_domain(page)
    turn = ids.index(before.domain_id) + 1 if before and before.domain_id in ids else 0
    chosen = here[turn % len(here)] if here else None
    page.session.view[SELECTED] = (row, col, chosen.g_per_nm) if chosen else None


def legend(page: Page, colouring: str) -> None:
    """What the colours mean, in one line or a wheel."""
    analysis, units = page.analysis, page.units
    families = named_families(analysis.phases, analysis.domains, analysis.families)
    if colouring == "Direction":
        st.image(encoding.png(direction_wheel(2 * WHEEL_PX)), width=WHEEL_PX, caption="g: 0° right, 90° up")
    elif colouring == "Family":
        spots = [
            f"<span style='white-space:nowrap'><span style='display:inline-block;width:1.6em;"
            f"vertical-align:middle;border-top:4px {drawing.line_style(at + 1)} {code}'></span> "
            f"{escape(families.names[at] or units.length(d))}</span>"
            for at, (code, d) in enumerate(
                zip(colours.family_hex(len(families.d_nm)), families.d_nm, strict=True)
            )
        ]
        st.html(f"<small>{' &ensp;'.join(spots)}</small>")
    elif colouring == "Crystallite":
        st.caption("Domains of one colour coincide: they are one crystal.")
    elif len(families.d_nm):
        low, high = float(families.d_nm.min()), float(families.d_nm.max())
        st.caption(f"From blue, {units.length(low)}, to red, {units.length(high)}.")


def style_controls(page: Page) -> tuple[str, OverlayStyle]:
    """The controls of how domains are drawn."""
    session = page.session
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colouring = controls.choice(session, "colouring", "Colour by", tuple(COLOURINGS))
        with st.popover("View", icon=":material/tune:"):
            controls.choice(session, "outlined", "Outlines of", (CRYSTALLITES, DOMAINS))
            controls.choice(session, "drawn", "Drawn as", (OUTLINE, FILL), format_func=str.capitalize)
            controls.level(session, "opacity", "Opacity", 0.1, 1.0, OPACITY, 0.05)
            controls.switch(session, "labels", "Number them")
    return colouring, style_of(page)


def contrast_of(page: Page) -> Contrast:
    """The contrast set on the first page."""
    low, high = controls.look(page.session, "percent", (0.5, 99.5))
    return Contrast(low, high, controls.look(page.session, "gamma", 1.0))


def picture(page: Page) -> None:
    """The micrograph with its domains, clickable, and what the colours mean."""
    colouring, style = style_controls(page)
    chosen, frame, contrast = selected_domain(page), frame_of(page), contrast_of(page)
    shown = compute.prepared_grey(page.session, page.analysis, contrast)
    scene = Scene(
        picture=encoding.jpeg(Image.fromarray(shown.levels)),
        frame=frame,
        label=_label(page, chosen),
        subject=shown.key,
        pixel_scale=1 / page.analysis.placement.bin_factor,
        hint=drawing.MOVES,
        readout=drawing.positions(page),
        grey=drawing.grey_of(shown, contrast),
        pixels=Pixels(shown.key, page.analysis.prepared.intensity),
        outlines=drawing.outlines(page),
        shapes=list(shapes(page, COLOURINGS[colouring], style, chosen)),
        labels=drawing.numbers(page, frame, crystals=shows_crystals(page)) if style.labels else (),
        bar=drawing.bar(page, right=pictures.is_corner_taken(page.analysis, frame)),
        tools=viewer.IMAGE_TOOLS,
        keys=dict.fromkeys(("x", "Delete"), "toggle_domain"),
    )
    canvas.show_scene(page.session, OVERLAY, scene)
    legend(page, colouring)


def shows_crystals(page: Page) -> bool:
    """Whether each crystallite has one outline, or each of its domains."""
    return bool(controls.look(page.session, "outlined", CRYSTALLITES) == CRYSTALLITES)


def shapes(
    page: Page, mode: ColourMode, style: OverlayStyle, chosen: Domain | None = None, *, rejected: bool = True
) -> Iterator[Shape]:
    """What is drawn over the micrograph: crystallites or domains, as is chosen."""
    if shows_crystals(page):
        return drawing.crystal_shapes(page, mode, style, chosen, rejected=rejected)
    marked = frozenset({chosen.domain_id} if chosen else ())
    return drawing.domain_shapes(page, mode, style, marked, rejected=rejected)


def outlined(page: Page) -> str:
    """How many of what have an outline, in words."""
    domains = words.counted(len(page.analysis.domains.accepted), "domain")
    if not shows_crystals(page):
        return domains
    crystals = words.counted(page.analysis.crystallites.n_crystallites, "crystallite")
    return f"{crystals} ({domains})"


def _label(page: Page, chosen: Domain | None) -> str:
    """What is to be seen, for those who do not see it."""
    found = page.analysis.domains
    told = f"The micrograph with the outlines of {outlined(page)}"
    rejected = f" and {words.counted(len(found.rejected), 'rejected one')}" if found.rejected else ""
    marked = f" Selected: {drawing.line_of(page, chosen)}." if chosen else ""
    return f"{told}{rejected}. A click selects one, x rejects or restores it.{marked}"


def frame_of(page: Page) -> Frame:
    """The overlay shows the part of the micrograph that was analyzed, in the micrograph's pixels."""
    return Frame.of_field(page.analysis.domains.shape, page.analysis.placement)


def drawn(
    page: Page,
    mode: ColourMode,
    style: OverlayStyle,
    marked: frozenset[int],
    *,
    bar_px: int = SCREEN_BAR_PX,
    crystals: bool = False,
) -> bytes:
    """The overlay as a JPEG, some domains marked; `bar_px` is the scale bar's thickness."""
    domains = page.analysis.domains
    field = frame_of(page)
    accepted, rejected = compute.drawn_domains(page.session, page.analysis, mode)
    picture = pictures.draw_domains(
        compute.prepared_base(page.session, page.analysis, contrast_of(page)),
        field,
        pictures.drawn_crystals(page.analysis, mode) if crystals else accepted,
        style,
        rejected=rejected,
        highlighted=[one for one in (*accepted, *rejected) if one.domain.domain_id in marked],
    )
    extent = domains.shape[1] * domains.pixel_size.col_nm * page.units.per_nm
    right = pictures.is_corner_taken(page.analysis, field)
    pictures.draw_scale_bar(picture, extent, page.units.length_unit, thickness_px=bar_px, right=right)
    return encoding.jpeg(picture)


def small_picture(
    page: Page,
    style: OverlayStyle,
    marked: frozenset[int] = frozenset(),
    *,
    colours: ColourMode = "family",
    crystals: bool = False,
) -> None:
    """The overlay to look at, beside something else; some domains marked."""
    picture = drawn(page, colours, style, marked, bar_px=SMALL_BAR_PX, crystals=crystals)
    st.image(picture, width=canvas.shown_width(frame_of(page)))


def look_of(page: Page) -> OverlayLook:
    """The overlay as this page shows it, for export: legend and numbers besides."""
    session, default = page.session, next(iter(COLOURINGS))
    return OverlayLook(
        mode=COLOURINGS[controls.look(session, "colouring", default)],
        contrast=contrast_of(page),
        style=replace(style_of(page), labels=True),
        legend=True,
        crystals=shows_crystals(page),
    )


def style_of(page: Page) -> OverlayStyle:
    """How domains are drawn on this page."""
    fill = controls.look(page.session, "drawn", OUTLINE) == FILL
    opacity = controls.look(page.session, "opacity", OPACITY) * (0.55 if fill else 1.0)
    return OverlayStyle(fill, opacity, controls.look(page.session, "labels", False))


def totals(page: Page) -> None:
    """Crystallites, crystalline area, and which part of what that is."""
    found, units, whole = page.results.totals, page.units, page.results.scrutiny.whole
    with st.container(horizontal=True, gap="small"):
        st.metric("Crystallites", found.n_crystallites, width="content")
        st.metric("Crystalline area", units.area(found.crystalline_area_nm2), width="content")
        st.metric(f"Of the {whole}", words.percent(found.crystalline_fraction), width="content")


def settings(page: Page) -> None:
    """The sliders, and what they led to."""
    with st.expander("How domains are found", icon=":material/tune:", expanded=True):
        for path in SLIDERS:
            controls.parameter(page.session, page.units, path, sentence=True)
        controls.toggle(page.session, "delocalization.correct", sentence=True)


def chosen(page: Page) -> None:
    """The chosen domain: its numbers, its fringes, its amplitude map, and whether it counts."""
    domain = selected_domain(page)
    if domain is None:
        found = page.analysis.domains
        click = "Click a crystal to see all its reflections, and each in turn: numbers, fringes, amplitude."
        st.caption(click if found.accepted or found.rejected else page.nothing_found)
        return
    counts = domain in page.analysis.domains.accepted
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**Domain {domain.domain_id}**" if counts else "**Rejected domain**")
        st.button(
            "Reject" if counts else "Restore",
            key="toggle_domain",
            on_click=lambda: page.session.change(
                edits.toggle_domain(
                    page.session.recipe, page.analysis.domains, page.analysis.placement, domain
                )
            ),
        )
    st.markdown(numbers(page, domain))
    closer(page, domain)


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


def closer(page: Page, domain: Domain) -> None:
    """The inverse FFT of the domain's pair and its amplitude map, round the domain."""
    analysis = page.analysis
    fringes = strongest_map(analysis.fringes, analysis.peaks, domain.peak)
    if fringes is None:
        return
    rows, cols = domain.footprint.mask.shape
    centre = domain.footprint.row0 + rows / 2, domain.footprint.col0 + cols / 2
    near = close_up(analysis.prepared, fringes, centre, round(1.2 * max(rows, cols)))
    amplitude = amplitude_map(analysis.spectrum, fringes, near)
    left, right = st.columns(2, gap="small")
    filtered = closeup.picture(page, near, near.filtered)
    left.image(encoding.jpeg(filtered), caption="Inverse FFT of its pair", width="stretch")
    shown = pictures.grey_levels(pictures.resized(amplitude, closeup.SHOWN_PX), Contrast(0, 100))
    right.image(encoding.jpeg(pictures.rgb(shown)), caption="Amplitude map", width="stretch")


def restore(page: Page) -> None:
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
