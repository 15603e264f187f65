"""What every page begins and ends with: title, session, steps, the short header, help, and what was done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from hrtem_core.analysis import Analysis
from hrtem_core.errors import UserError
from hrtem_core.measures import Scrutiny, named_families
from hrtem_core.pictures import PLAIN, Frame, icon
from hrtem_core.recipe import Recipe, edits
from hrtem_core.spacings import Families
from hrtem_core.stages import stage_called
from hrtem_ui.session import Results, Session, Tell, compute, opening, state
from hrtem_ui.text import (
    ABOUT_FACTS,
    STEPS,
    Step,
    Units,
    neighbours,
    page_log,
    words,
)
from hrtem_ui.widgets import STYLE, Scene, browser, canvas, jpeg, viewer, waiting

FACTS = "facts"


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

    @cached_property
    def families(self) -> Families:
        """The families by the names they have or, where none was given, by what they were found to be."""
        return named_families(self.analysis)

    @property
    def is_stale(self) -> bool:
        """Whether recipe or image have changed, or are to change: the page will be drawn anew."""
        return (
            self.session.wanted is not None
            or self.session.recipe is not self.recipe
            or not state.is_current(self.session)
        )

    @property
    def nothing_found(self) -> str:
        """What to say where there is no domain: without a scale other fringes may well be there."""
        if self.session.calibrated:
            return "No domain was found: no fringes stand out of the noise."
        least, largest = (self.units.length(d_nm) for d_nm in self.results.scrutiny.looked_for_nm)
        return (
            f"No domain was found yet: without a scale only fringes {least} to {largest} apart are looked "
            f"for. Give the scale{'' if self.step is STEPS[0] else ' on the first page'}."
        )

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
    st.set_page_config(f"{step.title} · crystalline domains", icon(), layout="wide")
    st.html(STYLE)
    session = _session(st.empty())
    with st.container(key="header"):
        _links(step)
        facts, doing, cancel = _header(session)
    _notice(session)
    first_look = st.empty()
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        with st.expander(f"**{step.title}.** {step.summary}", icon=":material/help:"):
            st.markdown(step.guide)
        if step.sets:
            _reset(step, session)
    try:
        with doing, _cancellable(session, cancel), _first_look(session, first_look, facts):
            results = _results(session)
    except UserError as error:
        facts.markdown(f"**{words.plain(session.micrograph.name)}** · no result with these settings")
        st.error(f"{words.plain(str(error), 600)} Undo, at the top, takes the last change back.")
        st.stop()
    units = Units.of(session.pixel_size, session.calibrated)
    session.seen[FACTS] = _facts(session, results, units)
    facts.markdown(session.seen[FACTS], help=ABOUT_FACTS)
    for remark in results.scrutiny.remarks:  # such as fringes outside the range, or an image without noise
        st.markdown(f":orange-badge[{words.plain(remark, 300)}]")
    _sample_note(step, session)
    return Page(step, session, session.recipe, results, units)


def _reset(step: Step, session: Session) -> None:
    """The button that takes the page's settings back to their defaults."""
    try:
        fresh = edits.with_defaults(session.recipe, step.sets)
    except UserError:  # such as a peak added by hand beyond the default range: there is no way back to it
        fresh = session.recipe
    st.button(
        "Reset page",
        icon=":material/restart_alt:",
        type="tertiary",
        key="reset_page",
        disabled=fresh == session.recipe,
        on_click=lambda: session.change(fresh),
        help="All settings of this page as they are by default; what you marked stays.",
    )


def finish(page: Page) -> None:
    """End a page: what was done and with which settings, then the way on."""
    if page.step.stages:
        with st.expander("What this page did", icon=":material/receipt_long:"):
            for name in page.step.stages:
                st.markdown(page_log.of_stage(stage_called(name), page.recipe, page.analysis, page.units))
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


def _links(here: Step) -> None:
    """The ways to all pages, and the heading of this one for those who do not see which is marked."""
    with st.container(horizontal=True, gap="small"):
        for number, step in enumerate(STEPS):
            _link(step, f"{number} {step.title}" if number else step.title)
        st.html(f'<h1 class="title">{here.title}</h1>', width="content")


def _session(place: DeltaGenerator) -> Session:
    """The visitor's work; a new visitor's browser is asked first what it was working on."""
    keys = None
    if not state.knows_owner():
        with place:
            keys = browser.keys()
        if keys is not None:
            place.empty()  # or what stands below would move with the first click
        if keys is None and state.found() is None:
            opening.await_answer()
    return opening.resume(keys)


def _sample_note(step: Step, session: Session) -> None:
    """Say that this is a sample to one who has come to a later page first."""
    if step is STEPS[0]:
        session.seen["entered"] = True
    elif session.sample and "entered" not in session.seen:
        name = words.plain(session.micrograph.name)
        st.info(f"This is the sample {name}, not an image of yours. Open yours on the page *Micrograph*.")


