"""The parts of the pages, one module per page."""

from hrtem_ui.panels import (
    closeup,
    composition,
    domains,
    export,
    lens,
    maps,
    micrograph,
    opening,
    peaks,
    scale,
    spacings,
    statistics,
)

__all__ = [
    "closeup",
    "composition",
    "domains",
    "export",
    "lens",
    "maps",
    "micrograph",
    "opening",
    "peaks",
    "scale",
    "spacings",
    "statistics",
]
