"""What a person does by hand: it counts, it can be undone, and it is never lost."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from streamlit.testing.v1 import AppTest
from visiting import checked, click, drag, header, look, session_of, told

import hrtem_core.stages
from hrtem_core.image import Wavevector
from hrtem_core.lens import LensParameters
from hrtem_core.peaks import PeakParameters
from hrtem_core.pictures import PLAIN_LOOK, Contrast, Frame, OverlayLook, OverlayStyle
from hrtem_core.recipe import ImageOf
from hrtem_core.recipe.recipe import Recipe, from_json, to_json
from hrtem_core.synthesis import PRESETS, simulate
from hrtem_ui.panels import closeup, export
from hrtem_ui.session import compute, host
from hrtem_ui.text.words import held

Visit = Callable[[], AppTest]
FFT_PAGE, DOMAIN_PAGE = "pages/1_FFT_peaks.py", "pages/3_Domains.py"


def tiff(pixels: np.ndarray, pixel_nm: float | None = 0.03) -> bytes:
    """A TIFF file, with its scale as ImageJ writes it if there is one."""
    stream = io.BytesIO()
    scale = {"resolution": (1 / pixel_nm, 1 / pixel_nm), "metadata": {"unit": "nm"}} if pixel_nm else {}
    tifffile.imwrite(stream, pixels.astype(np.uint16), imagej=pixel_nm is not None, **scale)
    return stream.getvalue()


def fringes(
    shape: tuple[int, int] = (200, 260), period_px: float = 8.0, amplitude: float = 60.0, radius: float = 60.0
) -> np.ndarray:
    """Noise with a disc of vertical fringes in it."""
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    disc = (rows - shape[0] / 2) ** 2 + (cols - shape[1] / 2) ** 2 < radius**2
    noise = np.random.default_rng(5).normal(1000, 50, shape)
    return np.asarray(noise + amplitude * disc * np.cos(2 * np.pi * cols / period_px))


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    """Upload a micrograph."""
    return checked(app.file_uploader(key="upload").set_value((name, data, "image/tiff")).run())


def on_fft(app: AppTest) -> AppTest:
    """Go to the FFT page."""
    return checked(app.switch_page(FFT_PAGE).run())


def click_first_pair(app: AppTest, time: int) -> None:
    """Click the strongest pair on the FFT page."""
    g = compute.analysis(session_of(app)).analysis.peaks.g_per_nm[0]
    click(app, "fft_picture", g[0], g[1], time)
    checked(app.run())


def test_click_rejects_the_pair_and_a_second_restores_it(open_app: Visit) -> None:
    app = on_fft(open_app())
    as_found = header(app)
    click_first_pair(app, 1)
    assert len(session_of(app).recipe.peaks.rejected) == 1
    assert header(app) != as_found
    checked(app.run())  # the component goes on returning the same click
    assert len(session_of(app).recipe.peaks.rejected) == 1
    g = session_of(app).recipe.peaks.rejected[0]
    click(app, "fft_picture", -g[0], -g[1], 2)  # the other spot of the pair
    checked(app.run())
    assert session_of(app).recipe.peaks.rejected == ()
    assert header(app) == as_found


def test_undo_redo_and_restore_all(open_app: Visit) -> None:
    app = on_fft(open_app())
    as_found = header(app)
    click_first_pair(app, 1)
    rejected = header(app)
    checked(app.button(key="undo").click().run())
    assert header(app) == as_found
    checked(app.button(key="redo").click().run())
    assert header(app) == rejected
    checked(app.button(key="restore_pairs").click().run())
    assert header(app) == as_found
    checked(app.button(key="undo").click().run())
    assert header(app) == rejected


def offer(app: AppTest, row: float, col: float, time: int) -> None:
    """Click an empty place of the FFT, with noise candidates out of the way, and accept the offer."""
    checked(app.toggle(key="view.fft_noise").set_value(False).run())
    click(app, "fft_picture", row, col, time)
    checked(app.run())
    assert session_of(app).recipe.added == ()
    checked(app.button(key="add_pair").click().run())


@pytest.mark.slow
def test_an_empty_place_is_offered_and_added(open_app: Visit) -> None:
    """Fringes too weak to be found by themselves."""
    app = on_fft(upload(open_app(), "weak.tif", tiff(fringes(amplitude=10, radius=35))))
    assert "0 domains" in header(app)
    offer(app, 0.0, 1 / 0.24, 1)
    assert len(session_of(app).recipe.added) == 1
    assert "1 domain" in header(app)
    checked(app.button(key="undo").click().run())
    assert "0 domains" in header(app)


def test_a_range_is_not_narrowed_past_an_added_peak(open_app: Visit) -> None:
    app = on_fft(upload(open_app(), "weak.tif", tiff(fringes(amplitude=10, radius=35))))
    offer(app, 0.0, 1 / 0.24, 1)
    before = session_of(app).recipe
    checked(app.slider(key="spectrum.d").set_value((0.3, 0.65)).run())
    assert session_of(app).recipe == before
    assert "An added peak must lie in the" in app.toast[0].value


def test_a_domain_is_selected_rejected_and_restored(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page(DOMAIN_PAGE).run())
    found = compute.analysis(session_of(app)).analysis.domains
    domain = found.accepted[0]
    row, col = domain.footprint.positions()[domain.footprint.n_pixels // 2]
    click(app, "domain_overlay", row + 0.5, col + 0.5, 1)
    checked(app.run())
    checked(app.button(key="toggle_domain").click().run())
    after = compute.analysis(session_of(app)).analysis.domains
    assert len(after.accepted) < len(found.accepted)
    assert app.button(key="toggle_domain").label == "Restore"
    checked(app.button(key="toggle_domain").click().run())
    assert len(compute.analysis(session_of(app)).analysis.domains.accepted) == len(found.accepted)


@pytest.mark.slow
def test_region_and_ignored_areas(open_app: Visit) -> None:
    app = open_app()
    checked(app.segmented_control(key="view.mode").set_value("Region").run())
    drag(app, "micrograph", (100, 200), (500, 700), 1)
    checked(app.run())
    region = session_of(app).recipe.preparation.region_px
    assert region is not None
    assert np.allclose(region, (100, 200, 500, 700), atol=2)
    checked(app.segmented_control(key="view.mode").set_value("Polygon").run())
    for time, (row, col) in enumerate([(150, 250), (150, 350), (300, 300)]):
        click(app, "micrograph", row, col, time)
        checked(app.run())
    next(button for button in app.button if button.label == "Close the area").click()
    checked(app.run())
    (polygon,) = session_of(app).recipe.preparation.excluded_px
    assert np.allclose(polygon, [(149.5, 249.5), (149.5, 349.5), (299.5, 299.5)], atol=2)
    checked(app.button(key="undo").click().run())
    assert session_of(app).recipe.preparation.excluded_px == ()


def test_upload_replaces_the_sample(open_app: Visit) -> None:
    app = upload(open_app(), "grain.tif", tiff(fringes()))
    assert "grain" in header(app)
    assert held("0.03 nm/px") in header(app)
    assert "1 domain" in header(app)
    on_fft(app)
    assert "grain" in header(app)


def test_a_failed_upload_leaves_the_work_as_it_was(open_app: Visit) -> None:
    app = on_fft(open_app())
    click_first_pair(app, 1)
    before = session_of(app), session_of(app).recipe, header(app)
    checked(app.switch_page("streamlit_app.py").run())
    upload(app, "broken.tif", b"II*\0 nothing")
    assert len(app.error) == 1
    assert "broken" in app.error[0].value
    assert (session_of(app), session_of(app).recipe, header(app)) == before


def test_a_name_is_shown_as_text(open_app: Visit) -> None:
    app = upload(open_app(), "a_<b>b</b>_[x](http://x.y)*.tif", tiff(fringes()))
    assert "<b>" not in header(app)
    assert "](" not in header(app)


def test_not_calibrated_until_a_scale_is_given(open_app: Visit) -> None:
    app = upload(open_app(), "bare.tif", tiff(fringes(), None))
    assert "not calibrated" in header(app)
    checked(app.switch_page("pages/2_d-spacings.py").run())
    assert any("px" in str(frame.value["d"].iloc[0]) for frame in app.dataframe)
    checked(app.switch_page("streamlit_app.py").run())
    checked(app.segmented_control(key="view.mode").set_value("Scale").run())
    for time, col in enumerate([50, 150]):
        click(app, "micrograph", 100, col, time)
        checked(app.run())
    assert next(button for button in app.button if button.label == "Use as scale").disabled
    checked(app.number_input(key="bar_length").set_value(5.0).run())
    press(app, "Use as scale")
    assert "nm/px" in header(app)
    assert np.isclose(session_of(app).pixel_size.mean_nm, 0.05, rtol=0.02)
    # Two clicks, each good to one of the 800 displayed pixels of 260, over 100 px.
    sigma = session_of(app).recipe.calibration_relative_sigma
    assert np.isclose(sigma, np.sqrt(2) * 260 / 800 / 100, rtol=0.02)


def with_bar() -> np.ndarray:
    """Fringes, and a burned-in bar of 100 px."""
    pixels = fringes()
    pixels[180:186, 20:120] = 0
    return pixels


def test_a_bar_found_by_itself_gives_the_scale_and_its_uncertainty(open_app: Visit) -> None:
    app = upload(open_app(), "bare.tif", tiff(with_bar(), None))
    checked(app.segmented_control(key="view.mode").set_value("Scale").run())
    checked(app.number_input(key="bar_length").set_value(5.0).run())
    press(app, "Use as scale")
    session = session_of(app)
    assert np.isclose(session.pixel_size.mean_nm, 0.05, rtol=0.005)
    assert np.isclose(session.recipe.calibration_relative_sigma, np.sqrt(2) * 0.3 / 100, rtol=0.01)


def calibrate(app: AppTest, known_nm: float) -> None:
    """Type a known spacing, and calibrate on it."""
    checked(app.number_input(key="known_d").set_value(known_nm).run())
    press(app, "Calibrate")


def test_calibrating_on_a_spacing_scales_everything(open_app: Visit) -> None:
    app = upload(open_app(), "grain.tif", tiff(fringes()))
    checked(app.switch_page("pages/2_d-spacings.py").run())
    before = compute.analysis(session_of(app)).analysis.families
    calibrate(app, 0.25)
    families = compute.analysis(session_of(app)).analysis.families
    assert np.isclose(families.d_nm, 0.25, rtol=0.003).any()
    own = float(before.d_sigma_nm[0] / before.d_nm[0])
    assert session_of(app).recipe.calibration_relative_sigma == pytest.approx(own)
    calibrate(app, 0.26)  # the old scale's uncertainty is no part of the new one's
    assert session_of(app).recipe.calibration_relative_sigma == pytest.approx(own, rel=0.1)
    checked(app.switch_page("streamlit_app.py").run())
    press(app, "Back to the file's")
    assert session_of(app).recipe == Recipe()


def test_rings_and_spots_choose_what_to_calibrate_on_and_mark_their_pair(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/2_d-spacings.py").run())
    assert app.selectbox[0].value == 0
    found = compute.analysis(session_of(app)).analysis
    g = 1 / found.families.d_nm[2]
    click(app, "rings", 0.6 * g, 0.8 * g, 1)
    checked(app.run())
    assert app.selectbox[0].value == 2
    assert told(app, "rings")["rings"][2]["width"] > told(app, "rings")["rings"][1]["width"]
    checked(app.selectbox[0].set_value(1).run())
    assert app.selectbox[0].value == 1
    click(app, "rings", *found.peaks.g_per_nm[0].tolist(), 2)
    checked(app.run())
    assert app.selectbox[0].value == found.families.family_of_peak[0] - 1
    assert told(app, "rings")["marks"][-1]["ring"]
    marked = json.loads(app.dataframe[-1].proto.selection_state)["selection"]["rows"]
    assert app.dataframe[-1].value["pair"].iloc[marked].tolist() == [1]


def test_a_click_in_the_fft_of_a_close_up_selects_the_pair_there(open_app: Visit) -> None:
    app = on_fft(open_app())
    recipe, peaks = session_of(app).recipe, compute.analysis(session_of(app)).analysis.peaks
    click(app, "fft_picture", *peaks.g_per_nm[0].tolist(), 1, selects=True)
    checked(app.run())
    frame, side = session_of(app).frames[closeup.FFT], 400.0
    inside = (row for row in np.flatnonzero(peaks.accepted)[1:] if is_in(frame, peaks.g_per_nm[row]))
    near = next(inside)
    g = peaks.g_per_nm[near]
    event = {"x": round((g[1] - frame.left) / frame.width * side - 0.5)}
    event |= {"y": round((g[0] - frame.top) / frame.height * side - 0.5)}
    app.session_state[closeup.FFT] = event | {"width": side, "height": side, "unix_time": 1}
    checked(app.run())
    assert app.header[-1].value.startswith(f"Pair {near + 1} from close by")
    assert session_of(app).recipe == recipe
    click(app, "fft_picture", *peaks.g_per_nm[0].tolist(), 2, selects=True)
    checked(app.run())  # the component goes on returning the same click
    assert app.header[-1].value.startswith("Pair 1 from close by")


def is_in(frame: Frame, place: np.ndarray) -> bool:
    """Whether a picture shows a place."""
    return frame.kept(*place.tolist()) == tuple(place.tolist())


def test_images_that_differ_in_few_pixels_have_their_own_results(open_app: Visit) -> None:
    """Streamlit itself would hash a sample of the pixels and serve one image's result for the other."""
    grain = np.random.default_rng(1).normal(1000, 50, (400, 400))
    other = grain.copy()
    other[200:210, 150:160] += 500  # not so bright that it is left out as glare
    intensities = []
    for name, pixels in (("a.tif", grain), ("b.tif", other)):
        app = upload(open_app(), name, tiff(pixels))
        prepared = compute.analysis(session_of(app)).analysis.prepared
        intensities.append(float(prepared.intensity[204, 154]))
    assert intensities[1] > intensities[0] + 300


