"""A report in one HTML file: pictures, tables, charts and recipe, nothing from the network."""

import base64
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from hrtem_core.analysis import Analysis
from hrtem_core.exports.charts import N_IN_REPORT, charts
from hrtem_core.exports.png import overlay_png, png
from hrtem_core.exports.summary import summarize
from hrtem_core.measures import Measurements, Table
from hrtem_core.pictures import FftView, fft
from hrtem_core.recipe import ImageOf, to_json

if TYPE_CHECKING:
    from jinja2 import Template

MAX_ROWS = 500
"""Rows of a table shown; the CSV files hold all of them."""


def report_html(analysis: Analysis, measured: Measurements, overlay: bytes | None = None) -> str:
    """The report as HTML.

    Parameters
    ----------
    analysis
        What was done.
    measured
        What was measured in it.
    overlay
        PNG of the overlay if it is at hand.
    """
    return _template().render(
        summary=summarize(analysis, measured.totals),
        totals=measured.totals,
        whole=measured.scrutiny.whole,
        overlay=_base64(overlay or overlay_png(analysis)),
        spectrum=_base64(png(spectrum_picture(analysis))),
        families=_rows(measured.families),
        domains=_rows(measured.domains),
        crystallites=_rows(measured.crystallites),
        phases=_rows(measured.phases),
        peaks=_rows(measured.peaks),
        charts=list(charts(measured).values())[:N_IN_REPORT],
        recipe=to_json(analysis.recipe, 2, ImageOf.of(analysis.micrograph)),
        max_rows=MAX_ROWS,
    )


def spectrum_picture(analysis: Analysis) -> Image.Image:
    """The spectrum with its accepted pairs, a ring for each family, and a scale bar."""
    furthest = analysis.spectrum.band_per_nm[1]
    rings = [1.15 / d_nm for d_nm in analysis.families.d_nm.tolist()]
    view = FftView(
        local=True,
        reach_per_nm=min(furthest, max(rings, default=furthest)),
        gamma=1.4,
        noise=False,
        rings=True,
    )
    shown, frame = fft.base(analysis.candidates.local_maximum, view)
    return fft.draw(shown, frame, analysis.peaks, analysis.families, view)


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # seldom needed

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    return environment.get_template("report.html.j2")


def _rows(table: Table) -> dict[str, Any]:
    rows = list(zip(*table.values(), strict=True))
    return {"columns": list(table), "rows": rows[:MAX_ROWS], "n_rows": len(rows)}


def _cell(entry: Any) -> str:
    """A value for people: four significant digits."""
    if isinstance(entry, bool):
        return "yes" if entry else "no"
    return f"{entry:.4g}" if isinstance(entry, float) else str(entry)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
