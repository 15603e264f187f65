"""The domains page's parts: the overlay one clicks in, how it is drawn, and what decides."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from hrtem_core import pictures
from hrtem_core.domains import Domain, domains_at
from hrtem_core.pictures import (
    FILL,
    GROUNDS,
    OUTLINE,
    ColourMode,
    Contrast,
    Frame,
    Ground,
    OverlayLook,
    OverlayStyle,
)
from hrtem_ui.frame import Page
from hrtem_ui.panels import drawing, legend
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

PHASE = "Phase"
"""Offered once candidates are named."""

PICTURES: dict[Ground, str] = {
    "micrograph": "Micrograph",
    "filtered": "Wiener-filtered",
    "dark field": "Dark field",
}
"""What can lie under the outlines."""

CRYSTALLITES, DOMAINS = "Crystallites", "Domains"
"""What has an outline of its own."""

NOTHING = "nothing"
"""What is drawn where only the picture is to be seen."""

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
    row, col = place_in_field(page, click)
    here = domains_at(page.analysis.domains, row, col)
    ids = [domain.domain_id for domain in here]
    before = selected_domain(page)
    turn = ids.index(before.domain_id) + 1 if before and before.domain_id in ids else 0
    chosen = here[turn % len(here)] if here else None
    page.session.view[SELECTED] = (row, col, chosen.g_per_nm) if chosen else None


def place_in_field(page: Page, click: canvas.Click) -> tuple[float, float]:
    """Where a click on an overlay is in the prepared image, in its pixels."""
    frame, (rows, cols) = frame_of(page), page.analysis.domains.shape
    return (click.row - frame.top) * rows / frame.height, (click.col - frame.left) * cols / frame.width


def colourings(page: Page) -> dict[str, ColourMode]:
    """What the colours can say, by its name for people."""
    phase: dict[str, ColourMode] = {PHASE: "phase"} if page.analysis.phases.candidates else {}
    return COLOURINGS | phase


def mode_of(page: Page) -> ColourMode:
    """What the colours say."""
    offered = colourings(page)
    return offered.get(controls.look(page.session, "colouring", ""), next(iter(offered.values())))


def ground_of(page: Page) -> Ground:
    """What lies under the outlines."""
    return controls.look(page.session, "ground", GROUNDS[0])


def ground_control(page: Page, label: str, **shown: Any) -> None:
    """The choice of the picture under the outlines, one for all pages."""
    controls.pick(page.session, "ground", label, GROUNDS, format_func=PICTURES.__getitem__, **shown)


def style_controls(page: Page) -> None:
    """The controls of how domains are drawn."""
    session = page.session
    with st.container(key="beside", horizontal=True, vertical_alignment="bottom"):
        controls.choice(session, "colouring", "Colour by", tuple(colourings(page)))
        ground_control(page, "Picture", width=170, label_visibility="collapsed")
        with st.popover("View", icon=":material/tune:"):
            controls.choice(session, "outlined", "Outlines of", (CRYSTALLITES, DOMAINS))
            controls.choice(
                session, "drawn", "Drawn as", (OUTLINE, FILL, NOTHING), format_func=str.capitalize
            )
            controls.level(session, "opacity", "Opacity", 0.1, 1.0, OPACITY, 0.05)
            controls.switch(session, "labels", "Number them")


def contrast_of(page: Page) -> Contrast:
    """The contrast set on the first page."""
    low, high = controls.look(page.session, "percent", (0.5, 99.5))
    return Contrast(low, high, controls.look(page.session, "gamma", 1.0))


def picture(page: Page) -> None:
    """The micrograph with its domains, clickable, and what the colours mean."""
    style_controls(page)
    look, chosen = shown_look(page), selected_domain(page)
    shown = scene(
        page,
        look,
        shapes(page, look, chosen),
        label=_label(page, chosen),
        keys=dict.fromkeys(("x", "Delete"), "toggle_domain"),
    )
    canvas.show_scene(page.session, OVERLAY, shown)
    about_ground(look.ground)
    legend.show(page, look.mode)


def scene(page: Page, look: OverlayLook, drawn: Iterable[Shape], **more: Any) -> Scene:
    """What was analyzed, as it looks, with what is drawn over it; `more` are fields of the scene."""
    frame = frame_of(page)
    return Scene(
        **_ground_parts(page, look)
        | {
            "frame": frame,
            "subject": compute.product_keys(page.session)["prepared"],
            "pixel_scale": 1 / page.analysis.placement.bin_factor,
            "readout": drawing.positions(page),
            "outlines": drawing.outlines(page),
            "shapes": list(drawn),
            "labels": drawing.numbers(page, frame, crystals=look.crystals) if look.style.labels else (),
            "bar": drawing.bar(page, right=pictures.is_corner_taken(page.analysis, frame)),
        }
        | more
    )


def _ground_parts(page: Page, look: OverlayLook) -> dict[str, Any]:
    """The scene's picture, and what can be had of it: nothing is measured in what was filtered."""
    session, analysis = page.session, page.analysis
    if look.ground == "dark field":
        found = compute.dark_field(session, analysis)
        picture = pictures.coloured(found, analysis, look.mode, look.contrast.gamma)
        return {
            "picture": encoding.jpeg(Image.fromarray(picture)),
            "tools": viewer.LOOK_TOOLS,
            "hint": drawing.MOVES_FILTERED,
        }
    if look.ground == "filtered":
        shown = compute.filtered_grey(session, analysis, look.contrast)
        pixels, tools = Pixels(*compute.filtered(session, analysis)), viewer.LOOK_TOOLS
    else:
        shown = compute.prepared_grey(session, analysis, look.contrast)
        pixels, tools = Pixels(shown.key, analysis.prepared.intensity), viewer.IMAGE_TOOLS
    return {
        "picture": encoding.jpeg(Image.fromarray(shown.levels)),
        "grey": drawing.grey_of(shown, look.contrast),
        "pixels": pixels,
        "tools": tools,
        "hint": drawing.MOVES,
    }


