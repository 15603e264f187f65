"""The cases that are known to be hard, each on a small scene whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import analyzed, best_match, field_of, found, grain, iou, mask_of

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.errors import UserError
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.synthesis import (
    PRESETS,
    FieldParameters,
    Fringes,
    Optics,
    PlannedGrain,
    add_fringes,
    amorphous,
    disc,
    scene_with,
    simulate,
)
from hrtem_core.synthesis.drawing import gaussian_edge

FIELD = field_of((384, 448))
SEEDS = (0, 1)


def spacings(analysis: Analysis) -> list[float]:
    """d of every domain, for messages."""
    return [round(1 / float(np.hypot(*d.g_per_nm)), 3) for d in analysis.domains.accepted]


def assert_nothing(analysis: Analysis) -> None:
    assert spacings(analysis) == []


def halves(field: FieldParameters, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What of a mask lies left, and right, of a tilted line through the field's middle."""
    rows, cols = np.ogrid[: field.shape[0], : field.shape[1]]
    left = cols - field.shape[1] / 2 < 0.2 * (rows - field.shape[0] / 2)
    return inside & left, inside & ~left


def on_film(field: FieldParameters, relative: np.ndarray, seed: int) -> Micrograph:
    """Film and dose noise, and an expected signal in units of the film's standard deviation."""
    scene = scene_with((), field, seed=seed)
    counts = scene.micrograph.intensity + field.contrast * field.dose * relative
    return Micrograph(counts.astype(np.float32), field.pixel_size, "drawn")


# --- what must be found ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_two_touching_grains_eight_degrees_apart_are_two_domains(seed: int) -> None:
    whole = disc(FIELD.shape, (5.8, 6.7), 9.0, FIELD.pixel_size)
    grains = [
        PlannedGrain(mask, (Fringes.of_spacing(0.2354, azimuth, amplitude=1.2),))
        for mask, azimuth in zip(halves(FIELD, whole), (30.0, 38.0), strict=True)
    ]
    scene = scene_with(grains, FIELD, seed=seed)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert min(found(analysis, scene)) > 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_a_grain_of_two_and_a_half_nm_is_found_in_a_field_of_sixty(seed: int) -> None:
    field = field_of((768, 768), 60 / 768)
    fringes = Fringes.of_spacing(0.27, 70.0, rho=13.0)
    scene = scene_with([grain(field, (20.0, 33.0), 2.5, fringes)], field, seed=seed)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 1
    assert min(found(analysis, scene)) > 0.5


@pytest.mark.slow
def test_a_grain_at_rho_nine_is_found_and_one_at_rho_four_is_not_claimed() -> None:
    field = field_of((320, 352))
    n_found = 0
    for seed in range(10):
        azimuth, d_nm = 18.0 * seed + 5.0, 0.21 + 0.012 * seed
        for rho in (4.0, 9.0):
            fringes = Fringes.of_spacing(d_nm, azimuth, rho=rho)
            scene = scene_with([grain(field, (4.5, 5.5), 4.0, fringes)], field, seed=seed)
            analysis = analyzed(scene)
            if rho == 4.0:
                assert_nothing(analysis)
            else:
                n_found += min(found(analysis, scene)) >= 0.5
                assert len(analysis.domains.accepted) <= 1
    assert n_found >= 8  # the ideal observer finds all ten


@pytest.mark.parametrize("seed", SEEDS)
def test_overlapping_crystals_are_both_outlined(seed: int) -> None:
    grains = [
        grain(FIELD, (5.5, 5.0), 5.0, Fringes.of_spacing(0.25, 70.0, amplitude=1.0)),
        grain(FIELD, (6.0, 7.5), 5.0, Fringes.of_spacing(0.21, 150.0, amplitude=0.5)),
    ]
    scene = scene_with(grains, FIELD, seed=seed)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert min(found(analysis, scene)) > 0.8


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("diameter_nm", [6.0, 10.0])
def test_a_bent_grain_stays_one_domain_per_reflection(diameter_nm: float, seed: int) -> None:
    field = field_of((448, 448))
    fringes = [Fringes.of_spacing(0.25, azimuth, amplitude=0.8) for azimuth in (0.0, 90.0)]
    bent = grain(field, (6.7, 6.7), diameter_nm, *fringes, bend_deg_per_nm=2.0 / diameter_nm)
    scene = scene_with([bent], field, seed=seed)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert min(found(analysis, scene)) > 0.8


