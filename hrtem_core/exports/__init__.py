"""Bytes from analysis, measures and pictures."""

from hrtem_core.exports.atomic_folder import sweep, whole_folder
from hrtem_core.exports.bundle import SINGLE_FILES, result_files, zip_results
from hrtem_core.exports.charts import chart_files
from hrtem_core.exports.composition import (
    COMPOSITION_FILES,
    composition_files,
    composition_zip,
    maps_on_micrograph,
)
from hrtem_core.exports.filtered import filtered_tiff, intensity_tiff, masked_png, masked_tiff
from hrtem_core.exports.folder import (
    NothingWrittenError,
    ResultsFolderError,
    check_composition_folder,
    check_folder,
    listed_files,
    summary_in,
    write_composition,
    write_results,
)
from hrtem_core.exports.imagej import roi_zip
from hrtem_core.exports.labels import labels_tiff
from hrtem_core.exports.png import dark_field_png, overlay_png, png
from hrtem_core.exports.report import report_html
from hrtem_core.exports.summary import lens_notes
from hrtem_core.exports.svg import overlay_svg
from hrtem_core.exports.tables import to_csv

__all__ = [
    "COMPOSITION_FILES",
    "SINGLE_FILES",
    "NothingWrittenError",
    "ResultsFolderError",
    "chart_files",
    "check_composition_folder",
    "check_folder",
    "composition_files",
    "composition_zip",
    "dark_field_png",
    "filtered_tiff",
    "intensity_tiff",
    "labels_tiff",
    "lens_notes",
    "listed_files",
    "maps_on_micrograph",
    "masked_png",
    "masked_tiff",
    "overlay_png",
    "overlay_svg",
    "png",
    "report_html",
    "result_files",
    "roi_zip",
    "summary_in",
    "sweep",
    "to_csv",
    "whole_folder",
    "write_composition",
    "write_results",
    "zip_results",
]
