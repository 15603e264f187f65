"""The domains page's parts: the overlay one clicks in, how it is drawn, and what decides."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from hrtem_core import pictures
from hrtem_core.domains import Domain, domains_at
from hrtem_core.pictures import (
    Frame,
    Ground,
    OverlayLook,
)
from hrtem_ui.frame import Page
from hrtem_ui.panels import drawing, looks
from hrtem_ui.session import compute
from hrtem_ui.text import words
from hrtem_ui.widgets import Pixels, Scene, Shape, canvas, controls, encoding, viewer

OVERLAY, SELECTED = "domain_overlay", "selected_domain"

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


def answer_click(page: Page, key: str = OVERLAY) -> None:
    """Select the domain under a new click on a picture; of several on one place the next one in turn."""
    click = canvas.take_click(page.session, key)
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


def picture(page: Page) -> None:
    """The micrograph with its domains, clickable, and what the colours mean."""
    look, chosen = looks.shown_look(page), selected_domain(page)
    shown = scene(
        page,
        look,
        shapes(page, look, chosen),
        label=_label(page, chosen),
        keys=dict.fromkeys(("x", "Delete"), "toggle_domain"),
        looks=looks.of_domains(page),
    )
    canvas.show_scene(page.session, OVERLAY, shown)
    about_ground(look.ground)


def scene(page: Page, look: OverlayLook, drawn: Iterable[Shape], **more: Any) -> Scene:
    """What was analyzed, as it looks, with what is drawn over it; `more` are fields of the scene."""
    frame, can_be_set = frame_of(page), "looks" in more
    return Scene(
        **_ground_parts(page, look, can_be_set=can_be_set)
        | {
            "frame": frame,
            "subject": compute.product_keys(page.session)["prepared"],
            "readout": drawing.positions(page),
            "outlines": drawing.outlines(page),
            "shapes": list(drawn),
            "labels": drawing.numbers(page, frame, crystals=look.crystals)
            if can_be_set or look.style.labels
            else (),
            "bar": drawing.bar(page, right=pictures.is_corner_taken(page.analysis, frame)),
        }
        | more
    )


def _ground_parts(page: Page, look: OverlayLook, *, can_be_set: bool) -> dict[str, Any]:
    """The scene's picture, and what can be had of it: nothing is measured in what was filtered.

    Where its looks can be set, a dark field goes without its colours: the viewer gives it those.
    """
    session, analysis = page.session, page.analysis
    if look.ground == "dark field":
        found, gamma = compute.dark_field(session, analysis), look.contrast.gamma
        levels = pictures.coloured(found, analysis, look.mode, gamma)
        tint = None
        if can_be_set:
            levels = pictures.brightness(found, gamma)
            tint = encoding.png(Image.fromarray(pictures.numbered_pixels(found)))
        return {
            "picture": encoding.jpeg(Image.fromarray(levels)),
            "tint": tint,
            "pixel_scale": 1 / analysis.placement.bin_factor,
            "tools": viewer.LOOK_TOOLS,
            "hint": drawing.MOVES_FILTERED,
        }
    if look.ground == "filtered":
        shown = compute.filtered_grey(session, analysis, look.contrast)
        pixels, tools = Pixels(*compute.filtered(session, analysis)), viewer.LOOK_TOOLS
    else:
        shown = compute.field_grey(session, analysis, look.contrast)
        pixels, tools = Pixels(*compute.field(session, analysis)), viewer.IMAGE_TOOLS
    return {
        "picture": encoding.jpeg(Image.fromarray(shown.levels)),
        "grey": drawing.grey_of(shown, look.contrast),
        "pixels": pixels,
        "pixel_scale": pixels.intensity.shape[1] / frame_of(page).width,
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
    if not looks.shows_crystals(page):
        return domains
    crystals = words.counted(page.analysis.crystallites.n_crystallites, "crystallite")
    return f"{crystals} ({domains})"


def _label(page: Page, chosen: Domain | None) -> str:
    """What is to be seen, for those who do not see it."""
    found = page.analysis.domains
    told = f"{looks.PICTURES[looks.ground_of(page)]} with the outlines of {outlined(page)}"
    rejected = f" and {words.counted(len(found.rejected), 'rejected one')}" if found.rejected else ""
    return f"{told}{rejected}. {selecting(page, chosen)}"


def selecting(page: Page, chosen: Domain | None) -> str:
    """How a domain is selected, and which one is."""
    marked = f" Selected: {drawing.line_of(page, chosen)}." if chosen else ""
    return f"A click selects one, x rejects or restores it.{marked}"


def frame_of(page: Page) -> Frame:
    """The overlay shows the part of the micrograph that was analyzed, in the micrograph's pixels."""
    return Frame.of_field(page.analysis.domains.shape, page.analysis.placement)


def looked_at(
    page: Page, key: str, look: OverlayLook, drawn: Iterable[Shape], label: str, **more: Any
) -> None:
    """An overlay to look at, beside something else; `more` as for `scene`."""
    shown = scene(page, look, drawn, label=label, act=viewer.LOOK, tools=viewer.LOOK_TOOLS, **more)
    canvas.show_scene(page.session, key, shown)


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
            with st.container(gap="xxsmall"):  # or a sentence reaches into the slider's number
                controls.parameter(page.session, page.units, path, sentence=True)
        controls.toggle(page.session, "delocalization.correct", sentence=True)
