"""Bins of values and of pixels."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hrtem_core.numerics.bins import MAX_BINS, bin_edges, block_means

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(values)
@example([0.0, 0.0, 0.0, 1.0, 5e-324])
def test_every_value_is_in_a_bin(known: list[float]) -> None:
    edges = bin_edges(known)
    assert 2 <= len(edges) - 1 <= MAX_BINS
    assert np.histogram(known, edges)[0].sum() == len(known)


def test_the_rule_is_that_of_freedman_and_diaconis() -> None:
    known = np.random.default_rng(1).normal(5, 1, 200)
    edges = bin_edges(known)
    np.testing.assert_array_equal(edges, np.histogram_bin_edges(known, "fd"))
    assert edges[1] - edges[0] == pytest.approx(2 * 1.349 * 200 ** (-1 / 3), rel=0.2)


def test_one_value_far_from_lines_does_not_take_all_memory() -> None:
    known = np.append(1 + 1e-13 * np.arange(100), 1e3)
    assert len(bin_edges(known)) - 1 == MAX_BINS


def test_a_span_can_be_given() -> None:
    assert bin_edges([3.0], (2.0, 4.0)).tolist() == pytest.approx([2.0, 2.4, 2.8, 3.2, 3.6, 4.0])


def test_blocks_are_averaged_and_what_fills_none_is_left_out() -> None:
    image = np.arange(35, dtype=np.float32).reshape(5, 7)
    means = block_means(image, 2)
    assert means.dtype == np.float32
    np.testing.assert_array_equal(means, [[4, 6, 8], [18, 20, 22]])
    assert block_means(image, 1) is image
