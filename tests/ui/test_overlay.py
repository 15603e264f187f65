"""What can lie under the outlines, and what their colours can say."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, click, look, session_of, told

from hrtem_core.pictures import (
    SELECTED,
    black_and_white,
    grey_levels,
    ground_picture,
    hex_of,
    phase_rgb,
)
from hrtem_ui.panels import statistics
from hrtem_ui.session import compute

Visit = Callable[[], AppTest]


@pytest.fixture
def page(open_app: Visit) -> AppTest:
    """The page with the nanocrystals' domains."""
    return checked(open_app().switch_page("pages/3_Domains.py").run())


@pytest.mark.parametrize(("ground", "caption"), [("filtered", "Wiener"), ("dark field", "Dark field")])
def test_what_was_filtered_is_looked_at_and_not_measured(page: AppTest, ground: str, caption: str) -> None:
    before = told(page, "domain_overlay")
    assert {"profile", "fft"} <= set(before["tools"])
    look(page, ground=ground)
    after = told(page, "domain_overlay")
    assert after["base"] != before["base"]
    assert (after["paths"], after["subject"]) == (before["paths"], before["subject"])  # the zoom stays
    assert after["tools"] == ["distance"]
    assert any(caption in one.value for one in page.caption)
    assert after["label"].startswith(caption)


def test_what_lies_under_the_outlines_is_the_micrograph_as_it_is_exported(open_app: Visit) -> None:
    """Not as it was prepared, with ignored areas smoothed and text taken out."""
    page = open_app()
    session, corner = session_of(page), ((0.0, 0.0), (0.0, 300.0), (300.0, 0.0))
    session.set_parameter("preparation", "excluded_px", (corner,))
    session.set_parameter("preparation", "bin_factor", 2)
    checked(page.run())
    micrograph = told(page, "micrograph")
    checked(page.switch_page("pages/3_Domains.py").run())
    domains = told(page, "domain_overlay")
    assert domains["pixels"] == micrograph["pixels"]
    assert domains["base"] == micrograph["base"]
    assert domains["pixel_scale"] == 1
    session.set_parameter("preparation", "region_px", (100, 200, 500, 640))
    checked(page.run())
    found = compute.analysis(session).analysis
    _, part = compute.field(session, found)
    assert np.array_equal(part, session.micrograph.intensity[100:500, 200:640])
    black_white = black_and_white(part)  # in every picture and file, whatever else it shows
    shown = told(page, "domain_overlay")["levels"]
    checked(page.switch_page("streamlit_app.py").run())
    marked = told(page, "micrograph")["levels"]
    assert black_white == pytest.approx(tuple(shown[:2]))
    assert black_white == pytest.approx(tuple(marked[:2]))
    exported, _ = ground_picture(found, "micrograph")
    assert np.array_equal(exported, grey_levels(session.micrograph.intensity, limits=black_white))


def test_nothing_can_be_drawn_over_it_and_is_still_under_the_pointer(page: AppTest) -> None:
    look(page, drawn="nothing")
    shapes = told(page, "domain_overlay")["shapes"]
    assert {shape["opacity"] for shape in shapes} == {0.0}
    assert all(shape["text"] for shape in shapes)


def test_phases_are_a_colour_once_candidates_are_named(page: AppTest) -> None:
    assert "Phase" not in told(page, "domain_overlay")["looks"]["paints"]
    session = session_of(page)
    session.set_parameter("phases", "candidates", ("LiF", "Li2O"))
    look(page, colouring="Phase")
    looks = told(page, "domain_overlay")["looks"]
    assert ["Phase", "Phase"] in looks["controls"][0]["options"]
    assert looks["values"]["colouring"] == "Phase"
    phases = compute.analysis(session).analysis.phases
    drawn = {shape["stroke"] for shape in told(page, "domain_overlay")["shapes"]}
    assert drawn <= {hex_of(rgb) for rgb in phase_rgb(phases).values()}
    session.undo()  # no candidates, no phases: the first colours are back
    checked(page.run())
    assert told(page, "domain_overlay")["shapes"]