def _results(session: Session) -> Results:
    """The results of the session's recipe; what is to be opened comes first, and begins the page anew."""
    with _telling() as tell:
        if session.wanted is not None:
            opening.carry_out(session, tell)
            st.rerun()
        results = compute.analysis(session, tell)
    session.finish()
    opening.keep(session)
    return results


@contextmanager
def _telling() -> Iterator[Tell]:
    """Says what is being done at this place, until the block ends."""
    place = st.empty()

    def tell(doing: str, seconds_left: float) -> None:
        with place:
            waiting.show(doing, seconds_left)

    try:
        yield tell
    finally:
        place.empty()


@contextmanager
def _first_look(session: Session, place: DeltaGenerator, facts: DeltaGenerator) -> Iterator[None]:
    """Shows a new image at once, in the place of all else, while the block waits for its results."""
    new = session.wanted.session if session.wanted else session
    is_new = session.finished is None or new.micrograph is not session.micrograph
    if is_new and not compute.is_at_hand(new):
        facts.markdown(f"**{words.plain(new.micrograph.name)}**")
        with place.container(key="first_look"):
            left, _ = st.columns([3, 2], gap="medium")
            with left:
                _picture(new)
    try:
        yield
    finally:
        place.empty()


def _picture(session: Session) -> None:
    """The micrograph as it is, before anything is known of it."""
    micrograph, frame = session.micrograph, Frame(0.0, 0.0, *map(float, session.micrograph.shape))
    shown = compute.micrograph_grey(session, PLAIN).levels
    scene = Scene(
        picture=jpeg(Image.fromarray(shown)),
        frame=frame,
        label=f"The micrograph {micrograph.name}, which is being analyzed.",
        act=viewer.LOOK,
        subject=micrograph.digest,
        hint=f"{micrograph.name}: what is in it is being looked for.",
    )
    canvas.show_scene(session, "new_micrograph", scene)


@contextmanager
def _cancellable(session: Session, place: DeltaGenerator) -> Iterator[None]:
    """Offers to cancel while the block waits for results, if there are earlier ones to go back to."""
    if session.can_cancel:
        place.button(
            "Cancel", key="cancel", type="tertiary", icon=":material/close:", on_click=session.cancel
        )
    try:
        yield
    finally:
        place.empty()


def _header(session: Session) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Places for the facts, for what is being worked on, and to cancel; and buttons for undo and redo."""
    left, right = st.columns([4, 1], vertical_alignment="center")
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
    facts = left.empty()
    if FACTS in session.seen:  # until there are new ones the line stays, and nothing flickers
        facts.markdown(session.seen[FACTS], help=ABOUT_FACTS)
    doing = st.container(key="status", horizontal=True, vertical_alignment="center", gap="small")
    return facts, doing, doing.empty()


def _facts(session: Session, results: Results, units: Units) -> str:
    """Name, pixel size, numbers of crystallites and domains, crystalline part, and what was looked at."""
    size = units.pixel(session.pixel_size)
    scale = size if session.calibrated else f":orange-badge[{size}: {_until_calibrated(session)}]"
    found, counted = results.totals, words.counted
    kind, of_what = " (a sample)" if session.sample else "", results.scrutiny.whole
    return (
        f"**{words.plain(session.micrograph.name)}**{kind} · {scale} · "
        f"**{counted(found.n_crystallites, 'crystallite')}** · {counted(found.n_domains, 'domain')} · "
        f"**{words.percent(found.crystalline_fraction)}** of the {of_what} crystalline, "
        f"{units.area(found.crystalline_area_nm2)} · "
        f"{_looked_at(results.scrutiny, units)}"
    )


def _until_calibrated(session: Session) -> str:
    """What an image without a scale lacks, and what would mend it."""
    bar = compute.scale_bar(session)
    asked = f"; a bar of {bar.length_px:.1f} px was found, how long is it?" if bar else ""
    return words.held(f"results are provisional{asked}")


def _looked_at(seen: Scrutiny, units: Units) -> str:
    """How much was usable, what was looked for and the noise; marked when little was usable."""
    usable = f"{words.percent(seen.usable_fraction)} usable"
    least, largest = (units.length(d_nm) for d_nm in seen.looked_for_nm)
    least = least.removesuffix(f"{words.NO_BREAK}{units.length_unit}")
    marked = f":orange-badge[{usable}: {words.plain(seen.reasons, 200)}]" if seen.warning else usable
    return f"{marked} · d {least} to {largest} · noise {words.roughly_percent(seen.noise_share)}"


def _notice(session: Session) -> None:
    """Show what there is to say, once, where it moves nothing and is seen however far one has scrolled."""
    if session.notice:
        st.toast(words.plain(session.notice, 600), icon=":material/info:", duration="long")
        session.notice = ""
