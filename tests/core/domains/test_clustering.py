"""Domains: every parameter has the effect its documentation says, and a person's word holds."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import analyzed, found, iou, mask_of, two_grains
from products import disc

from hrtem_core.domains.clustering import find_domains
from hrtem_core.domains.domain import DomainParameters, Domains
from hrtem_core.domains.outlines import outline_level, outline_maps
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.errors import RecipeError
from hrtem_core.fringes import FRINGE_TUNING
from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.recipe.recipe import Recipe

DEFAULT = DomainParameters()


def domains_with(snr: np.ndarray | None = None, **changed) -> Domains:
    """The domains of the two grains; with `snr` the first pair's map is replaced on the working pixels."""
    _, analysis = two_grains()
    fringes = analysis.fringes
    peaks = analysis.peaks
    if snr is not None:
        rows, cols = (np.arange(n, dtype=float) for n in snr.shape)
        first = fringes.maps[0]
        drawn = FringeMap(
            candidate=0,
            g_per_nm=first.g_per_nm,
            g_sigma_per_nm=0.01,
            resolution_nm=0.6,
            rows_px=rows,
            cols_px=cols,
            snr=snr.astype(np.float32),
            plateau=float(snr.max()),
            excess=20.0,
        )
        owner = [i for i, maps in enumerate(peaks.maps) if 0 in maps]
        fringes = FringeMaps((drawn,), fringes.map_of_candidate, fringes.residual)
        maps = tuple((0,) if i in owner else () for i in range(len(peaks)))
        peaks = replace(peaks, maps=maps)
    placement = analysis.placement
    return find_domains(
        analysis.spectrum,
        fringes,
        outline_maps(analysis.spectrum, fringes, replace(DEFAULT, **changed)),
        peaks,
        placement,
        replace(DEFAULT, **changed),
    )


def working_map(*discs: tuple[float, float, float], snr: float = 8.0) -> np.ndarray:
    """Flat discs (row, column, radius in working pixels) of an amplitude on the working grid."""
    shape = two_grains()[1].spectrum.grid.shape
    image = np.zeros(shape)
    for row, col, radius in discs:
        image[disc(shape, row, col, radius)] = snr
    return image


def pixel_nm() -> float:
    return two_grains()[1].spectrum.grid.pixel_size.mean_nm


def areas_nm2(domains: Domains) -> list[float]:
    return [d.footprint.n_pixels * domains.pixel_size.area_nm2 for d in domains.accepted]


def test_both_grains_are_outlined_where_they_are() -> None:
    scene, analysis = two_grains()
    assert min(found(analysis, scene)) > 0.8
    assert len(analysis.domains.accepted) == 2
    assert analysis.domains.shape == scene.micrograph.shape
    assert analysis.domains.pixel_size.sizes_nm == pytest.approx(scene.pixel_size.sizes_nm)
    assert [d.domain_id for d in analysis.domains.accepted] == [1, 2]


def test_g_inside_a_domain_is_right_within_its_uncertainty() -> None:
    scene, analysis = two_grains()
    for domain in analysis.domains.accepted:
        error = min(abs(np.hypot(*domain.g_per_nm) - 1 / r.d_nm) for _, _, r in scene.truth())
        assert error < 4 * domain.g_sigma_per_nm


def test_masks_are_cut_to_their_own_box() -> None:
    for domain in domains_with().accepted:
        assert domain.footprint.mask[[0, -1]].any(axis=1).all()
        assert domain.footprint.mask[:, [0, -1]].any(axis=0).all()


def test_eps_joins_what_is_nearer_than_it() -> None:
    gap_nm = 0.6
    radius = 18.0
    apart = 2 * radius + gap_nm / pixel_nm()
    image = working_map((60, 70, radius), (60, 70 + apart, radius))
    small, large = (domains_with(image, eps_nm=eps, min_fill=0.05) for eps in (0.3, 0.9))
    assert len(small.accepted) == 2
    # one cluster: DBSCAN joins over the gap; the outline is still drawn where the amplitude is
    assert len(large.accepted) in (1, 2)
    assert sum(areas_nm2(large)) == pytest.approx(sum(areas_nm2(small)), rel=0.05)


