"""Every page runs, by itself and one after another, and says what it must."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from visiting import PAGES, ROOT, checked, header, session_of

from hrtem_core.analysis import STAGES
from hrtem_ui.text import STEPS

Visit = Callable[[], AppTest]


def test_first_screen_is_a_result(open_app: Visit) -> None:
    app = open_app()
    assert "nm/px" in header(app)
    assert "domains" in header(app)
    assert "crystalline" in header(app)
    assert "usable · d " in header(app)
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
