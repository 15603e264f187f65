"""The parts of the pages, one module per page."""

from hrtem_ui.panels import (
    candidates,
    closeup,
    domains,
    export,
    micrograph,
    opening,
    peaks,
    phases,
    scale,
    spacings,
    statistics,
)

__all__ = [
    "candidates",
    "closeup",
    "domains",
    "export",
    "micrograph",
    "opening",
    "peaks",
    "phases",
    "scale",
    "spacings",
    "statistics",
]
