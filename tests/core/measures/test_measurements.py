"""Measures of domains: discs, rectangles and triangles with known answers, pixels that are not square."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from products import analysis_with, disc, domains_of, peaks_at, rectangle

from hrtem_core.domains.crystallites import CrystalliteParameters, group_crystallites
from hrtem_core.domains.overlaps import assign_layers, label_layers
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.placement import Placement
from hrtem_core.measures.shapes import measure_shape
from hrtem_core.measures.tables import crystallites_table, domains_table, families_table, peaks_table
from hrtem_core.measures.totals import totals
from hrtem_core.spacings.families import FamilyParameters, group_families

SHAPE = (120, 200)
OBLONG = PixelSize(0.02, 0.03)
CONTRACT = {
    "peaks": "peak_id, g_row_per_nm, g_col_per_nm, g_per_nm, d_nm, d_sigma_nm, azimuth_deg, snr, "
    "signal_probability, accepted, family_id, name",
    "families": "family_id, d_nm, d_sigma_nm, n_peaks, n_domains, area_nm2, name",
    "domains": "domain_id, peak_id, family_id, crystallite_id, g_row_per_nm, g_col_per_nm, d_nm, "
    "d_sigma_nm, azimuth_deg, area_nm2, equivalent_diameter_nm, feret_max_nm, feret_min_nm, "
    "centroid_row_nm, centroid_col_nm, snr, touches_border, displacement_nm, place, name",
}


def test_a_rectangle_is_exact_with_oblong_pixels() -> None:
    shape = measure_shape(rectangle(SHAPE, 10, 20, 30, 50), OBLONG)
    assert shape.area_nm2 == pytest.approx(0.6 * 1.5)
    assert shape.feret_max_nm == pytest.approx(np.hypot(0.6, 1.5))
    assert shape.feret_min_nm == pytest.approx(0.6)
    assert shape.equivalent_diameter_nm == pytest.approx(np.sqrt(4 * 0.9 / np.pi))
    assert shape.centroid_px == (24.5, 44.5)


def test_one_pixel_is_a_rectangle() -> None:
    shape = measure_shape(np.ones((1, 1), dtype=bool), OBLONG)
    assert (shape.feret_min_nm, shape.feret_max_nm) == pytest.approx((0.02, np.hypot(0.02, 0.03)))


def test_the_smallest_width_is_across_a_slanting_side() -> None:
    # The staircase's hull is the right triangle (0, 0), (n, 0), (n, n) and one pixel on its long side.
    n = 80
    shape = measure_shape(np.tril(np.ones((n, n), dtype=bool)), PixelSize(1.0, 1.0))
    assert shape.feret_max_nm == pytest.approx(np.hypot(n, n), rel=0.02)
    assert shape.feret_min_nm == pytest.approx((n + 1) / np.sqrt(2))


def test_a_disc_has_equal_diameters() -> None:
    shape = measure_shape(disc(SHAPE, 60, 100, 50), PixelSize(0.1, 0.1))
    assert shape.area_nm2 == pytest.approx(np.pi * 25, rel=0.01)
    assert shape.equivalent_diameter_nm == pytest.approx(10, rel=0.005)
    assert shape.feret_max_nm == pytest.approx(10.1, abs=0.1)
    assert shape.feret_min_nm == pytest.approx(10.1, abs=0.1)
    assert shape.centroid_px == pytest.approx((60, 100))


masks = st.integers(1, 2**40 - 1).map(
    lambda bits: np.array([bits >> i & 1 for i in range(40)], dtype=bool).reshape(5, 8)
)


@given(masks)
@settings(deadline=None)
def test_feret_diameters_agree_with_turning_the_corners(mask: np.ndarray) -> None:
    corners = np.array([(r + i, c + j) for r, c in np.argwhere(mask) for i in (0, 1) for j in (0, 1)])
    points = corners * OBLONG.sizes_nm
    angle = np.radians(np.linspace(0, 180, 3601))
    width = np.ptp(points @ np.stack([np.cos(angle), np.sin(angle)]), axis=0)
    shape = measure_shape(mask, OBLONG)
    assert shape.feret_max_nm == pytest.approx(width.max(), rel=1e-4)
    assert shape.feret_min_nm == pytest.approx(width.min(), rel=5e-3)
    assert shape.feret_min_nm <= width.min() + 1e-12


def analysis_of(masks: list[np.ndarray], peaks: list[int], pixel_size: PixelSize = OBLONG):
    pairs = peaks_at([0.3, 0.2, 0.3002], accepted=[True, False, True])
    domains = domains_of(masks, pixel_size, peaks)
    families = group_families(pairs, FamilyParameters(), 0.01)
    return pairs, families, domains, group_crystallites(domains, CrystalliteParameters())


def test_tables_have_the_columns_of_the_contract_even_without_rows() -> None:
    pairs, families, domains, crystallites = analysis_of([], [])
    placement = Placement(SHAPE, OBLONG)
    tables = {
        "peaks": peaks_table(pairs, families),
        "families": families_table(families, domains),
        "domains": domains_table(domains, families, crystallites, placement),
    }
    assert {name: ", ".join(table) for name, table in tables.items()} == CONTRACT
    assert all(column == [] for column in tables["domains"].values())
    table = crystallites_table(domains, families, crystallites, placement)
    assert list(table)[:2] == ["crystallite_id", "domain_ids"]
    assert {"area_nm2", "equivalent_diameter_nm"} <= set(table)
    assert all(column == [] for column in table.values())


def test_a_crystallite_has_the_names_of_all_its_families() -> None:
    masks = [rectangle(SHAPE, 0, 0, 20, 30), rectangle(SHAPE, 0, 0, 20, 30), rectangle(SHAPE, 50, 0, 10, 10)]
    pairs = peaks_at([0.2, 0.3, 0.15])
    families = group_families(pairs, FamilyParameters(), 0.01)
    assert families.d_nm == pytest.approx([0.3, 0.2, 0.15])
    families = replace(families, names=("Au 111", "Au 200", ""))
    domains = domains_of(masks, OBLONG, [0, 1, 2])
    crystallites = group_crystallites(domains, CrystalliteParameters())
    table = crystallites_table(domains, families, crystallites, Placement(SHAPE, OBLONG))
    assert table["domain_ids"] == ["1 2", "3"]
    assert table["name"] == ["Au 111; Au 200", ""]


def test_all_peaks_are_listed_with_their_family() -> None:
    pairs, families, _, _ = analysis_of([], [])
    table = peaks_table(pairs, families)
    assert table["peak_id"] == [1, 2, 3]
    assert table["accepted"] == [True, False, True]
    assert table["family_id"] == [1, 0, 1]
    assert peaks_table(pairs, replace(families, names=("Au 111",)))["name"] == ["Au 111", "", "Au 111"]
    assert table["d_nm"] == pytest.approx([0.3, 0.2, 0.3002])
    assert table["azimuth_deg"] == pytest.approx([0, 85, 170])


def test_domains_are_measured_in_the_frame_of_the_micrograph() -> None:
    masks = [rectangle(SHAPE, 0, 20, 10, 20), rectangle(SHAPE, 50, 60, 20, 20)]
    _, families, domains, crystallites = analysis_of(masks, [0, 2], PixelSize(0.04, 0.06))
    placement = Placement((500, 600), PixelSize(0.02, 0.03), origin_px=(100, 50), bin_factor=2)
    table = domains_table(domains, families, crystallites, placement, 0.03)
    assert table["peak_id"] == [1, 3]
    assert table["family_id"] == [1, 1]
    assert table["crystallite_id"] == [1, 2]
    assert table["area_nm2"] == pytest.approx([200 * 0.0024, 400 * 0.0024])
    assert table["centroid_row_nm"] == pytest.approx([(100 + 10 - 0.5) * 0.02, (100 + 120 - 0.5) * 0.02])
    assert table["centroid_col_nm"] == pytest.approx([(50 + 60 - 0.5) * 0.03, (50 + 140 - 0.5) * 0.03])
    assert table["touches_border"] == [True, False]
    assert table["d_nm"] == pytest.approx([0.25, 0.25])
    assert table["d_sigma_nm"] == pytest.approx([0.25 * np.hypot(0.01, 0.03)] * 2)
    assert table["azimuth_deg"] == [0, 0]


def test_overlaps_count_once_in_unions() -> None:
    masks = [rectangle(SHAPE, 0, 0, 20, 30), rectangle(SHAPE, 0, 10, 20, 30), rectangle(SHAPE, 50, 0, 10, 10)]
    pairs, families, domains, crystallites = analysis_of(masks, [0, 2, 2])
    usable = rectangle(SHAPE, 0, 0, 120, 100)
    found = totals(analysis_with(domains, pairs, families, crystallites, usable))
    assert found.crystalline_area_nm2 == pytest.approx(900 * 0.0006)
    assert found.crystalline_fraction == pytest.approx(900 / 12000)
    assert found.usable_area_nm2 == pytest.approx(12000 * 0.0006)
    counts = (found.n_peaks, found.n_families, found.n_domains, found.n_crystallites)
    assert counts == (2, 1, 3, 2)
    family = families_table(families, domains)
    assert (family["n_peaks"], family["n_domains"]) == ([2], [3])
    assert family["area_nm2"] == pytest.approx([900 * 0.0006])
    crystal = crystallites_table(domains, families, crystallites, Placement(SHAPE, OBLONG))
    assert crystal["domain_ids"] == ["1 2", "3"]
    assert crystal["area_nm2"] == pytest.approx([800 * 0.0006, 100 * 0.0006])
    assert crystal["centroid_col_nm"] == pytest.approx([19.5 * 0.03, 4.5 * 0.03])


def test_nothing_usable_is_no_fraction() -> None:
    pairs, families, domains, crystallites = analysis_of([], [])
    nowhere = np.zeros(domains.shape, dtype=bool)
    found = totals(analysis_with(domains, pairs, families, crystallites, nowhere))
    assert (found.crystalline_area_nm2, found.crystalline_fraction) == (0, 0)


def stripes(*intervals: tuple[int, int]) -> list[np.ndarray]:
    return [rectangle(SHAPE, 0, start, 5, end - start) for start, end in intervals]


@pytest.mark.parametrize(
    ("masks", "n_layers"),
    [
        ([], 1),
        (stripes((0, 10), (20, 30)), 1),
        (stripes((0, 10), (10, 20)), 1),
        (stripes((0, 10), (9, 20), (19, 30), (29, 40)), 2),
        (stripes((0, 10), (5, 20), (8, 30), (15, 40)), 3),
        (stripes(*[(0, 10 + i) for i in range(7)]), 7),
    ],
)
def test_as_few_layers_as_the_overlaps_take(masks: list[np.ndarray], n_layers: int) -> None:
    labels = label_layers(domains_of(masks), Placement(SHAPE, OBLONG))
    assert labels.shape == (n_layers, *SHAPE)
    assert labels.dtype == np.uint16
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal((labels == number).any(axis=0), mask)
        assert (labels == number).any(axis=(1, 2)).sum() == 1


def graph_domains(edges: list[tuple[int, int]], n: int):
    """Domains that overlap as the graph says: every edge is a pixel of its two domains."""
    masks = [np.zeros((1, n + len(edges)), dtype=bool) for _ in range(n)]
    for i, mask in enumerate(masks):
        mask[0, i] = True
        mask[0, [n + k for k, edge in enumerate(edges) if i in edge]] = True
    return domains_of(masks)


def test_an_odd_ring_takes_three_layers_and_an_even_one_two() -> None:
    for n, needed in ((5, 3), (6, 2), (9, 3)):
        layers = assign_layers(graph_domains([(i, (i + 1) % n) for i in range(n)], n))
        assert layers.max() + 1 == needed


@given(st.sets(st.sampled_from(list(itertools.combinations(range(7), 2))), max_size=14))
@settings(deadline=None)
def test_no_colouring_has_fewer_layers(edges: set[tuple[int, int]]) -> None:
    layers = assign_layers(graph_domains(sorted(edges), 7))
    assert all(layers[i] != layers[j] for i, j in edges)
    fewer = range(int(layers.max()))
    assert not any(
        all(colours[i] != colours[j] for i, j in edges) for colours in itertools.product(fewer, repeat=7)
    )


def test_labels_undo_region_and_binning() -> None:
    domains = domains_of([rectangle((20, 30), 2, 3, 4, 5)])
    labels = label_layers(domains, Placement((101, 95), OBLONG, origin_px=(10, 20), bin_factor=3))
    expected = rectangle((101, 95), 10 + 6, 20 + 9, 12, 15)
    np.testing.assert_array_equal(labels[0], expected)


def test_many_numbers_take_wider_pixels() -> None:
    from dataclasses import replace

    domains = domains_of([rectangle(SHAPE, 0, 0, 5, 5)])
    domains = replace(domains, accepted=(replace(domains.accepted[0], domain_id=70_000),))
    assert label_layers(domains, Placement(SHAPE, OBLONG)).dtype == np.uint32
