"""A pair from close by: the place where its fringes are strongest, that place's FFT, and its Bragg filter."""

import re

import streamlit as st
from PIL import Image

from hrtem_core import pictures
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures import Closeup, close_up, strongest_map, strongest_place
from hrtem_ui.frame import Page
from hrtem_ui.session import compute
from hrtem_ui.widgets import CloseUps, clicked, encoding, headings, still

SHOWN_PX, GAP_PX = 420, 6

FFT = "closeup_fft"

PAIR = "pair "
"""How the names of close-ups begin, before the pair's number."""


def details(page: Page, row: int | None) -> None:
    """Show the selected pair from close by: image, local FFT, Bragg-filtered image."""
    if row is None:
        return
    near = _near(page, row)
    headings.section(f"Pair {row + 1} from close by, where its fringes are strongest")
    if near is None:
        st.caption("This candidate was not followed up: nothing of it was significant.")
        return
    with st.container(key="pictures-of-pair"):
        left, middle, right = st.columns(3, gap="small")
    for column, caption, image in ((left, "Image", near.image), (right, "Bragg-filtered", near.filtered)):
        with column:
            told = f"Pair {row + 1} from close by: {caption}"
            still.show(f"closeup {caption}", encoding.jpeg(picture(page, near, image)), told, caption=caption)
    with middle:
        drawn = encoding.jpeg(pictures.draw_closeup(near, SHOWN_PX))
        told = (
            f"Pair {row + 1} from close by: the FFT of that place. By keys spots are chosen in the large FFT."
        )
        caption = "Its FFT: click a spot for its pair"
        clicked.show(page.session, FFT, drawn, pictures.closeup_frame(near), alt=told, caption=caption)


def of_pairs(page: Page) -> CloseUps:
    """Close-ups of the pairs, to be seen while the pointer is on a spot: the image, and its Bragg filter."""

    def make(name: str) -> bytes | None:
        row = int(name.removeprefix(PAIR)) - 1 if re.fullmatch(rf"{PAIR}\d{{1,6}}", name) else -1
        if not 0 <= row < len(page.analysis.peaks):
            return None
        near = _near(page, row)
        return None if near is None else encoding.jpeg(_both(page, near))

    known = compute.product_keys(page.session)
    return CloseUps(known["fringes"][:20] + known["peaks"][:20], make)


def _near(page: Page, row: int) -> Closeup | None:
    """The place where a pair's fringes are strongest, None if it was not followed up."""
    analysis = page.analysis
    fringes = strongest_map(analysis.fringes, analysis.peaks, row)
    if fringes is None:
        return None
    return close_up(analysis.prepared, fringes, strongest_place(analysis.spectrum, fringes))


def _both(page: Page, near: Closeup) -> Image.Image:
    """A close-up's image and its Bragg-filtered one, side by side."""
    both = Image.new("RGB", (2 * SHOWN_PX + GAP_PX, SHOWN_PX))
    both.paste(picture(page, near, near.image), (0, 0))
    both.paste(picture(page, near, near.filtered), (SHOWN_PX + GAP_PX, 0))
    return both


def picture(page: Page, near: Closeup, image: FloatImage) -> Image.Image:
    """One of a close-up's images with a scale bar."""
    drawn = pictures.rgb(pictures.grey_levels(pictures.resized(image, SHOWN_PX)))
    extent, unit = near.width_nm * page.units.per_nm, page.units.length_unit
    pictures.draw_scale_bar(drawn, extent, unit, thickness_px=pictures.SCREEN_BAR_PX)
    return drawn
