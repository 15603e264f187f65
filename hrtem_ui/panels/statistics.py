"""The statistics page's parts: distributions, numbers, and what is picked out in charts, picture and table.

Sizes and numbers are those of crystallites: a crystal has as many domains as it shows reflections, so
domains, which can be chosen instead, count large crystals several times.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from hrtem_core.domains import domains_at
from hrtem_core.exports import to_csv
from hrtem_core.measures import distribution_of
from hrtem_core.pictures import OverlayLook, OverlayStyle, colours, hex_of
from hrtem_ui.charts import (
    AREA,
    AREA_OF_DOMAIN,
    AZIMUTH,
    DIAMETER,
    MEASURES,
    NUMBER,
    SPACING,
    Measure,
    Style,
)
from hrtem_ui.charts import statistics as charts_statistics
from hrtem_ui.frame import Page
from hrtem_ui.panels import brushes, drawing, looks
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.panels.brushes import N_PICKS, PICKED, SIZES, SPACINGS, Brushed, pick, picked
from hrtem_ui.panels.counted import (
    COUNTED,
    Counted,
    counted_of,
    family_colours,
    one_each,
)
from hrtem_ui.session import state
from hrtem_ui.text import words
from hrtem_ui.widgets import canvas, controls, tables, viewer

HISTOGRAM, CUMULATIVE = "Histogram", "Cumulative"

SECTORS = 18

PICTURE, TABLE = "picked_domains", "statistics_table"


def size_controls(page: Page) -> tuple[Measure, Style]:
    """Which measure, and how it is drawn."""
    session = page.session
    with st.container(horizontal=True, vertical_alignment="top"):
        counted = controls.choice(session, COUNTED, "Counted", (looks.CRYSTALLITES, looks.DOMAINS))
        of_crystals = counted == looks.CRYSTALLITES
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
        of_strongest = "A crystallite counts for the family of its strongest domain." if of_crystals else None
        by_family = controls.switch(session, "by_family", "By family", help=of_strongest)
        log = controls.switch(session, "log_axis", "Log axis")
    return measure, Style(cumulative, by_family, weight, log)


def size_chart(page: Page, counted: Counted, measure: Measure, style: Style) -> None:
    """The size distribution, with a brush."""
    brushes.show(page, SIZES, Brushed(measure, counted), style)
    st.caption(summary(page, counted, measure, style))


def summary(page: Page, counted: Counted, measure: Measure, style: Style) -> str:
    """Number, mean, median and spread in a sentence."""
    values = measure.shown(counted.table[measure.column].to_numpy(float), page.units)
    found = distribution_of(values, charts_statistics.weights(counted.table, style.weight))
    unit = measure.unit(page.units)
    three = words.significant
    return (
        f"{words.counted(len(values), counted.noun)}, {style.weight} weighted: "
        f"mean {three(found.mean)} {unit}, median {three(found.median)} {unit}, "
        f"standard deviation {three(found.spread)} {unit}."
    )


def spacing_chart(page: Page, table: pd.DataFrame, style: Style) -> None:
    """The distribution of d, with a brush."""
    shown = Style(by_family=True, weight=style.weight, density=False, fine=True)
    brushes.show(page, SPACINGS, Brushed(SPACING, one_each(table)), shown)


def rose_chart(table: pd.DataFrame, style: Style) -> None:
    """The azimuths as a rose in the colours of the directions."""
    sectors = [hex_of(colours.of_azimuth(at * 180 / SECTORS)) for at in range(SECTORS)]
    st.altair_chart(charts_statistics.rose(table, style.weight, sectors))


def area_chart(page: Page) -> None:
    """Area per family."""
    families = page.families
    table = page.results.families.assign(
        family=families.called,
        d=[page.units.spacing(d, sigma) for d, sigma in zip(families.d_nm, families.d_sigma_nm, strict=True)],
    )
    st.altair_chart(
        charts_statistics.family_areas(table, page.results.totals, page.units, family_colours(page))
    )


def answer_brushes(page: Page, domains: pd.DataFrame) -> None:
    """Remember which domains the last brush picked out."""
    measure: Measure = controls.look(page.session, "measure", DIAMETER)
    brushes.answer(page, SIZES, Brushed(measure, counted_of(page, domains)))
    brushes.answer(page, SPACINGS, Brushed(SPACING, one_each(domains)))


def answer_click(page: Page, counted: Counted) -> None:
    """Pick what is counted under a new click; where several lie on top of each other, the next in turn."""
    click = canvas.take_click(page.session, PICTURE)
    if click is None:
        return
    row, col = domain_panel.place_in_field(page, click)
    hit = [domain.domain_id for domain in domains_at(page.analysis.domains, row, col)]
    of_hits = (frozenset(ids) for number in hit for ids in counted.domain_ids if number in ids)
    here = list(dict.fromkeys(of_hits))
    before = picked(page)
    turn = here.index(before) + 1 if before in here else 0
    brushes.forget(page)
    pick(page, here[turn % len(here)] if here else ())


def take_rows(page: Page, rows: Sequence[int], domain_ids: Sequence[Sequence[int]]) -> None:
    """Pick the domains of rows chosen in the table; `domain_ids` are those of each row."""
    brushes.forget(page)
    numbers = (number for row in rows if row < len(domain_ids) for number in domain_ids[row])
    page.session.view[PICKED] = frozenset(numbers)


def picture(page: Page, counted: Counted) -> None:
    """What is counted, outlined, with what is picked lit up, to pick in."""
    marked = picked(page)
    n_picked = sum(not marked.isdisjoint(ids) for ids in counted.domain_ids)
    told = f"{words.counted(n_picked, counted.noun)} picked"
    crystals = counted.noun == "crystallite"
    look = OverlayLook(contrast=looks.contrast_of(page), style=OverlayStyle(opacity=0.8), crystals=crystals)
    shapes = [
        *domain_panel.shapes(page, look, rejected=False),
        *drawing.marks(page, marked, look.style.width, crystals=crystals),
    ]
    label = f"The micrograph with its {counted.noun}s, {told}. A click picks one, or lets all go."
    shown = domain_panel.scene(page, look, shapes, label=label, tools=viewer.LOOK_TOOLS)
    canvas.show_scene(page.session, PICTURE, shown)
    st.caption(
        f"{told}: outlined in white, marked in the table below."
        if n_picked
        else "Click here, drag across a chart, set a range, or choose rows of the table: the others follow."
    )


NOT_MEASURED = ("domain", "domains", "family", "crystallite", "at border")
"""Columns of the tables that are no numbers with a unit."""


def _columns_of(counted: Counted, page: Page) -> dict[str, Any]:
    """The columns of a table, in the order in which people read them."""
    units, shown = page.units, counted.table
    sizes = {one.heading(units): one.shown(shown[one.column], units) for one in MEASURES}
    if counted.noun == "crystallite":
        head = {
            "crystallite": shown["crystallite_id"],
            "domains": shown["domain_ids"],
            "family": shown["family"],
        }
        return head | sizes | {"at border": shown["touches_border"]}
    return {
        "domain": shown["domain_id"],
        "family": shown["family"],
        "crystallite": shown["crystallite_id"],
        f"d ({units.length_unit})": shown["d_nm"] * units.per_nm,
        f"± ({units.length_unit})": shown["d_sigma_nm"] * units.per_nm,
        AZIMUTH.heading(units): shown[AZIMUTH.column].round(1) % 180,  # 180.0 is 0.0
        **sizes,
        "signal-to-noise": shown["snr"],
        "at border": shown["touches_border"],
    }


def table(page: Page, counted: Counted) -> None:
    """Everything that is counted with its numbers; what is picked is marked, and what is marked is picked."""
    columns, marked = _columns_of(counted, page), picked(page)
    number = st.column_config.NumberColumn
    formats = {
        name: number(format="%.4f" if name.startswith(("d (", "± (")) else "%.1f")
        for name in columns
        if name not in NOT_MEASURED
    }
    formats[AREA_OF_DOMAIN.heading(page.units)] = number(format=page.units.area_format)
    rows = [row for row, ids in enumerate(counted.domain_ids) if not marked.isdisjoint(ids)]
    tables.show(
        state.key_about(page.session, TABLE, tuple(map(tuple, counted.domain_ids))),
        pd.DataFrame(columns),
        rows,
        page.session.seen.get(N_PICKS, 0),
        lambda chosen: take_rows(page, chosen, counted.domain_ids),
        hide_index=True,
        column_config=formats,
        height=controls.table_height(len(counted.table), 388),
    )
    st.download_button(
        "Table as CSV",
        to_csv({str(name): list(counted.table[name]) for name in counted.table if name != "family"}),
        f"{counted.noun}s.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
