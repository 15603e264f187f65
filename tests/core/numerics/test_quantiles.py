"""Quantiles are those of numpy."""

import numpy as np
import pytest

from hrtem_core.numerics.quantiles import quantile


@pytest.mark.parametrize("n", [1, 2, 3, 20, 101])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.85, 1.0])
def test_quantiles_are_those_of_numpy(n: int, share: float) -> None:
    values = np.random.default_rng(n).normal(size=n)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), abs=1e-12)
