"""The first page's parts: opening, the picture one marks in, the facts, the scale."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import streamlit as st
from PIL import Image

from hrtem_core.pictures import GROUNDS, Frame, OverlayLook, OverlayStyle
from hrtem_core.preparation import Polygon
from hrtem_core.recipe import parameter_facts, too_coarse_nm
from hrtem_ui.frame import Page
from hrtem_ui.panels import chosen as chosen_panel
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.panels import drawing, looks
from hrtem_ui.panels import scale as scale_panel
from hrtem_ui.session import compute, controlled
from hrtem_ui.text import words
from hrtem_ui.widgets import Act, Pixels, Scene, Shape, canvas, controls, encoding, viewer

CANVAS = "micrograph"

LOOK, REGION, IGNORE, POLYGON, MEASURE = "Look", "Region", "Ignore", "Polygon", "Scale"

MODES = {
    LOOK: ":material/visibility:",
    REGION: ":material/crop:",
    IGNORE: ":material/crop_square:",
    POLYGON: ":material/polyline:",
    MEASURE: ":material/straighten:",
}
"""What pointing at the picture means, and the icon that says so."""

ACTS: dict[str, Act] = {REGION: viewer.BOX, IGNORE: viewer.BOX}
"""What the left button does in a mode; in the others it clicks."""

KEYS = dict.fromkeys(("x", "Delete"), chosen_panel.TOGGLE)

MODE, CORNERS = "mode", "selected_corners"

HINTS = {
    LOOK: "Outlines: crystals found, coloured by the d-spacing of their strongest fringes. Click one.",
    REGION: "Drag a rectangle: only what is inside is analyzed. Its handles move and resize it.",
    IGNORE: "Drag a rectangle over what is to be ignored. Handles move, resize and delete each.",
    POLYGON: "Click the corners of an area to ignore, then close it.",
    MEASURE: "Click both ends of the scale bar.",
}

MIN_DRAG_PX = 4.0

LEAST_PERIODS = 8

BINS = (1, 2, 3, 4)
"""Pixels per side that are offered to be averaged; a recipe may have another number."""


def mode_of(page: Page) -> str:
    """What a click or a drag on the picture means."""
    return controls.look(page.session, MODE, LOOK)


def answer_pointing(page: Page) -> None:
    """Act on a new click or drag, as the mode says."""
    session, mode = page.session, mode_of(page)
    reshaping = canvas.take_reshaping(session, CANVAS)
    if reshaping:
        _reshape(page, mode, reshaping)
        return
    if mode in (REGION, IGNORE):
        drag = canvas.take_drag(session, CANVAS)
        if drag and min(drag.row1 - drag.row0, drag.col1 - drag.col0) >= MIN_DRAG_PX:
            _set_box(page, mode, drag)
        return
    if mode == LOOK:
        domain_panel.answer_click(page, CANVAS)
        return
    click = canvas.take_click(session, CANVAS)
    if click:
        if mode == MEASURE:
            scale_panel.take_end(session, click)
        else:
            session.view[CORNERS] = [*controls.look(session, CORNERS, []), (click.row, click.col)]


def _set_box(page: Page, mode: str, drag: canvas.Drag) -> None:
    top, left, bottom, right = (round(v) for v in (drag.row0, drag.col0, drag.row1, drag.col1))
    if mode == REGION:
        page.session.set_parameter("preparation", "region_px", (top, left, bottom, right))
    else:
        add_ignored(page, [(top, left), (top, right), (bottom, right), (bottom, left)])


def _areas(page: Page, mode: str) -> list[list[tuple[float, float]]]:
    """Corners of the areas that can be reshaped in this mode, from the picture's edge, in pixels."""
    preparation = page.session.recipe.preparation
    if mode == REGION and preparation.region_px:
        return [drawing.box(*preparation.region_px)]
    if mode in (IGNORE, POLYGON):
        return [[(row + 0.5, col + 0.5) for row, col in polygon] for polygon in preparation.excluded_px]
    return []


def _reshape(page: Page, mode: str, reshaping: canvas.Reshaping) -> None:
    """Move, resize or delete the region, or one of the ignored areas."""
    session, corners = page.session, reshaping.corners
    if not 0 <= reshaping.number < len(_areas(page, mode)):
        return
    if mode == REGION:
        rows, cols = [row for row, _ in corners], [col for _, col in corners]
        box = tuple(map(round, (min(rows), min(cols), max(rows), max(cols)))) if corners else None
        session.set_parameter("preparation", "region_px", box)
        return
    polygons = list(session.recipe.preparation.excluded_px)
    changed = [tuple((row - 0.5, col - 0.5) for row, col in corners)] if corners else []
    polygons[reshaping.number : reshaping.number + 1] = changed
    session.set_parameter("preparation", "excluded_px", tuple(polygons))


