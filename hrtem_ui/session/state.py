"""The only user of `st.session_state`: one session is a micrograph, a recipe, and how they are looked at.

What is computed is never kept here: results follow from micrograph and recipe, so nothing can be stale
and undo is the previous recipe.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from hrtem_core.composition import ElementalMaps
from hrtem_core.errors import UserError
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe, scale_in_force

ASSUMED_NM = 0.03
"""Pixel size assumed while none is known; lengths are then shown in pixels."""

SESSION, OWNER = "session", "owner"

MAX_UNDO = 100


@dataclass(frozen=True)
class Wanted:
    """Work that someone waits for; until it has results the present work stays.

    Parameters
    ----------
    session
        What is to be analyzed.
    begin
        What puts it in the place of the present work.
    """

    session: "Session"
    begin: Callable[[], None]


@dataclass(frozen=True)
class Moment:
    """A recipe and its undo history, to come back to."""

    recipe: Recipe
    past: list[Recipe]
    future: list[Recipe]


@dataclass(eq=False)
class Session:
    """One visitor's work.

    Parameters
    ----------
    micrograph
        As opened.
    recipe
        Everything the results follow from, besides the pixels.
    sample
        Name of the sample that is open, "" for a file.
    past, future
        Recipes for undo and redo.
    view
        How things are looked at (contrast, zoom, colours); never changes a result.
    frames
        Geometry of each clickable picture as last shown.
    seen
        The last event of each picture or chart that was acted on.
    notice
        A sentence for the user, shown once at the top of the page.
    maps
        Elemental maps of the same place, None before any were opened.
    before
        The work that this image took the place of, to go back to; one only, for the memory's sake.
    wanted
        What is being opened, None when nothing is.
    finished
        The last recipe that had results, None before the first.
    """

    micrograph: Micrograph
    recipe: Recipe
    sample: str = ""
    past: list[Recipe] = field(default_factory=list)
    future: list[Recipe] = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=dict)
    frames: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    notice: str = ""
    maps: ElementalMaps | None = None
    before: "Session | None" = None
    wanted: Wanted | None = None
    finished: Moment | None = None

    @property
    def pixel_size(self) -> PixelSize:
        """The scale in force: typed or measured, else the file's, else an assumed one."""
        known = scale_in_force(self.micrograph, self.recipe)
        return known or PixelSize(ASSUMED_NM, ASSUMED_NM, "assumed")

    @property
    def calibrated(self) -> bool:
        """Whether lengths can be given in nm."""
        return scale_in_force(self.micrograph, self.recipe) is not None

    def change(self, recipe: Recipe) -> None:
        """Go on with another recipe; the present one can be had back with `undo`."""
        if recipe != self.recipe:
            self.past = [*self.past[1 - MAX_UNDO :], self.recipe]
            self.future = []
            self.recipe = recipe

    def undo(self) -> None:
        """Back to the previous recipe."""
        if self.past:
            self.future = [*self.future, self.recipe]
            *self.past, self.recipe = self.past

    def redo(self) -> None:
        """Forth again, after an undo."""
        if self.future:
            self.past = [*self.past, self.recipe]
            *self.future, self.recipe = self.future

    @property
    def is_untouched_sample(self) -> bool:
        """Whether nothing here is the visitor's own."""
        return bool(self.sample) and not (self.past or self.future)

    @property
    def can_cancel(self) -> bool:
        """Whether results are waited for while earlier ones are there to go back to."""
        changed = self.finished is not None and self.finished.recipe is not self.recipe
        return changed or self.wanted is not None

    def finish(self) -> None:
        """Note that this recipe has results: from now on `cancel` comes back to it."""
        self.finished = Moment(self.recipe, self.past, self.future)

    def cancel(self) -> None:
        """Back to the last recipe that had results, as if nothing had been asked for since."""
        if self.wanted is not None:
            self.wanted, self.notice = None, "Cancelled. The work is as it was."
        if self.finished is not None:
            self.recipe, self.past, self.future = (
                self.finished.recipe,
                self.finished.past,
                self.finished.future,
            )

    def set_parameter(self, stage: str, name: str, value: object) -> None:
        """Change one parameter of one stage; what is not valid is said and left as it was."""
        try:
            parameters = replace(getattr(self.recipe, stage), **{name: value})
        except UserError as error:
            self.notice = str(error)
            return
        self.change(replace(self.recipe, **{stage: parameters}))


