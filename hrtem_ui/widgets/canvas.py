"""Clickable pictures: a click becomes a place in the picture's own coordinates, and counts once.

The component is an iframe that returns integer CSS pixels of the displayed size, and goes on returning
the same old click on every rerun, even after the picture changed. So each picture's geometry is kept as
it was shown, and a click whose time has been seen is no click.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Literal

import streamlit as st
from streamlit_image_coordinates import streamlit_image_coordinates

from hrtem_core.pictures import Frame
from hrtem_ui.session import Session, state

SNAP_CSS_PX = 14.0
"""A click this near to something means it, in displayed pixels."""

POINTING_CSS_PX = 1.0
"""Standard uncertainty of where a click points, along each axis, in displayed pixels."""

TALLEST, TALL_CSS_PX = 1.3, 750
"""A picture higher than this many times its width does not fill the column, but is this high."""


@dataclass(frozen=True)
class Click:
    """A place pointed at, and how far around it the pointing reaches, in the picture's coordinates."""

    row: float
    col: float
    reach: float

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
class Encoded:
    """An image file in memory, with the `save` the component asks for: encoded once, not at every rerun."""

    data: bytes

    def save(self, stream: IO[bytes], **_: Any) -> None:
        """Write the file."""
        stream.write(self.data)


def show(session: Session, key: str, jpeg: bytes, frame: Frame, *, drag: bool = False) -> None:
    """Show a picture that can be clicked, or dragged on."""
    session.frames[key] = frame
    width = shown_width(frame)
    if width == "stretch":  # the component sets its height once: a window made wider would cut the picture
        ratio = f"aspect-ratio: {frame.width:g} / {frame.height:g}; height: auto"
        st.html(f"<style>.st-key-{key} iframe {{{ratio}}}</style>")
    streamlit_image_coordinates(
        Encoded(jpeg),
        key=key,
        width=width,
        image_format="JPEG",
        click_and_drag=drag,
        cursor="crosshair",
    )


def shown_width(frame: Frame) -> int | Literal["stretch"]:
    """Width of a picture in displayed pixels, "stretch" to fill its column."""
    if frame.height <= TALLEST * frame.width:
        return "stretch"
    return max(1, round(TALL_CSS_PX * frame.width / frame.height))


def _fresh(session: Session, key: str) -> Mapping[str, float] | None:
    """The picture's event if it has not been acted on yet; from now on it has."""
    event = state.event(key)
    frame = session.frames.get(key)
    if not isinstance(event, Mapping) or frame is None or session.seen.get(key) == event["unix_time"]:
        return None
    session.seen[key] = event["unix_time"]
    return event


def take_click(session: Session, key: str) -> Click | None:
    """The new click on a picture, if there is one; asked again, there is none."""
    event = _fresh(session, key)
    if event is None or "x" not in event:
        return None
    frame: Frame = session.frames[key]
    row, col = frame.place(event["x"] + 0.5, event["y"] + 0.5, event["width"], event["height"])
    return Click(row, col, SNAP_CSS_PX * frame.width / event["width"])


def take_drag(session: Session, key: str) -> Drag | None:
    """The new rectangle drawn on a picture, if there is one; asked again, there is none."""
    event = _fresh(session, key)
    if event is None or "x1" not in event:
        return None
    frame: Frame = session.frames[key]
    shown = event["width"], event["height"]
    row0, col0 = frame.place(event["x1"], event["y1"], *shown)
    row1, col1 = frame.place(event["x2"], event["y2"], *shown)
    return Drag(min(row0, row1), min(col0, col1), max(row0, row1), max(col0, col1))
