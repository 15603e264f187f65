"""The phases page: candidates are chosen, crystallites named, verdicts kept and undone, the scale taken."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, click, session_of

from hrtem_ui.panels.candidates import elements_of
from hrtem_ui.panels.phases import OVERLAY
from hrtem_ui.session import compute

Visit = Callable[[], AppTest]
PAGE = "pages/4_Phases.py"


@pytest.fixture
def page(open_app: Visit) -> AppTest:
    """The page with the nanocrystals and candidates."""
    app = open_app()
    checked(next(box for box in app.selectbox if box.label == "Sample").set_value("nanocrystals").run())
    checked(app.switch_page(PAGE).run())
    assert any("Choose what the crystals may be" in box.value for box in app.info)
    return checked(app.multiselect(key="phases.candidates").set_value(["LiF", "Li2O", "Li2CO3", "Cu"]).run())


def choose_first(app: AppTest, time: int = 1) -> int:
    """Click a crystallite with reflections in two directions; its number."""
    analysis = compute.analysis(session_of(app)).analysis
    numbers = analysis.crystallites.crystallite_of_domain.tolist()
    number = max(range(1, max(numbers) + 1), key=numbers.count)
    domain = analysis.domains.accepted[numbers.index(number)]
    row, col = np.argwhere(domain.footprint.mask).mean(axis=0) + domain.footprint.corner
    click(app, OVERLAY, float(row), float(col), time)
    checked(app.run())
    return number


def test_crystallites_are_named_confirmed_and_given_back(page: AppTest) -> None:
    assert session_of(page).recipe.phases.candidates == ("LiF", "Li2O", "Li2CO3", "Cu")
    assert any("all lengths are" in text.value for text in page.markdown)
    choose_first(page)
    assert any("Crystallite " in text.value for text in page.markdown)
    checked(page.button(key="reject_phase").click().run())
    (verdict,) = session_of(page).recipe.phases.verdicts
    assert not verdict.is_it
    checked(page.button(key="undo").click().run())
    assert session_of(page).recipe.phases.verdicts == ()
    checked(page.button(key="confirm_phase").click().run())
    assert session_of(page).recipe.phases.verdicts[0].is_it
    checked(page.button(key="forget_verdicts").click().run())
    assert session_of(page).recipe.phases.verdicts == ()


def test_elements_leave_candidates_out_and_nonsense_is_said(page: AppTest) -> None:
    checked(page.text_input(key="phases.elements").set_value("li, O c").run())
    assert session_of(page).recipe.phases.elements == ("Li", "O", "C")
    analysis = compute.analysis(session_of(page)).analysis
    assert analysis.phases.names == ("Li2O", "Li2CO3")
    before = session_of(page).recipe
    key = next(box.key for box in page.text_input if box.label == "Elements")
    checked(page.text_input(key=key).set_value("Qq").run())
    assert session_of(page).recipe == before
    assert any("consists only of" in box.value for box in page.toast)


def test_the_scale_of_the_phases_is_taken(page: AppTest) -> None:
    phases = compute.analysis(session_of(page)).analysis.phases
    size = session_of(page).pixel_size.mean_nm
    button = page.button(key="take_scale")
    assert button.disabled == (abs(phases.scale - 1) < 5e-4)
    if not button.disabled:
        checked(button.click().run())
        assert session_of(page).pixel_size.mean_nm == pytest.approx(size * phases.scale)


def test_elements_are_read_from_what_is_typed() -> None:
    assert elements_of("Li C,O; f") == ("Li", "C", "O", "F")
    assert elements_of("") == ()
