"""Altair charts of tables; pure."""

from altair.utils import schemapi

from hrtem_ui.charts import batch, composition, peaks, statistics
from hrtem_ui.charts.statistics import (
    AREA,
    AREA_OF_DOMAIN,
    AZIMUTH,
    BRUSH,
    DIAMETER,
    MEASURES,
    NUMBER,
    SPACING,
    Measure,
    Style,
)

schemapi.disable_debug_mode()
"""A chart is checked once, when it is shown, not each of its parts when that is made."""

__all__ = [
    "AREA",
    "AREA_OF_DOMAIN",
    "AZIMUTH",
    "BRUSH",
    "DIAMETER",
    "MEASURES",
    "NUMBER",
    "SPACING",
    "Measure",
    "Style",
    "batch",
    "composition",
    "peaks",
    "statistics",
]
