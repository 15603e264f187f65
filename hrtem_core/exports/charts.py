"""Distributions of the domains as SVG files."""

from hrtem_core.measures import Table
from hrtem_core.pictures import histogram_svg

CHARTS = {
    "equivalent_diameter_nm": "equivalent diameter of the domains / nm",
    "area_nm2": "area of the domains / nm²",
    "d_nm": "d-spacing of the domains / nm",
    "azimuth_deg": "azimuth of g / degrees",
}
"""Columns of the table of domains, and what is written under their histograms."""


def chart(domains: Table, column: str) -> str:
    """The histogram of a column of the table of domains."""
    return histogram_svg(domains[column], CHARTS[column])


def chart_files(domains: Table) -> dict[str, bytes]:
    """The histograms of all columns in `CHARTS` as SVG files, by name.

    Parameters
    ----------
    domains
        The table of domains.
    """
    return {f"{column}.svg": chart(domains, column).encode() for column in CHARTS}
