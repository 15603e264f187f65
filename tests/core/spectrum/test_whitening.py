"""The whitened spectrum: noise has unit power, waves keep their place, borders leave no cross."""

import numpy as np
import pytest
from drawn_scenes import field_of, grain
from scipy import fft

from hrtem_core.errors import RecipeError
from hrtem_core.image.grid import Grid
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.preparation.prepare import Prepared
from hrtem_core.spectrum import transform
from hrtem_core.spectrum.tuning import SpectrumTuning
from hrtem_core.spectrum.whitening import (
    PowerPicture,
    Spectrum,
    SpectrumParameters,
    periodic_spectrum,
    radial_statistics,
    working_length,
)
from hrtem_core.spectrum.windows import Windows, coverage
from hrtem_core.synthesis import Fringes, scene_with

PIXEL = PixelSize(0.03, 0.026)


def prepared(image: np.ndarray, usable: np.ndarray | None = None, pixel: PixelSize = PIXEL) -> Prepared:
    mask = np.ones(image.shape, bool) if usable is None else usable
    return Prepared(intensity=image.astype(np.float32), usable=mask, pixel_size=pixel)


def of_scene(*grains, shape: tuple[int, int] = (360, 448), seed: int = 0) -> Spectrum:
    scene = scene_with(grains, field_of(shape), seed=seed)
    return transform(prepared(scene.micrograph.intensity, pixel=scene.pixel_size), SpectrumParameters())


def plane_wave(shape: tuple[int, int], g: tuple[float, float], pixel: PixelSize = PIXEL) -> np.ndarray:
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return np.cos(2 * np.pi * (g[0] * rows * pixel.row_nm + g[1] * cols * pixel.col_nm))


def test_another_tuning_gives_another_band_and_noise() -> None:
    image = np.random.default_rng(0).normal(size=(200, 220))
    tuning = SpectrumTuning(nyquist_margin=0.2, noise_floor=5.0)
    spectrum = transform(prepared(image), SpectrumParameters(), tuning=tuning)
    assert spectrum.band_per_nm[1] == pytest.approx(0.2 / 0.03)
    assert spectrum.noise.level.min() == pytest.approx(5.0)
    assert (
        spectrum.grid.pixel_size.row_nm
        > transform(prepared(image), SpectrumParameters()).grid.pixel_size.row_nm
    )


def test_noise_of_a_micrograph_becomes_white_with_unit_power() -> None:
    spectrum = of_scene()
    power = np.abs(fft.rfft2(spectrum.whitened)) ** 2 / spectrum.whitened.size
    radius = spectrum.grid.radius_per_nm()
    for low in np.arange(1.6, 7.5, 0.5):
        ring = (radius >= low) & (radius < low + 0.5)
        # a mean over n exponential values scatters by 1/sqrt(n)
        assert power[ring].mean() == pytest.approx(1, abs=0.05 + 4 / np.sqrt(ring.sum()))
    assert np.median(spectrum.noise.level) == pytest.approx(1, abs=0.12)


def test_the_working_grid_spans_the_same_field_and_carries_the_largest_g() -> None:
    image = np.random.default_rng(0).normal(size=(520, 700))
    pixel = PixelSize(0.012, 0.015)
    spectrum = transform(prepared(image, pixel=pixel), SpectrumParameters(0.2, 0.6))
    for n, p, m, q in zip(
        image.shape, pixel.sizes_nm, spectrum.grid.shape, spectrum.grid.pixel_size.sizes_nm, strict=True
    ):
        assert m < n
        assert m * q == pytest.approx(n * p)
        assert 0.5 / q > 1 / 0.2
    assert spectrum.grid.field_shape == image.shape
    assert spectrum.band_per_nm == pytest.approx((1 / 0.6, 1 / 0.2))
    assert not spectrum.whitened.flags.writeable


