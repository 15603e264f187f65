"""All files of a result by name, one at a time, and as one zip."""

import io
import zipfile
from collections.abc import Callable, Mapping

from hrtem_core.analysis import Analysis
from hrtem_core.exports.charts import chart_files
from hrtem_core.exports.filtered import filtered_tiff, masked_tiff
from hrtem_core.exports.imagej import roi_zip
from hrtem_core.exports.labels import labels_tiff
from hrtem_core.exports.png import dark_field_png, overlay_png
from hrtem_core.exports.report import report_html
from hrtem_core.exports.summary import phases_json, summary_json
from hrtem_core.exports.svg import overlay_svg
from hrtem_core.exports.tables import to_csv
from hrtem_core.image import folder_name
from hrtem_core.measures import Measurements, measure
from hrtem_core.pictures import PLAIN_LOOK, OverlayLook
from hrtem_core.recipe import ImageOf, to_json

FILES = (
    "peaks.csv",
    "families.csv",
    "domains.csv",
    "crystallites.csv",
    "domains.tif",
    "overlay.png",
    "summary.json",
)

MASKED_FILE = "inverse_fft.tif"
"""Written when the recipe has masks."""

EXTRA_FILES = ("recipe.json", "overlay.svg", "RoiSet.zip", "report.html")


def result_files(
    analysis: Analysis,
    extras: bool = False,
    measured: Measurements | None = None,
    look: OverlayLook = PLAIN_LOOK,
) -> dict[str, bytes]:
    """Every file of a result, by name.

    Parameters
    ----------
    analysis
        What to write.
    extras
        Also recipe, SVG, ImageJ regions and report.
    measured
        The measurements if they are at hand.
    look
        How overlays look.
    """
    measured = measured or measure(analysis)
    overlay = overlay_png(analysis, look)
    files = {
        "peaks.csv": to_csv(measured.peaks).encode(),
        "families.csv": to_csv(measured.families).encode(),
        "domains.csv": to_csv(measured.domains).encode(),
        "crystallites.csv": to_csv(measured.crystallites).encode(),
        "domains.tif": labels_tiff(analysis.domains, analysis.placement),
        "overlay.png": overlay,
    }
    if analysis.phases.candidates:
        files["phases.csv"] = to_csv(measured.phases).encode()
        files["phase_reflections.csv"] = to_csv(measured.phase_reflections).encode()
        files["phase_families.csv"] = to_csv(measured.phase_families).encode()
        files["phases.json"] = phases_json(analysis).encode()
    if analysis.recipe.inverse_fft.masks:
        files[MASKED_FILE] = masked_tiff(analysis)
    if extras:
        files["recipe.json"] = _recipe_json(analysis)
        files["overlay.svg"] = overlay_svg(analysis, look).encode()
        files["RoiSet.zip"] = roi_zip(analysis, look.mode)
        files["report.html"] = report_html(analysis, measured, overlay).encode()
    return files | {"summary.json": summary_json(analysis, measured.totals, files).encode()}


def zip_results(analysis: Analysis, look: OverlayLook = PLAIN_LOOK) -> bytes:
    """All files, extras and charts included, as a zip file with one folder named after the micrograph."""
    folder = folder_name(analysis.micrograph.name, portable=True)
    measured = measure(analysis)
    files = result_files(analysis, extras=True, measured=measured, look=look)
    files |= {f"charts/{name}": svg for name, svg in chart_files(measured).items()}
    return zipped({f"{folder}/{name}": data for name, data in files.items()})


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files by name as a zip file; what is packed already is not packed again."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            packed = name.endswith((".png", ".tif", ".zip"))
            kind = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, compress_type=kind)
    return target.getvalue()


def _recipe_json(analysis: Analysis) -> bytes:
    return to_json(analysis.recipe, 2, ImageOf.of(analysis.micrograph)).encode()


SINGLE_FILES: Mapping[str, Callable[[Analysis, OverlayLook], bytes]] = {
    "domains.zip": zip_results,
    "recipe.json": lambda analysis, _: _recipe_json(analysis),
    "report.html": lambda analysis, look: report_html(
        analysis, measure(analysis), overlay_png(analysis, look)
    ).encode(),
    "overlay.png": lambda analysis, look: overlay_png(analysis, look, max_px=None),
    "overlay.svg": lambda analysis, look: overlay_svg(analysis, look).encode(),
    "domains.tif": lambda analysis, _: labels_tiff(analysis.domains, analysis.placement),
    "charts.zip": lambda analysis, _: zipped(chart_files(measure(analysis))),
    "RoiSet.zip": lambda analysis, look: roi_zip(analysis, look.mode),
    "dark_field.png": dark_field_png,
    "filtered.tif": lambda analysis, _: filtered_tiff(analysis),
}
"""Files that can be had one at a time, and how each is made; this overlay has the micrograph's resolution."""