def test_the_first_page_shows_what_was_filtered_and_marks_in_the_micrograph(open_app: Visit) -> None:
    page = open_app()
    before = told(page, "micrograph")
    checked(page.selectbox(key="view.ground").set_value("filtered").run())
    after = told(page, "micrograph")
    assert after["base"] != before["base"]
    assert after["tools"] == ["distance"]
    assert after["label"].startswith("Wiener-filtered")
    assert any("Wiener" in one.value for one in page.caption)
    checked(page.segmented_control(key="view.mode").set_value("Region").run())
    assert told(page, "micrograph")["base"] == before["base"]


def test_picture_and_table_of_the_statistics_pick_each_other(open_app: Visit) -> None:
    page = checked(open_app().switch_page("pages/5_Statistics.py").run())
    session = session_of(page)
    analysis = compute.analysis(session).analysis
    n_crystals = analysis.crystallites.n_crystallites
    found = analysis.domains.accepted[-1]
    row, col = np.argwhere(found.footprint.mask).mean(axis=0) + found.footprint.corner + 0.5
    click(page, statistics.PICTURE, float(row), float(col), 1)
    checked(page.run())
    table, (at,) = page.dataframe[-1].value, marked_rows(page)
    assert len(table) == n_crystals  # all rows stay
    own = table["domains"].iloc[at].split()
    assert str(found.domain_id) in own
    assert n_white(page) == 1  # the crystallite that is counted, not each of its domains
    click(page, statistics.PICTURE, 1.0, analysis.domains.shape[1] / 2, 2)  # where nothing is
    checked(page.run())
    assert (marked_rows(page), n_white(page)) == ([], 0)
    members = [list(map(int, ids.split())) for ids in table["domains"]]
    statistics.take_rows(SimpleNamespace(session=session), [0, 2], members)
    checked(page.run())
    assert marked_rows(page) == [0, 2]
    assert n_white(page) == 2
    assert len(drawn_shapes(page)) == n_crystals
    look(page, counted="Domains")
    assert len(drawn_shapes(page)) == len(analysis.domains.accepted)
    assert n_white(page) == len(members[0]) + len(members[2])


def test_a_range_of_the_statistics_is_set_without_a_mouse(open_app: Visit) -> None:
    page = checked(open_app().switch_page("pages/5_Statistics.py").run())
    table = page.dataframe[-1].value
    diameters = table[next(name for name in table if name.startswith("diameter"))]
    slider = next(one for one in page.slider if one.label.startswith("Crystallites picked by equivalent"))
    assert (slider.min <= diameters.min(), slider.max >= diameters.max()) == (True, True)
    above = float(diameters.sort_values().iloc[-3]) - 0.05
    checked(slider.set_value((round(above, 1), slider.max)).run())
    assert marked_rows(page) == [row for row, one in enumerate(diameters) if one >= round(above, 1)]
    click(page, statistics.PICTURE, 1.0, 1.0, 1)  # picked elsewhere: the slider says no more
    checked(page.run())
    slider = next(one for one in page.slider if one.label.startswith("Crystallites picked by equivalent"))
    assert slider.value == (slider.min, slider.max)
    spacing = next(one for one in page.slider if one.label.startswith("Domains picked by d"))
    checked(spacing.set_value((spacing.min, spacing.min + 0.02)).run())
    assert n_white(page) > 0


def marked_rows(page: AppTest) -> list[int]:
    """Which rows of the last table are marked."""
    return list(
        json.loads(page.dataframe[-1].proto.selection_state or '{"selection": {"rows": []}}')["selection"][
            "rows"
        ]
    )


def n_white(page: AppTest) -> int:
    """How many outlines in the picture of the statistics are those of what is picked."""
    shapes = told(page, statistics.PICTURE)["shapes"]
    return sum(one.get("stroke") == hex_of(SELECTED) for one in shapes)


def drawn_shapes(page: AppTest) -> list[dict[str, Any]]:
    """What else is outlined there."""
    shapes = told(page, statistics.PICTURE)["shapes"]
    return [one for one in shapes if one.get("stroke") != hex_of(SELECTED)]
