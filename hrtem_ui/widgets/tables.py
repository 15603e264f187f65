"""Tables whose rows are picked elsewhere too, as in a picture: they are marked, the first is in sight."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from hrtem_ui.session import state
from hrtem_ui.widgets.controls import ROW_PX

_scroll = st.components.v2.component(
    "hrtem_table", js=Path(__file__).with_name("tables.js").read_text(encoding="utf-8"), isolate_styles=False
)


def show(
    key: str,
    table: Any,
    rows: Sequence[int],
    pick: int,
    on_rows: Callable[[list[int]], None],
    *,
    several: bool = True,
    **shown: Any,
) -> None:
    """A table of which rows can be picked, here or elsewhere; all of its rows stay.

    Parameters
    ----------
    key
        Of the table.
    table
        What it shows, a frame of pandas or its styling.
    rows
        Those that are picked.
    pick
        How often something was picked elsewhere: with each the first row is brought into sight.
    on_rows
        Called with the rows that a person has picked in the table.
    several
        Whether more than one can be picked.
    shown
        Further arguments of `st.dataframe`.
    """

    def heard() -> None:
        picked = state.rows_of(key)
        if sorted(picked) != sorted(rows):  # a browser repeats what was marked for it
            on_rows(picked)

    state.mark_rows(key, rows)
    around = "marked-" + key.replace(".", "-")  # as it stands in the page
    with st.container(key=around):
        st.dataframe(
            table,
            key=key,
            on_select=heard,
            selection_mode="multi-row" if several else "single-row",
            **shown,
        )
    place = {"table": around, "row": min(rows, default=None), "row_px": ROW_PX, "pick": pick}
    _scroll(key=f"scroll-{key}", data=place)