def test_a_fuller_neighbourhood_asked_for_drops_loose_pixels() -> None:
    rng = np.random.default_rng(0)
    image = working_map((60, 120, 25.0))
    loose = rng.random(image.shape) < 0.12
    image[loose & (image == 0)] = 8.0
    least = 3 * two_grains()[1].domains.pixel_size.area_nm2
    lax, strict = (domains_with(image, min_fill=fill, min_area_nm2=least) for fill in (0.0, 0.6))
    assert len(lax.accepted) > 4 * len(strict.accepted)
    assert max(areas_nm2(strict)) == pytest.approx(np.pi * (25 * pixel_nm()) ** 2, rel=0.15)
    near = disc(image.shape, 60, 120, 25 + DEFAULT.eps_nm / pixel_nm() + 1)
    ratio = [m / n for n, m in zip(strict.shape, image.shape, strict=True)]
    for domain in strict.accepted:  # border points of the disc's cluster, nothing else
        row, col = (round(first * r) for first, r in zip(domain.footprint.corner, ratio, strict=True))
        assert near[row, col] or domain.footprint.mask.size > 1000


@pytest.mark.parametrize(("height", "n_domains"), [(4.6, 1), (6.0, 2)])
def test_a_piece_that_hardly_reaches_the_outlines_level_is_a_ripple(height: float, n_domains: int) -> None:
    """The outline is drawn at 4; a bridge of 3 makes both discs one cluster."""
    image = working_map((60, 60, 25.0))
    image[55:65, 60:150] = np.maximum(image[55:65, 60:150], 3.0)
    image[disc(image.shape, 60, 150, 14)] = height
    assert len(domains_with(image, min_area_nm2=0.1).accepted) == n_domains


def test_of_a_cluster_just_above_the_threshold_its_highest_pieces_stay() -> None:
    apart = 36 + 0.6 / pixel_nm()
    image = working_map((60, 70, 18.0), (60, 70 + apart, 18.0), snr=2.0)
    assert len(domains_with(image, eps_nm=0.9, min_fill=0.05).accepted) == 2


def test_smaller_domains_are_left_out() -> None:
    image = working_map((60, 60, 20.0), (60, 150, 9.0))
    areas = sorted(areas_nm2(domains_with(image, min_area_nm2=0.1)))
    assert len(areas) == 2
    between = sum(areas) / 2
    assert areas_nm2(domains_with(image, min_area_nm2=between)) == [areas[1]]
    assert areas_nm2(domains_with(image, min_area_nm2=2 * areas[1])) == []


def test_the_threshold_is_the_least_amplitude_of_a_domain() -> None:
    image = np.maximum(working_map((60, 60, 20.0), snr=3.0), working_map((60, 150, 20.0), snr=8.0))
    both, strong = (domains_with(image, threshold_snr=t, plateau_fraction=0.3) for t in (1.8, 4.0))
    assert len(both.accepted) == 2
    assert [round(d.snr) for d in strong.accepted] == [8]


def test_the_outline_follows_the_plateau_fraction() -> None:
    shape = two_grains()[1].spectrum.grid.shape
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    hill = 20 * np.exp(-0.5 * (np.hypot(rows - 80, cols - 100) / 25) ** 2)
    areas = [areas_nm2(domains_with(hill, plateau_fraction=f))[0] for f in (0.3, 0.5, 0.7)]
    assert areas == sorted(areas, reverse=True)
    assert areas[0] > 1.3 * areas[2]


def test_the_plateau_is_that_of_what_lies_inside() -> None:
    values = np.concatenate([np.full(500, 10.0), np.full(1500, 2.0)])
    assert outline_level(values, DEFAULT, DOMAIN_TUNING.plateau_quantile) == pytest.approx(5.0)
    assert outline_level(np.full(9, 2.0), DEFAULT, 0.85) == DEFAULT.threshold_snr