def about_ground(ground: Ground) -> None:
    """What is to be known of the picture under the outlines."""
    if ground == "dark field":
        st.caption(
            "Dark field: as bright as the strongest fringes are, in the colour of their domain. Gamma, on "
            "the page Micrograph, brings out weak ones."
        )
    if ground == "filtered":
        st.caption(
            "Wiener-filtered: the amorphous background is taken out. Noise that is left looks like faint "
            "lattices, so measure on the micrograph."
        )


def shows_crystals(page: Page) -> bool:
    """Whether each crystallite has one outline, or each of its domains."""
    return bool(controls.look(page.session, "outlined", CRYSTALLITES) == CRYSTALLITES)


def shapes(
    page: Page, look: OverlayLook, chosen: Domain | None = None, *, rejected: bool = True
) -> Iterator[Shape]:
    """What is drawn over the micrograph: crystallites or domains."""
    if look.crystals:
        return drawing.crystal_shapes(page, look.mode, look.style, chosen, rejected=rejected)
    marked = frozenset({chosen.domain_id} if chosen else ())
    return drawing.domain_shapes(page, look.mode, look.style, marked, rejected=rejected)


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
    told = f"{PICTURES[ground_of(page)]} with the outlines of {outlined(page)}"
    rejected = f" and {words.counted(len(found.rejected), 'rejected one')}" if found.rejected else ""
    marked = f" Selected: {drawing.line_of(page, chosen)}." if chosen else ""
    return f"{told}{rejected}. A click selects one, x rejects or restores it.{marked}"


def frame_of(page: Page) -> Frame:
    """The overlay shows the part of the micrograph that was analyzed, in the micrograph's pixels."""
    return Frame.of_field(page.analysis.domains.shape, page.analysis.placement)


def looked_at(page: Page, key: str, look: OverlayLook, drawn: Iterable[Shape], label: str) -> None:
    """An overlay to look at, beside something else."""
    shown = scene(page, look, drawn, label=label, act=viewer.LOOK, tools=viewer.LOOK_TOOLS)
    canvas.show_scene(page.session, key, shown)


def shown_look(page: Page) -> OverlayLook:
    """The overlay as this page shows it."""
    return OverlayLook(
        mode=mode_of(page),
        contrast=contrast_of(page),
        style=style_of(page),
        crystals=shows_crystals(page),
        ground=ground_of(page),
    )


def look_of(page: Page) -> OverlayLook:
    """The same for export: legend and numbers besides."""
    look = shown_look(page)
    return replace(look, style=replace(look.style, labels=True, dashes=True), legend=True)


def style_of(page: Page) -> OverlayStyle:
    """How domains are drawn on this page."""
    drawn = controls.look(page.session, "drawn", OUTLINE)
    share = {OUTLINE: 1.0, FILL: 0.55, NOTHING: 0.0}[drawn]
    opacity = controls.look(page.session, "opacity", OPACITY) * share
    return OverlayStyle(drawn == FILL, opacity, controls.look(page.session, "labels", False))


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
            with st.container(gap=None):
                controls.parameter(page.session, page.units, path, sentence=True)
        controls.toggle(page.session, "delocalization.correct", sentence=True)
