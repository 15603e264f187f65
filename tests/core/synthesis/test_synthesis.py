"""Synthetic micrographs: that they show what they say, as strongly as they say."""

import csv
import math

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from hrtem_core.errors import FileError, RecipeError
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.wavevectors import azimuth_deg, frequencies_per_nm
from hrtem_core.readers import read
from hrtem_core.samples import SAMPLES, sample_bytes, sample_path
from hrtem_core.synthesis import (
    PRESETS,
    STRUCTURES,
    FieldParameters,
    Fringes,
    Optics,
    PlannedGrain,
    SceneParameters,
    add_fringes,
    amorphous,
    disc,
    polygon,
    scene_with,
    simulate,
    write_scene,
)
from hrtem_core.synthesis.drawing import amorphous_power, gaussian_edge
from hrtem_core.synthesis.scene import EDGE_NM, noise_power
from hrtem_core.synthesis.structures import visible_reflections, zone_axis_rotation

OBLONG = FieldParameters(shape=(200, 260), pixel_size=PixelSize(0.03, 0.022, "simulated"))


def middle_disc(field: FieldParameters, diameter_nm: float) -> np.ndarray:
    height, width = field.size_nm
    return disc(field.shape, (height / 2, width / 2), diameter_nm, field.pixel_size)


def strongest_g(image: np.ndarray, pixel: PixelSize) -> np.ndarray:
    """The strongest Fourier bin with |g| > 1.5/nm of a Hann-windowed image, (row, column) in 1/nm."""
    window = np.hanning(image.shape[0])[:, None] * np.hanning(image.shape[1])[None]
    row = frequencies_per_nm(image.shape[0], pixel.row_nm)[:, None]
    col = frequencies_per_nm(image.shape[1], pixel.col_nm)[None, :]
    power = np.abs(np.fft.fft2((image - image.mean()) * window)) ** 2 * (np.hypot(row, col) > 1.5)
    at = np.unravel_index(np.argmax(power), power.shape)
    return np.array([row[at[0], 0], col[0, at[1]]])


# --- drawing -----------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(d_nm=st.floats(0.12, 0.4), azimuth=st.floats(0, 179.9))
def test_fringes_have_the_spacing_and_direction_asked_for_on_oblong_pixels(d_nm, azimuth):
    fringes = Fringes.of_spacing(d_nm, azimuth, amplitude=1.0)
    image = np.zeros(OBLONG.shape)
    add_fringes(image, np.ones(OBLONG.shape), fringes.g_per_nm, 1.0, 0.3, OBLONG.pixel_size)
    g = strongest_g(image, OBLONG.pixel_size)
    assert 1 / np.hypot(*g) == pytest.approx(d_nm, rel=0.05)
    turned = abs(float(azimuth_deg(g)) - azimuth)
    assert min(turned, 180 - turned) < 3


def test_power_at_g_is_that_of_the_amplitude():
    field = FieldParameters(shape=(100, 150), pixel_size=PixelSize(0.03, 0.02))  # 3 nm x 3 nm
    image = np.zeros(field.shape)
    add_fringes(image, np.ones(field.shape), (-3.0, 4.0), 0.7, 0.0, field.pixel_size)
    power = np.abs(np.fft.fft2(image)) ** 2 / image.size
    assert power[-9, 12] == pytest.approx(0.7**2 * image.size / 4)
    assert power.sum() == pytest.approx(2 * power[-9, 12])


def test_bending_turns_the_lattice_counter_clockwise_to_the_right():
    field = FieldParameters(shape=(200, 600))
    image = np.zeros(field.shape)
    add_fringes(image, np.ones(field.shape), (0.0, 4.0), 1.0, 0.0, field.pixel_size, bend_deg_per_nm=2.0)
    directions = [strongest_g(image[:, part], field.pixel_size) for part in (slice(0, 200), slice(400, 600))]
    angles = [math.degrees(math.atan2(-g[0] * np.sign(g[1]), abs(g[1]))) for g in directions]
    assert angles[1] - angles[0] == pytest.approx(2.0 * 12.0, abs=3)  # the parts' middles are 12 nm apart


def test_amorphous_film_has_unit_variance_and_its_stated_spectrum():
    shape, pixel, optics = (300, 200), PixelSize(0.03, 0.04), Optics()
    draws = [amorphous(shape, pixel, optics, np.random.default_rng(seed)) for seed in range(40)]
    assert np.mean([np.var(draw) for draw in draws]) == pytest.approx(1, abs=0.05)
    power = np.mean([np.abs(np.fft.fft2(draw)) ** 2 for draw in draws], axis=0) / draws[0].size
    radius = np.hypot(
        frequencies_per_nm(shape[0], pixel.row_nm)[:, None], frequencies_per_nm(shape[1], pixel.col_nm)
    )
    stated = amorphous_power(radius, shape, pixel, optics)
    for low, high in ((1, 2), (2, 3), (3, 4), (4, 6)):
        ring = (radius > low) & (radius < high)
        assert power[ring].mean() == pytest.approx(stated[ring].mean(), rel=0.05)


