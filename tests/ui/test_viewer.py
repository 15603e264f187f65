"""What the viewer is told and sent, without a browser."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visiting import checked, click, drag, look, reshape, session_of, told

from hrtem_core import pictures
from hrtem_core.pictures import SELECTED, hex_of
from hrtem_core.recipe import edits
from hrtem_ui.panels import looks
from hrtem_ui.panels.fft_drawing import FIELD, Box, free_turn
from hrtem_ui.session import compute
from hrtem_ui.widgets.viewer import Control, Looks, component
from hrtem_ui.widgets.viewer.component import packed
from hrtem_ui.widgets.viewer.scene import Pixels

Visit = Callable[[], AppTest]


def unpacked(body: bytes, head: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(body, "<u2").reshape(head["shape"])
    return np.asarray(head["least"] + head["step"] * numbers)


@pytest.mark.parametrize("low", [0, 300, -32768, 70_000])
def test_whole_numbers_travel_exactly(low: int) -> None:
    image = np.random.default_rng(1).integers(low, low + 65535, (40, 70)).astype(np.float32)
    body, head = packed(Pixels("a", image))
    assert head["exact"]
    assert np.array_equal(unpacked(body, head), image)


def test_other_numbers_travel_to_a_part_of_their_range() -> None:
    image = np.random.default_rng(1).normal(0, 1e-3, (40, 70)).astype(np.float32)
    body, head = packed(Pixels("a", image))
    assert not head["exact"]
    assert np.allclose(unpacked(body, head), image, atol=np.ptp(image) / 65535)


def test_what_is_no_number_is_the_least() -> None:
    image = np.full((4, 5), np.nan, np.float32)
    assert unpacked(*packed(Pixels("a", image))).tolist() == np.zeros((4, 5)).tolist()
    image[1, 1], image[2, 2], image[0, 0] = 7, 9, np.inf
    got = unpacked(*packed(Pixels("a", image)))
    assert (got[1, 1], got[2, 2], got[0, 0]) == (7, 9, 7)


def test_a_constant_image_is_itself() -> None:
    assert (unpacked(*packed(Pixels("a", np.full((4, 5), 2.5, np.float32)))) == 2.5).all()


def test_no_more_travels_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrtem_ui.widgets.viewer.component.MOST_PIXELS", 1000)
    body, head = packed(Pixels("a", np.ones((100, 51), np.float32)))
    assert head["shape"] == [34, 17]
    assert not head["exact"]
    assert len(body) == 2 * 34 * 17


def test_a_pair_tells_its_numbers_and_shows_its_state(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/1_FFT_peaks.py").run())
    analysis = compute.analysis(session_of(app)).analysis
    mark = told(app, "fft_picture")["marks"][-1]  # the strongest stands last, on top
    g = analysis.peaks.g_per_nm[0]
    assert np.allclose(mark["places"], [g, -g])
    assert mark["kind"] == "accepted"
    assert mark["text"].startswith(f"Pair 1: d {analysis.families.peak_d_nm[0]:.3f}")
    assert mark["text"].endswith("· accepted")
    assert mark["text_beside"] == str(analysis.families.family_of_peak[0])
    click(app, "fft_picture", g[0], g[1], 1)
    checked(app.run())
    mark = told(app, "fft_picture")["marks"][-1]
    assert (mark["kind"], mark["cross"], mark["ring"]) == ("rejected", True, True)


def test_a_click_with_shift_selects_and_rejects_nothing(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/1_FFT_peaks.py").run())
    recipe = session_of(app).recipe
    g = compute.analysis(session_of(app)).analysis.peaks.g_per_nm[0]
    click(app, "fft_picture", g[0], g[1], 1, selects=True)
    checked(app.run())
    assert session_of(app).recipe == recipe
    assert any("from close by" in one.value for one in app.header)
    assert told(app, "fft_picture")["marks"][-1]["ring"]


def test_names_from_outside_stay_text(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    families = compute.analysis(session).analysis.families
    session.change(edits.rename_family(session.recipe, families, 0, "<img src=x onerror=alert(1)>"))
    checked(app.switch_page("pages/3_Domains.py").run())
    texts = [shape.get("text", "") for shape in told(app, "domain_overlay")["shapes"]]
    assert any("<img" in text for text in texts)  # as data; tests/browser sees that it is shown as text


def test_colours_and_opacity_change_without_the_picture_or_the_outlines(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/3_Domains.py").run())
    before = told(app, "domain_overlay")
    look(app, colouring="Direction", opacity=0.5)
    after = told(app, "domain_overlay")
    assert (after["base"], after["paths"]) == (before["base"], before["paths"])
    assert after["looks"]["paints"] == before["looks"]["paints"]  # those of every colouring are there already
    assert after["drawn"] != before["drawn"]
    assert len(json.dumps(after)) < 60_000


def test_the_browser_has_the_colours_of_every_way_of_colouring(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/3_Domains.py").run())
    analysis = compute.analysis(session_of(app)).analysis
    products = analysis.domains, analysis.families, analysis.crystallites, analysis.phases
    paints = told(app, "domain_overlay")["looks"]["paints"]
    assert list(paints) == ["Family", "Direction", "Crystallite", "d"]
    for name, mode in looks.COLOURINGS.items():
        colours = pictures.domain_colours(mode, *products)
        assert paints[name]["colours"] == list(map(hex_of, colours))
        look(app, colouring=name, outlined="Domains")
        shapes = told(app, "domain_overlay")["shapes"]
        painted = [(one["stroke"], one.get("dash", "")) for one in shapes]  # as the server would draw it
        assert painted == list(zip(paints[name]["colours"], paints[name]["dashes"], strict=True))
        assert [one["paint"] for one in shapes] == list(range(len(colours)))


def test_a_dark_field_is_coloured_in_the_browser_as_it_is_exported(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/3_Domains.py").run())
    session = session_of(app)
    analysis = compute.analysis(session).analysis
    found = compute.dark_field(session, analysis)
    before = told(app, "domain_overlay")
    assert before["tint"] is None
    look(app, ground="dark field")
    after = told(app, "domain_overlay")
    assert after["tint"]
    numbers = pictures.numbered_pixels(found).astype(int) @ (1, 256, 0)
    colours = pictures.domain_colours(
        "azimuth", analysis.domains, analysis.families, analysis.crystallites, analysis.phases
    )
    palette = np.array([(0, 0, 0), *colours])
    shown = pictures.brightness(found, 0.7)[..., None] / 255 * palette[numbers]
    exported = pictures.coloured(found, analysis, "azimuth", 0.7).astype(float)
    np.testing.assert_allclose(shown, exported, atol=2)


CONTROLS = (
    Control(name="colouring", kind="radio", label="Colour by", options=[("Family", "Family"), ("d", "d")]),
    Control(name="opacity", kind="range", label="Opacity", low=0.1),
    Control(name="labels", kind="switch", label="Number them"),
)


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ({"colouring": "d", "opacity": 0.5, "labels": True}, True),
        ({"colouring": "d"}, True),
        ({"colouring": "d", "at": 5.0}, False),  # of earlier than what holds
        ({"colouring": "d", "at": "now"}, False),
        ({"colouring": ["d"]}, False),
        ({"colouring": "azimuth"}, False),
        ({"opacity": 7.0}, False),
        ({"opacity": float("nan")}, False),
        ({"opacity": True}, False),
        ({"labels": 1}, False),
    ],
)
def test_what_is_set_in_a_viewer_is_heard_if_it_can_be_so(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], heard: bool
) -> None:
    monkeypatch.setattr(component.state, "event", lambda _: {"chosen": {"at": 20.0, "other": 1} | told})
    given: list[Any] = []
    values = {"colouring": "Family", "opacity": 0.9, "labels": False}
    component._hear(
        "looking-a",
        Looks(
            controls=CONTROLS,
            values=values,
            paints={},
            shares={},
            set_at=10.0,
            hear=lambda chosen, at: given.append((chosen, at)),
        ),
    )
    assert given == ([(told, 20.0)] if heard else [])


def test_the_name_of_a_ring_stands_where_it_covers_nothing() -> None:
    """Free, it stands to the upper right; else elsewhere, and inside the picture as far as it can be."""
    turn, box = free_turn(100.0, 60.0, [])
    assert turn == 45
    taken = [box]
    for _ in range(8):
        turn, box = free_turn(100.0, 60.0, taken)
        assert all(box.shared(other) == 0 for other in taken)
        assert np.hypot((box.top + box.bottom) / 2, box.left) == pytest.approx(100.0)
        taken.append(box)
    _, near_the_edge = free_turn(0.99 * FIELD.right, 60.0, [])
    assert near_the_edge.shared(FIELD) == pytest.approx(60 * (box.bottom - box.top))
    _, anywhere = free_turn(100.0, 60.0, [Box(*FIELD)])
    assert anywhere.shared(FIELD) > 0


def test_families_differ_by_line_as_well_as_by_colour(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/3_Domains.py").run())
    analysis = compute.analysis(session_of(app)).analysis
    look(app, outlined="Domains")
    shapes = told(app, "domain_overlay")["shapes"][: len(analysis.domains.accepted)]
    family = [int(analysis.families.family_of_peak[one.peak]) for one in analysis.domains.accepted]
    assert [shape["path"] for shape in shapes] == list(range(len(shapes)))
    dash = {number: shape.get("dash", "") for number, shape in zip(family, shapes, strict=True)}
    assert len({dash[number] for number in (1, 2, 3)}) == 3


def test_crystals_are_outlined_and_of_the_selected_one_all_reflections(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/3_Domains.py").run())
    analysis = compute.analysis(session_of(app)).analysis
    n_domains, crystal_of = len(analysis.domains.accepted), analysis.crystallites.crystallite_of_domain
    shapes = told(app, "domain_overlay")["shapes"]
    assert [shape["path"] for shape in shapes] == [n_domains + n for n in range(max(crystal_of))]
    strongest = analysis.domains.accepted[pictures.strongest_domains(analysis)[0]]
    assert shapes[0]["text"].startswith("Crystallite 1: d ")
    assert f"{1 / np.hypot(*strongest.g_per_nm):.3f}" in shapes[0]["text"]
    row, col = shapes[0]["at"]
    click(app, "domain_overlay", row, col, 1)
    checked(app.run())
    shapes = told(app, "domain_overlay")["shapes"][max(crystal_of) :]
    of_it = np.flatnonzero(crystal_of == 1).tolist()
    assert [shape["path"] for shape in shapes[: len(of_it)]] == of_it
    assert shapes[-1]["path"] in of_it
    assert shapes[-1]["stroke"] == hex_of(SELECTED)


def test_marked_areas_are_moved_resized_and_deleted_one_by_one(open_app: Visit) -> None:
    app = open_app()
    checked(app.segmented_control(key="view.mode").set_value("Ignore").run())
    for time, left in enumerate((100, 500)):
        drag(app, "micrograph", (100, left), (300, left + 200), time)
        checked(app.run())
    areas = told(app, "micrograph")["areas"]
    assert np.allclose(areas[1], [(100, 500), (100, 700), (300, 700), (300, 500)], atol=0.6)
    moved = [[row + 50.0, col + 20.0] for row, col in areas[1]]
    reshape(app, "micrograph", 1, moved, 10)
    checked(app.run())
    assert np.allclose(told(app, "micrograph")["areas"], [areas[0], moved])
    reshape(app, "micrograph", 0, None, 11)
    checked(app.run())
    assert np.allclose(told(app, "micrograph")["areas"], [moved])
    checked(app.button(key="undo").click().run())
    assert len(session_of(app).recipe.preparation.excluded_px) == 2


@pytest.mark.parametrize("corners", [[[1.0]], [["a", 2.0]], [None], [[float("nan"), 1.0]]])
def test_what_no_browser_of_ours_tells_changes_nothing(open_app: Visit, corners: Any) -> None:
    app = open_app()
    checked(app.segmented_control(key="view.mode").set_value("Region").run())
    drag(app, "micrograph", (100, 200), (500, 700), 1)
    checked(app.run())
    recipe = session_of(app).recipe
    reshape(app, "micrograph", 0, corners, 2)
    checked(app.run())
    reshape(app, "micrograph", 7, [[1.0, 2.0]], 3)
    checked(app.run())
    assert session_of(app).recipe == recipe