def load_recipe(app: AppTest, text: str) -> AppTest:
    """Open a recipe's file on the first page."""
    file = ("r.json", text.encode(), "application/json")
    return checked(app.file_uploader(key="recipe_file").set_value(file).run())


@pytest.mark.slow
def test_a_recipe_restores_the_session(open_app: Visit) -> None:
    app = on_fft(open_app())
    click_first_pair(app, 1)
    checked(app.slider(key="peaks.min_probability").set_value(0.8).run())
    session = session_of(app)
    saved, line = to_json(session.recipe, image_of=ImageOf.of(session.micrograph)), header(app)
    again = load_recipe(open_app(), saved)
    assert session_of(again).recipe == from_json(saved)
    assert header(again) == line


@pytest.mark.parametrize("image_of", [ImageOf("other.dm3", "0" * 64), None])
@pytest.mark.parametrize("choice", ["recipe_settings", "recipe_everything"])
def test_a_recipe_of_another_image_asks_what_to_take(
    open_app: Visit, image_of: ImageOf | None, choice: str
) -> None:
    """It was applied with its scale and its marks without a word."""
    peaks = PeakParameters(min_probability=0.83, rejected=(Wavevector(0.0, 4.0),))
    other = Recipe(pixel_size_nm=0.05, peaks=peaks)
    app = upload(open_app(), "grain.tif", tiff(fringes()))
    load_recipe(app, to_json(other, image_of=image_of))
    assert session_of(app).recipe == Recipe()
    assert ("was made for other" if image_of else "does not say which image") in app.warning[0].value
    checked(app.button(key=choice).click().run())
    settings = Recipe(peaks=PeakParameters(min_probability=0.83))
    assert session_of(app).recipe == (other if choice == "recipe_everything" else settings)
    assert not app.warning
    checked(app.button(key="undo").click().run())
    assert session_of(app).recipe == Recipe()


