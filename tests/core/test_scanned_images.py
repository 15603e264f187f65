"""A crystal that fills the field, however it was scanned, is one crystal: its residues are no domains."""

import numpy as np
import pytest
from drawn_scenes import iou, mask_of

from hrtem_core.analysis import Analysis, analyze
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.recipe import Recipe

PIXEL_NM = 0.02
D_NM = 0.39


def square_lattice(
    along_nm: np.ndarray, down_nm: np.ndarray, azimuth_deg: float, amplitude: float, d_nm: float = D_NM
) -> np.ndarray:
    """Two sets of planes at right angles, at places that a scan may have moved."""
    turn = np.radians(azimuth_deg)
    one = along_nm * np.cos(turn) + down_nm * np.sin(turn)
    other = -along_nm * np.sin(turn) + down_nm * np.cos(turn)
    return amplitude * (np.cos(2 * np.pi * one / d_nm) + np.cos(2 * np.pi * other / d_nm))


def scanned(
    shape: tuple[int, int] = (448, 400),
    *,
    jitter_nm: float = 0.0,
    hum_nm: float = 0.0,
    flyback_nm: float = 0.0,
    drift: float = 0.0,
    amplitude: float = 4.0,
    azimuth_deg: float = 13.0,
    seed: int = 1,
) -> Analysis:
    """The analysis of such an image, taken row by row, in noise of unit deviation."""
    rng = np.random.default_rng(seed)
    down, along = (np.arange(n) * PIXEL_NM for n in shape)
    late = down / down[-1]
    down = down * (1 + drift * (late - 1))
    x = along - flyback_nm * np.exp(-along / 0.8) + rng.normal(0, 1, shape[0])[:, None] * jitter_nm
    x = x + hum_nm * np.sin(2 * np.pi * np.arange(shape[0]) / 40)[:, None]
    lattice = square_lattice(x, down[:, None], azimuth_deg, amplitude)
    image = lattice + rng.normal(0, 1, shape)
    return analyze(Micrograph(image.astype(np.float32), PixelSize(PIXEL_NM, PIXEL_NM), "scan"), Recipe())


def is_one_crystal(analysis: Analysis, tolerance: float = 0.01) -> bool:
    """Whether there are the two sets of planes over the whole field, and nothing else."""
    whole = analysis.prepared.intensity.size
    found = analysis.domains.accepted
    spacings = np.array([1 / np.hypot(*domain.g_per_nm) for domain in found])
    full = all(domain.footprint.n_pixels > 0.97 * whole for domain in found)
    right = bool((abs(spacings / D_NM - 1) < tolerance).all())
    return len(found) == 2 and analysis.crystallites.n_crystallites == 1 and full and right


@pytest.mark.parametrize("azimuth_deg", [0.0, 13.0])
def test_rows_that_jitter_bring_no_spacing(azimuth_deg: float) -> None:
    assert is_one_crystal(scanned(jitter_nm=0.006, azimuth_deg=azimuth_deg))


@pytest.mark.parametrize("azimuth_deg", [0.0, 13.0])
def test_nor_do_rows_that_sway(azimuth_deg: float) -> None:
    assert is_one_crystal(scanned(hum_nm=0.03, azimuth_deg=azimuth_deg, amplitude=1.5))


@pytest.mark.parametrize(("d_nm", "azimuth_deg"), [(0.108, 20.0), (0.1, 45.0)])
def test_lattices_finer_than_the_range_move_no_rows(d_nm: float, azimuth_deg: float) -> None:
    down, along = np.mgrid[:512, :512] * 0.03
    image = square_lattice(along, down, azimuth_deg, 5.0, d_nm)
    image += np.random.default_rng(3).normal(0, 1, down.shape)
    turn = np.radians(azimuth_deg + 23)
    image += 0.3 * np.cos(2 * np.pi / 0.24 * (along * np.cos(turn) + down * np.sin(turn)))
    analysis = analyze(Micrograph(image.astype(np.float32), PixelSize(0.03, 0.03), "fine"), Recipe())
    (only,) = analysis.domains.accepted
    assert np.hypot(*only.g_per_nm) == pytest.approx(1 / 0.24, rel=0.005)
    assert analysis.spectrum.row_jitter_nm == 0.0


@pytest.mark.parametrize("flyback_nm", [0.1, 0.25])
def test_nor_does_the_flyback(flyback_nm: float) -> None:
    assert is_one_crystal(scanned(flyback_nm=flyback_nm, amplitude=1.5))


