"""Outlines of pixels: exact, closed, with their holes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from products import disc

from hrtem_core.numerics.polygons import signed_area, smoothed, trace, without_straights

masks = st.integers(1, 2**42 - 1).map(
    lambda bits: np.array([bits >> i & 1 for i in range(42)], dtype=bool).reshape(6, 7)
)


@given(masks)
@settings(deadline=None)
def test_outlines_enclose_exactly_the_pixels(mask: np.ndarray) -> None:
    paths = trace(mask)
    assert sum(signed_area(path) for path in paths) == mask.sum()
    assert all(signed_area(without_straights(path)) == signed_area(path) for path in paths)
    edges = np.abs(np.diff(np.pad(mask, 1).astype(int), axis=0)).sum()
    edges += np.abs(np.diff(np.pad(mask, 1).astype(int), axis=1)).sum()
    assert sum(len(path) for path in paths) == edges


def test_holes_run_the_other_way_and_corners_do_not_join() -> None:
    ring = disc((40, 50), 20, 25, 15) & ~disc((40, 50), 20, 25, 6)
    assert [np.sign(signed_area(path)) for path in trace(ring)] == [1, -1]
    assert len(trace(np.eye(3, dtype=bool))) == 3
    assert trace(np.zeros((4, 5), dtype=bool)) == []


def test_smooth_outlines_stay_near_the_exact_ones() -> None:
    path = trace(disc((100, 100), 50, 50, 30))[0]
    radius = np.hypot(*(smoothed(path) - 50.5).T)
    assert np.all(np.abs(radius - 30.3) < 0.7)