def test_wavelength_and_scherzer_passband():
    assert Optics(200).wavelength_nm == pytest.approx(2.508e-3, rel=1e-3)
    assert Optics(300).wavelength_nm == pytest.approx(1.969e-3, rel=1e-3)
    wave = Optics(200).wavelength_nm
    scherzer = Optics(200, 0.6, 1.2 * math.sqrt(0.6e6 * wave), 0.0)
    point_resolution = 1.5 * (0.6e6) ** -0.25 * wave**-0.75  # Scherzer 1949, doi:10.1063/1.1698233
    transfer = scherzer.transfer(np.array([0.5, 0.7, 0.9]) * point_resolution)
    assert (transfer > 0.5).all()


@settings(max_examples=20, deadline=None)
@given(diameter=st.floats(1.5, 4.0), seed=st.integers(0, 1000))
def test_outlines_have_about_the_area_of_their_disc_on_oblong_pixels(diameter, seed):
    centre = OBLONG.size_nm[0] / 2, OBLONG.size_nm[1] / 2
    area = math.pi * diameter**2 / 4
    round_one = disc(OBLONG.shape, centre, diameter, OBLONG.pixel_size)
    facetted = polygon(OBLONG.shape, centre, diameter, OBLONG.pixel_size, np.random.default_rng(seed))
    assert round_one.sum() * OBLONG.pixel_size.area_nm2 == pytest.approx(area, rel=0.03)
    assert facetted.sum() * OBLONG.pixel_size.area_nm2 == pytest.approx(area, rel=0.5)


# --- structures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hkl", "d_nm"),
    [
        ("Li2O", (1, 1, 1), 0.2667),
        ("LiF", (2, 0, 0), 0.2013),
        ("Li2CO3", (0, 0, 2), 0.2812),
        ("Li2CO3", (1, 1, 0), 0.4159),
        ("Au", (1, 1, 1), 0.2354),
        ("Cu", (2, 2, 0), 0.1278),
    ],
)
def test_spacings_are_those_of_the_tables(name, hkl, d_nm):
    assert STRUCTURES[name].spacing_nm(hkl) == pytest.approx(d_nm, abs=1e-4)


def test_equivalents_are_half_of_the_multiplicity_and_equally_spaced():
    assert len(STRUCTURES["Au"].equivalents((1, 1, 1))) == 4
    assert len(STRUCTURES["Au"].equivalents((3, 1, 1))) == 12
    li2co3 = STRUCTURES["Li2CO3"]
    assert [len(li2co3.equivalents(hkl)) for hkl in ((1, 1, 0), (0, 0, 2), (0, 2, 0))] == [2, 1, 1]
    for structure in STRUCTURES.values():
        for hkl in structure.amplitudes:
            spacings = [structure.spacing_nm(member) for member in structure.equivalents(hkl)]
            assert np.ptp(spacings) < 1e-9


def test_gold_110_shows_its_two_111_pairs_70_degrees_apart_and_200():
    gold = STRUCTURES["Au"]
    rotation = zone_axis_rotation(gold, (1, 1, 0), 33.0)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    shown = visible_reflections(gold, rotation, thickness_nm=5.0, max_g_per_nm=6.0)
    assert sorted(round(1 / math.hypot(*g), 3) for _, g, _ in shown) == [0.204, 0.235, 0.235]
    first, second = (np.array(g) for hkl, g, _ in shown if 0 not in hkl)
    angle = math.degrees(math.acos(abs(first @ second) / np.linalg.norm(first) / np.linalg.norm(second)))
    assert angle == pytest.approx(70.53, abs=0.01)
    turned = visible_reflections(
        gold, zone_axis_rotation(gold, (1, 1, 0), 43.0), thickness_nm=5.0, max_g_per_nm=6.0
    )
    change = azimuth_deg([g for _, g, _ in turned]) - azimuth_deg([g for _, g, _ in shown])
    np.testing.assert_allclose(change % 180, 10, atol=1e-6)


# --- scenes ------------------------------------------------------------------------------------------


