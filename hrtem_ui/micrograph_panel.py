"""The first page's parts: opening, the picture one marks in, the facts, the scale."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from hrtem_core.errors import UserError
from hrtem_core.preparation import Polygon
from hrtem_ui import canvas, colours, compute, controls, domain_panel, editing, overlay, pictures, words
from hrtem_ui.canvas import Frame
from hrtem_ui.frame import Page
from hrtem_ui.overlay import OverlayStyle
from hrtem_ui.state import controlled

CANVAS = "micrograph"
LOOK, REGION, IGNORE, POLYGON, MEASURE = "Look", "Region", "Ignore", "Polygon", "Scale"
MODES = (LOOK, REGION, IGNORE, POLYGON, MEASURE)
MODE, CORNERS, ENDS = "mode", "polygon_corners", "bar_ends"
HINTS = {
    LOOK: "Outlines: domains found, coloured by d-spacing.",
    REGION: "Drag a rectangle: only what is inside is analyzed.",
    IGNORE: "Drag a rectangle over what is not to be looked at.",
    POLYGON: "Click the corners of an area that is not to be looked at, then close it.",
    MEASURE: "Click both ends of the scale bar, then type its length.",
}
MIN_DRAG_PX = 4.0


def mode_of(page: Page) -> str:
    """What a click or a drag on the picture means."""
    return controls.look(page.session, MODE, LOOK)


def answer_pointing(page: Page) -> None:
    """Act on a new click or drag, as the mode says."""
    session, mode = page.session, mode_of(page)
    if mode in (REGION, IGNORE):
        drag = canvas.take_drag(session, _key(mode))
        if drag and min(drag.row1 - drag.row0, drag.col1 - drag.col0) >= MIN_DRAG_PX:
            _set_box(page, mode, drag)
    elif mode in (POLYGON, MEASURE):
        click = canvas.take_click(session, _key(mode))
        if click:
            name = CORNERS if mode == POLYGON else ENDS
            points = [*controls.look(session, name, []), (click.row, click.col)]
            session.view[name] = points if mode == POLYGON else points[-2:]


def _key(mode: str) -> str:
    return f"{CANVAS}.{mode}"


def _set_box(page: Page, mode: str, drag: canvas.Drag) -> None:
    top, left, bottom, right = (round(v) for v in (drag.row0, drag.col0, drag.row1, drag.col1))
    if mode == REGION:
        page.session.set_parameter("preparation", "region_px", (top, left, bottom, right))
    else:
        add_ignored(page, [(top, left), (top, right), (bottom, right), (bottom, left)])


def add_ignored(page: Page, corners: list[tuple[float, float]]) -> None:
    """Leave an area out; corners are (row, column) from the picture's edge, in pixels."""
    polygon: Polygon = tuple((row - 0.5, col - 0.5) for row, col in corners)
    now = page.session.recipe.preparation.excluded_px
    page.session.set_parameter("preparation", "excluded_px", (*now, polygon))


def picture(page: Page) -> None:
    """The micrograph with what was found and what was marked."""
    session, micrograph = page.session, page.session.micrograph
    mode = controls.choice(session, MODE, "What a click means", MODES, wide=True)
    base = compute.micrograph_base(session, domain_panel.contrast_of(page))
    drawn = pictures.rgb(base)
    if mode == LOOK:
        accepted, _ = compute.drawn_domains(session, page.analysis, "family", whole=True)
        drawn = overlay.draw_domains(base, accepted, OverlayStyle())
    _draw_marks(page, drawn, mode)
    if mode != MEASURE:  # there the bar in the image is what counts
        extent = micrograph.shape[1] * session.pixel_size.col_nm * page.units.per_nm
        pictures.draw_scale_bar(drawn, extent, page.units.length_unit, right=_has_own_bar(page))
    frame = Frame(0.0, 0.0, *map(float, micrograph.shape))
    canvas.show(session, _key(mode), pictures.jpeg(drawn), frame, drag=mode in (REGION, IGNORE))
    st.caption(HINTS[mode])
    _tools(page, mode)


def _has_own_bar(page: Page) -> bool:
    """Whether a bar is burned into the lower left corner, where ours would stand."""
    bar = compute.scale_bar(page.session)
    rows, cols = page.session.micrograph.shape
    return bar is not None and bar.start[0] > rows / 2 and bar.start[1] < cols / 2


def _draw_marks(page: Page, drawn: Image.Image, mode: str) -> None:
    """Region, ignored areas, and the points clicked so far."""
    session = page.session
    preparation = session.recipe.preparation
    rows, cols = session.micrograph.shape
    scale = np.array([drawn.height / rows, drawn.width / cols])

    def shown(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x, y) for y, x in (np.array(points).reshape(-1, 2) * scale).tolist()]

    if preparation.region_px:
        top, left, bottom, right = preparation.region_px
        box = [(top, left), (top, right), (bottom, right), (bottom, left), (top, left)]
        pictures.draw_line(drawn, shown([(float(r), float(c)) for r, c in box]), colours.SELECTED, 2)
    for polygon in preparation.excluded_px:
        corners = [(row + 0.5, col + 0.5) for row, col in polygon]
        pictures.draw_line(drawn, shown([*corners, corners[0]]), colours.REJECTED, 2)
    points = {POLYGON: controls.look(session, CORNERS, []), MEASURE: _ends(page)}.get(mode, [])
    for place in shown(points):
        pictures.draw_circle(drawn, place, 6, colours.SELECTED, 2)
    if len(points) > 1:
        pictures.draw_line(drawn, shown(points), colours.SELECTED, 2)


