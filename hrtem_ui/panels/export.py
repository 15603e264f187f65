"""The export page's parts: everything at once, single files, the recipe."""

import shlex
from dataclasses import dataclass

import streamlit as st

from hrtem_core.exports import SINGLE_FILES
from hrtem_core.image import folder_name
from hrtem_core.pictures import PLAIN_LOOK, OverlayLook
from hrtem_ui.frame import Page
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.panels import looks
from hrtem_ui.widgets import controls, headings

AS_SHOWN = "as_shown"


@dataclass(frozen=True)
class File:
    """A file that can be downloaded; it is made when it is asked for.

    Parameters
    ----------
    name
        Which of the core's `SINGLE_FILES`; the image's name is put before it.
    label, says
        Its name for people, and what it is for.
    kind
        MIME type.
    """

    name: str
    label: str
    says: str
    kind: str


ZIP = File("domains.zip", "Download all", "", "application/zip")

RECIPE = File("recipe.json", "Recipe", "every setting and decision", "application/json")

SINGLE = (
    File(
        "report.html",
        "Report",
        "one HTML page with pictures, tables, charts and the recipe; needs no network",
        "text/html",
    ),
    File("overlay.png", "Overlay, PNG", "the outlines on the image, full resolution", "image/png"),
    File(
        "overlay.svg",
        "Overlay, SVG",
        "crystallites and domains as two layers of shapes to edit",
        "image/svg+xml",
    ),
    File(
        "domains.tif",
        "Labels, TIFF",
        "each pixel holds its domain's number; opens in ImageJ with its scale",
        "image/tiff",
    ),
    File(
        "dark_field.png",
        "Dark field, PNG",
        "how strong the fringes are, in the colours of the page Domains; full resolution",
        "image/png",
    ),
    File(
        "filtered.tif",
        "Wiener, TIFF",
        "the image without its amorphous background, 32-bit; to look at, not to measure in",
        "image/tiff",
    ),
    File("charts.zip", "Charts, SVG", "distributions of size, d and azimuth", "application/zip"),
    File("RoiSet.zip", "ImageJ regions", "for the ROI manager", "application/zip"),
)


def file_name(page: Page, file: File) -> str:
    """The file's name, behind that of the image."""
    return f"{folder_name(page.session.micrograph.name, portable=True)}_{file.name}"


def download(page: Page, file: File, *, primary: bool = False) -> None:
    """A button that makes the file and hands it over."""
    st.download_button(
        file.label,
        lambda: SINGLE_FILES[file.name](page.analysis, look_of(page)),  # as it looks when it is asked for
        file_name(page, file),
        file.kind,
        key=f"download_{file.name}",
        icon=":material/download:",
        on_click="ignore",
        type="primary" if primary else "secondary",
        width="stretch",
    )


def look_of(page: Page) -> OverlayLook:
    """How overlays are exported: as the Domains page shows them, with legend and numbers, or plain."""
    return looks.look_of(page) if controls.look(page.session, AS_SHOWN, True) else PLAIN_LOOK


def preview(page: Page) -> None:
    """The overlay as it is exported, and the choice how."""
    look = look_of(page)
    shapes = domain_panel.shapes(page, look, rejected=False)
    label = f"The overlay as it is exported, with the outlines of {domain_panel.outlined(page)}."
    set_there = {"looks": looks.of_domains(page, labels=True)} if look.legend else {}
    domain_panel.looked_at(page, "export_overlay", look, shapes, label, **set_there)
    controls.switch(
        page.session,
        AS_SHOWN,
        "Overlays as shown",
        True,
        help="With the colours and the contrast you set on the pages before, a legend, and the domains' "
        "numbers. Without it: plain outlines, coloured by d-spacing.",
    )


def everything(page: Page) -> None:
    """The zip of all results."""
    headings.section("Everything in one zip")
    st.caption("Tables, label image, overlay, ImageJ regions, charts, the report, summary and recipe.")
    if not page.session.calibrated:
        st.warning(
            f"Not calibrated: lengths in the files count {page.session.pixel_size.mean_nm:g} nm for a pixel, "
            "which is assumed. Give a scale on the first page before you use them."
        )
    with st.columns([2, 3])[0]:
        download(page, ZIP, primary=True)


def singly(page: Page) -> None:
    """Single files."""
    headings.section("One at a time")
    for file in SINGLE:
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            download(page, file)
        right.caption(file.says)


def recipe(page: Page) -> None:
    """The recipe, to keep and to repeat."""
    headings.section("The recipe")
    st.caption(
        "Every setting and every decision you made. With the same image it gives the same result: here, "
        "under *Earlier work* on the first page, or on the command line."
    )
    with st.columns([2, 3])[0]:
        download(page, RECIPE)
    session = page.session
    if session.micrograph.binned_by > 1:
        st.caption(
            "This image was averaged when it was opened. The command line works on the file as it is, so "
            "places marked in pixels do not fit there."
        )
    scale = "" if session.calibrated else f" --pixel-size-nm {session.pixel_size.mean_nm:g}"
    st.code(
        f"python -m hrtem_core analyze {shlex.quote(session.micrograph.name)} "
        f"--recipe {shlex.quote(file_name(page, RECIPE))} --out results{scale}",
        None,  # the colours of a language are too pale to be read
        wrap_lines=True,
    )
