"""A pair from close by: the place where its fringes are strongest, that place's FFT, and its Bragg filter."""

import streamlit as st
from PIL import Image

from hrtem_core import pictures
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures import Closeup, close_up, strongest_map, strongest_place
from hrtem_ui.frame import Page
from hrtem_ui.widgets import encoding, still

SHOWN_PX = 420


def details(page: Page, row: int | None) -> None:
    """Show the selected pair from close by: image, local FFT, Bragg-filtered image."""
    if row is None:
        return
    analysis = page.analysis
    fringes = strongest_map(analysis.fringes, analysis.peaks, row)
    st.markdown(f"**Pair {row + 1} from close by**, where its fringes are strongest")
    if fringes is None:
        st.caption("This candidate was not followed up: nothing of it was significant.")
        return
    near = close_up(analysis.prepared, fringes, strongest_place(analysis.spectrum, fringes))
    shown = {
        "Image": picture(page, near, near.image),
        "Its FFT": pictures.draw_closeup(near, SHOWN_PX),
        "Bragg-filtered": picture(page, near, near.filtered),
    }
    for column, (caption, drawn) in zip(st.columns(3, gap="small"), shown.items(), strict=True):
        with column:
            told = f"Pair {row + 1} from close by: {caption}"
            still.show(f"closeup {caption}", encoding.jpeg(drawn), told, caption=caption)


def picture(page: Page, near: Closeup, image: FloatImage) -> Image.Image:
    """One of a close-up's images with a scale bar."""
    drawn = pictures.rgb(pictures.grey_levels(pictures.resized(image, SHOWN_PX)))
    extent, unit = near.width_nm * page.units.per_nm, page.units.length_unit
    pictures.draw_scale_bar(drawn, extent, unit, thickness_px=pictures.SCREEN_BAR_PX)
    return drawn