def test_a_wrong_recipe_is_refused_in_a_sentence(open_app: Visit) -> None:
    app = open_app()
    before = session_of(app).recipe
    for data in (b'{"peaks": {"min_probability": 7}}', b"\xff\xfe", b"[]"):
        file = app.file_uploader(key="recipe_file")
        checked(file.set_value((f"{len(data)}.json", data, "application/json")).run())
        assert session_of(app).recipe == before
        assert len(app.toast) == 1


def test_two_visitors_do_not_meet(open_app: Visit) -> None:
    first, second = on_fft(open_app()), on_fft(open_app())
    as_found = header(second)
    click_first_pair(first, 1)
    checked(second.run())
    assert header(second) == as_found
    assert session_of(second).recipe.peaks.rejected == ()


def test_going_back_to_the_image_before(open_app: Visit) -> None:
    """Another image opened by mistake costs no work."""
    app = on_fft(open_app())
    click_first_pair(app, 1)
    before = session_of(app).recipe, header(app)
    checked(app.switch_page("streamlit_app.py").run())
    checked(next(box for box in app.selectbox if box.label == "Sample").set_value("amorphous").run())
    assert header(app) != before[1]
    checked(app.button(key="back").click().run())
    assert (session_of(app).recipe, header(app)) == before


def test_a_small_host_bins_and_says_so(open_app: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SMALL_SIDE_PX", 130)
    app = open_app()
    monkeypatch.setenv("HRTEM_SMALL_HOST", "1")
    upload(app, "grain.tif", tiff(fringes()))
    micrograph = session_of(app).micrograph
    assert micrograph.shape == (100, 130)
    assert np.isclose(session_of(app).pixel_size.mean_nm, 0.06)
    assert any("little memory" in box.value for box in app.markdown)


def test_an_image_beyond_the_limit_is_offered_binned(
    open_app: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app()
    monkeypatch.setattr(host, "SIDE_PX", 150)
    upload(app, "large.tif", tiff(fringes()))
    assert "large" not in header(app)
    assert held("200 × 260") in app.warning[0].value
    next(button for button in app.button if "averaged" in button.label).click()
    checked(app.run())
    assert "large" in header(app)
    assert session_of(app).micrograph.shape == (100, 130)


def type_into_table(app: AppTest, row: int, column: str, text: str) -> None:
    """Report what a browser does once Enter is pressed in a cell of the page's first table."""
    states = app._tree.get_widget_states()
    edited = {"edited_rows": {str(row): {column: text}}, "added_rows": [], "deleted_rows": []}
    states.widgets.add(id=app.dataframe[0].proto.id, string_value=json.dumps(edited))
    checked(app._run(states))


def test_families_are_named_merged_and_split(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page("pages/2_d-spacings.py").run())
    n_families = len(compute.analysis(session_of(app)).analysis.families.family_id)
    type_into_table(app, 0, "family", "Li2O 111")
    assert compute.analysis(session_of(app)).analysis.families.names[0] == "Li2O 111"
    assert app.dataframe[0].value["family"].iloc[0] == "Li2O 111"
    assert app.selectbox[0].options[0].startswith("Li2O 111 ·")
    type_into_table(app, 0, "family", "")
    assert compute.analysis(session_of(app)).analysis.families.names[0] == ""
    checked(app.button(key="undo").click().run())
    assert app.dataframe[0].value["family"].iloc[0] == "Li2O 111"
    checked(app.multiselect[0].set_value([0]).run())
    press(app, "Split")
    assert len(compute.analysis(session_of(app)).analysis.families.family_id) == n_families + 1
    press(app, "As found")
    assert app.multiselect[0].value == []
    checked(app.multiselect[0].set_value([0, 1]).run())
    press(app, "Merge")
    assert len(compute.analysis(session_of(app)).analysis.families.family_id) == n_families - 1


def test_overlays_are_exported_as_they_are_shown(open_app: Visit) -> None:
    app = open_app()
    checked(app.switch_page(DOMAIN_PAGE).run())
    look(app, colouring="Direction", opacity=0.5)
    session_of(app).view["percent"] = (2.0, 98.0)
    checked(app.switch_page("pages/7_Export.py").run())
    page = SimpleNamespace(session=session_of(app), analysis=compute.analysis(session_of(app)).analysis)
    style = OverlayStyle(opacity=0.5, labels=True, dashes=True)
    shown = OverlayLook(mode="azimuth", contrast=Contrast(2.0, 98.0), style=style, legend=True, crystals=True)
    assert export.look_of(page) == shown
    session_of(app).view["outlined"] = "Domains"
    assert export.look_of(page) == replace(shown, crystals=False)
    session_of(app).view |= {"ground": "dark field", "drawn": "nothing"}
    bare = replace(style, opacity=0.0)
    assert export.look_of(page) == replace(shown, crystals=False, ground="dark field", style=bare)
    checked(app.toggle(key="view.as_shown").set_value(False).run())
    assert export.look_of(page) == PLAIN_LOOK


def press(app: AppTest, label: str) -> None:
    """Press the button of that label."""
    next(button for button in app.button if button.label == label).click()
    checked(app.run())


@pytest.mark.parametrize(
    ("pixels", "pixel_nm", "said"),
    [
        (np.full((64, 64), 7.0), 0.03, "same value"),
        (fringes(), 10.0, "too fine for these pixels, which show 22.2 nm"),
        (fringes(), 0.0001, "0.0200 nm wide"),
    ],
)
def test_an_image_in_which_nothing_can_be_found_says_why(
    open_app: Visit, pixels: np.ndarray, pixel_nm: float, said: str
) -> None:
    app = upload(open_app(), "odd.tif", tiff(pixels, pixel_nm))
    assert "0 domains" in header(app)
    assert held(said) in app.warning[0].value


def test_what_was_pointed_at_does_not_stay_for_the_next_image(open_app: Visit) -> None:
    app = open_app()
    checked(app.segmented_control(key="view.mode").set_value("Polygon").run())
    click(app, "micrograph", 100, 100, 1)
    checked(app.run())
    assert not next(button for button in app.button if button.label == "Start over").disabled
    checked(next(box for box in app.selectbox if box.label == "Sample").set_value("bicrystal").run())
    assert next(button for button in app.button if button.label == "Start over").disabled


def test_a_browser_that_still_shows_a_sample_does_not_open_it_again(open_app: Visit) -> None:
    app = open_app()
    shown = app._tree.get_widget_states()
    upload(app, "grain.tif", tiff(fringes()))
    checked(app._run(shown))  # a click elsewhere, before the browser has heard of the new image
    assert "grain" in header(app)


def test_two_clicks_on_undo_before_the_page_follows_take_back_two_changes(open_app: Visit) -> None:
    app = on_fft(open_app())
    for probability in (0.8, 0.9):
        checked(app.slider(key="peaks.min_probability").set_value(probability).run())
    app.button(key="undo").click()
    clicked = app._tree.get_widget_states()
    for _ in range(2):  # beside a slider that is still at 0.9
        checked(app._run(clicked))
    assert session_of(app).recipe.peaks.min_probability == 0.5
    assert next(one for one in app.slider if one.label.startswith("Sensitivity")).value == 0.5
    assert len(session_of(app).future) == 2


@pytest.mark.parametrize(
    ("verb", "page", "change"),
    [
        ("separate", "streamlit_app.py", lambda app: app.number_input(key="calibration").set_value(2.0)),
        ("weigh", FFT_PAGE, lambda app: app.slider(key="peaks.min_probability").set_value(0.83)),
    ],
)
def test_what_a_parameter_does_not_change_is_not_made_again(
    open_app: Visit,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    page: str,
    change: Callable[[AppTest], object],
) -> None:
    """The calibration's uncertainty follows no fringes again, the sensitivity fits no mixture."""
    app = open_app()
    checked(app.switch_page(page).run())
    made: list[str] = []
    for name in ("separate", "weigh", "group_families"):
        verb_itself = getattr(hrtem_core.stages, name)

        def counted(*given, name=name, verb_itself=verb_itself, **named):
            made.append(name)
            return verb_itself(*given, **named)

        monkeypatch.setattr(hrtem_core.stages, name, counted)
    before = session_of(app).recipe
    change(app)
    checked(app.run())
    assert session_of(app).recipe != before
    assert made.count(verb) == 0
    assert made.count("group_families") == 1


def test_vacuum_is_left_out_by_one_click(open_app: Visit) -> None:
    app = open_app()
    upload(app, "edge.tif", tiff(simulate(PRESETS["edge"], seed=2).micrograph.intensity))
    assert "of the field looks like vacuum" in " ".join(one.value for one in app.markdown)
    before = session_of(app).recipe
    checked(app.button(key="leave_out_vacuum").click().run())
    assert "looks like vacuum" not in " ".join(one.value for one in app.markdown)
    assert "of the usable field crystalline" in header(app)
    checked(app.button(key="undo").click().run())
    assert session_of(app).recipe == before


def test_vacuum_that_is_kept_is_not_asked_about_again(open_app: Visit) -> None:
    app = open_app()
    upload(app, "edge.tif", tiff(simulate(PRESETS["edge"], seed=2).micrograph.intensity))
    before = session_of(app).recipe
    checked(app.button(key="keep_vacuum").click().run())
    assert "looks like vacuum" not in " ".join(one.value for one in app.markdown)
    assert session_of(app).recipe == before


def test_the_lens_is_chosen_on_the_first_page(open_app: Visit) -> None:
    app = open_app()
    lens = next(box for box in app.selectbox if box.label == "Lens")
    assert lens.disabled  # Cs says nothing without the voltage
    checked(next(box for box in app.number_input if box.label == "Voltage (kV)").set_value(200.0).run())
    lens = next(box for box in app.selectbox if box.label == "Lens")
    checked(lens.select("Cs 1.2 mm").run())
    assert session_of(app).recipe.lens == LensParameters(200.0, 1.2)
    assert any("defocus" in one.value for one in app.markdown)
    checked(app.button(key="undo").click().run())
    assert session_of(app).recipe.lens == LensParameters(200.0)


def test_what_was_unusual_stands_on_every_page(open_app: Visit) -> None:
    app = open_app()
    upload(app, "coarse.tif", tiff(fringes(period_px=40.0, amplitude=400.0, radius=100.0)))
    told = "stronger fringes at"
    assert any(told in one.value for one in app.markdown)
    on_fft(app)
    assert any(told in one.value for one in app.markdown)


def test_a_slider_and_a_page_go_back_to_their_defaults(open_app: Visit) -> None:
    app = checked(open_app().switch_page(DOMAIN_PAGE).run())
    session = session_of(app)
    usual = session.recipe.domains
    assert app.button(key="reset_page").disabled
    assert app.button(key="reset-domains.min_area_nm2").disabled
    session.change(replace(session.recipe, domains=replace(usual, min_area_nm2=4.0, threshold_snr=2.5)))
    checked(app.run())
    checked(app.button(key="reset-domains.min_area_nm2").click().run())
    assert session.recipe.domains == replace(usual, threshold_snr=2.5)
    checked(app.button(key="reset_page").click().run())
    assert session.recipe.domains == usual
    checked(app.button(key="undo").click().run())
    assert session.recipe.domains.threshold_snr == 2.5  # a reset is a change like others


def test_the_range_and_ways_of_looking_are_reset_too(open_app: Visit) -> None:
    app = open_app()
    session = session_of(app)
    session.view["gamma"] = 2.0
    checked(app.run())
    checked(app.button(key="reset-gamma").click().run())
    assert "gamma" not in session.view
    usual = session.recipe.spectrum
    session.change(replace(session.recipe, spectrum=replace(usual, max_d_nm=0.8)))
    checked(app.switch_page(FFT_PAGE).run())
    checked(app.button(key="reset-spectrum.d").click().run())
    assert session.recipe.spectrum == usual
