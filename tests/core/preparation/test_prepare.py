"""Cropping, binning, faults, drawings, excluded areas."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hrtem_core.errors import RecipeError, ScaleError
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.numerics.arrays import FloatImage
from hrtem_core.preparation.annotations import Annotation, find_annotations
from hrtem_core.preparation.filling import filled
from hrtem_core.preparation.prepare import PreparationParameters, Prepared, placed, prepare
from hrtem_core.preparation.spikes import find_spikes
from hrtem_core.preparation.tuning import PreparationTuning
from hrtem_core.preparation.usable import in_polygons
from hrtem_core.readers import read

SHARED = Path(__file__).resolve().parents[4] / "shared"
SHAPE = (300, 420)
SCALE = PixelSize(0.025, 0.03)


def fringes(period_px: float = 3.5, shape: tuple[int, int] = SHAPE) -> FloatImage:
    rows, cols = np.indices(shape)
    wave = np.cos(2 * np.pi * (0.6 * rows + 0.8 * cols) / period_px)
    return (100 + 60 * wave + np.random.default_rng(0).normal(0, 5, shape)).astype(np.float32)


def prepared(image: FloatImage, **parameters: object) -> Prepared:
    micrograph = Micrograph(image, SCALE, "test")
    return prepare(micrograph, PreparationParameters(**parameters))  # type: ignore[arg-type]


# region and bins --------------------------------------------------------------------------------


def in_micrograph(result: Prepared, positions_px: list) -> np.ndarray:
    """Positions in pixels of the micrograph, in nm of pixels of 1 nm."""
    unit = Micrograph(fringes(), PixelSize(1.0, 1.0), "unit")
    return placed(unit, result).position_nm(positions_px)


def test_a_region_keeps_its_place() -> None:
    image = fringes()
    result = prepared(image, region_px=(20, 30, 120, 250), remove_spikes=False)
    np.testing.assert_array_equal(result.intensity, image[20:120, 30:250])
    assert result.origin_px == (20, 30)
    np.testing.assert_array_equal(in_micrograph(result, [[0, 0], [5, 7]]), [[20, 30], [25, 37]])


def test_bins_are_means_and_positions_map_back() -> None:
    image = fringes()
    result = prepared(image, region_px=(10, 10, 111, 112), bin_factor=4, remove_spikes=False)
    assert result.intensity.shape == (25, 25)
    assert result.intensity[1, 2] == pytest.approx(image[14:18, 18:22].mean(), rel=1e-5)
    assert result.pixel_size.sizes_nm == pytest.approx((0.1, 0.12))
    np.testing.assert_allclose(in_micrograph(result, [1.0, 2.0]), [15.5, 19.5])


def test_a_bin_is_usable_when_all_of_it_is() -> None:
    image = fringes()
    image[40, 50] = np.nan
    result = prepared(image, bin_factor=2)
    assert not result.usable[20, 25]
    assert result.usable.sum() == result.usable.size - 1


def test_products_are_read_only() -> None:
    result = prepared(fringes())
    with pytest.raises(ValueError, match="read-only"):
        result.intensity[0, 0] = 1


def test_without_a_scale_nothing_is_prepared() -> None:
    with pytest.raises(ScaleError, match=r"a.tif has no scale; give the pixel size in nm"):
        prepare(Micrograph(fringes(), None, "a.tif"), PreparationParameters())


BAD = [
    ({"bin_factor": 0}, "bin_factor must be a whole number from 1 to 16, got 0"),
    ({"bin_factor": 2.0}, "bin_factor must be a whole number from 1 to 16, got 2.0"),
    ({"remove_spikes": 1}, "remove_spikes must be true or false, got 1"),
    ({"detect_annotations": None}, "detect_annotations must be true or false, got None"),
    ({"region_px": (0, 0, 100)}, "region_px must be four whole numbers"),
    ({"region_px": (0, 0, 100, 9.5)}, "region_px must be four whole numbers"),
    ({"region_px": (-1, 0, 100, 100)}, "region_px must start at 0 or later"),
    ({"region_px": (0, 0, 40, 100), "bin_factor": 4}, "hold at least 64 pixels on each side at bin factor 4"),
    ({"excluded_px": [1]}, "excluded_px must be a list of polygons"),
    ({"excluded_px": (((0, 0), (1, 1)),)}, "excluded_px must hold polygons of 3 to 10000 corners"),
    (
        {"excluded_nm": (((0, 0), (1, 1), (2, float("nan"))),)},
        r"excluded_nm must hold corners as two numbers",
    ),
    ({"excluded_nm": (((0, 0), (1, 1), (2, 3, 4)),)}, r"two numbers \(row, column\), got \(2, 3, 4\)"),
]


@pytest.mark.parametrize(("parameters", "sentence"), BAD)
def test_wrong_parameters_are_explained(parameters: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        PreparationParameters(**parameters)  # type: ignore[arg-type]


def test_a_region_beyond_the_image() -> None:
    with pytest.raises(
        RecipeError, match=r"ends at row 500, column 100, beyond the image of 300 x 420 pixels"
    ):
        prepared(fringes(), region_px=(0, 0, 500, 100))


def test_too_much_binning() -> None:
    with pytest.raises(RecipeError, match="bin_factor 16 leaves 6 x 6 pixels, fewer than 16 on a side"):
        prepared(fringes(shape=(100, 100)), bin_factor=16)


# excluded areas ---------------------------------------------------------------------------------


def test_polygons_in_px_and_nm_are_the_same_area() -> None:
    corners = ((50.0, 60.0), (50.0, 120.0), (90.0, 120.0), (90.0, 60.0))
    in_nm = tuple((row * SCALE.row_nm, col * SCALE.col_nm) for row, col in corners)
    by_px = prepared(fringes(), excluded_px=(corners,))
    by_nm = prepared(fringes(), excluded_nm=(in_nm,))
    assert not by_px.usable[70, 90]
    assert (~by_px.usable).sum() == pytest.approx(40 * 60, rel=0.06)
    # A corner on a pixel's centre may round either way.
    assert (by_px.usable != by_nm.usable).sum() <= 102


@pytest.mark.parametrize("raster", [1, 2, 1000])
def test_pixels_in_polygons_are_those_of_the_library_that_looks_at_every_side(raster: int) -> None:
    from skimage import draw

    rng = np.random.default_rng(raster)
    for _ in range(40):
        shape = tuple(rng.integers(1, 90, 2).tolist())
        corners = np.round(rng.uniform(-40, 130, (rng.integers(3, 40), 2)) * raster) / raster
        expected = np.zeros(shape, bool)
        expected[draw.polygon(*corners.T, shape=shape)] = True
        polygon = tuple((float(row), float(col)) for row, col in corners)
        np.testing.assert_array_equal(in_polygons(shape, [polygon]), expected)


def test_a_traced_outline_of_thousands_of_corners_costs_what_its_length_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from skimage import draw

    pixels_inside, tests = draw.polygon, []

    def counted(rows: np.ndarray, cols: np.ndarray, shape: tuple[int, int]) -> object:
        tests.append(len(rows) * shape[0] * shape[1])
        return pixels_inside(rows, cols, shape=shape)

    monkeypatch.setattr(draw, "polygon", counted)
    turn = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    radius = 400 * (1 + 0.1 * np.sin(37 * turn))
    polygon = tuple(zip(512 + radius * np.sin(turn), 512 + radius * np.cos(turn), strict=True))
    inside = in_polygons((1024, 1024), [polygon])
    assert sum(tests) < 0.1 * len(polygon) * inside.size  # not all sides are held against every pixel
    area = np.pi * 400**2 * (1 + 0.1**2 / 2)
    assert np.count_nonzero(inside) == pytest.approx(area, rel=0.005)


def test_areas_that_would_take_minutes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrtem_core.preparation.usable.MAX_TESTS", 1e7)
    corners = np.random.default_rng(0).uniform(0, 420, (5000, 2))
    polygon = tuple((float(row), float(col)) for row, col in corners)
    with pytest.raises(RecipeError, match=r"100000 corners in 20 polygons.* draw them with fewer"):
        prepared(fringes(), excluded_px=(polygon,) * 20)


def test_a_polygon_stays_in_place_in_a_region() -> None:
    corners = ((50.0, 60.0), (50.0, 120.0), (90.0, 120.0), (90.0, 60.0))
    whole = prepared(fringes(), excluded_px=(corners,))
    part = prepared(fringes(), excluded_px=(corners,), region_px=(40, 50, 140, 170))
    np.testing.assert_array_equal(part.usable, whole.usable[40:140, 50:170])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_filled_smoothly(value: float) -> None:
    image = np.add.outer(np.arange(300.0), np.arange(420.0)).astype(np.float32)
    holed = image.copy()
    holed[100:110, 200:210] = value
    result = prepared(holed)
    assert np.isfinite(result.intensity).all()
    assert (~result.usable).sum() == 100
    assert np.abs(result.intensity - image)[100:110, 200:210].max() < 8


def test_images_without_content() -> None:
    nothing = prepared(np.full(SHAPE, np.nan, np.float32))
    assert not nothing.usable.any()
    assert np.isfinite(nothing.intensity).all()
    constant = prepared(np.full(SHAPE, 7, np.float32))
    assert (constant.intensity == 7).all()
    assert constant.n_spikes == 0


def test_filling_keeps_to_the_range_round_the_hole() -> None:
    image = fringes(period_px=40)
    usable = np.ones(SHAPE, bool)
    usable[:, 100:300] = False
    result = filled(image, usable)
    np.testing.assert_array_equal(result[usable], image[usable])
    assert image[usable].min() <= result.min()
    assert result.max() <= image[usable].max()


# faults -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [-400.0, 400.0])
def test_spikes_are_replaced_and_nothing_else(size: float) -> None:
    rng = np.random.default_rng(5)
    clean = fringes(period_px=20)
    rows, cols = rng.choice(300, 25, replace=False), rng.choice(420, 25, replace=False)
    image = clean.copy()
    image[rows, cols] += size
    result = prepared(image)
    assert result.n_spikes == 25
    touched = np.flatnonzero((result.intensity != image).ravel())
    np.testing.assert_array_equal(touched, np.sort(np.ravel_multi_index((rows, cols), SHAPE)))
    assert result.usable.all()


def test_a_hit_over_two_pixels_goes() -> None:
    image = np.random.default_rng(0).poisson(50, SHAPE).astype(np.float32)
    image[100, 100:102] = 5000
    assert prepared(image).n_spikes == 2


def test_another_tuning_mends_and_leaves_out_otherwise() -> None:
    image = fringes()
    image[40, 50] += 50 * image.std()
    micrograph = Micrograph(image, SCALE, "test")
    parameters = PreparationParameters()
    assert prepare(micrograph, parameters).n_spikes == 1
    kept = prepare(micrograph, parameters, tuning=PreparationTuning(spike_sigmas=1e4, glare_sigmas=1e4))
    assert kept.n_spikes == 0
    assert kept.usable.all()
    assert not prepare(micrograph, parameters, tuning=PreparationTuning(glare_sigmas=0.5)).usable.all()


def test_spikes_at_the_corners_and_edges_go() -> None:
    image = np.random.default_rng(0).poisson(50, SHAPE).astype(np.float32)
    image[0, 0] = image[-1, -1] = image[0, 200] = image[150, -1] = 5000
    assert prepared(image).n_spikes == 4


@pytest.mark.parametrize("period_px", [2.5, 3, 3.5, 4, 6, 10])
def test_fringes_are_no_spikes(period_px: float) -> None:
    image = fringes(period_px)
    np.testing.assert_array_equal(prepared(image).intensity, image)


@pytest.mark.parametrize("dose", [0.02, 0.1, 1, 5, 50])
def test_counting_noise_is_no_spike(dose: float) -> None:
    image = np.random.default_rng(2).poisson(dose, (600, 600)).astype(np.float32)
    assert len(find_spikes(image)[0]) == 0


def test_sharp_atoms_are_no_spikes() -> None:
    rows, cols = np.indices(SHAPE)
    atoms = np.exp(-((rows % 12 - 6) ** 2 + (cols % 12 - 6) ** 2) / (2 * 1.1**2))
    image = (20 + 500 * atoms + np.random.default_rng(0).normal(0, 2, SHAPE)).astype(np.float32)
    assert len(find_spikes(image)[0]) == 0


# drawings ---------------------------------------------------------------------------------------


def drawn(image: FloatImage, text: str, at: tuple[int, int], value: int) -> FloatImage:
    """The image with text at (row, column) in one exact value."""
    stencil = Image.new("1", (image.shape[1], image.shape[0]))
    ImageDraw.Draw(stencil).text((at[1], at[0]), text, fill=1)
    return np.where(np.asarray(stencil), np.float32(value), image)


def test_a_bar_and_its_text_are_excluded_with_a_margin() -> None:
    image = np.clip(fringes(period_px=9), 5, 250)
    image = drawn(image, "10 nm", (262, 24), 255)
    image[280:286, 20:120] = 255
    result = prepared(image)
    assert [found.kind for found in result.annotations] == ["scale bar", "label"]
    assert result.annotations[0] == Annotation(kind="scale bar", row0=280, col0=20, row1=286, col1=120)
    assert not result.usable[277:289, 17:123].any()
    assert result.intensity.max() < 255
    assert result.usable.mean() > 0.97


def test_text_alone_in_a_corner() -> None:
    image = drawn(np.clip(fringes(period_px=9), 5, 250), "300 kV 500 kx", (6, 300), 255)
    (label,) = find_annotations(image)
    assert label.kind == "label"
    assert label.row1 < 25
    assert label.col0 >= 299


def test_drawings_can_be_kept() -> None:
    image = np.clip(fringes(period_px=9), 5, 250)
    image[280:286, 20:120] = 255
    result = prepared(image, detect_annotations=False)
    assert result.annotations == ()
    assert result.usable.all()


def test_drawings_are_found_outside_the_region_too() -> None:
    image = np.clip(fringes(period_px=9), 5, 250)
    image[280:286, 20:120] = 255
    result = prepared(image, region_px=(0, 0, 200, 420))
    assert len(result.annotations) == 1
    assert result.usable.all()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("soot/ExampleImage.tif", ["scale bar", "label"]),
        ("sei_li2o/sei_cryo_tem_1682px.png", ["scale bar"]),
        ("gold_boundary/Grain_boundry_gold_512px.png", []),
        ("hrstem/HRSTEM.h5", []),
        ("tio2/TiO2_462eV.tif", []),
        ("graphene/graphene_flower_raw.dm3", []),
    ],
)
def test_drawings_of_real_micrographs(name: str, kinds: list[str]) -> None:
    found = find_annotations(read(SHARED / "samples" / name).intensity)
    assert [annotation.kind for annotation in found] == kinds
