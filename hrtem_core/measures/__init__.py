"""Stage 4, measures: numbers of domains."""

from hrtem_core.measures.measurements import Measurements, measure
from hrtem_core.measures.tables import Table
from hrtem_core.measures.totals import Totals

__all__ = [
    "Measurements",
    "Table",
    "Totals",
    "measure",
]
