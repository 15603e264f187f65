"""Clickable pictures: a click becomes a place in the picture's own coordinates, and counts once.

What was pointed at is reported for one run only. It has a time too, and one that has been seen is no click:
so nothing counts twice, however a run was broken off and begun anew.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hrtem_core.pictures import Frame
from hrtem_ui.session import Session, state
from hrtem_ui.widgets import viewer
from hrtem_ui.widgets.viewer import Scene

SNAP_CSS_PX = 14.0
"""A click this near to something means it, in displayed pixels."""

POINTING_CSS_PX = 1.0
"""Standard uncertainty of where a click points, along each axis, in displayed pixels."""


@dataclass(frozen=True)
class Click:
    """A place pointed at, and how far around it the pointing reaches, in the picture's coordinates.

    Parameters
    ----------
    row, col
        The place.
    reach
        How near something must be to be meant.
    selects
        Whether it was only to look at what is there: with Shift, or with the tool for it.
    masks
        Whether it was made with the tool that places masks.
    """

    row: float
    col: float
    reach: float
    selects: bool = False
    masks: bool = False

    @property
    def sigma(self) -> float:
        """Standard uncertainty of the place along each axis."""
        return self.reach * POINTING_CSS_PX / SNAP_CSS_PX


@dataclass(frozen=True)
class Drag:
    """A rectangle drawn, in the picture's coordinates."""

    row0: float
    col0: float
    row1: float
    col1: float


@dataclass(frozen=True)
class Reshaping:
    """An area that was moved or resized by its handles, or deleted.

    Parameters
    ----------
    number
        Which of the scene's areas.
    corners
        (row, column) each, in the picture's coordinates; none if it was deleted.
    """

    number: int
    corners: tuple[tuple[float, float], ...]


def show_scene(session: Session, key: str, scene: Scene) -> None:
    """Show a picture with all that is drawn over it; `take_click` and `take_drag` tell where it is hit."""
    session.frames[key] = scene.frame
    viewer.show(key, scene)


def _fresh(session: Session, key: str, names: tuple[str, ...]) -> list[float] | None:
    """Numbers of the picture's event if it has not been acted on yet; from now on it has."""
    event = pointed(key)
    if event is None or key not in session.frames or session.seen.get(key) == event.get("unix_time"):
        return None
    session.seen[key] = event.get("unix_time")
    numbers = [event.get(name) for name in names]
    return [float(n) for n in numbers if isinstance(n, int | float) and math.isfinite(n)]


def pointed(key: str) -> Mapping[str, Any] | None:
    """What a viewer reports in this run, None if nothing."""
    event = state.event(key)
    told = event.get("pointed") if isinstance(event, Mapping) else None
    return told if isinstance(told, Mapping) else None


def take_click(session: Session, key: str) -> Click | None:
    """The new click on a picture, if there is one; asked again, there is none."""
    event = pointed(key)
    numbers = _fresh(session, key, ("row", "col", "per_px"))
    if event is None or numbers is None or len(numbers) < 3:
        return None
    frame: Frame = session.frames[key]
    row, col = frame.kept(*numbers[:2])
    kinds = {"selects": bool(event.get("selects")), "masks": bool(event.get("masks"))}
    return Click(row, col, SNAP_CSS_PX * numbers[2], **kinds)


def take_drag(session: Session, key: str) -> Drag | None:
    """The new rectangle drawn on a picture, if there is one; asked again, there is none."""
    numbers = _fresh(session, key, ("row0", "col0", "row1", "col1"))
    if numbers is None or len(numbers) < 4:
        return None
    frame: Frame = session.frames[key]
    row0, col0 = frame.kept(*numbers[:2])
    row1, col1 = frame.kept(*numbers[2:])
    return Drag(min(row0, row1), min(col0, col1), max(row0, row1), max(col0, col1))


def take_kept(session: Session, key: str) -> tuple[float, float] | None:
    """(row, column) of the spot newly kept from a box's FFT, in cycles per unit that lengths are shown in."""
    event = pointed(key)
    names = ("keep_row", "keep_col")
    if event is None or not all(name in event for name in names):
        return None  # another event, left for its taker
    numbers = _fresh(session, key, names)
    return (numbers[0], numbers[1]) if numbers is not None and len(numbers) == 2 else None


def take_reshaping(session: Session, key: str) -> Reshaping | None:
    """What was newly done to an area by its handles, if anything; other events are left for their takers."""
    event = pointed(key)
    if event is None or not isinstance(event.get("area"), int) or _fresh(session, key, ()) is None:
        return None
    frame: Frame = session.frames[key]
    corners = event.get("corners") or []
    if not all(map(_is_place, corners)):
        return None
    return Reshaping(event["area"], tuple(frame.kept(*map(float, place)) for place in corners))


def _is_place(told: Any) -> bool:
    """Whether what a browser told is a (row, column)."""
    return (
        isinstance(told, list)
        and len(told) == 2
        and all(isinstance(n, int | float) and math.isfinite(n) for n in told)
    )