def found() -> "Session | None":
    """This visitor's session, None before it has begun."""
    session: Session | None = st.session_state.get(SESSION)
    return session


def begin_with(session: Session) -> None:
    """Begin a visitor's session."""
    st.session_state[SESSION] = session


def owner() -> Any:
    """To whom the work is to be given back, None where that is not known."""
    return st.session_state.get(OWNER)


def knows_owner() -> bool:
    """Whether the browser has answered, be it that it keeps no keys."""
    return OWNER in st.session_state


def set_owner(owner: Any) -> None:
    """Note what the browser has answered."""
    st.session_state[OWNER] = owner


def checkpoint() -> None:
    """End this run if the visitor has clicked meanwhile: Streamlit looks whenever its state is read.

    So a stage that is no longer waited for computes nothing further, and the click's own run begins.
    """
    st.session_state.get(SESSION)


def is_current(session: Session) -> bool:
    """Whether this is still the session the visitor works in."""
    return st.session_state.get(SESSION) is session


def begin(new: Session, old: Session) -> None:
    """Put a session in the place of another, which can be gone back to.

    How things are looked at stays, and so does which clicks are spent; what was selected does not.
    """
    new.view = {key: value for key, value in old.view.items() if not key.startswith("selected")}
    new.seen = old.seen
    new.before, old.before = old, None
    st.session_state[SESSION] = new


def event(key: str) -> Any:
    """What the widget `key` last reported, None when it has not."""
    return st.session_state.get(key)


def rows_of(key: str) -> list[int]:
    """The rows that are marked in the table `key`."""
    selection = (event(key) or {}).get("selection", {})
    return [int(row) for row in selection.get("rows", ())]


def mark_rows(key: str, rows: Sequence[int]) -> None:
    """Mark these rows in the table `key`, before it is shown."""
    if sorted(rows_of(key)) != sorted(rows):
        st.session_state[key] = {"selection": {"rows": list(rows)}}


def controlled(
    key: str,
    value: Any,
    on_value: Callable[[Any], None],
    *,
    default: Mapping[str, Any],
    about: Hashable = None,
) -> dict[str, Any]:
    """Arguments that make a widget show `value` whatever it showed before, and report what a person sets.

    Widgets forget their value when their page is left, and an undo changes it from outside: so the
    truth stays in the session and the widget only mirrors it.

    A value changed from outside gets a new widget: until a browser has heard of the change, it reports the
    old value with every click elsewhere, as if a person had set it back.

    The value is given as the widget's default too: a browser that draws a widget anew without having heard
    of a change, as in a popover or after a run that was broken off, shows and reports the default.

    Parameters
    ----------
    key
        The widget's name; its own key has a number behind it once it has been replaced.
    value
        The truth.
    on_value
        Called with what a person sets.
    default
        The widget's own argument that makes it begin with `value`, such as `{"index": 2}`.
    about
        What the value refers to, such as the names in a list; when that changes the widget is new too.
    """
    memory = f"shown by {key}"
    number, shown, known = st.session_state.get(memory, (0, value, about))
    number += not (_same(shown, value) and known == about)
    st.session_state[memory] = number, value, about
    widget = f"{key}.{number}" if number else key
    if widget not in st.session_state:
        st.session_state[widget] = value

    def heard() -> None:
        if st.session_state[memory][0] == number and widget in st.session_state:
            said = st.session_state[widget]
            st.session_state[memory] = number, said, about
            on_value(said)

    return {**default, "key": widget, "on_change": heard}


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a widget are equal, but for rounding in a change of units."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-6)
    return bool(one == other)


def renew(session: Session, key: str, about: Any, value: Any) -> None:
    """Give the widget `key` a value whenever what it is about has changed since it was last shown.

    A browser reports what it shows, such as the names in a list; once those have changed, its report means
    nothing.
    """
    if session.seen.get(f"about {key}") != about:
        session.seen[f"about {key}"] = about
        st.session_state[key] = value


def key_about(session: Session, key: str, about: object) -> str:
    """The key of a widget, such as an edited table, that is a new one whenever what it shows has changed."""
    number, known = session.seen.get(f"about {key}", (0, about))
    number += known != about
    session.seen[f"about {key}"] = number, about
    return f"{key}.{number}"
