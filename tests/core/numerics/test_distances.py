"""Distances to a region."""

import numpy as np
import pytest

from hrtem_core.numerics.distances import dilated, distance_to


@pytest.mark.parametrize("sampling", [(1.0, 1.0), (0.5, 0.8), (0.9, 0.4)])
@pytest.mark.parametrize("reach", [0.0, 0.3, 1.0, 2.5, 5.0])
def test_dilated_is_what_lies_near(sampling: tuple[float, float], reach: float) -> None:
    rng = np.random.default_rng(5)
    for share in (0.002, 0.02, 0.3):
        mask = rng.random((41, 30)) < share
        mask[7, 29] = True
        np.testing.assert_array_equal(dilated(mask, reach, sampling), distance_to(mask, sampling) <= reach)