def test_a_rejected_domain_is_named_by_position_and_survives_changed_parameters() -> None:
    scene, analysis = two_grains()
    g = scene.grains[0].reflections[0]
    mark = (4.0, 3.8, -g.g_row_per_nm, -g.g_col_per_nm)
    for changed in ({}, {"eps_nm": 0.5}, {"plateau_fraction": 0.4}):
        domains = domains_with(rejected=(mark,), **changed)
        assert len(domains.accepted) == len(domains.rejected) == 1
        assert iou(mask_of(domains.rejected[0], domains.shape), scene.grains[0].mask) > 0.7
        assert [d.domain_id for d in (*domains.accepted, *domains.rejected)] == [1, 2]
    recipe = Recipe(domains=DomainParameters(rejected=(mark,)))
    assert len(analyzed(scene, recipe).domains.accepted) == len(analysis.domains.accepted) - 1


def test_a_mark_elsewhere_or_of_another_g_rejects_nothing() -> None:
    scene, _ = two_grains()
    g = scene.grains[0].reflections[0]
    here = (g.g_row_per_nm, g.g_col_per_nm)
    for mark in ((9.5, 1.0, *here), (4.0, 3.8, here[0] + 0.5, here[1])):
        assert domains_with(rejected=(mark,)).rejected == ()


def test_what_fringes_and_domains_share_is_one_number() -> None:
    assert DomainTuning().plateau_quantile == FRINGE_TUNING.plateau_quantile
    shared = (FRINGE_TUNING.min_snr, FRINGE_TUNING.plateau_fraction, FRINGE_TUNING.min_area_nm2)
    assert (DEFAULT.threshold_snr, DEFAULT.plateau_fraction, DEFAULT.min_area_nm2) == shared


def test_another_tuning_gives_other_outlines() -> None:
    _, analysis = two_grains()
    lower, higher = (
        outline_maps(analysis.spectrum, analysis.fringes, DEFAULT, tuning=DomainTuning(plateau_quantile=at))
        for at in (0.5, 0.99)
    )
    for inner, outer in zip(higher.of_map, lower.of_map, strict=True):
        assert inner[0].footprint.n_pixels < outer[0].footprint.n_pixels


def test_another_tuning_gives_marks_another_reach() -> None:
    scene, analysis = two_grains()
    g = scene.grains[0].reflections[0]
    marked = replace(DEFAULT, rejected=((4.0, 3.8, g.g_row_per_nm + 0.5, g.g_col_per_nm),))
    outlines = outline_maps(analysis.spectrum, analysis.fringes, DEFAULT)
    inputs = analysis.spectrum, analysis.fringes, outlines, analysis.peaks, analysis.placement, marked
    assert find_domains(*inputs).rejected == ()
    assert len(find_domains(*inputs, tuning=DomainTuning(mark_reach_per_nm=0.6)).rejected) == 1


def test_nothing_accepted_is_an_empty_product() -> None:
    _, analysis = two_grains()
    nothing = replace(analysis.peaks, accepted=np.zeros(len(analysis.peaks), bool))
    placement = analysis.placement
    domains = find_domains(
        analysis.spectrum,
        analysis.fringes,
        outline_maps(analysis.spectrum, analysis.fringes, DEFAULT),
        nothing,
        placement,
        DEFAULT,
    )
    assert domains.accepted == domains.rejected == ()
    assert domains.shape == analysis.micrograph.shape


@pytest.mark.parametrize(
    ("name", "given", "limits"),
    [
        ("threshold_snr", 0.1, "0.5 and 20"),
        ("eps_nm", 11.0, "0.02 and 10"),
        ("min_fill", -0.1, "0 and 1"),
        ("plateau_fraction", 0.95, "0.1 and 0.9"),
        ("min_area_nm2", -1.0, r"0 and 1e\+06"),
        ("eps_nm", float("nan"), "0.02 and 10"),
    ],
)
def test_impossible_parameters_are_named(name: str, given: float, limits: str) -> None:
    with pytest.raises(RecipeError, match=f"{name} must lie between {limits}, got"):
        DomainParameters(**{name: given})
