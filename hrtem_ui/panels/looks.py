"""How overlays look: what a visitor has set, the controls in the viewer that set it, and what is exported."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hrtem_core.pictures import (
    FILL,
    GROUNDS,
    OUTLINE,
    ColourMode,
    Contrast,
    Ground,
    OverlayLook,
    OverlayStyle,
)
from hrtem_ui.frame import Page
from hrtem_ui.panels import legend
from hrtem_ui.session import drawn
from hrtem_ui.widgets import Control, Looks, Paint, controls

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
"""What has an outline of its own, and what is counted."""

NOTHING = "nothing"
"""What is drawn where only the picture is to be seen."""

SHARES = {OUTLINE: 1.0, FILL: 0.55, NOTHING: 0.0}
"""Of the opacity, by what is drawn."""

OPACITY = 0.9

SET_AT = "looks_set_at"
"""When a viewer's looks were set last, in the time of its browser."""


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


GROUND_CONTROL = Control(
    name="ground",
    kind="select",
    label="Picture",
    options=[(ground, PICTURES[ground]) for ground in GROUNDS],
    asks=True,
)

MENU = (
    Control(name="opacity", kind="range", label="Opacity", low=0.1, usual=OPACITY, in_menu=True),
    Control(
        name="outlined",
        kind="radio",
        label="Outlines of",
        options=[(one, one) for one in (CRYSTALLITES, DOMAINS)],
        asks=True,
        in_menu=True,
    ),
    Control(
        name="drawn",
        kind="radio",
        label="Drawn as",
        options=[(one, one.capitalize()) for one in SHARES],
        in_menu=True,
    ),
    Control(name="labels", kind="switch", label="Number them", in_menu=True),
)
"""What is seldom set."""


def of_domains(page: Page, **fixed: bool) -> Looks:
    """How the overlay looks, as it is set in a viewer, but for what is `fixed`."""
    offered = list(colourings(page))
    colour = Control(
        name="colouring", kind="radio", label="Colour", options=[(name, name) for name in offered]
    )
    menu = [one for one in MENU if one.name not in fixed]
    return _set_in_viewer(page, offered, (colour, GROUND_CONTROL, *menu), **fixed)


def of_phases(page: Page) -> Looks:
    """The same for the domains in the colours of their phases."""
    return _set_in_viewer(page, [PHASE], [one for one in MENU if not one.asks])


def _set_in_viewer(page: Page, offered: Sequence[str], offers: Sequence[Control], **fixed: bool) -> Looks:
    """How an overlay looks in the colourings that are offered."""
    session, modes = page.session, COLOURINGS | {PHASE: "phase"}
    painted = drawn.painted(session, page.analysis)
    shown = controls.look(session, "colouring", "")
    values: dict[str, str | float | bool] = {
        "colouring": shown if shown in offered else offered[0],
        "ground": ground_of(page),
        "opacity": controls.look(session, "opacity", OPACITY),
        "outlined": CRYSTALLITES if shows_crystals(page) else DOMAINS,
        "drawn": controls.look(session, "drawn", OUTLINE),
        "labels": controls.look(session, "labels", False),
    }
    return Looks(
        controls=offers,
        values=values | fixed,
        paints={name: Paint(*painted[modes[name]], legend.legend(page, modes[name])) for name in offered},
        shares=SHARES,
        set_at=controls.look(session, SET_AT, 0.0),
        hear=lambda chosen, at: session.view.update({**chosen, SET_AT: at}),
    )


def contrast_of(page: Page) -> Contrast:
    """The contrast set on the first page."""
    low, high = controls.look(page.session, "percent", (0.5, 99.5))
    return Contrast(low, high, controls.look(page.session, "gamma", 1.0))


def shows_crystals(page: Page) -> bool:
    """Whether each crystallite has one outline, or each of its domains."""
    return bool(controls.look(page.session, "outlined", CRYSTALLITES) == CRYSTALLITES)


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
    drawn_as = controls.look(page.session, "drawn", OUTLINE)
    opacity = controls.look(page.session, "opacity", OPACITY) * SHARES[drawn_as]
    return OverlayStyle(
        fill=drawn_as == FILL, opacity=opacity, labels=controls.look(page.session, "labels", False)
    )
