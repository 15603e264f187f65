"""Distributions: weighted means, medians and spreads with known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrtem_core.measures.distributions import distribution_of, kernel_density, sector_shares, shares


def test_shares_are_equal_or_by_area() -> None:
    np.testing.assert_allclose(shares([1.0, 3.0]), [0.5, 0.5])
    np.testing.assert_allclose(shares([1.0, 3.0], "area"), [0.25, 0.75])
    assert shares([], "area").tolist() == []


def test_weights_count_as_that_many_values() -> None:
    weighted = distribution_of([4.0, 1.0, 10.0], np.array([3, 2, 1]) / 6)
    plain = np.array([1.0, 1.0, 4.0, 4.0, 4.0, 10.0])
    assert weighted.mean == pytest.approx(plain.mean())
    assert weighted.median == 4.0
    assert weighted.spread == pytest.approx(plain.std())


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=30))
def test_half_of_the_values_lie_on_each_side_of_the_median(values: list[float]) -> None:
    found = distribution_of(values, shares(values))
    assert found.median in values
    assert np.mean(np.array(values) <= found.median) >= 0.5
    assert np.mean(np.array(values) >= found.median) >= 0.5


def test_no_values_have_no_mean() -> None:
    found = distribution_of([], shares([]))
    assert np.isnan([found.mean, found.median, found.spread]).all()


def test_the_density_is_that_of_the_values() -> None:
    values = np.random.default_rng(0).normal(5.0, 1.0, 4000)
    at = np.linspace(0, 10, 401)
    density = kernel_density(values, shares(values), at, 0.0)
    assert np.trapezoid(density, at) == pytest.approx(1, abs=1e-3)
    truth = np.exp(-0.5 * (at - 5) ** 2) / np.sqrt(2 * np.pi)
    assert np.abs(density - truth).max() < 0.03


def test_one_value_is_as_wide_as_asked() -> None:
    at = np.linspace(-5, 5, 1001)
    density = kernel_density(np.zeros(1), np.ones(1), at, 0.5)
    assert np.sqrt(np.trapezoid(density * at**2, at)) == pytest.approx(0.5, rel=1e-3)


def test_sectors_lie_round_their_direction_and_half_a_turn_is_none() -> None:
    share = np.full(4, 0.25)
    np.testing.assert_allclose(sector_shares([0.0, 4.9, 175.1, 90.0], share, 18)[[0, 9]], [0.75, 0.25])
