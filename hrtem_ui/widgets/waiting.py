"""What is being done while someone waits, and the seconds left, counted down in the browser."""

from pathlib import Path

import streamlit as st


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_waiting = st.components.v2.component(
    "hrtem_waiting", css=_text("waiting.css"), js=_text("waiting.js"), isolate_styles=False
)


def show(doing: str, seconds: float) -> None:
    """Say, once in a run, what is being done, and how many seconds all of it will take from now on."""
    _waiting(key=f"waiting {doing}", data={"doing": doing, "seconds": round(seconds, 2)})
