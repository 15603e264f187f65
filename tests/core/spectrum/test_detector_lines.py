"""Lines of gain go, whole or by halves of a camera; planes along an axis of the image stay."""

from collections.abc import Callable

import numpy as np
import pytest
from drawn_scenes import analyzed, best_match, field_of

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe
from hrtem_core.spectrum.axis_profiles import Axis, limited
from hrtem_core.spectrum.detector_lines import subtract_lines
from hrtem_core.synthesis import Fringes, PlannedGrain, disc, scene_with

SHAPE, PIXEL_NM = (288, 320), 0.05
CONTRAST = 0.02
"""Amplitude relative to the mean of what has amplitude 1 in the whitened image."""


def axis(contrast: float = CONTRAST) -> Axis:
    g = np.linspace(0, 10, 50)
    return Axis(
        pixel_nm=PIXEL_NM,
        detector_px=1.0,
        band_per_nm=(1.3, 9.0),
        frequency_per_nm=g,
        contrast=np.full(len(g), contrast),
    )


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)


def cleaned(image: np.ndarray, contrast: float = CONTRAST) -> np.ndarray:
    out = image.astype(np.float32)
    subtract_lines(out, np.ones(SHAPE, dtype=bool), (axis(contrast), axis(contrast)))
    return out


def wave(period_px: float, azimuth_deg: float = 0.0) -> np.ndarray:
    rows, cols = np.indices(SHAPE)
    angle = np.deg2rad(azimuth_deg)
    return np.cos(2 * np.pi / period_px * (cols * np.cos(angle) - rows * np.sin(angle)))


def amplitude(image: np.ndarray, like: np.ndarray) -> float:
    return float(2 * np.mean(image * like))