def test_a_coarse_pixel_limits_the_band_below_the_nyquist_frequency() -> None:
    spectrum = transform(
        prepared(np.random.default_rng(0).normal(size=(200, 240)), pixel=PixelSize(0.1, 0.1)),
        SpectrumParameters(),
    )
    assert spectrum.band_per_nm[1] == pytest.approx(4.5)
    assert spectrum.grid.shape == (200, 240)


def smooth_component(image: np.ndarray) -> np.ndarray:
    """Spectrum of Moisan's smooth component, straight from its definition (equations 6 to 11)."""
    jump = np.zeros(image.shape)
    jump[0] += image[-1] - image[0]
    jump[-1] -= image[-1] - image[0]
    jump[:, 0] += image[:, -1] - image[:, 0]
    jump[:, -1] -= image[:, -1] - image[:, 0]
    angles = [2 * np.pi * np.arange(n) / n for n in image.shape]
    denominator = 2 * np.cos(angles[0])[:, None] + 2 * np.cos(angles[1]) - 4
    denominator[0, 0] = 1
    spectrum = fft.fft2(jump) / denominator
    spectrum[0, 0] = 0
    return spectrum


def test_the_borders_leave_no_cross() -> None:
    rows, cols = np.mgrid[:60, :83].astype(np.float32)
    image = (3 + 0.5 * rows - 0.2 * cols).astype(np.float32)
    plain, ours = fft.rfft2(image), periodic_spectrum(image, image.shape)
    expected = fft.fft2(image.astype(float)) - smooth_component(image.astype(float))
    np.testing.assert_allclose(ours, expected[:, :42], atol=1e-6 * image.size * np.ptp(image))
    for spectrum in (plain, ours):
        spectrum[0, 0] = 0
    assert np.abs(ours).max() < 0.03 * np.abs(plain).max()


def test_a_periodic_image_keeps_its_waves() -> None:
    image = plane_wave((64, 96), (5 / (64 * 0.03), 7 / (96 * 0.026)), PixelSize(0.03, 0.026))
    spectrum = periodic_spectrum(image.astype(np.float32), image.shape)
    assert np.unravel_index(np.abs(spectrum).argmax(), spectrum.shape) == (5, 7)
    assert np.abs(spectrum).max() == pytest.approx(64 * 96 / 2, rel=0.05)