def add_ignored(page: Page, corners: list[tuple[float, float]]) -> None:
    """Leave an area out; corners are (row, column) from the picture's edge, in pixels."""
    polygon: Polygon = tuple((row - 0.5, col - 0.5) for row, col in corners)
    now = page.session.recipe.preparation.excluded_px
    page.session.set_parameter("preparation", "excluded_px", (*now, polygon))


def picture(page: Page) -> None:
    """The micrograph with what was found and what was marked, below the tools to mark with."""
    session, micrograph = page.session, page.session.micrograph
    mode = controls.choice(
        session,
        MODE,
        "What a click means",
        tuple(MODES),
        wide=True,
        format_func=lambda one: f"{MODES[one]} {one}",
    )
    with st.container(key="tools", horizontal=True, vertical_alignment="center"):
        _tools(page, mode)
    if mode == LOOK and looks.ground_of(page) != GROUNDS[0]:
        _filtered(page)
        return
    contrast = looks.contrast_of(page)
    shown = compute.micrograph_grey(session, contrast, page.analysis)
    points = {POLYGON: controls.look(session, CORNERS, []), MEASURE: scale_panel.ends(page)}.get(mode, [])
    frame = Frame(0.0, 0.0, *map(float, micrograph.shape))
    scene = Scene(
        picture=encoding.jpeg(Image.fromarray(shown.levels)),
        frame=frame,
        label=_label(page, mode),
        act=ACTS.get(mode, viewer.CLICK),
        keys=KEYS if mode == LOOK else {},
        subject=shown.key,
        hint=drawing.MOVES if mode == LOOK else drawing.MARKS,
        readout=drawing.positions(page),
        grey=drawing.grey_of(shown, contrast),
        pixels=Pixels(shown.key, micrograph.intensity),
        outlines=drawing.outlines(page) if mode == LOOK else None,
        shapes=[*_shapes(page, mode, frame), *drawing.point_shapes(points, area=mode == POLYGON)],
        marks=drawing.point_marks(points),
        areas=_areas(page, mode),
        tools=viewer.IMAGE_TOOLS,
        tools_wait=mode != LOOK,
        # while the bar in the image is measured, that one is what counts
        bar=None if mode == MEASURE else drawing.bar(page, right=_has_own_bar(page)),
    )
    canvas.show_scene(session, CANVAS, scene)


def _filtered(page: Page) -> None:
    """What was analyzed as the page Domains shows it: filtered, or as a dark field, with the outlines."""
    look = replace(looks.shown_look(page), style=OverlayStyle())
    chosen = domain_panel.selected_domain(page)
    seen = f"{looks.PICTURES[look.ground]} with the outlines of {domain_panel.outlined(page)}"
    label = f"{seen}. {domain_panel.selecting(page, chosen)}"
    shapes = domain_panel.shapes(page, look, chosen, rejected=False)
    scene = domain_panel.scene(page, look, shapes, label=label, tools=viewer.LOOK_TOOLS, keys=KEYS)
    canvas.show_scene(page.session, CANVAS, scene)
    domain_panel.about_ground(look.ground)


def _label(page: Page, mode: str) -> str:
    """What is to be seen, for those who do not see it."""
    rows, cols = page.session.micrograph.shape
    told = f"The micrograph, {cols} × {rows} pixels"
    if mode != LOOK:
        return f"{told}, to mark in."
    selecting = domain_panel.selecting(page, domain_panel.selected_domain(page))
    return f"{told}, with the outlines of {domain_panel.outlined(page)}. {selecting}"


def _shapes(page: Page, mode: str, frame: Frame) -> Iterator[Shape]:
    """The domains found while one looks, and the areas that are marked."""
    if mode == LOOK:
        look = OverlayLook(style=OverlayStyle(), crystals=looks.shows_crystals(page))
        yield from domain_panel.shapes(page, look, domain_panel.selected_domain(page), rejected=False)
    yield from drawing.preparation_shapes(page, frame, page.session.recipe.preparation)


def _has_own_bar(page: Page) -> bool:
    """Whether a bar is burned into the lower left corner, where ours would stand."""
    bar = compute.scale_bar(page.session)
    rows, cols = page.session.micrograph.shape
    return bar is not None and bar.start[0] > rows / 2 and bar.start[1] < cols / 2