@pytest.mark.parametrize(("flyback_nm", "azimuth_deg"), [(0.4, 0.0), (0.4, 40.0), (0.6, 13.0)])
def test_where_the_beam_had_not_settled_there_is_no_other_crystal(
    flyback_nm: float, azimuth_deg: float
) -> None:
    analysis = scanned(flyback_nm=flyback_nm, azimuth_deg=azimuth_deg, jitter_nm=0.004, amplitude=1.5)
    spacings = [1 / np.hypot(*domain.g_per_nm) for domain in analysis.domains.accepted]
    assert analysis.crystallites.n_crystallites == 1
    np.testing.assert_allclose(spacings, [D_NM, D_NM], rtol=0.01)


@pytest.mark.parametrize("azimuth_deg", [30.0, 75.0])
def test_a_crystal_along_the_border_stays(azimuth_deg: float) -> None:
    down, along = np.meshgrid(*(np.arange(n) * PIXEL_NM for n in (448, 400)), indexing="ij")
    beside = along < 1.8
    image = np.where(
        beside, square_lattice(along, down, azimuth_deg, 1.5), square_lattice(along, down, 13.0, 1.5)
    )
    image += np.random.default_rng(1).normal(0, 1, image.shape)
    micrograph = Micrograph(image.astype(np.float32), PixelSize(PIXEL_NM, PIXEL_NM), "two")
    analysis = analyze(micrograph, Recipe())
    overlaps = [iou(mask_of(one, image.shape), beside) for one in analysis.domains.accepted]
    assert sum(overlap > 0.7 for overlap in overlaps) == 2


@pytest.mark.parametrize(
    ("width_nm", "length_nm", "d_nm"), [(4.0, 9.0, 0.33), (2.2, 5.0, 0.27), (1.8, 9.0, 0.16)]
)
def test_a_layer_in_step_with_the_crystal_stays_where_it_is_wide_or_short_or_far_from_it_in_d(
    width_nm: float, length_nm: float, d_nm: float
) -> None:
    down, along = np.meshgrid(*(np.arange(n) * PIXEL_NM for n in (448, 400)), indexing="ij")
    beside = (along < width_nm) & (down < length_nm)
    image = 1.5 * np.cos(2 * np.pi * along / np.where(beside, d_nm, D_NM))
    image += np.random.default_rng(1).normal(0, 1, image.shape)
    micrograph = Micrograph(image.astype(np.float32), PixelSize(PIXEL_NM, PIXEL_NM), "layer")
    found = analyze(micrograph, Recipe()).domains.accepted
    np.testing.assert_allclose(sorted(1 / np.hypot(*one.g_per_nm) for one in found), [d_nm, D_NM], rtol=0.01)


@pytest.mark.parametrize("shape", [(560, 560), (400, 448)])
def test_nor_does_the_border(shape: tuple[int, int]) -> None:
    assert is_one_crystal(scanned(shape, amplitude=6.0))


def test_drift_that_stretches_rows_leaves_one_crystal_with_its_mean_spacings() -> None:
    assert is_one_crystal(scanned(drift=0.12, amplitude=2.0), tolerance=0.02)


def in_grains(jitter_nm: float, seed: int) -> tuple[Analysis, np.ndarray]:
    """Three crystals side by side, a corner where they meet, and which one every pixel belongs to."""
    rng = np.random.default_rng(seed)
    shape = (512, 512)
    down, along = np.meshgrid(*(np.arange(n) * PIXEL_NM for n in shape), indexing="ij")
    grain = np.where(down > 5.5, 2, np.where(along > 5.0, 1, 0))
    x = along + rng.normal(0, 1, shape[0])[:, None] * jitter_nm
    image = rng.normal(0, 1, shape)
    for number, azimuth_deg in enumerate((13.0, 52.0, 78.0)):
        image += (grain == number) * square_lattice(x, down, azimuth_deg, 1.5)
    micrograph = Micrograph(image.astype(np.float32), PixelSize(PIXEL_NM, PIXEL_NM), "grains")
    return analyze(micrograph, Recipe()), grain


def test_rows_that_jitter_bring_nothing_between_crystals() -> None:
    analysis, grain = in_grains(jitter_nm=0.02, seed=5)
    found = analysis.domains.accepted
    assert len(found) == 6
    assert analysis.crystallites.n_crystallites == 3
    for domain in found:
        mask = mask_of(domain, grain.shape)
        assert max(iou(mask, grain == number) for number in range(3)) > 0.9
    assert analysis.spectrum.row_jitter_nm == pytest.approx(0.02, rel=0.15)
