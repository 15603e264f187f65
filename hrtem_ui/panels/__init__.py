"""The parts of the pages, one module per page."""

from hrtem_ui.panels import (
    batch,
    candidates,
    closeup,
    composition,
    domains,
    export,
    lens,
    maps,
    micrograph,
    opening,
    peaks,
    phases,
    scale,
    spacings,
    statistics,
)

__all__ = [
    "batch",
    "candidates",
    "closeup",
    "composition",
    "domains",
    "export",
    "lens",
    "maps",
    "micrograph",
    "opening",
    "peaks",
    "phases",
    "scale",
    "spacings",
    "statistics",
]
