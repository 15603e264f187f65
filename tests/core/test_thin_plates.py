"""Thin plates and twin lamellae are one domain each, with their own spacing and no others beside it."""

import numpy as np
import pytest
from drawn_scenes import analyzed, best_match, field_of, mask_of

from hrtem_core.analysis import analyze
from hrtem_core.image import Micrograph
from hrtem_core.measures import measure
from hrtem_core.numerics import BoolImage
from hrtem_core.recipe import Recipe
from hrtem_core.synthesis import Fringes, Optics, PlannedGrain, Scene, amorphous, disc, scene_with

FIELD = field_of((400, 400))
MIDDLE_NM = (6.0, 6.0)
D111_NM, D200_NM = 0.2356, 0.204
NORMAL_DEG = 25.0


def slab(width_nm: float, length_nm: float, normal_deg: float = NORMAL_DEG) -> BoolImage:
    """A rectangle in the middle whose normal points at an azimuth."""
    rows, cols = np.ogrid[: FIELD.shape[0], : FIELD.shape[1]]
    down, right = rows * 0.03 - MIDDLE_NM[0], cols * 0.03 - MIDDLE_NM[1]
    angle = np.radians(normal_deg)
    along, across = right * np.cos(angle) - down * np.sin(angle), right * np.sin(angle) + down * np.cos(angle)
    return np.asarray((abs(along) < width_nm / 2) & (abs(across) < length_nm / 2))


def plate(width_nm: float, plane_deg: float, seed: int) -> Scene:
    fringes = Fringes.of_spacing(0.25, NORMAL_DEG + plane_deg, rho=22 * np.sqrt(width_nm))
    return scene_with([PlannedGrain(slab(width_nm, 9.0), (fringes,))], FIELD, seed=seed)


def twin(width_nm: float, seed: int, normal_deg: float = NORMAL_DEG) -> Scene:
    """A grain of gold along 110, and a lamella in it that shares the planes it lies in."""
    whole = disc(FIELD.shape, MIDDLE_NM, 9.0, FIELD.pixel_size)
    lamella = whole & slab(width_nm, 20.0, normal_deg)
    common = Fringes.of_spacing(D111_NM, normal_deg, amplitude=1.3)
    own, mirrored = (
        tuple(
            Fringes.of_spacing(d, normal_deg + turn, amplitude=1.3)
            for d, turn in ((D111_NM, sign * 70.53), (D200_NM, -sign * 54.74))
        )
        for sign in (1, -1)
    )
    grains = (
        PlannedGrain(whole, (common,)),
        PlannedGrain(whole & ~lamella, own),
        PlannedGrain(lamella, mirrored),
    )
    return scene_with(grains, FIELD, seed=seed)


@pytest.mark.parametrize(
    ("width_nm", "plane_deg"), [(0.8, 35.0), (0.8, 90.0), (1.1, 35.0), (1.5, 35.0), (1.1, 0.0), (1.5, 0.0)]
)
def test_a_plate_is_one_domain_with_its_own_spacing(width_nm: float, plane_deg: float) -> None:
    scene = plate(width_nm, plane_deg, seed=1)
    analysis = analyzed(scene)
    (domain,) = analysis.domains.accepted
    off = np.hypot(*domain.g_per_nm) - 4.0
    assert abs(off) < max(4 * domain.g_sigma_per_nm, 0.02)
    assert abs(off) < 0.03 * 4.0
    assert np.mean(mask_of(domain, FIELD.shape)[scene.grains[0].mask]) > 0.8


