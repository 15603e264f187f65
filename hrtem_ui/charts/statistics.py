"""Charts of the statistics page: distributions of crystallites or domains."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from hrtem_core.measures import Totals, Weighting, kernel_density, sector_shares, shares
from hrtem_core.numerics import FloatArray, bin_edges
from hrtem_ui.text import Units, percent

BRUSH = "range"

HEIGHT = 290

FINE_BINS = 60

LEAST_FOR_DENSITY = 5

LEGEND_COLUMNS = 3

NUMBER: Weighting = "number"
AREA: Weighting = "area"


@dataclass(frozen=True)
class Measure:
    """A quantity of domains, and of crystallites but for d and azimuth.

    Parameters
    ----------
    column
        Its column in the tables, in nm or nm².
    title
        For people.
    power
        1 for a length, 2 for an area, 0 for an angle.
    short
        For the head of a column, where that is not the title.
    """

    column: str
    title: str
    power: int
    short: str = ""

    def unit(self, units: Units) -> str:
        """Unit it is shown in."""
        return ("°", units.length_unit, units.area_unit)[self.power]

    def shown(self, values: Any, units: Units) -> Any:
        """Values in that unit."""
        return values * units.per_nm**self.power

    def axis_title(self, units: Units) -> str:
        """Title of an axis."""
        return f"{self.title} ({self.unit(units)})"

    def heading(self, units: Units) -> str:
        """Head of a column."""
        return f"{self.short or self.title} ({self.unit(units)})"


DIAMETER = Measure("equivalent_diameter_nm", "equivalent diameter", 1, "diameter")

AREA_OF_DOMAIN = Measure("area_nm2", "area", 2)

MEASURES = (
    DIAMETER,
    AREA_OF_DOMAIN,
    Measure("feret_max_nm", "largest Feret diameter", 1, "Feret max"),
    Measure("feret_min_nm", "smallest Feret diameter", 1, "Feret min"),
)

SPACING = Measure("d_nm", "d-spacing", 1)

AZIMUTH = Measure("azimuth_deg", "azimuth of g", 0, "azimuth")


@dataclass(frozen=True)
class Style:
    """How a distribution is drawn.

    Parameters
    ----------
    cumulative
        The share below each size in place of a histogram.
    by_family
        Colour the bars by family.
    weight
        `NUMBER` or `AREA`.
    log
        Logarithmic sizes.
    density
        Draw a kernel density over the histogram.
    fine
        Many narrow bars, for what comes in sharp lines.
    """

    cumulative: bool = False
    by_family: bool = False
    weight: Weighting = NUMBER
    log: bool = False
    density: bool = True
    fine: bool = False


def weights(table: pd.DataFrame, weight: Weighting) -> FloatArray:
    """The share of each row in the whole, as `shares` of the table's areas."""
    return shares(table["area_nm2"].to_numpy(float), weight)


