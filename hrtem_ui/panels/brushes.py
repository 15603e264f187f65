"""Distributions of which a range picks domains: a brush in the chart, or a slider that keys reach, too."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from hrtem_core.numerics import FloatArray
from hrtem_ui.charts import BRUSH, Measure, Style
from hrtem_ui.charts import statistics as charts_statistics
from hrtem_ui.frame import Page
from hrtem_ui.panels.counted import Counted, family_colours
from hrtem_ui.session import state
from hrtem_ui.text import Units, words
from hrtem_ui.widgets import controls

SIZES, SPACINGS = "size_chart", "spacing_chart"

PICKED, N_PICKS = "selected_in_statistics", "picks_in_statistics"
"""Domains picked in a chart, in the picture or in the table; and how often they were, but in the table."""

RANGE = "selected_range "
"""How the names begin of what a chart's brush covers, and how often that was set from outside."""


@dataclass(frozen=True, eq=False)
class Brushed:
    """What a brush picks from.

    Parameters
    ----------
    measure
        Along the brush.
    of
        What is counted.
    """

    measure: Measure
    of: Counted

    @property
    def name(self) -> str:
        """Tells it from others."""
        return f"{self.of.noun} {self.measure.column}"

    def values(self, units: Units) -> FloatArray:
        """What is brushed over, as shown."""
        return np.asarray(self.measure.shown(self.of.table[self.measure.column].to_numpy(float), units))

    def inside(self, span: tuple[float, float] | None, units: Units) -> list[int]:
        """Numbers of the domains whose values lie inside; none without a span."""
        values = self.values(units)
        is_inside = (values >= span[0]) & (values <= span[1]) if span else np.zeros(len(values), dtype=bool)
        return [number for at in np.flatnonzero(is_inside) for number in self.of.domain_ids[at]]


def show(page: Page, key: str, brushed: Brushed, style: Style) -> None:
    """A distribution with a brush, and below it the same range as a slider, within reach of keys."""
    measure, of, units = brushed.measure, brushed.of, page.units
    number, span = _range_of(page, key, brushed)
    chart = charts_statistics.distribution(
        of.table, measure, style, units, family_colours(page), of=of.noun, span=span if number else None
    )
    st.altair_chart(chart, key=_chart_key(key, number), on_select="rerun", selection_mode=BRUSH)
    low, high, step = _ends(brushed.values(units))
    decimals = max(0, -math.floor(math.log10(step)))
    on_steps = [round(min(max(end, low), high), decimals) for end in span or (low, high)]
    now = on_steps[0], on_steps[1]
    st.slider(
        f"{words.capital(of.noun)}s picked by {measure.axis_title(units)}",
        low,
        high,
        step=step,
        format=f"%.{decimals}f",
        **state.controlled(
            f"range of {key}",
            now,
            lambda new: _take_range(page, key, brushed, None if new == (low, high) else new),
            default={"value": now},
            about=(brushed.name, low, high),
        ),
    )


def _ends(values: FloatArray) -> tuple[float, float, float]:
    """Ends of a slider over these values, and its step: about a hundredth of the way."""
    low, high = float(values.min()), float(values.max())
    step = 10.0 ** math.floor(math.log10((high - low) / 30 if high > low else high / 30))
    ends = math.floor(low / step) * step, math.ceil(high / step + 1e-9) * step
    return round(ends[0], 9), round(max(ends[1], ends[0] + step), 9), step


def _chart_key(key: str, number: int) -> str:
    """The key of a chart, which is a new one whenever its brush was set from outside."""
    return f"{key}.{number}" if number else key


def _range_of(page: Page, key: str, brushed: Brushed) -> tuple[int, tuple[float, float] | None]:
    """How often a brush was set from outside, and what it covers, if that is of the same measure."""
    number, name, span = controls.look(page.session, RANGE + key, (0, "", None))
    return number, span if name == brushed.name else None


def _take_range(page: Page, key: str, brushed: Brushed, span: tuple[float, float] | None) -> None:
    """A range was set by its slider: the brush shows it, and what lies inside is picked."""
    number, _ = _range_of(page, key, brushed)
    page.session.view[RANGE + key] = number + 1, brushed.name, span
    page.session.seen[key] = span
    pick(page, brushed.inside(span, page.units))


def forget(page: Page) -> None:
    """Something was picked elsewhere: no brush and no slider says otherwise."""
    for key in (SIZES, SPACINGS):
        number, name, span = controls.look(page.session, RANGE + key, (0, "", None))
        if span:
            page.session.view[RANGE + key] = number + 1, name, None
            page.session.seen[key] = None


def answer(page: Page, key: str, brushed: Brushed) -> None:
    """Pick what a brush was newly drawn over."""
    number, _ = _range_of(page, key, brushed)
    event = state.event(_chart_key(key, number))
    if number and not event:
        return  # a new chart that has said nothing yet
    span = _span(event["selection"].get(BRUSH)) if event else None
    if span != page.session.seen.get(key):
        page.session.seen[key] = span
        page.session.view[RANGE + key] = number, brushed.name, span
        pick(page, brushed.inside(span, page.units))


def pick(page: Page, numbers: Iterable[int]) -> None:
    """Pick domains by their numbers; the table brings the first of their rows into sight."""
    page.session.view[PICKED] = frozenset(numbers)
    page.session.seen[N_PICKS] = page.session.seen.get(N_PICKS, 0) + 1


def _span(selection: Any) -> tuple[float, float] | None:
    ends = next(iter(selection.values()), None) if selection else None
    return (float(min(ends)), float(max(ends))) if ends else None


def picked(page: Page) -> frozenset[int]:
    """Numbers of the domains that were picked."""
    return frozenset(controls.look(page.session, PICKED, frozenset()))