def _tools(page: Page, mode: str) -> None:
    """What to do in this mode, and its buttons: always there, so that the picture below never moves."""
    session, preparation = page.session, page.session.recipe.preparation
    corners: list[tuple[float, float]] = controls.look(session, CORNERS, [])
    st.caption(_hint(page, mode))
    chosen = domain_panel.selected_domain(page)
    if mode == LOOK and chosen:
        chosen_panel.toggle(page, chosen)
    if mode == REGION:
        st.button(
            "Whole image",
            disabled=preparation.region_px is None,
            on_click=lambda: session.set_parameter("preparation", "region_px", None),
        )
    if mode == POLYGON:
        st.button("Close the area", type="primary", disabled=len(corners) < 3, on_click=lambda: _close(page))
        st.button("Start over", disabled=not corners, on_click=lambda: session.view.pop(CORNERS))
    if mode in (IGNORE, POLYGON):
        st.button(
            "Ignore nothing",
            disabled=not preparation.excluded_px,
            on_click=lambda: session.set_parameter("preparation", "excluded_px", ()),
        )
    if mode == MEASURE and scale_panel.measure(page):
        session.view[MODE] = LOOK


def _hint(page: Page, mode: str) -> str:
    """What to do next."""
    if mode == LOOK:
        chosen = domain_panel.selected_domain(page)
        if chosen:
            return drawing.line_of(page, chosen)
        return HINTS[LOOK] if page.analysis.domains.accepted else page.nothing_found
    ends = scale_panel.ends(page)
    if mode != MEASURE or not ends:
        return HINTS[mode]
    if len(ends) < 2:
        return "Now click its other end."
    return scale_panel.length_told(page)


def _close(page: Page) -> None:
    add_ignored(page, page.session.view.pop(CORNERS))


def facts(page: Page) -> None:
    """Size, bit depth and scale of the image."""
    session, micrograph = page.session, page.session.micrograph
    rows, cols = micrograph.shape
    lines = [
        f"**{words.plain(micrograph.name)}**",
        words.held(f"{cols} × {rows} pixels, {words.stored(micrograph.stored_as)}"),
    ]
    if session.calibrated:
        height, width = (
            side * size for side, size in zip(micrograph.shape, session.pixel_size.sizes_nm, strict=True)
        )
        lines.append(
            words.held(f"{width:.4g} × {height:.4g} nm") + f" at {page.units.pixel(session.pixel_size)}, "
            f"scale: {words.plain(session.pixel_size.origin)}"
        )
    else:
        lines.append(":orange-badge[not calibrated] lengths are in pixels until a scale is given")
    lines += [words.plain(note, 300) for note in micrograph.notes]
    st.markdown("  \n".join(lines))
    doubt = doubtful(page)
    if doubt:
        st.warning(doubt)


def doubtful(page: Page) -> str:
    """Why nothing can be found in this image, as a sentence; "" where something can."""
    prepared, spectrum, units = page.analysis.prepared, page.recipe.spectrum, page.units
    if not prepared.usable.any():
        return "No pixel of this image can be used: there is no number in it, or all of it is ignored."
    if prepared.intensity.min() == prepared.intensity.max():
        return "Every pixel has the same value, so there is nothing to see in this image."
    sizes = prepared.pixel_size.sizes_nm
    finest = too_coarse_nm(page.session.pixel_size, page.recipe)
    field = min(side * size for side, size in zip(prepared.intensity.shape, sizes, strict=True))
    sought = f"{units.length(spectrum.min_d_nm)} to {units.length(spectrum.max_d_nm)}"
    if finest is not None:
        return (
            f"The spacings looked for, {sought}, are too fine for these pixels, which show "
            f"{units.length(finest)} and more. Check the pixel size."
        )
    if field < LEAST_PERIODS * spectrum.min_d_nm:
        return (
            f"The field is {units.length(field)} wide: too little for the spacings looked for, {sought}. "
            "Check the pixel size."
        )
    return ""


def contrast(page: Page) -> None:
    """Which picture one looks at, and its percentiles and gamma."""
    session = page.session
    looks.ground_control(page, "Picture to look at")
    controls.span(session, "percent", "Contrast: percentiles", 0.0, 100.0, (0.5, 99.5), 0.1)
    controls.level(session, "gamma", "Gamma", 0.3, 3.0, 1.0, 0.05)


def preparation(page: Page) -> None:
    """What is done to the image before anything is looked for."""
    session = page.session
    for name in ("remove_spikes", "detect_annotations", "detect_borders"):
        controls.toggle(session, f"preparation.{name}")
    about = parameter_facts("preparation.bin_factor")
    now = session.recipe.preparation.bin_factor
    offered = sorted({*BINS, now})
    st.selectbox(
        about.label,
        offered,
        format_func=lambda n: "no" if n == 1 else f"{n} × {n}",
        **controlled(
            "preparation.bin", now, _setter(page, "bin_factor"), default={"index": offered.index(now)}
        ),
    )


def _setter(page: Page, name: str) -> Callable[[Any], None]:
    return lambda value: page.session.set_parameter("preparation", name, value)
