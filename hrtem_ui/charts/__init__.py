"""Altair charts of tables; pure."""

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