@pytest.mark.parametrize("n_parts", [1, 2, 4])
@pytest.mark.parametrize("by_rows", [False, True])
def test_random_gain_falls_to_the_level_of_noise(by_rows: bool, n_parts: int) -> None:
    along, across = (SHAPE[0], SHAPE[1]) if by_rows else (SHAPE[1], SHAPE[0])
    gain = np.random.default_rng(n_parts).normal(size=(n_parts, along))
    pattern = 0.5 * gain[np.arange(across) * n_parts // across]
    left = cleaned(noise(1) + (pattern.T if by_rows else pattern))
    part = (left.T if by_rows else left)[: across // n_parts]
    power = np.abs(np.fft.rfft(part.mean(axis=0))) ** 2 / along * len(part)
    frequency = np.fft.rfftfreq(along, PIXEL_NM)
    assert power[(frequency > 1.5) & (frequency < 9)].mean() < 2


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_left_as_it_is(seed: int) -> None:
    assert np.abs(cleaned(noise(seed)) - noise(seed)).max() < 0.3


@pytest.mark.parametrize("row_noise", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("azimuth_deg", [0.0, 0.2, 90.0])
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_planes_along_an_axis_keep_their_amplitude(
    share: float, azimuth_deg: float, row_noise: float
) -> None:
    lattice = 2 * wave(6.3, azimuth_deg)
    inside = np.arange(SHAPE[1]) < share * SHAPE[1]
    lines = row_noise * np.random.default_rng(1).normal(size=SHAPE[:1])[:, None]
    left = cleaned(noise(2) + inside * lattice + lines)
    assert amplitude(left[:, inside], lattice[:, inside]) == pytest.approx(4, rel=0.1)
    if share < 1:
        assert abs(amplitude(left[:, ~inside], lattice[:, ~inside])) < 0.4


@pytest.mark.parametrize("n_parts", [1, 2])
@pytest.mark.parametrize("period", [7, 12])
def test_gain_that_repeats_after_whole_pixels_goes_with_its_harmonics(period: int, n_parts: int) -> None:
    rng = np.random.default_rng(period)
    patterns = np.tile(rng.normal(size=(n_parts, period)), SHAPE[1] // period + 1)[:, : SHAPE[1]]
    gain = 0.4 * patterns[np.arange(SHAPE[0]) * n_parts // SHAPE[0]]
    left = cleaned(noise(3) + gain)
    for order in range(1, period // 2):
        if 1.4 < order / period / PIXEL_NM < 8.9:
            for half in np.split(left, 2):
                turn = np.exp(2j * np.pi * order / period * np.arange(SHAPE[1]))
                assert abs(2 * np.mean(half * turn)) < 0.1


def test_a_wave_of_whole_pixels_is_a_lattice_where_it_is_strong_or_turned_or_ends() -> None:
    strong = cleaned(noise(4) + 2 * wave(8), contrast=0.05)
    turned = cleaned(noise(4) + wave(8, 0.3))
    ends = cleaned(noise(4) + wave(8) * (np.arange(SHAPE[0]) < 100)[:, None])
    assert amplitude(strong, wave(8)) == pytest.approx(2, rel=0.05)
    assert amplitude(turned, wave(8, 0.3)) == pytest.approx(1, rel=0.05)
    assert amplitude(ends[:100], wave(8)[:100]) == pytest.approx(1, rel=0.05)
    assert abs(amplitude(cleaned(noise(4) + wave(8)), wave(8))) < 0.05


# --- the whole analysis ---------------------------------------------------------------------------------


@pytest.mark.parametrize("along_rows", [False, True])
@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0, 90.2])
@pytest.mark.parametrize("row_noise", [0.0, 0.5])
def test_a_crystal_that_stands_upright_is_found_whole(
    row_noise: float, azimuth_deg: float, along_rows: bool
) -> None:
    field = field_of((420, 460), 0.025)
    mask = np.zeros(field.shape, dtype=bool)
    mask[:, : int(0.57 * field.shape[1])] = True
    fringes = Fringes.of_spacing(0.39, azimuth_deg, amplitude=1.0)
    scene = scene_with([PlannedGrain(mask, (fringes,))], field, seed=4)
    deviation = row_noise * field.contrast * field.dose
    shape = (field.shape[0], 1) if along_rows else (1, field.shape[1])
    lines = np.random.default_rng(5).normal(scale=max(deviation, 1e-9), size=shape)
    image = (scene.micrograph.intensity + lines).astype(np.float32)
    analysis = analyze(Micrograph(image, field.pixel_size, "upright"), Recipe())
    assert len(analysis.domains.accepted) == 1
    assert best_match(analysis, mask, fringes.g_per_nm) > 0.93


@pytest.mark.parametrize("seed", [1, 4, 7])
@pytest.mark.parametrize("kind", ["random", "periodic"])
@pytest.mark.parametrize("by_rows", [False, True])
def test_unequal_gain_of_two_halves_of_a_camera_yields_nothing(by_rows: bool, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    field = field_of((448, 448), 0.03)
    period = int(rng.integers(6, 17))
    size = field.shape[1] if kind == "random" else period
    half = np.arange(field.shape[0]) * 2 // field.shape[0]
    gain = 1 + 0.015 * np.tile(rng.normal(size=(2, size)), 448 // size + 1)[half, : field.shape[1]]
    image = scene_with((), field, seed=seed).micrograph.intensity * (gain.T if by_rows else gain)
    analysis = analyze(Micrograph(image.astype(np.float32), field.pixel_size, "gain"), Recipe())
    assert analysis.domains.accepted == ()


def stretched(image: np.ndarray) -> np.ndarray:
    low, high = np.percentile(image, (0.3, 99.7))
    return np.clip(255 * (image - low) / (high - low), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("stored", [stretched, lambda image: image - image.mean()])
def test_gain_is_known_in_images_whose_zero_is_lost(
    stored: Callable[[np.ndarray], np.ndarray], seed: int
) -> None:
    field = field_of((448, 448), 0.03)
    gain = 1 + 0.012 * np.resize(np.random.default_rng(seed).normal(size=8), 448)
    image = scene_with((), field, seed=seed).micrograph.intensity * gain
    assert analyze(Micrograph(image, field.pixel_size, "gain"), Recipe()).domains.accepted == ()
    assert analyze(Micrograph(stored(image), field.pixel_size, "gain"), Recipe()).domains.accepted == ()


@pytest.mark.parametrize(("mean", "is_counted", "contrast"), [(2.0, True, 0.1), (100.0, False, 0.03)])
def test_a_weak_lattice_stays_where_the_zero_is_known(mean: float, is_counted: bool, contrast: float) -> None:
    rng = np.random.default_rng(1)
    intensity = mean * (1 + contrast * np.cos(2 * np.pi / 8 * np.arange(420))) * np.ones((400, 1))
    image = rng.poisson(intensity) if is_counted else rng.normal(intensity, 0.18 * mean)
    analysis = analyze(Micrograph(image.astype(np.float32), PixelSize(0.03, 0.03), "axis"), Recipe())
    assert len(analysis.domains.accepted) == 1


def test_planes_along_an_axis_on_both_sides_of_an_interface_are_found() -> None:
    field = field_of((448, 448), 0.025, dose=200.0)
    left = np.broadcast_to(np.arange(448) <= 224, field.shape)
    fringes = [Fringes.of_spacing(d, 0.0, amplitude=1.0) for d in (0.39, 0.47)]
    grains = [PlannedGrain(mask, (f,)) for mask, f in zip((left, ~left), fringes, strict=True)]
    analysis = analyzed(scene_with(grains, field, seed=2))
    assert len(analysis.domains.accepted) == 2
    for mask, planes in zip((left, ~left), fringes, strict=True):
        assert best_match(analysis, mask, planes.g_per_nm) > 0.9


def test_a_lattice_has_no_period_of_the_detector_by_its_pixel_size_alone() -> None:
    """Planes 8 pixels apart and of 6 % of the intensity are no gain."""
    rng = np.random.default_rng(1)
    image = rng.normal(1.0, 0.05, (200, 220)) + 0.06 * np.cos(2 * np.pi / 8 * np.arange(220))
    analysis = analyze(Micrograph(image.astype(np.float32), PixelSize(0.03, 0.03), "axis"), Recipe())
    assert len(analysis.domains.accepted) == 1


def test_what_is_taken_out_is_no_more_than_is_there() -> None:
    """A wave of the whole field, asked for where only its left third has one."""
    x = np.arange(600)
    wave = np.cos(2 * np.pi * x / 7)
    profile = wave * (x < 200)
    left = limited(0.8 * wave, profile, 90)
    assert abs(left[:150] - 0.8 * profile[:150]).max() < 0.02
    assert abs(left[300:]).max() < 1e-9
    assert limited(0.8 * wave, wave, 90) == pytest.approx(0.8 * wave, abs=1e-9)


@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0])
def test_offsets_of_rows_bring_nothing_beside_crystals_that_stand_upright(azimuth_deg: float) -> None:
    """The mean of a row holds a share of the crystal's planes: taken out, it would put them beside it."""
    field = field_of((560, 560), 0.03)
    masks = [disc(field.shape, at, 6.0, field.pixel_size) for at in ((5.0, 5.0), (11.0, 11.5))]
    planned = [
        PlannedGrain(mask, (Fringes.of_spacing(d, azimuth, amplitude=1.0),))
        for mask, d, azimuth in zip(masks, (0.26, 0.21), (azimuth_deg, azimuth_deg + 90), strict=True)
    ]
    scene = scene_with(planned, field, seed=2)
    deviation = 0.3 * field.contrast * field.dose
    offsets = np.random.default_rng(3).normal(scale=deviation, size=(field.shape[0], 1))
    image = (scene.micrograph.intensity + offsets).astype(np.float32)
    analysis = analyze(Micrograph(image, field.pixel_size, "rows"), Recipe())
    assert len(analysis.domains.accepted) == 2
    for plan in planned:
        assert best_match(analysis, plan.mask, plan.fringes[0].g_per_nm) > 0.8
