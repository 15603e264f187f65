"""Friedel pairs: two wavevectors, one pair."""

import numpy as np
import pytest

from hrtem_core.image.wavevectors import Wavevector, distance_per_nm, half_plane


def test_friedel_pairs_are_at_no_distance_of_themselves() -> None:
    assert distance_per_nm(Wavevector(1.0, 2.0), Wavevector(-1.0, -2.0)) == 0
    assert distance_per_nm(Wavevector(1.0, 2.0), Wavevector(-1.0, -2.5)) == pytest.approx(0.5)


def test_many_pairs_are_at_the_distances_of_each() -> None:
    g, other = np.random.default_rng(0).normal(size=(40, 2)), Wavevector(0.3, -0.4)
    one_by_one = [distance_per_nm(Wavevector(*pair), other) for pair in g.tolist()]
    np.testing.assert_array_equal(distance_per_nm(g, other), one_by_one)
    np.testing.assert_array_equal(distance_per_nm(half_plane(g), other), one_by_one)
    assert distance_per_nm(np.zeros((0, 2)), other).shape == (0,)