def test_rho_is_the_matched_filters_signal_to_noise_ratio():
    rho = 8.0
    field = FieldParameters(shape=(80, 100), pixel_size=PixelSize(0.03, 0.025), dose=100.0)
    mask = middle_disc(field, 2.0)
    g = (-2.1, 3.0)
    planned = PlannedGrain(mask, (Fringes(g, rho=rho),))
    (drawn,) = scene_with([planned], field).grains
    assert drawn.reflections[0].rho == pytest.approx(rho)
    template = np.zeros(field.shape)
    add_fringes(template, np.ones(field.shape), g, 1.0, 0.0, field.pixel_size)
    # The phase is counted from the middle of the crystal's rectangle, here the middle of the field.
    template *= gaussian_edge(mask, EDGE_NM, field.pixel_size)
    outputs = {
        seeded: np.array(
            [np.vdot(template, scene_with(grains, field, seed=s).micrograph.intensity) for s in range(200)]
        )
        for seeded, grains in {"with": [planned], "without": []}.items()
    }
    measured = (outputs["with"].mean() - outputs["without"].mean()) / outputs["without"].std()
    assert measured == pytest.approx(rho, rel=0.15)  # 200 draws know a deviation to 5 %


def test_noise_power_is_that_of_the_images():
    field = FieldParameters(shape=(256, 192), dose=80.0)
    images = [scene_with((), field, seed=seed).micrograph.intensity.astype(float) for seed in range(30)]
    power = np.mean([np.abs(np.fft.fft2(image)) ** 2 for image in images], axis=0) / images[0].size
    row = frequencies_per_nm(256, 0.03)[:, None]
    radius = np.hypot(row, frequencies_per_nm(192, 0.03))
    for g in (2.0, 3.5, 5.0):
        ring = np.abs(radius - g) < 0.05
        assert power[ring].mean() == pytest.approx(noise_power((0.0, g), field), rel=0.08)


def test_without_crystals_no_peak_rises_above_the_noise():
    field = FieldParameters(shape=(300, 400))
    image = scene_with((), field, seed=3).micrograph.intensity.astype(float)
    row, col = (frequencies_per_nm(n, 0.03) for n in field.shape)
    radius = np.hypot(row[:, None], col)
    noise = amorphous_power(radius, field.shape, field.pixel_size, field.optics)
    noise = field.dose + (field.contrast * field.dose) ** 2 * noise
    excess = np.abs(np.fft.fft2(image)) ** 2 / image.size / noise
    searched = excess[radius > 1.0]
    # Exponentially distributed: the largest of n exceeds ln(n / 0.001) once in a thousand images.
    assert searched.max() < math.log(searched.size / 1e-3)
    assert searched.mean() == pytest.approx(1, abs=0.02)


def test_a_given_grain_appears_at_its_g_and_only_inside_its_mask():
    field = OBLONG
    mask = middle_disc(field, 3.0)
    fringes = Fringes.of_spacing(0.25, 63.0, rho=60.0)
    scene = scene_with([PlannedGrain(mask, (fringes,), "Au")], field)
    g = strongest_g(scene.micrograph.intensity.astype(float), field.pixel_size)
    assert 1 / np.hypot(*g) == pytest.approx(0.25, rel=0.05)
    reflection = scene.grains[0].reflections[0]
    assert reflection.d_nm == pytest.approx(0.25)
    assert reflection.azimuth_deg == pytest.approx(63.0)
    np.testing.assert_array_equal(scene.grains[0].mask, mask)
    without = scene_with((), field)
    far = ~disc(field.shape, (field.size_nm[0] / 2, field.size_nm[1] / 2), 4.5, field.pixel_size)
    assert np.corrcoef(scene.micrograph.intensity[far], without.micrograph.intensity[far])[0, 1] > 0.2
    assert scene.grains[0].footprint.n_pixels == mask.sum()


@pytest.mark.slow
def test_equal_seeds_give_equal_scenes_and_others_do_not():
    first, again, other = (simulate(PRESETS["interphase"], seed) for seed in (4, 4, 5))
    assert first.micrograph.digest == again.micrograph.digest
    assert [r for _, _, r in first.truth()] == [r for _, _, r in again.truth()]
    assert first.micrograph.digest != other.micrograph.digest


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_draw_what_they_are_asked_for(name):
    parameters = PRESETS[name]
    scene = simulate(parameters, 1)
    assert scene.micrograph.shape == parameters.field.shape
    assert len(scene.grains) == parameters.n_grains
    occupied = np.zeros(parameters.field.shape, int)
    for grain in scene.grains:
        assert grain.reflections
        occupied[grain.footprint.window] += grain.footprint.mask
    assert occupied.max(initial=0) <= 1 or parameters.layout == "overlapping"


def test_the_bicrystals_halves_are_eight_degrees_apart():
    scene = simulate(PRESETS["bicrystal"], 2)
    first, second = (sorted(r.azimuth_deg for r in grain.reflections) for grain in scene.grains)
    np.testing.assert_allclose(np.subtract(second, first), 8, atol=1e-6)


