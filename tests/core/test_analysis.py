"""The composition of all stages: what it needs, that it repeats, and that single precision is enough."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
from drawn_scenes import analyzed, field_of, grain, two_grains
from scipy import fft
from threadpoolctl import threadpool_limits

from hrtem_core.analysis import Stopwatch, analyze, compose, keys
from hrtem_core.domains.clustering import find_domains
from hrtem_core.domains.crystallites import group_crystallites
from hrtem_core.domains.outlines import outline_maps
from hrtem_core.errors import ScaleError
from hrtem_core.fringes.matching_pursuit import add_by_hand, separate
from hrtem_core.image.grid import Grid
from hrtem_core.image.micrograph import Micrograph
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.image.wavevectors import Wavevector
from hrtem_core.lens import LensParameters
from hrtem_core.peaks.classification import PeakParameters, accept
from hrtem_core.peaks.weighing import weigh
from hrtem_core.preparation.prepare import PreparationParameters, prepare
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.recipe.scale import scaled
from hrtem_core.remembering import Remembering
from hrtem_core.spacings.families import group_families
from hrtem_core.spectrum import transform
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING
from hrtem_core.spectrum.whitening import SpectrumParameters
from hrtem_core.stages import STAGES, STARTS, Stage, Work
from hrtem_core.synthesis import Fringes, scene_with


def same(one: object, other: object, where: str = "analysis") -> None:
    """Both hold the same values, arrays bit for bit."""
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, err_msg=where)
    elif isinstance(one, tuple):
        assert len(one) == len(other), where
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{i}]")
    elif hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            if field.name != "seconds":
                same(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif type(one).__module__.startswith("scipy.sparse"):
        assert (one != other).nnz == 0, where
    else:
        assert one == other, where


def test_twice_the_same_is_the_same_bit_for_bit() -> None:
    scene, analysis = two_grains()
    same(analysis, analyzed(scene))


@threadpool_limits.wrap(limits=1, user_api="blas")  # as `analyze` has it: threads add up in another order
def test_analysis_is_the_stages_one_after_another() -> None:
    scene, analysis = two_grains()
    recipe = analysis.recipe
    prepared = prepare(scene.micrograph, recipe.preparation)
    spectrum = transform(prepared, recipe.spectrum)
    fringes = add_by_hand(spectrum, separate(spectrum, analysis.candidates), recipe.added)
    peaks = accept(weigh(spectrum, analysis.candidates, fringes), recipe.peaks)
    families = group_families(peaks, recipe.families, recipe.calibration_relative_sigma)
    placement = Placement(scene.micrograph.shape, scene.pixel_size)
    domains = find_domains(
        spectrum, fringes, outline_maps(spectrum, fringes, recipe.domains), peaks, placement, recipe.domains
    )
    same(peaks, analysis.peaks)
    same(families, analysis.families)
    same(domains, analysis.domains)
    same(group_crystallites(domains, recipe.crystallites), analysis.crystallites)


LONG = ["preparation", "spectrum", "candidates", "fringes", "added peaks", "weighing", "outlines", "lens"]


@pytest.mark.parametrize("last", LONG)
def test_a_checkpoint_ends_the_analysis_within_every_long_stage(last: str) -> None:
    class Enough(Exception):
        pass

    class Slow(Stopwatch):
        begun = ""

        def __call__(self, stage: Stage, make: Callable[[], object]) -> object:
            self.begun = stage.name
            return super().__call__(stage, make)

    keep, (scene, analysis) = Slow(None), two_grains()
    known = LensParameters(200.0, 1.0)  # else the lens is what the spectrum's rings told
    recipe = replace(analysis.recipe, added=(Wavevector(1.0, 3.0),), lens=known)

    def enough() -> None:
        if keep.begun == last:
            raise Enough

    with pytest.raises(Enough):
        compose(scaled(scene.micrograph, recipe), recipe, keep, enough)
    assert keep.begun == last
    assert last not in keep.seconds  # it has not come to its end


def test_progress_names_every_stage_in_order() -> None:
    told: list[tuple[str, float]] = []
    scene, _ = two_grains()
    analysis = analyze(scene.micrograph, Recipe(), progress=lambda name, share: told.append((name, share)))
    assert told == list(STARTS.items())
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert set(analysis.seconds) == {*STARTS, "total"}
    assert analysis.seconds["total"] == pytest.approx(sum(analysis.seconds[name] for name in STARTS))


def test_the_table_of_stages_is_whole() -> None:
    """Every product is made once, from earlier ones; every field of the recipe has a reader."""
    made: list[str] = []
    for stage in STAGES:
        assert set(stage.needs) <= set(made), stage.name
        made.append(stage.product)
    assert made == [
        one.name for one in fields(Work) if one.name not in ("micrograph", "recipe", "checkpoint")
    ]
    assert sum(stage.share for stage in STAGES) == pytest.approx(1)
    read = {path.partition(".")[0] for stage in STAGES for path in stage.reads}
    of_no_stage = {"pixel_size_nm", "image", "average_frames", "composition", "inverse_fft"}
    assert read | of_no_stage == {one.name for one in fields(Recipe)}


FROM_DOMAINS = {
    "found_domains",
    "home_domains",
    "seen_domains",
    "domains",
    "peaks",
    "families",
    "crystallites",
    "phases",
}
CHANGES = {
    "calibration_relative_sigma": (
        replace(Recipe(), calibration_relative_sigma=0.01),
        {"families", "phases"},
    ),
    "sensitivity": (
        replace(Recipe(), peaks=PeakParameters(min_probability=0.9)),
        {"found_peaks", *FROM_DOMAINS},
    ),
    "eps": (
        replace(Recipe(), domains=replace(Recipe().domains, eps_nm=0.4)),
        {"outlines", *FROM_DOMAINS},
    ),
    "overlap": (
        replace(Recipe(), crystallites=replace(Recipe().crystallites, min_overlap=0.6)),
        {"crystallites", "phases"},
    ),
    "another image of the file": (replace(Recipe(), image=3), set()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_parameter_changes_what_follows_from_it_and_nothing_else(name: str) -> None:
    changed, expected = CHANGES[name]
    scene, _ = two_grains()
    before, after = keys(scene.micrograph, Recipe()), keys(scene.micrograph, changed)
    assert {product for product in before if before[product] != after[product]} == expected
    work = Remembering()
    work.analyze(scene.micrograph, Recipe())
    again = work.analyze(scene.micrograph, changed)
    assert {stage.product for stage in STAGES if stage.name in again.seconds} == expected
    same(again, analyze(scene.micrograph, changed))


def test_pixels_and_scale_are_part_of_every_key() -> None:
    scene, _ = two_grains()
    other_scale = scene.micrograph.with_pixel_size(PixelSize(0.05, 0.05))
    brighter = Micrograph(scene.micrograph.intensity + 1, scene.micrograph.pixel_size, "brighter")
    here = keys(scene.micrograph, Recipe())
    for other in (other_scale, brighter):
        assert all(here[product] != key for product, key in keys(other, Recipe()).items())


def test_a_micrograph_without_a_scale_is_refused_by_name() -> None:
    bare = Micrograph(np.zeros((32, 32)), None, "film.tif")
    with pytest.raises(
        ScaleError, match=r"^film.tif has no scale; give the pixel size in nm \(--pixel-size-nm"
    ):
        analyze(bare, Recipe())


def test_a_typed_scale_outweighs_the_files() -> None:
    scene, _ = two_grains()
    typed = scaled(scene.micrograph, Recipe(pixel_size_nm=(0.05, 0.06)))
    assert typed.pixel_size == PixelSize(0.05, 0.06, "typed")
    assert typed.digest == scene.micrograph.digest
    assert scaled(scene.micrograph, Recipe()) is scene.micrograph
    assert scaled(scene.micrograph, Recipe(pixel_size_nm=0.05)).pixel_size.sizes_nm == (0.05, 0.05)


def test_a_region_is_analysed_in_the_frame_of_the_micrograph() -> None:
    scene, _ = two_grains()
    inside = Recipe(preparation=PreparationParameters(region_px=(0, 0, 260, 260)))
    analysis = analyzed(scene, inside)
    assert len(analysis.domains.accepted) == 1
    assert analysis.domains.shape == (260, 260)


def test_products_cannot_be_changed() -> None:
    _, analysis = two_grains()
    for array in (analysis.micrograph.intensity, analysis.prepared.intensity, analysis.spectrum.whitened,
                  analysis.fringes.residual, analysis.fringes.maps[0].snr):  # fmt: skip
        assert not array.flags.writeable


def in_double_precision(image: np.ndarray, grid: Grid, noise: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The whitened image of an uncropped grid by the defining formulas in float64."""
    image = image.astype(float) - image.mean(dtype=float)
    image /= np.abs(image).max()
    jump = np.zeros(image.shape)
    jump[0] += image[-1] - image[0]
    jump[-1] -= image[-1] - image[0]
    jump[:, 0] += image[:, -1] - image[:, 0]
    jump[:, -1] -= image[:, -1] - image[:, 0]
    turns = [2 * np.cos(2 * np.pi * np.arange(n) / n) for n in image.shape]
    denominator = turns[0][:, None] + turns[1] - 4
    denominator[0, 0] = 1
    smooth = fft.fft2(jump) / denominator
    smooth[0, 0] = 0
    half = (fft.fft2(image) - smooth)[:, : image.shape[1] // 2 + 1]
    radius = grid.radius_per_nm().astype(float)
    half *= 1 - np.exp(-2 * (np.pi * SPECTRUM_TUNING.background_nm * radius) ** 2)
    half /= np.sqrt(np.interp(radius, *noise))
    return fft.irfft2(half, s=image.shape)


def test_single_precision_differs_from_double_by_far_less_than_the_noise() -> None:
    field = field_of((256, 320), 0.06)
    scene = scene_with([grain(field, (7, 9), 6.0, Fringes.of_spacing(0.3, 30, rho=40))], field, seed=1)
    prepared = prepare(scene.micrograph, PreparationParameters())
    spectrum = transform(prepared, SpectrumParameters())
    assert spectrum.grid.shape == prepared.intensity.shape  # nothing was cropped
    noise = spectrum.profile.g_per_nm, spectrum.profile.noise
    reference = in_double_precision(prepared.intensity, spectrum.grid, noise)
    assert spectrum.whitened.std() == pytest.approx(1, abs=0.2)  # the noise
    assert np.abs(spectrum.whitened - reference).max() < 2e-3


def test_the_same_counts_in_double_give_the_same_domains() -> None:
    scene, analysis = two_grains()
    counts = scene.micrograph.intensity.astype(np.float64)
    again = analyze(replace(scene.micrograph, intensity=counts, digest=""), Recipe())
    same(analysis.domains, again.domains)
    assert again.micrograph.digest == analysis.micrograph.digest
