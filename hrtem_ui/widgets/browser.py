"""The two keys by which a browser, and a tab of it, is known again after a reload."""

import secrets
from typing import Any

import streamlit as st

ASK = """export default function({data, parentElement, setStateValue}) {
    if (parentElement.hrtemTold) return;
    parentElement.hrtemTold = true;
    const kept = (storage, fresh) => {
        try {
            if (!window[storage].getItem("hrtem-work")) window[storage].setItem("hrtem-work", fresh);
            return window[storage].getItem("hrtem-work");
        } catch { return ""; }
    };
    setStateValue("told", [kept("localStorage", data.browser), kept("sessionStorage", data.tab)]);
}"""
"""Takes the fresh keys where there are none yet; where nothing can be stored the answer is empty.

It answers once for each element: every run offers fresh keys, and an answer begins a run.
"""

_ask = st.components.v2.component("hrtem_browser_keys", js=ASK)


def keys() -> Any:
    """What the browser reports: two keys, "" for what it cannot keep, None until it has answered.

    The keys stand in the browser's storage and never in an address: a link hands out nobody's image.
    """
    fresh = {"browser": secrets.token_urlsafe(32), "tab": secrets.token_urlsafe(32)}
    return _ask(key="browser_keys", data=fresh, on_told_change=lambda: None).told