def distribution(
    table: pd.DataFrame,
    measure: Measure,
    style: Style,
    units: Units,
    colours: dict[str, str],
    *,
    of: str = "domain",
    span: tuple[float, float] | None = None,
) -> alt.LayerChart:
    """Distribution of a measure, with a brush that selects a range of it.

    Parameters
    ----------
    table
        One row per domain or crystallite, with a column `family` to colour by.
    measure, style
        What to draw and how.
    units
        What lengths are shown in.
    colours
        Of the families, by name.
    of
        What a row is, in the singular.
    span
        What the brush covers at first, as shown.
    """
    values = np.asarray(measure.shown(table[measure.column].to_numpy(float), units))
    share = weights(table, style.weight)
    covered: Any = {"x": list(span)} if span else alt.Undefined
    brush = alt.selection_interval(name=BRUSH, encodings=["x"], value=covered)
    scale = alt.Scale(type="log" if style.log else "linear", zero=False, nice=False, padding=4)
    x = alt.X("value:Q", title=measure.axis_title(units)).scale(scale)
    if style.cumulative:
        layers = [_cumulative(values, share, x).add_params(brush)]
    else:
        edges = _edges(values, style.log, FINE_BINS if style.fine else None)
        families = table["family"].to_numpy(str)
        bars = _bars(values, share, families, edges, style, x, colours, of).add_params(brush)
        smooth = style.density and len(values) >= LEAST_FOR_DENSITY
        layers = [bars, _density(values, share, edges, style.log, x)] if smooth else [bars]
    legend_rows = -(-len(colours) // LEGEND_COLUMNS) if style.by_family and not style.cumulative else 0
    return alt.LayerChart(layer=layers).properties(height=HEIGHT + 17 * legend_rows)


def _edges(values: FloatArray, log: bool, n_bins: int | None) -> FloatArray:
    """Edges of the bins, even in ln of the values where the axis is logarithmic."""
    low, high = float(values.min()), float(values.max())
    if high <= low * (1 + 1e-9):  # one value: round it, not half a unit to both sides
        low, high = low * 0.9, high * 1.1 + 1e-9
    span = (float(np.log(low)), float(np.log(high))) if log else (low, high)
    edges = np.linspace(*span, n_bins + 1) if n_bins else bin_edges(np.log(values) if log else values, span)
    if log:
        edges = np.exp(edges)
        edges[0], edges[-1] = low, high  # rounding must leave no value outside
    return edges


def _bars(
    values: FloatArray,
    share: FloatArray,
    family: Any,
    edges: FloatArray,
    style: Style,
    x: alt.X,
    colours: dict[str, str],
    of: str,
) -> alt.Chart:
    groups = list(colours) if style.by_family else [""]
    rows = []
    for group in groups:
        chosen = family == group if group else np.ones(len(values), bool)
        height = np.histogram(values[chosen], edges, weights=share[chosen])[0]
        count = np.histogram(values[chosen], edges)[0]
        rows.append(
            pd.DataFrame(
                {"value": edges[:-1], "end": edges[1:], "share": height, "count": count, "family": group}
            )
        )
    bars = pd.concat(rows)
    colour: Any = (
        alt.Color("family:N")
        .scale(domain=groups, range=list(colours.values()))
        .legend(orient="top", title=None, columns=LEGEND_COLUMNS)
        if style.by_family
        else alt.value("#5b8fa8")
    )
    y = alt.Y("share:Q", title=_share_title(style.weight, of), stack="zero").axis(format="%")
    tooltip = [
        alt.Tooltip("value", format=".3g", title="from"),
        alt.Tooltip("end", format=".3g", title="to"),
        alt.Tooltip("count", title=f"{of}s"),
        alt.Tooltip("share", format=".1%"),
    ]
    chart: alt.Chart = (
        alt.Chart(bars)
        .mark_bar(binSpacing=1)
        .encode(x.bin("binned"), alt.X2("end"), y, color=colour, tooltip=tooltip)
    )
    return chart


def _share_title(weight: Weighting, of: str) -> str:
    return f"share of {of}s" if weight == NUMBER else f"share of the {of}s' area"


def _density(values: FloatArray, share: FloatArray, edges: FloatArray, log: bool, x: alt.X) -> alt.Chart:
    """The kernel density, scaled to the bars."""
    data, points = (np.log(v) if log else v for v in (values, edges))
    grid = np.linspace(points[0], points[-1], 121)
    bin_width = float(points[1] - points[0])
    height = kernel_density(data, share, grid, 0.3 * bin_width) * bin_width
    curve = pd.DataFrame({"value": np.exp(grid) if log else grid, "share": height})
    chart: alt.Chart = alt.Chart(curve).mark_line(color="#c8743a", strokeWidth=2).encode(x, alt.Y("share:Q"))
    return chart


def _cumulative(values: FloatArray, share: FloatArray, x: alt.X) -> alt.Chart:
    order = np.argsort(values)
    table = pd.DataFrame({"value": values[order], "share": np.cumsum(share[order])})
    y = alt.Y("share:Q", title="cumulative share").axis(format="%").scale(domain=[0, 1])
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_line(interpolate="step-after", color="#5b8fa8", point={"size": 18, "color": "#5b8fa8"})
        .encode(x, y, tooltip=[alt.Tooltip("value", format=".3g"), alt.Tooltip("share", format=".1%")])
    )
    return chart


