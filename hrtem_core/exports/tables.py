"""Tables as CSV."""

import csv
import io
import math
from typing import Any

from hrtem_core.measures import Table


def to_csv(table: Table) -> str:
    """The table as CSV: header, then one line per row; nine significant digits, nothing for NaN.

    Parameters
    ----------
    table
        Columns by name.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows([_cell(entry) for entry in row] for row in zip(*table.values(), strict=True))
    return text.getvalue()


def _cell(entry: Any) -> str:
    if isinstance(entry, float):
        return format(entry, ".9g") if math.isfinite(entry) else ""
    return str(entry)
