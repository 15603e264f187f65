"""The export page's parts: everything at once, single files, the recipe."""

import io
import shlex
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

import streamlit as st

from hrtem_core.analysis import Analysis
from hrtem_core.exports import labels_tiff, overlay_svg, png, report_html, roi_zip, zip_results
from hrtem_core.measures import measure
from hrtem_core.pictures import background, domain_colours, domain_outlines, histogram_svg, overlay_image
from hrtem_core.recipe import to_json
from hrtem_ui.frame import Page
from hrtem_ui.session import host


@dataclass(frozen=True)
class File:
    """A file that can be downloaded; it is made when it is asked for.

    Parameters
    ----------
    label, says
        Its name for people, and what it is for.
    ending
        What its name ends in, after the image's name.
    kind
        MIME type.
    make
        Its content.
    """

    label: str
    says: str
    ending: str
    kind: str
    make: Callable[[Analysis], bytes | str]


def full_overlay(analysis: Analysis) -> bytes:
    """The overlay at the micrograph's own resolution."""
    placement = analysis.placement
    outlines = [domain_outlines(domain, placement) for domain in analysis.domains.accepted]
    colours = domain_colours("family", analysis.domains, analysis.families, analysis.crystallites)
    grey = background(analysis.micrograph.intensity)
    return png(overlay_image(grey, outlines, colours, pixel_nm=placement.pixel_size.col_nm))


def chart_files(analysis: Analysis) -> dict[str, str]:
    """Distributions of the domains as SVG files, by name."""
    found = measure(analysis).domains
    return {f"{column}.svg": histogram_svg(found[column], label) for column, label in CHARTS.items()}


def charts(analysis: Analysis) -> bytes:
    """The charts in a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, svg in chart_files(analysis).items():
            archive.writestr(name, svg)
    return target.getvalue()


def everything_zip(analysis: Analysis) -> bytes:
    """The contract's files and all extras in one folder, with the charts as files too."""
    target = io.BytesIO(zip_results(analysis))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        folder = PurePath(archive.namelist()[0]).parts[0]
        for name, svg in chart_files(analysis).items():
            archive.writestr(f"{folder}/charts/{name}", svg)
    return target.getvalue()


CHARTS = {
    "equivalent_diameter_nm": "equivalent diameter of the domains / nm",
    "area_nm2": "area of the domains / nm²",
    "d_nm": "d-spacing of the domains / nm",
    "azimuth_deg": "azimuth of g / degrees",
}

ZIP = File("Download all", "", "_domains.zip", "application/zip", everything_zip)

RECIPE = File(
    "Recipe",
    "every setting and decision",
    "_recipe.json",
    "application/json",
    lambda analysis: to_json(analysis.recipe, indent=2),
)

SINGLE = (
    File(
        "Report",
        "one HTML page with pictures, tables, charts and the recipe; needs no network",
        "_report.html",
        "text/html",
        lambda analysis: report_html(analysis, measure(analysis)),
    ),
    File(
        "Overlay, PNG",
        "the outlines on the image, full resolution",
        "_overlay.png",
        "image/png",
        full_overlay,
    ),
    File(
        "Overlay, SVG", "the same, each outline a shape to edit", "_overlay.svg", "image/svg+xml", overlay_svg
    ),
    File(
        "Labels, TIFF",
        "each pixel holds its domain's number; opens in ImageJ with its scale",
        "_domains.tif",
        "image/tiff",
        lambda analysis: labels_tiff(analysis.domains, analysis.placement),
    ),
    File("Charts, SVG", "distributions of size, d and azimuth", "_charts.zip", "application/zip", charts),
    File("ImageJ regions", "for the ROI manager", "_RoiSet.zip", "application/zip", roi_zip),
)


def stem(page: Page) -> str:
    """The image's name without its ending, for file names."""
    return PurePath(page.session.micrograph.name).stem or "results"


def download(page: Page, file: File, *, primary: bool = False) -> None:
    """A button that makes the file and hands it over."""
    analysis = page.analysis
    st.download_button(
        file.label,
        lambda: file.make(analysis),
        stem(page) + file.ending,
        file.kind,
        key=f"download{file.ending}",
        icon=":material/download:",
        on_click="ignore",
        type="primary" if primary else "secondary",
        width="stretch",
    )


def everything(page: Page) -> None:
    """The zip of all results."""
    st.markdown("**Everything in one zip**")
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
    st.markdown("**One at a time**")
    for file in SINGLE:
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            download(page, file)
        right.caption(file.says)


def recipe(page: Page) -> None:
    """The recipe, to keep and to repeat."""
    st.markdown("**The recipe**")
    st.caption(
        "Every setting and every decision you made. With the same image it gives the same result: here, "
        "under *Earlier work* on the first page, or on the command line."
    )
    with st.columns([2, 3])[0]:
        download(page, RECIPE)
    session = page.session
    if host.was_binned(session.micrograph):
        st.caption(
            "This image was averaged when it was opened. The command line works on the file as it is, so "
            "places marked in pixels do not fit there."
        )
    scale = "" if session.calibrated else f" --pixel-size-nm {session.pixel_size.mean_nm:g}"
    st.code(
        f"python -m hrtem_core analyze {shlex.quote(session.micrograph.name)} "
        f"--recipe {shlex.quote(stem(page) + RECIPE.ending)} --out results{scale}",
        "bash",
        wrap_lines=True,
    )