def test_a_cropped_spectrum_is_that_of_fewer_pixels_over_the_same_field() -> None:
    shape, fewer = (90, 120), (54, 64)
    wave = plane_wave(shape, (-4 / 90, 9 / 120), PixelSize(1.0, 1.0)).astype(np.float32)
    cropped, whole = periodic_spectrum(wave, fewer), periodic_spectrum(wave, shape)
    assert np.unravel_index(np.abs(cropped).argmax(), cropped.shape) == (54 - 4, 9)
    low = whole[np.r_[0:27, 90 - 27 : 90], : 64 // 2 + 1]
    np.testing.assert_allclose(cropped / (54 * 64), low / (90 * 120), atol=1e-7)


@pytest.mark.parametrize(("length", "pixel", "g"), [(512, 0.026, 7.9), (1000, 0.01, 3.0), (64, 0.1, 4.5)])
def test_the_working_length_is_even_or_the_images_own(length: int, pixel: float, g: float) -> None:
    n = working_length(length, pixel, g, 1.12)
    assert n == length or (n % 2 == 0 and n < length)
    assert n == length or n / (2 * length * pixel) > 1.1 * g


def test_the_noise_level_does_not_see_lattice_peaks() -> None:
    rng = np.random.default_rng(1)
    image = rng.normal(scale=3, size=(256, 320))
    radius = Grid.over(image.shape, PIXEL, image.shape).radius_per_nm()
    quiet = radial_statistics(fft.rfft2(image), radius, image.size, 0.2)
    grain = plane_wave(image.shape, (2.0, 3.3)) * np.outer(np.hanning(256), np.hanning(320))
    loud = radial_statistics(fft.rfft2(image + 20 * grain), radius, image.size, 0.2)
    inner = slice(12, 60)
    np.testing.assert_allclose(quiet.noise[inner], 9, rtol=0.25)
    np.testing.assert_allclose(loud.noise[inner], quiet.noise[inner], rtol=0.2)
    peak = np.argmax(loud.mean / quiet.mean)
    assert loud.g_per_nm[peak] == pytest.approx(np.hypot(2.0, 3.3), abs=0.2)


def test_what_is_not_usable_says_nothing() -> None:
    image = np.random.default_rng(0).normal(size=(200, 256))
    usable = np.ones(image.shape, bool)
    usable[40:90, 100:200] = False
    spectrum = transform(prepared(image, usable, PixelSize(0.05, 0.05)), SpectrumParameters())
    assert (spectrum.whitened[~spectrum.grid.sampled(usable)] == 0).all()
    assert spectrum.usable.mean() == pytest.approx(usable.mean(), abs=0.01)


def test_coverage_follows_the_windows() -> None:
    mask = np.zeros((90, 120), bool)
    mask[:45, :40] = True
    windows = Windows.over((90, 120), PixelSize(0.1, 0.1), 3.0, step=1.0, padding=1.0)
    share = coverage(windows, mask)
    assert share.shape == (3, 4)
    np.testing.assert_allclose(share, [[1, 1 / 3, 0, 0], [0.5, 1 / 6, 0, 0], [0, 0, 0, 0]], atol=1e-6)


def test_detector_rows_leave_no_line() -> None:
    field = field_of((384, 448), stripes=4.0)
    scene = scene_with((), field, seed=2)
    spectrum = transform(prepared(scene.micrograph.intensity, pixel=scene.pixel_size), SpectrumParameters())
    power = np.abs(fft.rfft2(spectrum.whitened)) ** 2 / spectrum.whitened.size
    assert np.median(power[20:150, 0]) < 2.0


def test_the_picture_shows_a_grains_spot_at_its_g_and_at_minus_g() -> None:
    fringes = Fringes.of_spacing(0.25, 30.0, amplitude=2.0)
    picture = of_scene(grain(field_of((360, 448)), (5.0, 6.0), 8.0, fringes)).whole_field
    row, col = np.unravel_index(picture.power.argmax(), picture.power.shape)
    g = (np.array([row, col]) - np.array(picture.power.shape) // 2) * picture.step_per_nm
    distance = min(np.hypot(*(g - fringes.g_per_nm)), np.hypot(*(g + fringes.g_per_nm)))
    assert distance < 0.13  # a grain of 8 nm is a spot of that width
    inner = picture.power[1:, 1:]
    np.testing.assert_array_equal(inner[:, : len(inner) // 2], inner[::-1, ::-1][:, : len(inner) // 2])


def test_a_constant_image_is_silent() -> None:
    spectrum = transform(prepared(np.full((64, 80), 7.0)), SpectrumParameters())
    assert np.isfinite(spectrum.whitened).all()
    assert np.abs(spectrum.whitened).max() < 1e-3


@pytest.mark.parametrize("limits", [(0.3, 0.2), (0.01, 0.3), (0.2, 21.0), (float("nan"), 0.3)])
def test_an_impossible_range_is_refused(limits: tuple[float, float]) -> None:
    with pytest.raises(RecipeError, match=r"d-range must satisfy 0.02 nm <= min d < max d <= 20 nm, got"):
        SpectrumParameters(*limits)


def test_the_maximum_near_a_place_is_the_strongest_pixel_within_reach() -> None:
    power = np.zeros((101, 141), np.float32)
    power[50 + 7, 70 - 9], power[0, 0] = 5.0, 9.0
    picture = PowerPicture(power, 0.02)
    assert picture.local_maximum((0.17, -0.2), 0.1) == pytest.approx((0.14, -0.18))
    assert picture.local_maximum((-0.97, -1.35), 0.1) == pytest.approx((-1.0, -1.4))
    assert picture.local_maximum((5.0, 5.0), 0.1) == (5.0, 5.0)
    assert picture.local_maximum((-5.0, -5.0), 0.1) == (-5.0, -5.0)
