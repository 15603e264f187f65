"""The inverse FFT of masks that one places on the FFT: where they are, how wide, and what passes."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from PIL import Image

from hrtem_core.exports import masked_png, masked_tiff
from hrtem_core.image import Wavevector, distance_per_nm, folder_name
from hrtem_core.parameters import facts_of
from hrtem_core.peaks import nearest_pair
from hrtem_core.pictures import SELECTED, Frame, hex_of
from hrtem_core.recipe import MAX_MASKS, InverseFftParameters, MaskPair
from hrtem_ui.frame import Page
from hrtem_ui.panels import drawing
from hrtem_ui.panels.looks import contrast_of
from hrtem_ui.session import compute, controlled
from hrtem_ui.text import words
from hrtem_ui.widgets import Pixels, Scene, Shape, canvas, controls, encoding, headings, viewer

INVERSE = "inverse_fft"

SIZES = "radius_per_nm", "edge_per_nm"

RADIUS, EDGE = 0.06, 0.03
"""Of the first mask, as a share of the largest |g| looked for; a further one is as the one before."""


def masks(page: Page) -> tuple[MaskPair, ...]:
    """The masks that were placed."""
    return page.session.recipe.inverse_fft.masks


def _place(page: Page, placed: Sequence[MaskPair]) -> None:
    """Go on with these masks."""
    session = page.session
    session.change(replace(session.recipe, inverse_fft=InverseFftParameters(tuple(placed))))


def _size(page: Page) -> tuple[float, float]:
    """Radius and edge of the last mask, or of the first one to come, in 1/nm."""
    placed, furthest = masks(page), page.analysis.spectrum.band_per_nm[1]
    return (
        (placed[-1].radius_per_nm, placed[-1].edge_per_nm) if placed else (RADIUS * furthest, EDGE * furthest)
    )


def answer(page: Page, click: canvas.Click) -> None:
    """Place a mask where the tool was used, on the pair that is near, or take the one there away."""
    session, here = page.session, Wavevector(click.row, click.col)
    placed = masks(page)
    left = [one for one in placed if distance_per_nm(one.g_per_nm, here) > one.radius_per_nm]
    if len(left) < len(placed):
        _place(page, left)
    elif len(placed) == MAX_MASKS:
        session.notice = f"There can be {MAX_MASKS} masks at a time. Click one to take it away."
    elif math.hypot(*here) > page.analysis.spectrum.whole_field.step_per_nm:
        noise = controls.look(session, "fft_noise", True)
        row = nearest_pair(page.analysis.peaks, here, click.reach, noise=noise)
        pair = None if row is None else Wavevector(*page.analysis.peaks.g_per_nm[row].tolist())
        _place(page, [*placed, MaskPair(pair or here, *_size(page))])


def shapes(page: Page) -> Iterator[Shape]:
    """The masks on the FFT: all passes inside the line, nothing outside the dashes."""
    for mask in masks(page):
        for sign in (1, -1):
            for radius, dash in ((mask.inner_per_nm, ""), (mask.outer_per_nm, "4 3")):
                circle = _circle(sign * mask.g_per_nm.row, sign * mask.g_per_nm.col, radius)
                yield Shape(d=circle, stroke=hex_of(SELECTED), width=1.5, dash=dash, edge=True)


def _circle(row: float, col: float, radius: float) -> str:
    """A circle as the data of an SVG path."""
    half = f"a{radius:g},{radius:g} 0 1 0 "
    return f"M{col - radius:g},{row:g}{half}{2 * radius:g},0{half}{-2 * radius:g},0z"


def panel(page: Page) -> None:
    """The image through the masks, beside the FFT they are placed on, and their size and edge."""
    placed = masks(page)
    if not placed:
        return
    headings.section(f"Inverse FFT of {words.counted(len(placed), 'mask')}, each with its Friedel mate")
    _picture(page, placed)
    _size_controls(page)
    _downloads(page)


def _size_controls(page: Page) -> None:
    """Radius and soft edge of all masks, in the unit of 1/d."""
    unit = page.units.frequency_unit
    furthest = page.analysis.spectrum.band_per_nm[1] / page.units.per_nm

    def told(share: float) -> str:
        return f"{words.significant(share * furthest)} {unit}"

    shares = [round(0.005 * step, 3) for step in range(61)]
    sizes = zip(st.columns(2, gap="medium"), SIZES, _size(page), strict=True)
    for place, name, size in sizes:
        offered = shares[name == SIZES[0] :]
        share = size / page.analysis.spectrum.band_per_nm[1]
        now = min(offered, key=lambda one: abs(one - share))
        with place:
            st.select_slider(
                facts_of(MaskPair, name).label,
                offered,
                format_func=told,
                **controlled(f"inverse_fft.{name}", now, _resizer(page, name), default={"value": now}),
            )
    blur = page.units.length(masks(page)[0].resolution_nm)
    st.caption(
        f"Half passes at the radius, all inside the line, nothing outside the dashes. Details finer than "
        f"about {blur} come from the mask; a hard edge rings."
    )


def _resizer(page: Page, name: str) -> Callable[[float], None]:
    """What gives all masks a radius or an edge, said as a share of the largest |g| looked for."""

    def resize(share: float) -> None:
        size: dict[str, Any] = {name: share * page.analysis.spectrum.band_per_nm[1]}
        _place(page, [replace(one, **size) for one in masks(page)])

    return resize


def _picture(page: Page, placed: Sequence[MaskPair]) -> None:
    analysis, contrast = page.analysis, contrast_of(page)
    shown = compute.masked_grey(page.session, analysis, placed, contrast)
    frame = Frame.of_field(analysis.domains.shape, analysis.placement)
    scene = Scene(
        picture=encoding.jpeg(Image.fromarray(shown.levels)),
        frame=frame,
        label=f"The inverse FFT through {words.counted(len(placed), 'mask')}: fringes where they pass.",
        act=viewer.LOOK,
        subject=compute.product_keys(page.session)["prepared"],
        pixel_scale=1 / analysis.placement.bin_factor,
        hint="Wheel: zoom. Drag: move.",
        readout=drawing.positions(page),
        grey=drawing.grey_of(shown, contrast),
        pixels=Pixels(*compute.masked(page.session, analysis, placed)),
        bar=drawing.bar(page, right=False),
        tools=viewer.LOOK_TOOLS,
    )
    canvas.show_scene(page.session, INVERSE, scene)


def _downloads(page: Page) -> None:
    analysis, contrast = page.analysis, contrast_of(page)
    name = folder_name(page.session.micrograph.name, portable=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Picture, PNG",
            lambda: masked_png(analysis, contrast),
            f"{name}_inverse_fft.png",
            "image/png",
            key="download_inverse_png",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Numbers, TIFF",
            lambda: masked_tiff(analysis),
            f"{name}_inverse_fft.tif",
            "image/tiff",
            key="download_inverse_tiff",
            icon=":material/download:",
            on_click="ignore",
            help="Every pixel as a 32-bit number; opens in ImageJ with its scale.",
        )
        st.button(
            "Take all masks away",
            icon=":material/close:",
            type="tertiary",
            key="clear_masks",
            on_click=lambda: _place(page, ()),
        )
