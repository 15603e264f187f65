"""Charts of the composition page; pure."""

import altair as alt
import pandas as pd

HEIGHT = 300


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
    names = list(colours)
    scale = alt.Scale(domain=names, range=[colours[name] for name in names])
    base = alt.Chart(table).encode(
        x=alt.X("element:N", title=None, axis=alt.Axis(labelAngle=0), sort=None),
        xOffset=alt.XOffset("name:N", sort=names),
        color=alt.Color(
            "name:N", scale=scale, sort=names, legend=alt.Legend(title=None, orient="top", columns=3)
        ),
        tooltip=["name:N", "element:N", alt.Tooltip("percent:Q", format=".1f", title=unit)],
    )
    bars = base.mark_bar(opacity=0.75).encode(y=alt.Y("percent:Q", title=unit))
    errors = base.mark_rule(color="#808080", strokeWidth=2).encode(y="low:Q", y2="high:Q")
    errors = errors.encode(color=alt.value("#606060"))
    return alt.LayerChart(layer=[bars, errors]).properties(height=HEIGHT)
