"""Charts of many images: sizes, spacings and fractions that pick each other out, and how the mean settled."""

from typing import Any

import altair as alt
import pandas as pd

WIDTH, HEIGHT = 520, 160
"""Charts that are linked stand in one, which takes no width from its container."""

MAX_ROWS = 5000
"""Domains that a chart holds: of more, an even part."""

CHOSEN, OTHERS = "#5b8fa8", "#cfd8dd"


def thinned(domains: pd.DataFrame) -> pd.DataFrame:
    """At most `MAX_ROWS` domains, evenly from all images."""
    step = -(-len(domains) // MAX_ROWS)
    return domains.iloc[:: max(step, 1)]


def linked(images: pd.DataFrame, domains: pd.DataFrame) -> alt.VConcatChart:
    """Fraction of each image above the sizes and spacings of the domains; a brush on one picks out the rest.

    Parameters
    ----------
    images
        `images.csv`, those with a result.
    domains
        Columns `image_id`, `equivalent_diameter_nm`, `d_nm`, and `number` of the image.
    """
    names = ("image", "size", "spacing")
    brushes = {name: alt.selection_interval(name=name, encodings=["x"]) for name in names}
    order = "image, in the order of the table"
    number = alt.X("number:Q", title=order).axis(tickMinStep=1).scale(nice=False, padding=6)
    points = (
        alt.Chart(images)
        .mark_circle(size=42, color=CHOSEN)
        .encode(
            number,
            alt.Y("crystalline_fraction:Q", title="crystalline").axis(format="%"),
            opacity=alt.condition(brushes["image"], alt.value(0.9), alt.value(0.25)),
            tooltip=["image_id", alt.Tooltip("crystalline_fraction", format=".1%"), "n_domains"],
        )
        .add_params(brushes["image"])
        .properties(height=HEIGHT, width=WIDTH)
    )
    size = _bars(domains, "equivalent_diameter_nm", "equivalent diameter (nm)", "size", brushes)
    spacing = _bars(domains, "d_nm", "d-spacing (nm)", "spacing", brushes)
    return alt.vconcat(points, size, spacing, spacing=8)


def _bars(
    domains: pd.DataFrame, column: str, title: str, own: str, brushes: dict[str, Any]
) -> alt.LayerChart:
    """A histogram of all domains, and over it of those that the other charts' brushes hold."""
    x = alt.X(f"{column}:Q", title=title).bin(maxbins=40)
    base = alt.Chart(domains).mark_bar(binSpacing=1)
    count = alt.Y("count()", title="domains")
    everything = base.encode(x, count, color=alt.value(OTHERS)).add_params(brushes[own])
    chosen = base.encode(x, alt.Y("count()"), color=alt.value(CHOSEN))
    for name, brush in brushes.items():
        if name != own:
            chosen = chosen.transform_filter(brush)
    return alt.LayerChart(layer=[everything, chosen]).properties(height=HEIGHT, width=WIDTH)


def convergence(steps: pd.DataFrame, title: str) -> alt.LayerChart:
    """An estimate and its interval after so many images.

    Parameters
    ----------
    steps
        Rows of `convergence.csv` of one quantity.
    title
        Of the quantity, with its unit.
    """
    x = alt.X("n_images:Q", title="images").axis(tickMinStep=1).scale(zero=False, nice=False)
    y = alt.Y("estimate:Q", title=title).scale(zero=False)
    base = alt.Chart(steps)
    low = alt.Y("low95:Q", title=title)
    band = base.mark_area(opacity=0.25, color=CHOSEN).encode(x, low, alt.Y2("high95:Q"))
    tooltip = ["n_images", *(alt.Tooltip(name, format=".4g") for name in ("estimate", "low95", "high95"))]
    line = base.mark_line(color=CHOSEN, point={"size": 18}).encode(x, y, tooltip=tooltip)
    return alt.LayerChart(layer=[band, line]).properties(height=1.4 * HEIGHT)
