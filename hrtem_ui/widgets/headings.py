"""Headings of a page's parts, by which those who do not see it find their way."""

import streamlit as st


def section(title: str) -> None:
    """The heading of a part of a page; the page's own is in its header."""
    st.header(title, anchor=False)
