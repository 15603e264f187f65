"""Charts of the composition page; pure."""

import json

import altair as alt
import pandas as pd

HEIGHT = 300

GROUP, BAR = 0.8, 0.85
"""Widths: of an element's bars as a share of its room, of one bar as a share of its own."""


def of_groups(table: pd.DataFrame, colours: dict[str, str], unit: str) -> alt.LayerChart:
    """Fractions of groups side by side, element by element, with their standard uncertainty.

    Parameters
    ----------
    table
        Columns `name`, `element`, `percent`, `low`, `high`.
    colours
        Of each name.
    unit
        Of the fractions.
    """
    names, elements = list(colours), list(dict.fromkeys(table["element"]))
    scale = alt.Scale(domain=names, range=[colours[name] for name in names])
    written = alt.Axis(
        values=list(range(len(elements))), labelExpr=f"{json.dumps(elements)}[datum.value]", grid=False
    )
    base = alt.Chart(_placed(table, names, elements)).encode(
        color=alt.Color(
            "name:N", scale=scale, sort=names, legend=alt.Legend(title=None, orient="top", columns=3)
        ),
        tooltip=["name:N", "element:N", alt.Tooltip("percent:Q", format=".1f", title=unit)],
    )
    x = alt.X("left:Q", title=None, axis=written, scale=alt.Scale(domain=[-0.5, len(elements) - 0.5]))
    bars = base.mark_bar(opacity=0.75).encode(
        x=x, x2="right", y=alt.Y("percent:Q", title=unit), y2=alt.datum(0)
    )
    errors = base.mark_rule(strokeWidth=2).encode(x="middle:Q", y="low:Q", y2="high:Q")
    errors = errors.encode(color=alt.value("#606060"))
    return alt.LayerChart(layer=[bars, errors]).properties(height=HEIGHT)


def _placed(table: pd.DataFrame, names: list[str], elements: list[str]) -> pd.DataFrame:
    """The table with the places of bars and of the errors on their middles, in elements.

    A band of the chart's own would put the errors beside the middle.
    """
    width = GROUP / len(names)
    first = table["element"].map(elements.index) - GROUP / 2
    left = first + table["name"].map(names.index) * width
    return table.assign(left=left, middle=left + BAR * width / 2, right=left + BAR * width)
