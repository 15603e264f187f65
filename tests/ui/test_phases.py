"""The phases page: candidates are chosen, crystallites named, verdicts kept and undone, the scale taken."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, click, session_of, told

from hrtem_core.measures import named_families
from hrtem_core.measures.phases import DECIDED
from hrtem_core.phases import implied_scale, index_folder
from hrtem_core.pictures import SELECTED, hex_of
from hrtem_core.recipe import from_json, to_json
from hrtem_ui.panels import reading, rings
from hrtem_ui.panels.candidates import elements_of
from hrtem_ui.panels.phases import OVERLAY
from hrtem_ui.session import compute, host
from hrtem_ui.text import words

ROCK_SALT = """data_x
_cell_length_a 4.03
_cell_length_b 4.03
_cell_length_c 4.03
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Li 0 0 0
{anion} 0.5 0.5 0.5
"""
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
    assert any("Crystallite " in text.value for text in page.header)
    checked(page.button(key="reject_phase").click().run())
    (verdict,) = session_of(page).recipe.phases.verdicts
    assert not verdict.is_it
    checked(page.button(key="undo").click().run())
    assert session_of(page).recipe.phases.verdicts == ()
    checked(page.button(key="confirm_phase").click().run())
    assert session_of(page).recipe.phases.verdicts[0].is_it
    checked(page.button(key="forget_verdicts").click().run())
    assert session_of(page).recipe.phases.verdicts == ()


def test_the_pointer_tells_the_phase_and_how_sure_it_is(page: AppTest) -> None:
    phases = compute.analysis(session_of(page)).analysis.phases
    numbers = compute.analysis(session_of(page)).analysis.crystallites.crystallite_of_domain.tolist()
    for shape, number in zip(told(page, OVERLAY)["shapes"], numbers, strict=True):
        row = phases.probabilities[number - 1]
        likeliest = f"{(*phases.names, 'none')[int(row.argmax())]}"
        assert likeliest in shape["text"]
        assert f"{row.max():.2f}" in shape["text"]
        assert ("not decided" in shape["text"]) == (row.max() < DECIDED)


def test_families_are_called_alike_on_all_pages(page: AppTest) -> None:
    analysis = compute.analysis(session_of(page)).analysis
    names = named_families(analysis).names
    assert any(" " in name for name in names)  # such as Li2O 111
    statistics = checked(page.switch_page("pages/5_Statistics.py").run())
    tables = statistics.dataframe[0].value
    assert set(tables["family"]) & set(names)
    assert not any(f"Family {at + 1}" in set(tables["family"]) for at, name in enumerate(names) if name)
    spacings = checked(page.switch_page("pages/2_d-spacings.py").run())
    said = next(table.value["family"] for table in spacings.dataframe if "pair" in table.value)
    assert set(filter(None, names)) <= set(said)


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


def test_a_reading_tells_its_angles_and_its_scale_and_that_is_taken(page: AppTest) -> None:
    number = choose_first(page)
    analysis = compute.analysis(session_of(page)).analysis
    at = int(np.argmax(analysis.phases.probabilities[number - 1]))
    assert any("Angles between reflections" in box.label for box in page.expander)
    implied = implied_scale(
        analysis.phases.readings[number - 1][at], analysis.phases.candidates[at], analysis.domains
    )
    size = session_of(page).pixel_size.mean_nm
    button = page.button(key="take_scale_of_reading")
    assert not button.disabled
    checked(button.click().run())
    assert session_of(page).pixel_size.mean_nm == pytest.approx(size * implied.factor)
    checked(page.button(key="undo").click().run())
    assert session_of(page).pixel_size.mean_nm == pytest.approx(size)


def test_of_several_distinct_fits_one_is_chosen(page: AppTest) -> None:
    analysis = compute.analysis(session_of(page)).analysis
    numbers = analysis.crystallites.crystallite_of_domain.tolist()
    row, at = next(
        (row, at)
        for row, fits in enumerate(analysis.phases.fits)
        for at, several in fits.items()
        if len(several) > 1
    )
    domain = analysis.domains.accepted[numbers.index(row + 1)]
    inside = np.argwhere(domain.footprint.mask)
    centre = inside[len(inside) // 2] + domain.footprint.corner + 0.5
    session_of(page).view["selected_crystallite"] = (*centre.tolist(), row + 1)
    checked(page.run())
    reading_as = next(box for box in page.selectbox if box.label == "Reading as")
    checked(reading_as.set_value(reading_as.options.index(analysis.phases.names[at])).run())
    fit = next(box for box in page.selectbox if box.label == "Fit")
    assert len(fit.options) == len(analysis.phases.fits[row][at])
    checked(fit.set_value(1).run())
    assert session_of(page).view["selected_fit"] == 1


def test_a_candidate_stays_the_one_shown_wherever_a_verdict_ranks_it(page: AppTest) -> None:
    def reading_as() -> list[str]:
        return list(next(box for box in page.selectbox if box.label == "Reading as").options)

    choose_first(page)
    best, *others = reading_as()
    for name in (best, others[-1]):
        box = next(box for box in page.selectbox if box.label == "Reading as")
        checked(box.set_value(reading_as().index(name)).run())
        before = reading_as()
        checked(page.button(key="reject_phase").click().run())
        assert any(button.label == f"It is {name}" for button in page.button)
    assert before != [best, *others]  # the ranking did change under it


def test_rings_of_a_candidate_and_of_typed_spacings_are_on_the_fft(page: AppTest) -> None:
    checked(page.button(key="draw_rings").click().run())
    assert session_of(page).view[rings.STRUCTURES] == ["LiF"]
    checked(page.switch_page("pages/1_FFT_peaks.py").run())
    checked(
        next(box for box in page.text_input if "Rings of spacings" in box.label).set_value("0,3 x 99").run()
    )
    assert session_of(page).view[rings.TYPED] == [0.3]
    checked(page.run())


def test_typed_spacings_are_those_an_image_could_show() -> None:
    assert rings.spacings_in("0.2672; .2 and 0,21 nm, 0.001, 50") == [0.2672, 0.2, 0.21]
    assert rings.spacings_in("") == []


def test_miller_indices_are_written_as_usual() -> None:
    assert words.indices((1, -1, 0)) == "11\u03050"
    assert words.indices((1, -10, 0)) == "1 10\u0305 0"


def test_a_typed_cell_is_a_candidate_and_nonsense_is_said(page: AppTest) -> None:
    def type_cell(sizes: str) -> None:
        for key, text in (("name", "mine"), ("sizes", sizes), ("symmetry", "F m -3 m"), ("formula", "LiF")):
            page.text_input(key=f"cell_{key}").set_value(text)
        checked(page.button(key="add_cell").click().run())

    type_cell("4 5 6")
    assert session_of(page).recipe.phases.structures == ()
    assert any("must have the shape" in box.value for box in page.toast)
    type_cell("4.03")
    (own,) = session_of(page).recipe.phases.structures
    assert own.cell_angstrom_deg == (4.03, 4.03, 4.03, 90, 90, 90)
    assert "mine" in compute.analysis(session_of(page)).analysis.phases.names
    assert from_json(to_json(session_of(page).recipe)) == session_of(page).recipe
    checked(page.button(key="forget_cifs").click().run())
    assert session_of(page).recipe.phases.structures == ()


def test_an_index_of_this_computer_gives_structures_of_some_elements(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(elements: str) -> None:
        page.text_input(key="cif_index_path").set_value(str(tmp_path / "cod.sqlite"))
        page.text_input(key="cif_index_elements").set_value(elements)
        checked(page.button(key="add_indexed").click().run())

    def has_index() -> bool:
        return any(box.key == "cif_index_path" for box in checked(page.run()).text_input)

    assert not has_index()  # the app of this test serves others, too
    monkeypatch.setattr(host, "is_own", lambda: True)
    monkeypatch.setattr(host, "is_small", lambda: True)
    assert not has_index()
    monkeypatch.setattr(host, "is_small", lambda: False)
    assert has_index()
    for anion in ("F", "H"):
        (tmp_path / f"Li{anion}.cif").write_text(ROCK_SALT.format(anion=anion))
    index_folder(tmp_path, tmp_path / "cod.sqlite")
    ask("")
    assert any("elements" in box.value for box in page.toast)
    ask("Li F")
    assert {one.name for one in session_of(page).recipe.phases.structures} == {"LiF LiF", "LiH LiH"}
    assert from_json(to_json(session_of(page).recipe)) == session_of(page).recipe


def test_elements_are_read_from_what_is_typed() -> None:
    assert elements_of("Li C,O; f") == ("Li", "C", "O", "F")
    assert elements_of("") == ()


def test_a_click_finds_its_crystallite_where_only_a_part_is_analyzed(page: AppTest) -> None:
    session = session_of(page)
    rows, cols = session.micrograph.shape
    session.set_parameter("preparation", "region_px", (rows // 4, cols // 3, rows, cols))
    checked(page.run())
    analysis = compute.analysis(session).analysis
    numbers = analysis.crystallites.crystallite_of_domain.tolist()
    domain = max(analysis.domains.accepted, key=lambda one: one.snr)
    place = analysis.placement.corners_px(
        np.argwhere(domain.footprint.mask).mean(axis=0) + domain.footprint.corner + 0.5
    )
    click(page, OVERLAY, *map(float, place), 1)
    checked(page.run())
    number = numbers[analysis.domains.accepted.index(domain)]
    assert any(f"Crystallite {number}" in text.value for text in page.header)
    assert told(page, OVERLAY)["shapes"][-1]["stroke"] == hex_of(SELECTED)


def test_only_tools_that_do_something_are_on_the_fft_of_a_crystallite(page: AppTest) -> None:
    choose_first(page)
    assert told(page, reading.SPOTS)["tools"] == ["angle", "rings"]
    shapes = told(page, OVERLAY)["shapes"]
    assert all(shape.get("edge") for shape in shapes)  # a grey outline is seen on grey
    assert any("Domain " in shape.get("text", "") for shape in shapes)
