"""Connected areas against their definition."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from hrtem_core.numerics.arrays import BoolImage
from hrtem_core.numerics.footprints import box_of, is_one_piece, pieces_of


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
