"""Spots kept as peaks from the FFT of a box."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, session_of

from hrtem_core.recipe import edits
from hrtem_ui.panels.adding import OFFERED
from hrtem_ui.session import compute

Visit = Callable[[], AppTest]


def keep(app: AppTest, key: str, row: float, col: float, time: int) -> str:
    """Report a spot that was kept, as the browser would; what the page says."""
    told = {"keep_row": row, "keep_col": col, "per_px": 1.0, "unix_time": time}
    app.session_state[key] = {"pointed": told}
    checked(app.run())
    return " ".join(one.value for one in app.toast)


@pytest.mark.parametrize(
    ("page", "key"), [("streamlit_app.py", "micrograph"), ("pages/3_Domains.py", "domain_overlay")]
)
def test_a_spot_of_a_box_becomes_a_peak_once(open_app: Visit, page: str, key: str) -> None:
    app = open_app()
    checked(app.switch_page(page).run())
    session = session_of(app)
    peaks = compute.analysis(session).analysis.peaks
    g = peaks.g_per_nm[0]
    assert "is there already" in keep(app, key, *g, 1)
    session.change(edits.toggle_pair(session.recipe, peaks, 0))
    checked(app.run())
    assert not compute.analysis(session).analysis.peaks.accepted[0]
    assert "Kept as a peak" in keep(app, key, *-g, 2)  # its Friedel mate
    after = compute.analysis(session).analysis.peaks
    assert after.accepted[np.argmin(np.hypot(*(after.g_per_nm - g).T))]


def test_what_lies_outside_the_range_is_said_and_offered_on_the_fft_page(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    recipe = session.recipe
    assert "is not looked for" in keep(app, "micrograph", 0.0, 1.2, 1)
    assert session.recipe == recipe
    assert session.view[OFFERED] == (0.0, 1.2)
    checked(app.switch_page("pages/1_FFT_peaks.py").run())
    assert app.button(key="widen")
    checked(app.switch_page("streamlit_app.py").run())
    assert "finer than can be looked for" in keep(app, "micrograph", 0.0, 60.0, 2)
    assert "coarser than can be looked for" in keep(app, "micrograph", 0.0, 0.01, 3)
    assert session.recipe == recipe


def test_where_no_fringes_are_no_peak_is_made(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    recipe = session.recipe
    assert "no peak was added" in keep(app, "micrograph", -1.2, 3.5, 1)
    assert session.recipe == recipe


@pytest.mark.parametrize("place", [(float("nan"), 1.0), ("a", 2.0), (None, 1.0)])
def test_what_no_browser_of_ours_tells_changes_nothing(open_app: Visit, place: tuple) -> None:
    app = open_app()
    recipe = session_of(app).recipe
    assert keep(app, "micrograph", *place, 1) == ""
    assert session_of(app).recipe == recipe
