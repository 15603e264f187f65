"""Pictures to look at: each says what it shows to those who do not see it, and is copied by one click."""

import base64
from pathlib import Path
from typing import Any

import streamlit as st


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_still = st.components.v2.component(
    "hrtem_still", css=_text("still.css"), js=_text("still.js"), isolate_styles=False
)


def show(key: str, picture: bytes, alt: str, *, caption: str = "", width_px: int | None = None) -> None:
    """Show a picture as wide as its column, or as is said.

    Parameters
    ----------
    key
        Tells it from the page's other pictures.
    picture
        A JPEG or PNG file.
    alt
        What is to be seen, in a sentence.
    caption
        Written below it.
    width_px
        In displayed pixels.
    """
    _show(key, picture, alt, caption, width=width_px)


def describe(key: str, picture: bytes, alt: str, caption: str) -> None:
    """Text, caption and copy for a picture that another component, the widget `key`, shows in a frame.

    Parameters
    ----------
    key
        Of that widget.
    picture, alt, caption
        As for `show`.
    """
    _show(f"about {key}", picture, alt, caption, within=key)


def _show(key: str, picture: bytes, alt: str, caption: str, **more: Any) -> None:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    source = f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"
    _still(key=f"still-{key}", data={"src": source, "alt": alt, "caption": caption, **more})
