"""Bytes from analysis, measures and pictures."""

from hrtem_core.exports.bundle import zip_results
from hrtem_core.exports.folder import check_folder, write_results
from hrtem_core.exports.imagej import roi_zip
from hrtem_core.exports.labels import labels_tiff
from hrtem_core.exports.png import png
from hrtem_core.exports.report import report_html
from hrtem_core.exports.svg import overlay_svg
from hrtem_core.exports.tables import to_csv

__all__ = [
    "check_folder",
    "labels_tiff",
    "overlay_svg",
    "png",
    "report_html",
    "roi_zip",
    "to_csv",
    "write_results",
    "zip_results",
]
