"""Distributions of crystallites and domains as SVG files."""

from hrtem_core.measures import Measurements
from hrtem_core.pictures import histogram_svg

CHARTS = {
    ("crystallites", "equivalent_diameter_nm"): "equivalent diameter of the crystallites / nm",
    ("crystallites", "area_nm2"): "area of the crystallites / nm²",
    ("domains", "d_nm"): "d-spacing of the domains / nm",
    ("domains", "azimuth_deg"): "azimuth of g / degrees",
    ("domains", "equivalent_diameter_nm"): "equivalent diameter of the domains / nm",
    ("domains", "area_nm2"): "area of the domains / nm²",
}
"""Tables and their columns, and what is written under the histograms; those of the report come first."""

N_IN_REPORT = 4


def charts(measured: Measurements) -> dict[str, str]:
    """The histograms of `CHARTS` as SVG, by table and column such as "domains_d_nm"."""
    return {
        f"{table}_{column}": histogram_svg(getattr(measured, table)[column], title)
        for (table, column), title in CHARTS.items()
    }


def chart_files(measured: Measurements) -> dict[str, bytes]:
    """The histograms of all columns in `CHARTS` as SVG files, by name."""
    return {f"{name}.svg": svg.encode() for name, svg in charts(measured).items()}