def _tools(page: Page, mode: str) -> None:
    """Buttons that belong to the mode."""
    session, preparation = page.session, page.session.recipe.preparation
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if mode == REGION and preparation.region_px:
            st.button("Whole image", on_click=lambda: session.set_parameter("preparation", "region_px", None))
        if mode == POLYGON and controls.look(session, CORNERS, []):
            corners: list[tuple[float, float]] = controls.look(session, CORNERS, [])
            st.button(
                "Close the area", type="primary", disabled=len(corners) < 3, on_click=lambda: _close(page)
            )
            st.button("Start over", on_click=lambda: session.view.pop(CORNERS))
        if mode in (IGNORE, POLYGON) and preparation.excluded_px:
            st.button(
                "Ignore nothing", on_click=lambda: session.set_parameter("preparation", "excluded_px", ())
            )
        if mode == MEASURE:
            _measure(page)


def _close(page: Page) -> None:
    add_ignored(page, page.session.view.pop(CORNERS))


def _ends(page: Page) -> list[tuple[float, float]]:
    """The two ends of the bar: those clicked, else those of a bar found in the image."""
    clicked: list[tuple[float, float]] = controls.look(page.session, ENDS, [])
    if clicked:
        return clicked
    bar = compute.scale_bar(page.session)
    return [(bar.start[0] + 0.5, bar.start[1]), (bar.end[0] + 0.5, bar.end[1])] if bar else []


def _measure(page: Page) -> None:
    ends = _ends(page)
    if len(ends) < 2:
        return
    (row0, col0), (row1, col1) = ends
    length_px = float(np.hypot(row1 - row0, col1 - col0))
    proposed = (
        "" if controls.look(page.session, ENDS, []) else " (a bar was found; click to correct its ends)"
    )
    known = st.number_input(
        f"Length of the bar in nm, {length_px:.1f} px{proposed}", 0.01, 10000.0, 5.0, key="bar_length"
    )
    if st.button("Use as scale", type="primary", disabled=length_px < 2):
        set_scale(page, known / length_px)


def set_scale(page: Page, pixel_nm: float) -> None:
    """Take a pixel size as given by the user."""
    session = page.session
    try:
        session.change(editing.rescaled(session.recipe, pixel_nm, pixel_nm / session.pixel_size.mean_nm))
        session.view.pop(ENDS, None)
    except UserError as error:
        session.notice = str(error)


def facts(page: Page) -> None:
    """Size, bit depth and scale of the image."""
    session, micrograph = page.session, page.session.micrograph
    rows, cols = micrograph.shape
    lines = [
        f"**{words.plain(micrograph.name)}**",
        f"{cols} × {rows} pixels, stored as {words.plain(micrograph.stored_as)}",
    ]
    if session.calibrated:
        height, width = (
            side * size for side, size in zip(micrograph.shape, session.pixel_size.sizes_nm, strict=True)
        )
        lines.append(
            f"{width:.4g} × {height:.4g} nm at {page.units.pixel(session.pixel_size)}, "
            f"scale: {words.plain(session.pixel_size.origin)}"
        )
    else:
        lines.append(":orange-badge[not calibrated] lengths are in pixels until a scale is given")
    lines += [words.plain(note, 300) for note in micrograph.notes]
    st.markdown("  \n".join(lines))


def scale(page: Page) -> None:
    """The pixel size as a number to type, and how well it is known."""
    session = page.session
    now = float(f"{session.pixel_size.mean_nm:.6g}") if session.calibrated else None
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
            help="Standard uncertainty of the calibration. It goes into every ± of a spacing.",
            **controlled(
                "calibration",
                100 * session.recipe.calibration_relative_sigma,
                lambda percent: session.change(
                    replace(session.recipe, calibration_relative_sigma=percent / 100)
                ),
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
        session.change(editing.rescaled(session.recipe, None, factor))


def contrast(page: Page) -> None:
    """Percentiles and gamma of the picture."""
    session = page.session
    controls.span(session, "percent", "Contrast: percentiles", 0.0, 100.0, (0.5, 99.5), 0.1)
    controls.level(session, "gamma", "Gamma", 0.3, 3.0, 1.0, 0.05)


def preparation(page: Page) -> None:
    """What is done to the image before anything is looked for."""
    session = page.session
    for name, label, said in (
        ("remove_spikes", "Remove spikes", "Hot and dead pixels, X-rays."),
        ("detect_annotations", "Ignore burned-in labels", "Scale bars and text are found and left out."),
    ):
        now = getattr(session.recipe.preparation, name)
        setter = _setter(page, name)
        st.toggle(label, help=said, **controlled(f"preparation.{name}", now, setter))
    st.selectbox(
        "Average pixels before the analysis",
        (1, 2, 3, 4),
        format_func=lambda n: "no" if n == 1 else f"{n} × {n}",
        **controlled("preparation.bin", session.recipe.preparation.bin_factor, _setter(page, "bin_factor")),
    )


def _setter(page: Page, name: str) -> Callable[[Any], None]:
    return lambda value: page.session.set_parameter("preparation", name, value)
