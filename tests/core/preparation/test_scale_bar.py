"""Burned-in scale bars: drawn ones to half a pixel, none where there is none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hrtem_core.numerics.arrays import FloatImage
from hrtem_core.preparation.annotations import find_annotations
from hrtem_core.preparation.scale_bar import find_scale_bar
from hrtem_core.readers import read

SHARED = Path(__file__).resolve().parents[4] / "shared"
SHAPE = (480, 640)


def grain(seed: int = 0, shape: tuple[int, int] = SHAPE) -> FloatImage:
    """A noisy image with fringes, 8-bit range."""
    rng = np.random.default_rng(seed)
    rows, cols = np.indices(shape)
    fringes = 20 * np.cos(2 * np.pi * (rows / 9 + cols / 7))
    return np.clip(120 + fringes + rng.normal(0, 20, shape), 1, 254).round().astype(np.float32)


def with_bar(row0: int, col0: int, height: int, width: int, value: float, seed: int = 0) -> FloatImage:
    image = grain(seed)
    image[row0 : row0 + height, col0 : col0 + width] = value
    return image


@pytest.mark.parametrize("value", [0.0, 255.0])
@pytest.mark.parametrize(("row0", "col0"), [(440, 20), (445, 520), (12, 30), (20, 500)])
@pytest.mark.parametrize(("height", "width"), [(6, 100), (3, 41), (12, 80)])
def test_a_bar_in_any_corner(value: float, row0: int, col0: int, height: int, width: int) -> None:
    bar = find_scale_bar(with_bar(row0, col0, height, width, value))
    assert bar is not None
    assert bar.length_px == pytest.approx(width, abs=0.5)
    assert bar.start == pytest.approx((row0 + (height - 1) / 2, col0 - 0.5), abs=0.5)
    assert bar.end == pytest.approx((row0 + (height - 1) / 2, col0 + width - 0.5), abs=0.5)
    assert bar.is_dark == (value == 0)


def test_a_resampled_end_is_measured_to_a_fraction_of_a_pixel() -> None:
    image = with_bar(440, 40, 10, 120, 0)
    image[440:450, 160] = 0.4 * image[440:450, 161].mean()  # covered to 60 %
    image[440:450, 161:163] = image[440:450, 161].mean()
    bar = find_scale_bar(image)
    assert bar is not None
    assert bar.length_px == pytest.approx(120.6, abs=0.25)


def test_an_outline_counts_by_half() -> None:
    image = with_bar(439, 39, 10, 92, 255)
    image[440:448, 40:130] = 0
    image[448, 39:131] = 255
    image[449] = grain()[449]
    bar = find_scale_bar(image)
    assert bar is not None
    assert bar.length_px == pytest.approx(91, abs=1)


def test_jpeg_does_not_hide_a_bar(tmp_path: Path) -> None:
    picture = Image.fromarray(with_bar(440, 40, 10, 120, 0).astype(np.uint8))
    picture.save(tmp_path / "a.jpg", quality=75)
    bar = find_scale_bar(read(tmp_path / "a.jpg").intensity)
    assert bar is not None
    assert bar.length_px == pytest.approx(120, abs=2)


def test_nan_and_dead_pixels_do_not_hide_a_bar() -> None:
    image = with_bar(440, 40, 10, 120, 0)
    image[100:110, 100:110] = np.nan
    image[300, 300] = -5000
    bar = find_scale_bar(image)
    assert bar is not None
    assert bar.length_px == pytest.approx(120, abs=0.5)


def clipped_gold() -> FloatImage:
    rows, cols = np.indices(SHAPE)
    atoms = np.cos(2 * np.pi * rows / 12) * np.cos(2 * np.pi * cols / 12)
    return np.clip(128 + 300 * atoms + np.random.default_rng(0).normal(0, 5, SHAPE), 0, 255).astype(
        np.float32
    )


def clipped_fringes() -> FloatImage:
    rows = np.indices(SHAPE)[0]
    noise = np.random.default_rng(0).normal(0, 5, SHAPE)
    return np.clip(128 + 300 * np.cos(2 * np.pi * rows / 14) + noise, 0, 255).astype(np.float32)


def saturated_particle() -> FloatImage:
    rows, cols = np.indices(SHAPE)
    image = grain()
    image[((rows - 430) / 14) ** 2 + ((cols - 200) / 60) ** 2 < 1] = 0
    return image


def padded() -> FloatImage:
    image = grain()
    image[-20:] = 0
    image[:, :15] = 0
    return image


NO_DRAWING = {
    "noise": grain(),
    "constant": np.full(SHAPE, 7, np.float32),
    "nan": np.full(SHAPE, np.nan, np.float32),
    "clipped gold": clipped_gold(),
    "clipped fringes": clipped_fringes(),
    "saturated particle": saturated_particle(),
    "zeros at the border": padded(),
    "tiny": grain(shape=(20, 24)),
    **{
        f"{dose} counts": np.random.default_rng(1).poisson(dose, SHAPE).astype(np.float32)
        for dose in (0.02, 0.1, 0.5, 2, 10)
    },
}


@pytest.mark.parametrize("name", NO_DRAWING)
def test_nothing_is_found_where_nothing_was_drawn(name: str) -> None:
    assert find_scale_bar(NO_DRAWING[name]) is None
    assert find_annotations(NO_DRAWING[name]) == ()


samples = pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")


@samples
@pytest.mark.parametrize(
    ("name", "length_px", "is_dark"),
    [("soot/ExampleImage.tif", 5 / 0.0555, True), ("sei_li2o/sei_cryo_tem_1682px.png", 193.5, True)],
)
def test_bars_of_real_micrographs(name: str, length_px: float, is_dark: bool) -> None:
    bar = find_scale_bar(read(SHARED / "samples" / name).intensity)
    assert bar is not None
    assert bar.length_px == pytest.approx(length_px, abs=2)
    assert bar.is_dark == is_dark


@samples
@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("yardstick/multislice/*.npz")), ids=lambda path: path.stem
)
def test_simulated_micrographs_have_no_drawings(path: Path) -> None:
    assert find_annotations(read(path).intensity) == ()