@pytest.mark.parametrize(("width_nm", "plane_deg"), [(0.8, 90.0), (1.0, 60.0), (1.5, 90.0)])
def test_a_strong_plate_with_sharp_edges_has_no_side_lobes_of_high_order(
    width_nm: float, plane_deg: float
) -> None:
    rng, angle = np.random.default_rng(1), np.radians(NORMAL_DEG + plane_deg)
    down, right = np.indices(FIELD.shape) * 0.03
    wave = np.cos(2 * np.pi / 0.25 * (right * np.cos(angle) - down * np.sin(angle)))
    film = amorphous(FIELD.shape, FIELD.pixel_size, Optics(cs_mm=0.01, defocus_nm=25), rng)
    image = film + rng.normal(0, 0.7, FIELD.shape) + 3 * slab(width_nm, 10.0) * wave
    analysis = analyze(Micrograph(image.astype(np.float32), FIELD.pixel_size, "plate"), Recipe())
    assert len(analysis.domains.accepted) == 1


def test_lamellae_of_one_lattice_are_two_domains_without_side_lobes() -> None:
    """What is between them would be bridged by a map that is too smooth."""
    field = field_of((560, 560))
    along = np.arange(560) * field.pixel_size.col_nm - 8.4
    lamellae = [np.broadcast_to(abs(along - at) < 2, field.shape) for at in (-4.0, 4.0)]
    fringes = Fringes.of_spacing(0.3, 0.0, amplitude=3.0)
    scene = scene_with([PlannedGrain(mask, (fringes,)) for mask in lamellae], field, seed=6)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 2
    assert min(best_match(analysis, mask, fringes.g_per_nm) for mask in lamellae) > 0.7


@pytest.mark.parametrize("width_nm", [1.1, 1.5])
def test_twins_are_two_crystals_that_share_their_common_planes(width_nm: float) -> None:
    scene = twin(width_nm, seed=7)
    analysis = analyzed(scene)
    found = analysis.domains.accepted
    assert len(found) == 5
    overlaps = [best_match(analysis, g.mask, (r.g_row_per_nm, r.g_col_per_nm)) for _, g, r in scene.truth()]
    assert overlaps[0] > 0.85
    assert min(overlaps) > 0.45
    crystal = dict(
        zip([d.domain_id for d in found], analysis.crystallites.crystallite_of_domain, strict=True)
    )
    assert analysis.crystallites.n_crystallites == 2
    thin = {crystal[d.domain_id] for d in found if d.footprint.n_pixels < 0.5 * scene.grains[0].mask.sum()}
    assert len(thin) == 1
    ((row, number),) = analysis.crystallites.shared
    assert {number} == thin
    d_nm = 1 / np.hypot(*found[row].g_per_nm)
    assert d_nm == pytest.approx(D111_NM, rel=0.01)
    table = measure(analysis).crystallites
    assert [text != "" for text in table["shared_domain_ids"]] == [
        one in thin for one in table["crystallite_id"]
    ]
    assert table["shared_domain_ids"][number - 1] == str(found[row].domain_id)


@pytest.mark.parametrize("normal_deg", [2.3, 89.0])
def test_a_lamella_along_an_image_axis_is_not_taken_for_a_line_that_the_crystal_leaves(
    normal_deg: float,
) -> None:
    scene = twin(1.1, seed=7, normal_deg=normal_deg)
    analysis = analyzed(scene)
    assert len(analysis.domains.accepted) == 5
    overlaps = [best_match(analysis, g.mask, (r.g_row_per_nm, r.g_col_per_nm)) for _, g, r in scene.truth()]
    assert min(overlaps) > 0.45


def test_a_crystal_above_another_is_no_twin() -> None:
    """It has the same planes as the large one below, turned by 30 degrees: no mirror image."""
    large = disc(FIELD.shape, MIDDLE_NM, 9.0, FIELD.pixel_size)
    small = disc(FIELD.shape, MIDDLE_NM, 3.5, FIELD.pixel_size)

    def fringes(turn: float, rho: float) -> tuple[Fringes, ...]:
        return tuple(Fringes.of_spacing(D200_NM, turn + azimuth, rho=rho) for azimuth in (0.0, 90.0))

    scene = scene_with(
        [PlannedGrain(large, fringes(10, 60)), PlannedGrain(small, fringes(40, 30))], FIELD, seed=3
    )
    crystallites = analyzed(scene).crystallites
    assert crystallites.n_crystallites == 2
    assert crystallites.shared == ()
