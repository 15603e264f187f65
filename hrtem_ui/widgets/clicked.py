"""Small pictures where a click is all that is needed, by streamlit-image-coordinates.

The component is an iframe that returns integer CSS pixels of the displayed size, and goes on returning the
same old click on every rerun, even after the picture changed: a click whose time has been seen is no click.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import streamlit as st
from streamlit_image_coordinates import streamlit_image_coordinates

from hrtem_core.pictures import Frame
from hrtem_ui.session import Session, state
from hrtem_ui.widgets import still
from hrtem_ui.widgets.canvas import SNAP_CSS_PX, Click


@dataclass(frozen=True)
class Encoded:
    """An image file in memory, with the `save` the component asks for: encoded once, not at every rerun."""

    data: bytes

    def save(self, stream: IO[bytes], **_: Any) -> None:
        """Write the file."""
        stream.write(self.data)


def show(session: Session, key: str, jpeg: bytes, frame: Frame, *, alt: str, caption: str) -> None:
    """Show a picture that fills its column and can be clicked; `alt` says what is to be seen in it."""
    session.frames[key] = frame
    # the component sets its height once: a window made wider would cut the picture
    ratio = f"display: block; aspect-ratio: {frame.width:g} / {frame.height:g}; height: auto"
    st.html(f"<style>.st-key-{key} iframe {{{ratio}}}</style>")
    with st.container(gap=None):
        streamlit_image_coordinates(
            Encoded(jpeg), key=key, width="stretch", image_format="JPEG", cursor="crosshair"
        )
        still.describe(key, jpeg, alt, caption)


def take_click(session: Session, key: str) -> Click | None:
    """The new click on a picture, if there is one; asked again, there is none."""
    event, frame = state.event(key), session.frames.get(key)
    if not isinstance(event, Mapping) or frame is None or session.seen.get(key) == event["unix_time"]:
        return None
    session.seen[key] = event["unix_time"]
    row, col = frame.kept(
        frame.top + (event["y"] + 0.5) / event["height"] * frame.height,
        frame.left + (event["x"] + 0.5) / event["width"] * frame.width,
    )
    return Click(row, col, SNAP_CSS_PX * frame.width / event["width"])