@pytest.mark.parametrize("rho", [14.0, 100.0])
@pytest.mark.parametrize("shape", [(320, 448), (640, 512)])
def test_one_crystal_that_fills_the_field_is_outlined_as_the_whole_field(
    shape: tuple[int, int], rho: float
) -> None:
    field = field_of(shape)
    everywhere = np.ones(shape, bool)
    fringes = (Fringes.of_spacing(0.25, 70.0, rho=rho), Fringes.of_spacing(0.21, 10.0, rho=rho))
    scene = scene_with([PlannedGrain(everywhere, fringes)], field, seed=1)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert min(found(analysis, scene)) > 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_both_crystals_of_a_bicrystal_are_outlined(seed: int) -> None:
    everywhere = np.ones(FIELD.shape, bool)
    grains = [
        PlannedGrain(mask, (Fringes.of_spacing(0.2354, azimuth, amplitude=0.7),))
        for mask, azimuth in zip(halves(FIELD, everywhere), (70.0, 78.0), strict=True)
    ]
    scene = scene_with(grains, FIELD, seed=seed)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert min(found(analysis, scene)) > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_a_strong_grain_does_not_take_its_weaker_neighbours_with_it(seed: int) -> None:
    field = field_of((480, 448))
    grains = [
        grain(field, (7.0, 5.0), 5.0, Fringes.of_spacing(0.25, 40.0, amplitude=2.0)),
        grain(field, (8.0, 9.6), 4.0, Fringes.of_spacing(0.24, 48.0, amplitude=0.7)),
        grain(field, (11.7, 6.0), 4.0, Fringes.of_spacing(0.26, 30.0, amplitude=0.7)),
    ]
    scene = scene_with(grains, field, seed=seed)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 3
    assert min(found(analysis, scene)) > 0.7


def test_a_field_full_of_crystals_keeps_the_weaker_ones() -> None:
    preset = PRESETS["dense"]
    parameters = replace(preset, field=replace(preset.field, shape=(512, 512)), n_grains=9)
    overlaps, n_domains = [], 0
    for seed in SEEDS:
        scene = simulate(parameters, seed)
        analysis = analyzed(scene)
        sure = [r.rho >= 8 for _, _, r in scene.truth()]
        overlaps += [overlap for overlap, counts in zip(found(analysis, scene), sure, strict=True) if counts]
        n_domains += len(analysis.domains.accepted)
    recall = np.mean([overlap >= 0.5 for overlap in overlaps])
    assert recall >= 0.85
    assert n_domains <= 1.1 * len(overlaps)


# --- what must not be found --------------------------------------------------------------------------


