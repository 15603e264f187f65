"""Charts of many images: sizes, spacings and fractions that pick each other out, and how the mean settled."""

from typing import Any

import altair as alt
import pandas as pd

WIDTH, HEIGHT = 440, 160
"""Charts that are linked stand in one, which takes no width from its container: with the axis' words the
column of a window of 1000 pixels holds it."""

MAX_ROWS = 5000
"""Domains that a chart holds about at most: of more, those of an even part of what is counted."""

CHOSEN, OTHERS = "#5b8fa8", "#cfd8dd"


def thinned(domains: pd.DataFrame) -> pd.DataFrame:
    """About `MAX_ROWS` domains at most, evenly from all images, each crystallite with all of its own.

    Parameters
    ----------
    domains
        As for `linked`.
    """
    step = -(-len(domains) // MAX_ROWS)
    which, _ = pd.factorize(domains["counted"])
    kept: pd.DataFrame = domains[which % max(step, 1) == 0]
    return kept


def linked(images: pd.DataFrame, domains: pd.DataFrame, noun: str) -> alt.VConcatChart:
    """Fraction of each image above sizes and spacings; a brush on one picks out the rest.

    Sizes are of what is counted, a crystallite once however many domains it has; spacings of domains.

    Parameters
    ----------
    images
        `images.csv`, those with a result.
    domains
        Columns `d_nm`, `counted` (which one of what is counted a domain is of), `equivalent_diameter_nm` of
        that, and `number` of the image.
    noun
        Of what is counted, in the plural.
    """
    names = ("image", "size", "spacing")
    brushes = {name: alt.selection_interval(name=name, encodings=["x"]) for name in names}
    order = "image, in the order of the table"
    number = alt.X("number:Q", title=order).axis(tickMinStep=1).scale(nice=False, zero=False, padding=12)
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
    number_of = alt.Y("distinct(counted):Q", title=noun)
    size = _bars(domains, "equivalent_diameter_nm", "equivalent diameter (nm)", number_of, "size", brushes)
    spacing = _bars(domains, "d_nm", "d-spacing (nm)", alt.Y("count()", title="domains"), "spacing", brushes)
    return alt.vconcat(points, size, spacing, spacing=8)


def _bars(
    domains: pd.DataFrame, column: str, title: str, number: alt.Y, own: str, brushes: dict[str, Any]
) -> alt.LayerChart:
    """A histogram of all, and over it of those that the other charts' brushes hold."""
    x = alt.X(f"{column}:Q", title=title).bin(maxbins=40)
    base = alt.Chart(domains).mark_bar(binSpacing=1)
    number = number.axis(tickMinStep=1)
    everything = base.encode(x, number, color=alt.value(OTHERS)).add_params(brushes[own])
    chosen = base.encode(x, number, color=alt.value(CHOSEN))
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
