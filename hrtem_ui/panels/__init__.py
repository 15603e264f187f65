"""The parts of the pages, one module per page."""

from hrtem_ui.panels import (
    closeup,
    domains,
    export,
    lens,
    micrograph,
    opening,
    peaks,
    scale,
    spacings,
    statistics,
)

__all__ = [
    "closeup",
    "domains",
    "export",
    "lens",
    "micrograph",
    "opening",
    "peaks",
    "scale",
    "spacings",
    "statistics",
]