@pytest.mark.parametrize("defocus_nm", [25.0, 60.0, 120.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_an_edge_and_its_fresnel_fringes_yield_nothing(defocus_nm: float, seed: int) -> None:
    optics = Optics(defocus_nm=defocus_nm)
    field = field_of((448, 448), vacuum_fraction=0.35, optics=optics)
    assert_nothing(analyzed(scene_with((), field, seed=seed)))


@pytest.mark.parametrize(
    ("defocus_nm", "cs_mm", "pixel_nm", "seed"),
    [(87.5, 0.6, 0.03, 92), (93.6, 1.2, 0.035, 28), (134.4, 1.2, 0.04, 76)],
)
def test_strong_fresnel_fringes_of_an_uncorrected_lens_yield_nothing(
    defocus_nm: float, cs_mm: float, pixel_nm: float, seed: int
) -> None:
    """At a high dose these fringes stand far out of the noise."""
    optics = Optics(defocus_nm=defocus_nm, cs_mm=cs_mm)
    field = field_of((512, 512), pixel_nm, vacuum_fraction=0.3, optics=optics, dose=230.0, contrast=0.05)
    assert_nothing(analyzed(scene_with((), field, seed=seed)))


@pytest.mark.parametrize("stripes", [0.5, 5.0])
def test_detector_stripes_yield_nothing(stripes: float) -> None:
    assert_nothing(analyzed(scene_with((), field_of((448, 384), stripes=stripes), seed=1)))


@pytest.mark.parametrize("period_px", [8.0, 8.37])
@pytest.mark.parametrize("contrast", [0.06, 3.0])
@pytest.mark.parametrize("along_rows", [False, True])
def test_fringes_along_an_axis_that_fill_the_field_are_no_detector_line(
    along_rows: bool, contrast: float, period_px: float
) -> None:
    rows, cols = np.indices((200, 220))
    wave = np.cos(2 * np.pi / period_px * (cols if along_rows else rows))
    image = np.random.default_rng(1).normal(1.0, 0.05, wave.shape) + contrast * wave
    analysis = analyze(Micrograph(image.astype(np.float32), PixelSize(0.03, 0.03), "axis"), Recipe())
    (domain,) = analysis.domains.accepted
    assert np.hypot(*domain.g_per_nm) == pytest.approx(1 / (0.03 * period_px), rel=0.003)
    assert domain.footprint.n_pixels > 0.97 * image.size


def test_a_scale_bar_and_its_label_yield_nothing() -> None:
    scene = scene_with((), field_of((512, 512), scale_bar_nm=5.0), seed=1)
    assert_nothing(analyzed(scene))
    image = scene.micrograph.intensity.copy()
    glyphs = ("11111 10000 11110 00001 00001 10001 01110", "00000 00000 11110 10001 10001 10001 10001",
              "00000 00000 11010 10101 10101 10101 10101")  # fmt: skip
    for number, glyph in enumerate(glyphs):
        bits = np.kron([[int(bit) for bit in row] for row in glyph.split()], np.ones((3, 3))) > 0
        image[450 : 450 + bits.shape[0], 60 + 20 * number :][:, : bits.shape[1]][bits] = image.max()
    labelled = Micrograph(image, scene.pixel_size, "labelled")
    assert_nothing(analyze(labelled, Recipe()))


def strong_grain(amplitude: float, seed: int, *, squared: bool) -> Analysis:
    """A grain of 5 nm with d = 0.4 nm and modulation 0.1 times the amplitude; squared: second order too."""
    field = field_of((448, 448), contrast=0.1)
    mask = disc(field.shape, (6.7, 6.7), 5.0, field.pixel_size)
    g = Fringes.of_spacing(0.4, 40.0, amplitude=amplitude).g_per_nm
    wave = np.zeros(field.shape)
    add_fringes(wave, gaussian_edge(mask, 0.1, field.pixel_size), g, amplitude, 0.0, field.pixel_size)
    if squared:
        # The intensity is the square of the wave: (1 + x/2)² = 1 + x + x²/4, in units of the mean.
        wave += field.contrast * wave**2 / 4
    analysis = analyze(on_film(field, wave, seed), Recipe())
    assert best_match(analysis, mask, g) > 0.85
    return analysis


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("amplitude", [1.5, 2.5, 4.0])
def test_a_strong_grains_side_lobes_are_no_domains(amplitude: float, seed: int) -> None:
    assert spacings(strong_grain(amplitude, seed, squared=False)) == [pytest.approx(0.4, abs=0.01)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_strong_grains_second_order_is_no_domain(seed: int) -> None:
    found_nm = spacings(strong_grain(4.0, seed, squared=True))
    assert [d for d in found_nm if d < 0.25] == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("amplitude", [1.5, 3.0])
def test_delocalized_fringes_round_a_strong_crystal_are_no_domains_of_their_own(
    amplitude: float, seed: int
) -> None:
    field = field_of((512, 512))
    fringes = Fringes.of_spacing(0.25, 40.0, amplitude=amplitude)
    crystal = disc(field.shape, (7.7, 7.7), 5.0, field.pixel_size)
    wave = np.zeros(field.shape)
    add_fringes(
        wave,
        gaussian_edge(crystal, 0.1, field.pixel_size),
        fringes.g_per_nm,
        amplitude,
        0.0,
        field.pixel_size,
    )
    along = np.array(fringes.g_per_nm) / np.hypot(*fringes.g_per_nm)
    for side in (3.0, -3.0):  # nm along g: where an uncorrected microscope images the two sidebands
        centre = (7.7 + side * along[0], 7.7 + side * along[1])
        ghost = disc(field.shape, centre, 5.0, field.pixel_size) & ~crystal
        weight = gaussian_edge(ghost, 0.6, field.pixel_size)
        add_fringes(wave, weight, fringes.g_per_nm, 0.35 * amplitude, 0.7, field.pixel_size)
    analysis = analyze(on_film(field, wave, seed), Recipe())
    assert len(analysis.domains.accepted) == 1
    (domain,) = analysis.domains.accepted
    assert iou(mask_of(domain, field.shape), crystal) > 0.75


# --- what is no micrograph ---------------------------------------------------------------------------


def camera_image() -> np.ndarray:
    """12-bit counts of an amorphous film with dead, hot and saturated pixels."""
    counts = scene_with((), field_of((256, 320)), seed=5).micrograph.intensity * 8
    rng = np.random.default_rng(0)
    faulty = rng.random(counts.shape)
    counts = np.where(faulty < 0.002, 0, counts)
    counts = np.where(faulty > 0.999, 4095, counts)
    counts[:, 100] = 0
    return np.clip(np.round(counts), 0, 4095)


NO_MICROGRAPHS = {
    "constant": np.full((200, 256), 7.0),
    "zero": np.zeros((200, 256)),
    "white noise": np.random.default_rng(0).normal(size=(256, 256)),
    "eight-bit noise": np.random.default_rng(1).integers(0, 256, (256, 300)).astype(float),
    "one value of a million": np.full((200, 256), 1e6) + np.random.default_rng(2).integers(0, 2, (200, 256)),
    "all NaN": np.full((64, 80), np.nan),
    "half NaN": np.where(np.arange(256) < 128, np.nan, np.random.default_rng(3).normal(size=(200, 256))),
    "infinities": np.where(np.random.default_rng(4).random((128, 128)) < 0.01, np.inf, 1.0),
    "20 x 4000": np.random.default_rng(5).normal(size=(20, 4000)),
    "4000 x 20": np.random.default_rng(6).normal(size=(4000, 20)),
    "16 x 16": np.random.default_rng(7).normal(size=(16, 16)),
    "camera with dead pixels": camera_image(),
    "ramp": np.add.outer(np.arange(200.0), np.arange(256.0)),
    "one bright pixel": np.pad([[1e9]], 100),
    "tiny numbers": 1e-30 * np.random.default_rng(9).normal(size=(128, 128)),
    "huge numbers": 1e30 * np.random.default_rng(8).normal(size=(128, 128)),
}


@pytest.mark.parametrize("name", NO_MICROGRAPHS)
@pytest.mark.parametrize("pixel_nm", [0.03, 0.1])
def test_garbage_has_no_domains(name: str, pixel_nm: float) -> None:
    micrograph = Micrograph(NO_MICROGRAPHS[name].astype(np.float32), None, name)
    assert_nothing(analyze(micrograph, Recipe(pixel_size_nm=pixel_nm)))


def test_a_bar_at_the_end_of_the_sixteen_bits_hides_no_crystal() -> None:
    fringes = Fringes.of_spacing(0.25, 40.0, rho=40.0)
    scene = scene_with([grain(FIELD, (5.0, 5.0), 4.5, fringes)], FIELD, seed=1)
    image = scene.micrograph.intensity.copy()
    image[360:365, 20:187] = 65535.0
    analysis = analyze(Micrograph(image, FIELD.pixel_size, "barred"), Recipe())
    assert found(analysis, scene)[0] > 0.8
    assert len(analysis.domains.accepted) == 1


@pytest.mark.parametrize("shape", [(1, 1), (15, 400), (0, 20)])
def test_what_is_too_small_is_one_sentence(shape: tuple[int, int]) -> None:
    with pytest.raises(
        UserError, match=r"^The image must be at least 16 pixels on each side, got .*larger one\.$"
    ):
        analyze(Micrograph(np.zeros(shape), None, "tiny"), Recipe(pixel_size_nm=0.03))


@pytest.mark.parametrize("seed", [1, 60])
def test_a_crystal_at_one_border_does_not_come_in_at_the_opposite_one(seed: int) -> None:
    rng, shape, pixel = np.random.default_rng(seed), (640, 640), PixelSize(0.03, 0.03)
    image = amorphous(shape, pixel, Optics(cs_mm=0.01, defocus_nm=25), rng) + rng.normal(0, 0.7, shape)
    image[:, :320] += 0.9 * np.cos(2 * np.pi / 0.25 * np.arange(320) * 0.03)
    analysis = analyze(Micrograph(image.astype(np.float32), pixel, "half"), Recipe())
    (domain,) = analysis.domains.accepted
    assert domain.footprint.window[1].stop < 340


def test_a_large_crystal_keeps_its_corner() -> None:
    field = field_of((520, 520))
    mask = np.zeros(field.shape, dtype=bool)
    mask[:300, :300] = True
    fringes = Fringes.of_spacing(0.25, 20.0, amplitude=1.5)
    analysis = analyzed(scene_with([PlannedGrain(mask, (fringes,))], field, seed=1))
    (domain,) = analysis.domains.accepted
    corner = mask_of(domain, field.shape)[240:300, 240:300]
    assert corner.mean() > 0.93


def strong_grains(seed: int, *, weak: float = 0.0) -> Analysis:
    """Three grains of hexagonal planes, five times the noise, that fill the field and end sharply.

    A weak grain of 0.31 nm and 5 nm across may lie where the first two meet.
    """
    rng, shape, d_nm = np.random.default_rng(seed), (520, 600), 0.26
    down, along = np.mgrid[: shape[0], : shape[1]] * 0.04
    centres = rng.uniform(0, 1, (3, 2)) * np.array(shape) * 0.04
    grain = np.argmin([np.hypot(down - row, along - col) for row, col in centres], axis=0)
    image = np.zeros(shape)
    for number in range(3):
        first = rng.uniform(0, np.pi)
        for turn in np.radians((0, 60, 120)) + first:
            path = 2 * np.pi / d_nm * (down * np.sin(turn) + along * np.cos(turn))
            for order, height in ((1, 1.0), (2, 0.3)):
                image += (grain == number) * height * np.cos(order * path + rng.uniform(0, 6))
    middle = centres[:2].mean(axis=0)
    inside = np.hypot(down - middle[0], along - middle[1]) < 2.5
    image += weak * inside * np.cos(2 * np.pi / 0.31 * (down + along) / np.sqrt(2))
    image = 5 * image / image.std() + rng.normal(0, 1, shape)
    return analyze(Micrograph(100 + 10 * image, PixelSize(0.04, 0.04), "grains"), Recipe())


def not_of_strong_grains(analysis: Analysis) -> list[float]:
    """Spacings that are neither the grains' planes nor the second order of these."""
    return [d for d in spacings(analysis) if min(abs(d / 0.26 - 1), abs(d / 0.13 - 1)) > 0.02]


@pytest.mark.parametrize("seed", [5, 6])
def test_what_strong_grains_leave_where_they_meet_is_no_domain(seed: int) -> None:
    analysis = strong_grains(seed)
    assert not_of_strong_grains(analysis) == []
    assert len(analysis.domains.accepted) >= 15
    assert analysis.crystallites.n_crystallites == 3


def test_nor_is_it_where_many_reflections_end_together() -> None:
    assert len(not_of_strong_grains(strong_grains(9))) <= 2  # nine, told from them by their strength alone


def test_a_weak_grain_on_the_boundary_of_strong_ones_is_one() -> None:
    assert any(abs(d / 0.31 - 1) < 0.02 for d in spacings(strong_grains(5, weak=0.25)))
