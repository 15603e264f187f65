"""Every page runs, by itself and one after another, and says what it must."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from visiting import PAGES, ROOT, checked, header, session_of

from hrtem_core.recipe import Recipe
from hrtem_core.stages import STAGES
from hrtem_ui.text import STEPS

Visit = Callable[[], AppTest]


def test_first_screen_is_a_result(open_app: Visit) -> None:
    app = open_app()
    assert "nm/px" in header(app)
    assert "domains" in header(app)
    assert "crystalline" in header(app)
    assert "usable · d " in header(app)
    assert "the range of lattice spacings that were looked for" in app.markdown[0].help
    assert any("What this page did" in box.label for box in app.expander)


@pytest.mark.parametrize("page", PAGES)
def test_pages_have_header_and_help_in_order(open_app: Visit, page: str) -> None:
    app = open_app()
    first = header(app)
    checked(app.switch_page(page).run())
    assert header(app) == first
    assert len([box for box in app.expander if "did" in box.label]) == 1


@pytest.mark.parametrize("page", PAGES)
def test_deep_link_lands_well(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bookmark of a page skips the entry file."""
    monkeypatch.chdir(ROOT)
    app = checked(AppTest.from_file(str(ROOT / page), default_timeout=60).run())
    assert "domains" in header(app)


def unlike(recipe: Recipe) -> Recipe:
    """A recipe that differs in what widgets show from the one a session begins with."""
    preparation = replace(recipe.preparation, bin_factor=2, remove_spikes=False, detect_borders=False)
    return replace(
        recipe,
        calibration_relative_sigma=0.02,
        preparation=preparation,
        spectrum=replace(recipe.spectrum, min_d_nm=0.15),
        peaks=replace(recipe.peaks, min_probability=0.8),
        domains=replace(recipe.domains, min_fill=0.4),
        delocalization=replace(recipe.delocalization, correct=False),
    )


def defaults(app: AppTest) -> list[tuple[str, object, object]]:
    """Of each widget with a value: its label, what it shows, and what it begins with in a browser."""
    return [
        *((one.label, one.value, one.proto.default) for one in [*app.toggle, *app.checkbox]),
        *((one.label, np.atleast_1d(one.value).tolist(), list(one.proto.default)) for one in app.slider),
        *((one.label, one.index, one.proto.default) for one in app.selectbox if one.value is not None),
        *((one.label, one.indices, list(one.proto.default)) for one in app.multiselect),
        *((one.label, one.value, one.proto.default) for one in app.number_input if one.value is not None),
    ]


@pytest.mark.parametrize("page", ["streamlit_app.py", *PAGES])
def test_a_browser_that_missed_a_change_does_not_report_it_undone(open_app: Visit, page: str) -> None:
    """After a run that was broken off a browser may show, and report, a widget's default."""
    app = open_app()
    session = session_of(app)
    session.change(unlike(session.recipe))
    checked(app.switch_page(page).run())
    shown = defaults(app)
    assert [one for one in shown if one[1] != one[2]] == []
    assert shown or page in ("pages/6_Composition.py", "pages/7_Export.py")


@pytest.mark.slow
def test_session_survives_going_round(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/1_FFT_peaks.py").run())
    checked(app.slider(key="peaks.min_probability").set_value(0.9).run())
    for page in PAGES:
        checked(app.switch_page(page).run())
    checked(app.switch_page("pages/1_FFT_peaks.py").run())
    assert app.slider(key="peaks.min_probability").value == 0.9
    assert session_of(app).recipe.peaks.min_probability == 0.9


@pytest.mark.slow
def test_an_amorphous_film_is_a_result_too(open_app: Visit) -> None:
    app = open_app()
    checked(next(box for box in app.selectbox if box.label == "Sample").set_value("amorphous").run())
    assert "0 domains" in header(app)
    for page in PAGES:
        checked(app.switch_page(page).run())


def test_errors_never_show_a_traceback(open_app: Visit) -> None:
    """A region too small for anything is refused in a sentence and leaves the recipe as it was."""
    app = open_app()
    before = session_of(app).recipe
    session_of(app).set_parameter("preparation", "region_px", (0, 0, 4, 4))
    checked(app.run())
    assert session_of(app).recipe == before
    assert any("at least 16 pixels" in box.value for box in app.toast)


def test_every_stage_is_told_of_on_one_page_of_the_work() -> None:
    told = [name for step in STEPS[:5] for name in step.stages]
    assert sorted(told) == sorted(stage.name for stage in STAGES)
    assert all(set(step.stages) <= set(told) for step in STEPS)


def test_the_browser_does_not_forget_what_an_answer_on_its_way_refers_to() -> None:
    """Two answers asked for at once once left a page in the middle of the second, in one of some 200 clicks.

    That takes what was last used as many runs ago as the browser remembers: by default two, which is what
    rejecting and restoring a pair comes to.
    """
    assert st.get_option("global.maxCachedMessageAge") >= 50
