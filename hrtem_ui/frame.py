"""What every page begins and ends with: title, session, steps, the short header, help, and what was done."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from hrtem_core.analysis import Analysis
from hrtem_core.errors import UserError
from hrtem_core.recipe import Recipe
from hrtem_ui import compute, opening, pictures, state
from hrtem_ui.compute import Results
from hrtem_ui.state import Session
from hrtem_ui.steps import STEPS, Step, neighbours
from hrtem_ui.words import Units, counted, percent, plain

STYLE = """<style>
.block-container {padding-top: 2.2rem; padding-bottom: 3rem; max-width: 1500px;}
[data-testid="stHeader"] {height: 2.2rem; min-height: 2.2rem; background: transparent;}
[data-testid="stMetricValue"] {font-size: 1.35rem;}
iframe[title^="streamlit_image_coordinates"] {border-radius: 4px;}
</style>"""


@dataclass(frozen=True)
class Page:
    """What a page works with.

    Parameters
    ----------
    step
        Which page it is.
    session
        The visitor's work.
    recipe
        The session's recipe when the page was begun.
    results
        What came of that recipe.
    units
        What lengths are shown in.
    """

    step: Step
    session: Session
    recipe: Recipe
    results: Results
    units: Units

    @property
    def analysis(self) -> Analysis:
        """The products of all stages."""
        return self.results.analysis

    @property
    def is_stale(self) -> bool:
        """Whether recipe or image have changed since the page was begun: it will be drawn anew."""
        return self.session.recipe is not self.recipe or not state.is_current(self.session)

    def body(self, draw: Callable[[], None]) -> None:
        """Draw the page's body, which answers clicks without the rest of the page being drawn again.

        Once a click or a control has changed the recipe, the whole page follows, header included.
        """

        @st.fragment
        def fragment() -> None:
            if not self.is_stale:
                draw()
            if self.is_stale or self.session.notice:
                st.rerun()

        fragment()


def setup(step: Step) -> Page:
    """Begin a page: every page script calls this first.

    When the recipe cannot be carried out the reason is shown, with undo and the other pages in reach, and
    the script ends.

    Parameters
    ----------
    step
        The page.
    """
    st.set_page_config(f"{step.title} · crystalline domains", pictures.icon(), layout="wide")
    st.html(STYLE)
    session = state.current(opening.first_session)
    _links()
    facts, status = _header(session)
    _notice(session)
    with st.expander(f"**{step.title}.** {step.summary}", icon=":material/help:"):
        st.markdown(step.guide)
    try:
        with status:
            results = compute.analysis(session)
    except UserError as error:
        facts.markdown(f"**{plain(session.micrograph.name)}** · no result with these settings")
        st.error(f"{plain(str(error), 600)} Undo, at the top, takes the last change back.")
        st.stop()
    units = Units.of(session.pixel_size, session.calibrated)
    facts.markdown(_facts(session, results, units))
    return Page(step, session, session.recipe, results, units)


def finish(page: Page) -> None:
    """End a page: what was done and with which settings, then the way on."""
    with st.expander("What this page did", icon=":material/receipt_long:"):
        for stage in page.step.stages:
            st.markdown(_done(page, stage))
    before, after = neighbours(page.step)
    with st.container(horizontal=True, horizontal_alignment="distribute" if before else "right"):
        for step, label, icon in (
            (before, "Previous", ":material/arrow_back:"),
            (after, "Next", ":material/arrow_forward:"),
        ):
            if step:
                _link(step, f"{label}: {step.title}", icon)


def _link(step: Step, label: str, icon: str | None = None) -> None:
    """A link to a page; where the page is run alone, as a script, its name."""
    try:
        st.page_link(step.script, label=label, icon=icon)
    except StreamlitAPIException:
        st.caption(label)


def _links() -> None:
    with st.container(horizontal=True, gap="small"):
        for number, step in enumerate(STEPS):
            _link(step, f"{number} {step.title}" if number else step.title)


def _header(session: Session) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Places for the facts and for what is being worked on, and the buttons for undo and redo."""
    left, middle, right = st.columns([6, 2, 2], vertical_alignment="center")
    with right.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(
            "Undo",
            icon=":material/undo:",
            type="tertiary",
            key="undo",
            on_click=session.undo,
            disabled=not session.past,
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            type="tertiary",
            key="redo",
            on_click=session.redo,
            disabled=not session.future,
        )
    return left.empty(), middle.container()


def _facts(session: Session, results: Results, units: Units) -> str:
    """Name, pixel size, number of domains, crystalline fraction."""
    size = units.pixel(session.pixel_size)
    scale = size if session.calibrated else f":orange-badge[{size}]"
    found = results.totals
    domains = counted(found.n_domains, "domain")
    return (
        f"**{plain(session.micrograph.name)}** · {scale} · **{domains}** · "
        f"**{percent(found.crystalline_fraction)}** crystalline"
    )


def _notice(session: Session) -> None:
    """Show what there is to say, once."""
    if session.notice:
        st.info(plain(session.notice, 600), icon=":material/info:")
        session.notice = ""


def _done(page: Page, stage: str) -> str:
    """One stage's settings and time, as Markdown."""
    parameters = getattr(page.session.recipe, stage)
    settings = ", ".join(
        f"{plain(field.name.replace('_', ' '))} {_setting(getattr(parameters, field.name))}"
        for field in fields(parameters)
    )
    seconds = page.analysis.seconds.get(stage, 0.0)
    return f"**{stage.capitalize()}** in {seconds:.2f} s, with {settings or 'nothing to set'}."


def _setting(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({len(value)})" if value else "(none)"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
