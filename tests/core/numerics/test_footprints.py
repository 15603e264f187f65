"""Regions and their places, and connected areas against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from products import disc, rectangle
from scipy import ndimage

from hrtem_core.numerics.arrays import BoolImage
from hrtem_core.numerics.footprints import (
    Footprint,
    Margin,
    Surroundings,
    box_of,
    boxes_of,
    component,
    is_one_piece,
    pieces_of,
    without_holes,
)

SHAPE = (90, 120)


def by_definition(mask: BoolImage, least_px: float) -> list[BoolImage]:
    """Connected areas with their holes filled, each on the whole mask."""
    labels, n = ndimage.label(ndimage.binary_fill_holes(mask))
    areas = [labels == number for number in range(1, n + 1)]
    return [area for area in areas if area.sum() >= least_px]


@settings(max_examples=200, deadline=None)
@given(
    sigma=st.floats(0.3, 6.0),
    share=st.floats(0.0, 1.0),
    least_px=st.sampled_from([1.0, 4.5, 60.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_pieces_are_the_connected_areas_with_what_they_enclose(sigma, share, least_px, seed):
    smooth = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(33, 41)), sigma)
    mask = smooth > np.quantile(smooth, share)
    pieces = pieces_of(mask, least_px)
    expected = by_definition(mask, least_px)
    assert len(pieces) == len(expected)
    for (box, piece), area in zip(pieces, expected, strict=True):
        drawn = np.zeros_like(mask)
        drawn[box] = piece
        np.testing.assert_array_equal(drawn, area)


def test_an_empty_row_parts_a_mask() -> None:
    mask = np.ones((5, 6), bool)
    assert is_one_piece(mask)
    mask[2] = False
    assert not is_one_piece(mask)
    assert len(pieces_of(mask, 1)) == 2


def test_nothing_set_has_no_pieces() -> None:
    assert pieces_of(np.zeros((4, 5), bool), 1) == []


def test_a_piece_does_not_change_with_the_mask() -> None:
    mask = np.ones((5, 6), bool)
    (_, piece), *_ = pieces_of(mask, 1)
    mask[:] = False
    assert piece.all()


def test_the_box_holds_everything_set() -> None:
    mask = np.zeros((7, 9), bool)
    mask[2, 3] = mask[4, 8] = True
    assert box_of(mask) == (slice(2, 5), slice(3, 9))


def test_only_the_component_with_the_seed_counts() -> None:
    mask = disc(SHAPE, 20, 20, 9) | disc(SHAPE, 60, 90, 12)
    np.testing.assert_array_equal(component(mask, (60, 95)), disc(SHAPE, 60, 90, 12))
    assert not component(mask, (0, 119)).any()
    np.testing.assert_array_equal(without_holes(mask & ~disc(SHAPE, 60, 90, 4)), mask)
    open_at_the_border = ~rectangle(SHAPE, 0, 40, 90, 9)
    np.testing.assert_array_equal(without_holes(open_at_the_border), open_at_the_border)


def test_footprints_share_pixels_in_the_frame_of_the_image() -> None:
    one = Footprint(10, 20, np.ones((8, 6), bool))
    other = Footprint(14, 23, np.ones((10, 10), bool))
    assert one.shared(other) == other.shared(one) == 4 * 3
    assert one.shared(Footprint(18, 20, np.ones((5, 5), bool))) == 0
    ragged = Footprint(12, 18, np.random.default_rng(3).random((9, 7)) > 0.4)
    for pair in ((one, ragged), (ragged, one), (ragged, ragged.moved(2, 1))):
        expected = np.count_nonzero(pair[0].drawn(SHAPE) & pair[1].drawn(SHAPE))
        assert pair[0].shared(pair[1]) == expected > 0
    assert one.n_pixels == 48
    assert one.window == (slice(10, 18), slice(20, 26))


def test_a_grown_footprint_reaches_just_as_far() -> None:
    grown = Footprint(0, 0, np.ones((1, 1), bool)).grown(4.0).moved(10, 10)
    np.testing.assert_array_equal(grown.drawn((21, 21)), disc((21, 21), 10, 10, 4.0))


def test_a_footprint_is_the_mask_it_was_made_of() -> None:
    mask = disc(SHAPE, 30, 50, 12) | disc(SHAPE, 50, 70, 6)
    footprint = Footprint.of(mask)
    np.testing.assert_array_equal(footprint.drawn(SHAPE), mask)
    np.testing.assert_array_equal(footprint.positions(), np.argwhere(mask))
    rows, cols = (axis.ravel() for axis in np.indices(SHAPE))
    np.testing.assert_array_equal(footprint.holds(rows, cols).reshape(SHAPE), mask)
    assert boxes_of([footprint]).tolist() == [[18, 38, 57, 77]]


def test_the_union_of_footprints_is_that_of_their_masks() -> None:
    masks = [disc(SHAPE, 30, 50, 12), disc(SHAPE, 40, 50, 12), rectangle(SHAPE, 80, 5, 6, 9)]
    union = Footprint.union([Footprint.of(mask) for mask in masks])
    np.testing.assert_array_equal(union.drawn(SHAPE), masks[0] | masks[1] | masks[2])
    assert Footprint.union([]).n_pixels == 0


def test_surroundings_are_zero_beyond_the_image() -> None:
    image = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    footprint = Footprint(0, 2, np.ones((1, 2), bool))
    around, margin = Surroundings.of(footprint, image, (1, 2)), Margin.of(footprint, image.shape, (1, 2))
    np.testing.assert_array_equal(around.block, [[0, 0, 0, 0, 0, 0], [1, 2, 3, 4, 0, 0], [5, 6, 7, 8, 0, 0]])
    np.testing.assert_array_equal(around.in_field, around.block > 0)
    np.testing.assert_array_equal(np.argwhere(around.mask), [[1, 2], [1, 3]])
    np.testing.assert_array_equal(around.block[margin.inside], image[margin.window])


def test_the_covariance_is_that_of_the_pixels_positions() -> None:
    mask = np.random.default_rng(4).random((17, 23)) > 0.6
    expected = np.cov(np.nonzero(mask), ddof=0)
    assert Footprint(3, -2, mask).covariance_px2() == pytest.approx(expected)


def test_pixels_inside_any_of_several_are_counted_once() -> None:
    own = Footprint(2, 3, np.ones((4, 5), dtype=bool))
    own.mask[0, 0] = False
    others = [Footprint(0, 0, np.ones((4, 5), bool)), Footprint(3, 3, np.ones((9, 1), bool))]
    far = Footprint(40, 40, np.ones((2, 2), bool))
    assert own.covered([*others, far]) == 1 + 2 + 2  # row 2: column 4; rows 3 to 5
    assert own.covered([]) == 0


def test_a_region_ends_on_both_sides_of_its_outline_but_not_at_the_border_of_the_image() -> None:
    inside = np.zeros((20, 30), dtype=bool)
    inside[:10, 5:30] = True
    ends = Footprint.of(inside).boundary(2.0, inside.shape)
    seen = np.zeros((40, 50), dtype=bool)
    rows, cols = ends.window
    seen[rows.start + 10 : rows.stop + 10, cols.start + 10 : cols.stop + 10] = ends.mask
    seen = seen[10:30, 10:40]
    assert seen[8:12, 10:].all()
    assert not seen[:8, 8:].any()
    assert not seen[12:, 8:].any()
    assert seen[:8, 3:7].all()
    assert not seen[:8, :3].any()