def test_detector_faults_are_where_they_should_be():
    plain = FieldParameters(shape=(200, 300))
    quiet = scene_with((), plain).micrograph.intensity
    dead = scene_with((), FieldParameters(shape=(200, 300), dead_fraction=0.01)).micrograph.intensity
    assert np.count_nonzero(dead == 0) == pytest.approx(600, rel=0.25)
    striped = scene_with((), FieldParameters(shape=(200, 300), stripes=3.0)).micrograph.intensity
    assert striped.mean(axis=1).std() > 4 * quiet.mean(axis=1).std()
    assert striped.mean(axis=0).std() < 2 * quiet.mean(axis=0).std()
    barred = scene_with((), FieldParameters(shape=(200, 300), scale_bar_nm=3.0)).micrograph.intensity
    assert np.count_nonzero(barred == barred.max(), axis=1).max() == pytest.approx(100, abs=1)


def test_vacuum_is_brighter_and_holds_no_crystal():
    scene = simulate(PRESETS["edge"], 3)
    image = scene.micrograph.intensity
    cols = image.shape[1]
    assert image[:, : cols // 5].mean() > 1.1 * image[:, cols // 2 :].mean()
    assert not any(grain.mask[:, : cols // 5].any() for grain in scene.grains)


# --- files -------------------------------------------------------------------------------------------


def test_a_written_scene_reads_back_with_its_scale_and_truth(tmp_path):
    scene = simulate(PRESETS["rectangular"], 7)
    write_scene(scene, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    back = read(folder / "micrograph.tif")
    np.testing.assert_array_equal(back.intensity, scene.micrograph.intensity)
    assert back.pixel_size is not None
    assert back.pixel_size.sizes_nm == pytest.approx((0.03, 0.024), rel=1e-6)
    labels = tifffile.imread(folder / "truth_labels.tif").reshape(-1, *scene.micrograph.shape)
    for number, grain in enumerate(scene.grains, start=1):
        np.testing.assert_array_equal((labels == number).any(axis=0), grain.mask)
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(list(scene.truth()))
    for row, (number, grain, reflection) in zip(rows, scene.truth(), strict=True):
        assert (int(row["grain_id"]), row["phase"]) == (number, grain.phase)
        assert float(row["d_nm"]) == pytest.approx(reflection.d_nm, rel=1e-5)
        assert float(row["rho"]) == pytest.approx(reflection.rho, rel=1e-5)
        assert float(row["area_nm2"]) == pytest.approx(grain.footprint.n_pixels * 0.03 * 0.024, rel=1e-5)


def test_overlapping_truth_lies_on_layers(tmp_path):
    scene = simulate(PRESETS["overlap"], 1)
    write_scene(scene, tmp_path)
    labels = tifffile.imread(tmp_path / "truth_labels.tif")
    assert labels.ndim == 3
    for number, grain in enumerate(scene.grains, start=1):
        np.testing.assert_array_equal((labels == number).any(axis=0), grain.mask)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileError, match=r"cannot be written to .*Choose another folder"):
        write_scene(scene_with((), OBLONG), tmp_path / "file")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_samples_have_their_scale_and_are_small(sample):
    content = sample_bytes(sample.name)
    micrograph = read(content, name=sample.filename)
    assert micrograph.pixel_size is not None
    assert 0.02 < micrograph.pixel_size.mean_nm < 0.04
    assert min(micrograph.shape) >= 512
    assert len(content) < (700_000 if sample is SAMPLES[0] else 400_000)


def test_an_unknown_sample_is_named_with_the_known_ones():
    with pytest.raises(FileError, match="no sample called 'gold'; choose one of nanocrystals"):
        sample_path("gold")


# --- what cannot be drawn ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Optics(voltage_kv=-1), "positive voltage"),
        (lambda: FieldParameters(shape=(8, 100)), "at least 16 pixels on each side"),
        (lambda: FieldParameters(dose=0), "dose must lie between 0.01 and 1e[+]06, got 0"),
        (lambda: FieldParameters(vacuum_fraction=math.nan), "vacuum_fraction must lie between"),
        (lambda: Fringes((1.0, 2.0)), "either an amplitude or a rho"),
        (lambda: Fringes((1.0, 2.0), amplitude=1.0, rho=3.0), "either an amplitude or a rho"),
        (lambda: SceneParameters(layout="spiral"), "layout must be one of separate, .*got 'spiral'"),
        (lambda: SceneParameters(structures=("Pb",)), "structures must name some of Li2O"),
        (lambda: SceneParameters(n_grains=-1), "n_grains must be at least 0"),
        (lambda: SceneParameters(diameter_nm=(5, 2)), "two positive numbers in order"),
        (lambda: SceneParameters(fringe=0.0), "fringe must be positive"),
        (lambda: scene_with([PlannedGrain(np.zeros((4, 4), bool), ())], OBLONG), "the field's shape"),
    ],
)
def test_impossible_parameters_are_named(make, message):
    with pytest.raises(RecipeError, match=message):
        make()
