"""Masks placed on the FFT, and the inverse FFT below it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, click, session_of, told

from hrtem_core.image import Wavevector
from hrtem_ui.panels.masking import MOST, PLACES
from hrtem_ui.session import compute

Visit = Callable[[], AppTest]


@pytest.fixture
def page(open_app: Visit) -> AppTest:
    """The FFT page."""
    return checked(open_app().switch_page("pages/1_FFT_peaks.py").run())


def place(app: AppTest, row: float, col: float, time: int) -> None:
    """Use the tool that places masks."""
    click(app, "fft_picture", row, col, time, masks=True)
    checked(app.run())


def test_a_mask_snaps_to_a_pair_is_seen_and_is_taken_away(page: AppTest) -> None:
    recipe = session_of(page).recipe
    g = Wavevector(*compute.analysis(session_of(page)).analysis.peaks.g_per_nm[0].tolist())
    place(page, g.row + 0.05, g.col - 0.05, 1)
    assert session_of(page).view[PLACES] == [g]
    assert len(told(page, "fft_picture")["shapes"]) == 4  # two circles, and their mates
    assert told(page, "inverse_fft")["pixels"]
    assert session_of(page).recipe == recipe  # nothing was rejected or added
    before = told(page, "inverse_fft")["base"]
    place(page, 1.0, 0.3, 2)  # a free place
    assert session_of(page).view[PLACES] == [g, (1.0, 0.3)]
    assert told(page, "inverse_fft")["base"] != before
    place(page, -1.0, -0.3, 3)  # its Friedel mate: the same mask
    assert session_of(page).view[PLACES] == [g]
    checked(page.button(key="clear_masks").click().run())
    assert told(page, "fft_picture")["shapes"] == []


def test_size_and_edge_are_shown_and_change_what_passes(page: AppTest) -> None:
    place(page, 1.0, 0.3, 1)
    before = told(page, "inverse_fft")["base"]
    radius = page.select_slider(key="view.mask_radius")
    checked(radius.set_value(0.12).run())
    assert told(page, "inverse_fft")["base"] != before
    assert any("Half passes at the radius" in one.value for one in page.caption)


def test_the_centre_bears_no_mask_and_there_is_an_end_to_them(page: AppTest) -> None:
    place(page, 0.0, 0.0, 1)
    assert session_of(page).view[PLACES] == []
    session_of(page).view[PLACES] = [Wavevector(0.0, 1 + 0.2 * n) for n in range(MOST)]
    session_of(page).view["mask_radius"] = 0.005
    place(page, 3.0, 0.05, 2)
    assert len(session_of(page).view[PLACES]) == MOST
