"""Masks placed on the FFT, and the inverse FFT below it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, click, session_of, told

from hrtem_core.image import Wavevector
from hrtem_core.recipe import MAX_MASKS, InverseFftParameters, MaskPair, from_json, to_json
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


def places(app: AppTest) -> list[Wavevector]:
    """Where masks are."""
    return [mask.g_per_nm for mask in session_of(app).recipe.inverse_fft.masks]


def test_a_mask_snaps_to_a_pair_is_seen_and_is_taken_away(page: AppTest) -> None:
    results = compute.product_keys(session_of(page))
    g = Wavevector(*compute.analysis(session_of(page)).analysis.peaks.g_per_nm[0].tolist())
    place(page, g.row + 0.05, g.col - 0.05, 1)
    assert places(page) == [g]
    assert len(told(page, "fft_picture")["shapes"]) == 4  # two circles, and their mates
    assert told(page, "inverse_fft")["pixels"]
    assert compute.product_keys(session_of(page)) == results  # nothing was rejected or added
    before = told(page, "inverse_fft")["base"]
    place(page, 1.0, 0.3, 2)  # a free place
    assert places(page) == [g, (1.0, 0.3)]
    assert told(page, "inverse_fft")["base"] != before
    place(page, -1.0, -0.3, 3)  # its Friedel mate: the same mask
    assert places(page) == [g]
    checked(page.button(key="clear_masks").click().run())
    assert told(page, "fft_picture")["shapes"] == []


def test_a_mask_is_a_decision_that_is_undone_kept_and_written_down(page: AppTest) -> None:
    place(page, 1.0, 0.3, 1)
    recipe = session_of(page).recipe
    assert from_json(to_json(recipe)) == recipe
    checked(page.button(key="undo").click().run())
    assert places(page) == []
    checked(page.button(key="redo").click().run())
    assert places(page) == [(1.0, 0.3)]
    assert told(page, "inverse_fft")["pixels"]


def test_size_and_edge_are_shown_and_change_what_passes(page: AppTest) -> None:
    place(page, 1.0, 0.3, 1)
    before = told(page, "inverse_fft")["base"]
    radius = page.select_slider(key="inverse_fft.radius_per_nm")
    assert radius.value == 0.06
    checked(radius.set_value(0.12).run())
    assert told(page, "inverse_fft")["base"] != before
    assert any("Half passes at the radius" in one.value for one in page.caption)
    place(page, 2.0, 0.5, 2)
    first, second = session_of(page).recipe.inverse_fft.masks
    assert second.radius_per_nm == first.radius_per_nm  # a further one is as large
    checked(page.button(key="undo").click().run())
    checked(page.button(key="undo").click().run())
    (mask,) = session_of(page).recipe.inverse_fft.masks
    assert mask.radius_per_nm == first.radius_per_nm / 2


def test_the_centre_bears_no_mask_and_there_is_an_end_to_them(page: AppTest) -> None:
    place(page, 0.0, 0.0, 1)
    session = session_of(page)
    assert places(page) == []
    many = tuple(MaskPair(Wavevector(0.0, 1 + 0.2 * n), 0.05, 0.02) for n in range(MAX_MASKS))
    session.change(replace(session.recipe, inverse_fft=InverseFftParameters(many)))
    checked(page.run())
    place(page, 3.0, 0.05, 2)
    assert len(places(page)) == MAX_MASKS
    place(page, 0.0, 1.0, 3)
    assert len(places(page)) == MAX_MASKS - 1
