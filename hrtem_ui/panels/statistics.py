"""The statistics page's parts: distributions, numbers, and the domains that a brush on a chart picks out."""

from typing import Any

import pandas as pd
import streamlit as st

from hrtem_core.exports import to_csv
from hrtem_core.measures import distribution_of
from hrtem_core.pictures import OverlayStyle, colours, hex_of
from hrtem_ui.charts import (
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
from hrtem_ui.charts import statistics as charts_statistics
from hrtem_ui.frame import Page
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.session import state
from hrtem_ui.text import words
from hrtem_ui.widgets import controls

SIZES, SPACINGS = "size_chart", "spacing_chart"

HISTOGRAM, CUMULATIVE = "Histogram", "Cumulative"

SECTORS = 18

HIGHLIGHTED = "selected_by_charts"


def table_of(page: Page) -> pd.DataFrame:
    """The domains with the name of their family."""
    families = page.analysis.families
    names = dict(zip(families.family_id.tolist(), families.called, strict=True))
    table = page.results.domains
    return table.assign(family=[names.get(int(number), "") for number in table["family_id"]])


def family_colours(page: Page) -> dict[str, str]:
    """Colours of the families by name."""
    families = page.analysis.families
    return dict(zip(families.called, colours.family_hex(len(families.family_id)), strict=True))


def size_controls(page: Page) -> tuple[Measure, Style]:
    """Which measure, and how it is drawn."""
    session = page.session
    with st.container(horizontal=True, vertical_alignment="top"):
        measure = controls.pick(
            session,
            "measure",
            "Measure",
            MEASURES,
            format_func=lambda one: words.capital(one.title),
            width=240,
        )
        weight = controls.choice(
            session, "weighted", "Weighted by", (NUMBER, AREA), format_func=str.capitalize
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        cumulative = (
            controls.choice(
                session, "size_drawn", "Drawn as", (HISTOGRAM, CUMULATIVE), label_visibility="collapsed"
            )
            == CUMULATIVE
        )
        by_family = controls.switch(session, "by_family", "By family")
        log = controls.switch(session, "log_axis", "Log axis")
    return measure, Style(cumulative, by_family, weight, log)


def size_chart(page: Page, table: pd.DataFrame, measure: Measure, style: Style) -> None:
    """The size distribution, with a brush."""
    chart = charts_statistics.distribution(table, measure, style, page.units, family_colours(page))
    st.altair_chart(chart, key=SIZES, on_select="rerun", selection_mode=BRUSH)
    st.caption(summary(page, table, measure, style))


def summary(page: Page, table: pd.DataFrame, measure: Measure, style: Style) -> str:
    """Number, mean, median and spread in a sentence."""
    values = measure.shown(table[measure.column].to_numpy(float), page.units)
    found = distribution_of(values, charts_statistics.weights(table, style.weight))
    unit = measure.unit(page.units)
    three = words.significant
    return (
        f"{words.counted(len(values), 'domain')}, {style.weight} weighted: mean {three(found.mean)} {unit}, "
        f"median {three(found.median)} {unit}, standard deviation {three(found.spread)} {unit}."
    )


def spacing_chart(page: Page, table: pd.DataFrame, style: Style) -> None:
    """The distribution of d, with a brush."""
    shown = Style(by_family=True, weight=style.weight, density=False, fine=True)
    chart = charts_statistics.distribution(table, SPACING, shown, page.units, family_colours(page))
    st.altair_chart(chart, key=SPACINGS, on_select="rerun", selection_mode=BRUSH)


def rose_chart(table: pd.DataFrame, style: Style) -> None:
    """The azimuths as a rose in the colours of the directions."""
    sectors = [hex_of(colours.of_azimuth(at * 180 / SECTORS)) for at in range(SECTORS)]
    st.altair_chart(charts_statistics.rose(table, style.weight, sectors))


def area_chart(page: Page) -> None:
    """Area per family."""
    families = page.analysis.families
    table = page.results.families.assign(
        family=families.called,
        d=[page.units.spacing(d, sigma) for d, sigma in zip(families.d_nm, families.d_sigma_nm, strict=True)],
    )
    st.altair_chart(
        charts_statistics.family_areas(table, page.results.totals, page.units, family_colours(page))
    )


def answer_brushes(page: Page, table: pd.DataFrame) -> None:
    """Remember which domains the last brush picked out."""
    measure: Measure = controls.look(page.session, "measure", DIAMETER)
    for key, brushed in ((SIZES, measure), (SPACINGS, SPACING)):
        event = state.event(key)
        span = _brushed(event["selection"].get(BRUSH)) if event else None
        if span == page.session.seen.get(key):
            continue
        page.session.seen[key] = span
        if span is None:
            page.session.view[HIGHLIGHTED] = frozenset()
        else:
            values = brushed.shown(table[brushed.column], page.units)
            inside = table.loc[values.between(*span), "domain_id"]
            page.session.view[HIGHLIGHTED] = frozenset(int(number) for number in inside)


def _brushed(selection: Any) -> tuple[float, float] | None:
    ends = next(iter(selection.values()), None) if selection else None
    return (float(min(ends)), float(max(ends))) if ends else None


def highlighted(page: Page) -> frozenset[int]:
    """Numbers of the domains a brush picked out."""
    return frozenset(controls.look(page.session, HIGHLIGHTED, frozenset()))


def picture(page: Page) -> None:
    """The overlay with the picked domains lit up."""
    marked = highlighted(page)
    domain_panel.small_picture(page, OverlayStyle(opacity=0.8, width=3), marked)
    n_marked = len(marked)
    st.caption(
        f"{words.counted(n_marked, 'domain')} picked, outlined in white."
        if n_marked
        else "Drag across a chart to light up its domains here."
    )


def domain_table(page: Page, table: pd.DataFrame) -> None:
    """Every domain with its numbers."""
    units = page.units
    marked = highlighted(page)
    shown = table[table["domain_id"].isin(marked)] if marked else table
    columns: dict[str, Any] = {
        "domain": shown["domain_id"],
        "family": shown["family"],
        "crystallite": shown["crystallite_id"],
        f"d ({units.length_unit})": shown["d_nm"] * units.per_nm,
        f"± ({units.length_unit})": shown["d_sigma_nm"] * units.per_nm,
    }
    for measure in (AZIMUTH, *MEASURES):
        columns[measure.heading(units)] = measure.shown(shown[measure.column], units)
    columns[AZIMUTH.heading(units)] = shown[AZIMUTH.column].round(1) % 180  # 180.0 is 0.0
    columns |= {"signal-to-noise": shown["snr"], "at border": shown["touches_border"]}
    number = st.column_config.NumberColumn
    formats = {
        name: number(format="%.4f" if name.startswith(("d (", "± (")) else "%.1f")
        for name in columns
        if name not in ("domain", "family", "crystallite", "at border")
    }
    formats[AREA_OF_DOMAIN.heading(units)] = number(format=units.area_format)
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        column_config=formats,
        height=controls.table_height(len(shown), 388),
    )
    st.download_button(
        "Table as CSV",
        to_csv({str(name): list(table[name]) for name in table if name != "family"}),
        "domains.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
