"""The page Composition: three clicks, undo, refine, tables, and the recipe."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from composition_scenes import ELEMENTS, scan
from streamlit.testing.v1 import AppTest
from visiting import checked, click, session_of

from hrtem_core.composition import ElementalMaps, MapFile, MapSource, Pair, guess_role
from hrtem_core.errors import FileError
from hrtem_core.recipe import from_json, to_json
from hrtem_ui.panels import composition as panel
from hrtem_ui.panels import maps as maps_panel

PAGE = "pages/6_Composition.py"
Visit = Callable[[], AppTest]


def maps_for(app: AppTest) -> ElementalMaps:
    """Maps as large as the sample that is open, without meaning."""
    maps = scan(5).maps
    assert session_of(app).micrograph.shape[0] > 100
    return maps


def opened(app: AppTest) -> AppTest:
    """The page with maps, as opening their files leaves it."""
    session = session_of(app)
    session.maps = maps_for(app)
    files = (MapFile("map O", "O.tif", "0" * 64),)
    session.change(replace(session.recipe, composition=replace(session.recipe.composition, files=files)))
    return checked(app.switch_page(PAGE).run())


def point(app: AppTest, number: int, place: tuple[float, float]) -> None:
    """Click a place in both pictures: `place` is a part of the field."""
    session = session_of(app)
    for side, key in enumerate((panel.LEFT, panel.RIGHT)):
        rows, cols = session.micrograph.shape if side == 0 else session.maps.shape
        click(app, key, place[0] * rows, place[1] * cols, time=10 * number + side)
        checked(app.run())


def test_three_pairs_lay_the_maps_and_undo_takes_one_back(open_app: Visit) -> None:
    app = opened(open_app())
    assert any("Three pairs" in info.value for info in app.info)
    for number, place in enumerate([(0.2, 0.2), (0.8, 0.3), (0.4, 0.8)], start=1):
        point(app, number, place)
    pairs = session_of(app).recipe.composition.clicks
    assert len(pairs) == 3
    scale, shape = session_of(app).pixel_size, session_of(app).micrograph.shape
    assert pairs[1].row_nm == pytest.approx(0.8 * shape[0] * scale.row_nm, rel=0.01)
    assert pairs[1].map_row_px == pytest.approx(0.8 * session_of(app).maps.shape[0] - 0.5, abs=0.3)
    labels = [metric.label for metric in app.metric]
    assert labels == ["Maps lie within", "Leave-one-out"]
    assert any("Goes together" in text.value for text in app.header)
    columns = {column for table in app.dataframe for column in table.value.columns}
    assert {f"{element} (% of counts)" for element in ELEMENTS} <= columns
    checked(app.button(key="last_pair").click().run())
    assert len(session_of(app).recipe.composition.clicks) == 2
    checked(app.button(key="undo").click().run())
    assert session_of(app).recipe.composition.clicks == pairs
    assert from_json(to_json(session_of(app).recipe)) == session_of(app).recipe


def test_half_a_pair_is_taken_back_first(open_app: Visit) -> None:
    app = opened(open_app())
    click(app, panel.LEFT, 50, 60, time=1)
    checked(app.run())
    assert panel.LEFT in session_of(app).view[panel.HALF]
    checked(app.button(key="last_pair").click().run())
    assert session_of(app).view[panel.HALF] == {}


def test_pairs_on_a_line_are_told_so(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    line = tuple(Pair(float(k), float(k), 10.0 * k, 10.0 * k) for k in range(3))
    session.change(replace(session.recipe, composition=replace(session.recipe.composition, clicks=line)))
    app = opened(app)
    assert any("lie on a line" in error.value for error in app.error)


def test_files_are_opened_by_their_roles(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    page = type("Page", (), {"session": session})()
    maps = scan(5).maps

    def npy(numbers: np.ndarray, name: str) -> MapSource:
        target = io.BytesIO()
        np.save(target, numbers)
        return MapSource(target.getvalue(), name)

    sources = [npy(maps.counts[0], "O.npy"), npy(maps.backgrounds[0], "background_O.npy"),
               npy(maps.survey, "haadf.npy")]  # fmt: skip
    maps_panel.take_maps(page, sources, ["O", "background O", "survey"], [], edges=False)
    assert session.maps.elements == ("O",)
    assert np.array_equal(session.maps.survey, maps.survey)
    assert [file.role for file in session.recipe.composition.files] == ["map O", "background O", "survey"]


def test_a_cube_takes_its_windows_and_sensitivities_from_files(open_app: Visit) -> None:
    session = session_of(open_app())
    page = type("Page", (), {"session": session})()
    target = io.BytesIO()
    counts = np.random.default_rng(0).poisson(2, (12, 16, 80)).astype(np.uint16)
    np.savez(target, counts=counts, energy_kev=0.1 + 0.01 * np.arange(80))
    windows = {"O": {"line_ev": [450, 600], "sides_ev": [[350, 449], [601, 700]]}}
    sources = [
        MapSource(target.getvalue(), "scan.npz"),
        MapSource(json.dumps(windows).encode(), "windows.json"),
        MapSource(b'{"O": 0.8}', "k.json"),
    ]
    roles = [guess_role(source.name) for source in sources]
    maps_panel.take_maps(page, sources, roles, ["F"], edges=False)
    assert session.maps.elements == ("O",)
    assert session.maps.counts[0].sum() == counts[:, :, 35:51].sum()
    assert session.recipe.composition.windows[0].counted == (450, 600)
    assert dict(session.recipe.composition.sensitivity) == {"O": 0.8}
    with pytest.raises(FileError, match=r"windows\.json is no JSON"):
        maps_panel.take_maps(page, [sources[0], MapSource(b"{", "windows.json")], roles[:2], [], edges=False)


def test_images_of_a_stack_are_offered_one_by_one(open_app: Visit) -> None:
    page = type("Page", (), {"session": session_of(open_app())})()
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((3, 20, 24), np.uint16), photometric="minisblack")
    file = SimpleNamespace(name="scan.tif", file_id="a", getvalue=target.getvalue)
    offered = maps_panel._images(page, file)
    assert [one.source.image for one in offered] == [0, 1, 2]
    assert offered[2].called.startswith("scan.tif #2")
    whole = SimpleNamespace(name="O.tif", file_id="b", getvalue=lambda: b"no image")
    assert [(one.called, one.role) for one in maps_panel._images(page, whole)] == [("O.tif", "O")]


@pytest.mark.parametrize(
    ("title", "role"), [("HAADF, 1 of 2", "survey"), ("HAADF, 2 of 2", ""), ("Ca", "Ca"), ("Fe-EELS", "Fe"),
                        ("DF-S", "survey"), ("image 1", "")],
)  # fmt: skip
def test_titles_of_images_tell_what_they_are(title: str, role: str) -> None:
    assert maps_panel._role_of(title) == role


def test_suggested_phases_stand_against_d_and_composition(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    phases = replace(session.recipe.phases, candidates=("Li2O", "LiF"))
    session.change(replace(session.recipe, phases=phases))
    app = opened(app)
    for number, place in enumerate([(0.2, 0.2), (0.8, 0.3), (0.4, 0.8)], start=1):
        point(app, number, place)
    tables = [table.value for table in app.dataframe if "χ² of composition" in table.value.columns]
    assert set(tables[0]["phase"]) <= {"Li2O", "LiF"}
    assert any("Phases against d and composition" in text.value for text in app.header)


def test_a_recipe_asks_for_its_maps(open_app: Visit) -> None:
    app = opened(open_app())
    session_of(app).maps = None
    checked(app.run())
    assert any("Open them again" in info.value for info in app.info)
