"""Numbers, names and pages' guides as people read them; knows neither the session nor a widget."""

from hrtem_ui.text import page_log, words
from hrtem_ui.text.pages import (
    ABOUT_FACTS,
    BATCH,
    COMPOSITION,
    DOMAINS,
    EXPORT,
    MICROGRAPH,
    PEAKS,
    PHASES,
    SPACINGS,
    STATISTICS,
    STEPS,
    Step,
    neighbours,
)
from hrtem_ui.text.words import Units, counted, percent, plain, roughly_percent, shortened

__all__ = [
    "ABOUT_FACTS",
    "BATCH",
    "COMPOSITION",
    "DOMAINS",
    "EXPORT",
    "MICROGRAPH",
    "PEAKS",
    "PHASES",
    "SPACINGS",
    "STATISTICS",
    "STEPS",
    "Step",
    "Units",
    "counted",
    "neighbours",
    "page_log",
    "percent",
    "plain",
    "roughly_percent",
    "shortened",
    "words",
]