def rose(table: pd.DataFrame, weight: Weighting, colours: list[str]) -> alt.Chart:
    """Azimuth rose: g and -g are the same direction, so the rose is symmetric.

    Parameters
    ----------
    table
        One row per domain.
    weight
        `NUMBER` or `AREA`.
    colours
        One for each of the sectors from 0 to 180 degrees: the colours of the directions in the overlay.
    """
    n = len(colours)
    width = 180 / n
    height = sector_shares(table["azimuth_deg"].to_numpy(float), weights(table, weight), n)
    middle = np.arange(2 * n) * width
    sectors = pd.DataFrame(
        {
            "azimuth": middle % 180,
            "share": np.tile(height, 2),
            "radius": np.sqrt(np.tile(height, 2)),
            "start": np.radians(90 - middle - width / 2),
            "stop": np.radians(90 - middle + width / 2),
            "colour": colours * 2,
        }
    )
    chart: alt.Chart = (
        alt.Chart(sectors)
        .mark_arc(stroke="#808080", strokeWidth=0.4)
        .encode(
            theta=alt.Theta("start:Q").scale(None),
            theta2="stop",
            radius=alt.Radius("radius:Q").scale(rangeMin=2, zero=True),
            color=alt.Color("colour:N").scale(None),
            tooltip=[
                alt.Tooltip("azimuth", format=".0f", title="azimuth (°)"),
                alt.Tooltip("share", format=".1%"),
            ],
        )
        .properties(
            height=HEIGHT,
            title=alt.Title("azimuth of g, 0° to the right, 90° up", fontSize=12, fontWeight="normal"),
        )
    )
    return chart


THOUSANDS = "replace(datum.label, /,/g, '\u202f')"
"""Numbers along an axis as `significant` writes them."""

TOGETHER, TOGETHER_COLOUR = "all together", "#98a2a8"


def family_areas(families: pd.DataFrame, totals: Totals, units: Units, colours: dict[str, str]) -> alt.Chart:
    """Area of each family, and of all of them together, as bars.

    Parameters
    ----------
    families
        One row per family: `family`, `d`, `area_nm2`, `n_domains`.
    totals
        The covered area, in which overlaps count once, and the field.
    units
        What areas are shown in.
    colours
        Of the families, by name.
    """
    whole = {
        "family": TOGETHER,
        "d": "",
        "area_nm2": totals.crystalline_area_nm2,
        "n_domains": totals.n_domains,
    }
    shown = pd.concat([families, pd.DataFrame([whole])])
    field = totals.usable_area_nm2
    shown = shown.assign(area=shown["area_nm2"] * units.per_nm**2, covered=shown["area_nm2"] / field)
    order = [*colours, TOGETHER]
    title = [f"{percent(totals.crystalline_fraction)} of the {units.area(field)}", "looked at is covered"]
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            alt.X("area:Q", title=f"area ({units.area_unit})").axis(labelExpr=THOUSANDS),
            alt.Y("family:N", title=None, sort=order).axis(labelOverlap=False),
            alt.Color("family:N")
            .scale(domain=order, range=[*colours.values(), TOGETHER_COLOUR])
            .legend(None),
            tooltip=[
                "family",
                "d",
                alt.Tooltip("area", format=".4g"),
                alt.Tooltip("covered", format=".1%", title="of the field"),
                alt.Tooltip("n_domains", title="domains"),
            ],
        )
        .properties(
            height=max(HEIGHT, 22 * len(shown) + 70),
            title=alt.Title(title, fontSize=12, fontWeight="normal", anchor="start"),
        )
    )
    return chart
