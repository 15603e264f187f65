"""The grid DBSCAN against its definition and against scikit-learn's."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage as ndi
from sklearn.cluster import DBSCAN

from hrtem_core.errors import RecipeError
from hrtem_core.numerics.arrays import BoolImage
from hrtem_core.numerics.grid_dbscan import grid_dbscan


def assert_same_clusters(mask: BoolImage, eps_px: float | tuple[float, float], min_samples: int) -> None:
    """Same core pixels, same partition of them, and borders with their nearest core, as scikit-learn's."""
    eps = np.broadcast_to(eps_px, (2,)).astype(float)
    labels = grid_dbscan(mask, eps_px=eps_px, min_samples=min_samples)
    points = np.argwhere(mask)
    assert not labels[~mask].any()
    if not len(points):
        return
    # A hair above 1, for distances that equal eps: scikit-learn rounds them either way.
    theirs = DBSCAN(eps=1 + 1e-9, min_samples=min_samples).fit(points / eps)
    is_core = np.zeros(len(points), bool)
    is_core[theirs.core_sample_indices_] = True
    ours = labels[mask]
    np.testing.assert_array_equal(ours[is_core], theirs.labels_[is_core] + 1)
    np.testing.assert_array_equal(ours > 0, theirs.labels_ >= 0)
    for at in np.flatnonzero(~is_core & (ours > 0)):
        distance = np.hypot(*((points[is_core] - points[at]) / eps).T)
        nearest = distance <= distance.min() + 1e-12
        assert ours[at] == ours[is_core][nearest].min()


eps_values = st.one_of(
    st.sampled_from([0.5, 1.0, math.sqrt(2), 2.0, math.sqrt(5), 3.7, 8.0, 30.0]),
    st.tuples(st.floats(0.4, 9.0), st.floats(0.4, 9.0)),
)


@settings(max_examples=150, deadline=None)
@given(
    shape=hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40),
    density=st.floats(0.01, 0.9),
    eps_px=eps_values,
    min_samples=st.integers(1, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_masks_cluster_as_in_scikit_learn(shape, density, eps_px, min_samples, seed):
    mask = np.random.default_rng(seed).random(shape) < density
    assert_same_clusters(mask, eps_px, min_samples)


@settings(max_examples=80, deadline=None)
@given(
    sigma=st.floats(0.6, 6.0),
    share=st.floats(0.02, 0.5),
    eps_px=eps_values,
    fullness=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**32 - 1),
)
def test_blobs_cluster_as_in_scikit_learn(sigma, share, eps_px, fullness, seed):
    smooth = ndi.gaussian_filter(np.random.default_rng(seed).normal(size=(90, 131)), sigma)
    mask = smooth > np.quantile(smooth, 1 - share)
    area = math.pi * np.prod(np.broadcast_to(eps_px, (2,)))
    assert_same_clusters(mask, eps_px, max(1, round(fullness * area)))


@pytest.mark.parametrize("min_samples", [1, 20, 60, 140])
def test_blobs_with_speckle_across_many_tiles(min_samples):
    rng = np.random.default_rng(5)
    smooth = ndi.gaussian_filter(rng.normal(size=(300, 410)), 7)
    mask = (smooth > np.quantile(smooth, 0.93)) ^ (rng.random(smooth.shape) < 0.03)
    assert_same_clusters(mask, 8.0, min_samples)


def test_two_squares_join_exactly_when_eps_bridges_the_gap():
    mask = np.zeros((20, 30), bool)
    mask[5:12, 3:10] = mask[5:12, 14:21] = True  # columns 9 and 14: 5 px apart
    assert grid_dbscan(mask, eps_px=4.999, min_samples=4).max() == 2
    assert grid_dbscan(mask, eps_px=5.0, min_samples=4).max() == 1
    assert grid_dbscan(mask, eps_px=0.5 / 0.1, min_samples=4).max() == 1
    assert grid_dbscan(mask, eps_px=(9.0, 4.9), min_samples=4).max() == 2


def test_eps_a_rounding_error_below_a_distance_reaches_it():
    mask = np.zeros((3, 8), bool)
    mask[1, [1, 4]] = True
    assert 0.3 / 0.1 < 3
    assert grid_dbscan(mask, eps_px=0.3 / 0.1, min_samples=2).max() == 1


def test_border_pixel_takes_the_nearer_cluster_and_the_smaller_label_on_a_tie():
    mask = np.zeros((7, 21), bool)
    mask[1:6, 1:6] = mask[1:6, 15:20] = True
    mask[3, 10] = True  # 5 px from both
    labels = grid_dbscan(mask, eps_px=5.0, min_samples=12)
    assert labels.max() == 2
    assert labels[3, 10] == 1
    mask[3, 10], mask[3, 11] = False, True
    assert grid_dbscan(mask, eps_px=5.0, min_samples=12)[3, 11] == 2


def test_nothing_set_gives_no_cluster():
    assert not grid_dbscan(np.zeros((5, 9), bool), eps_px=3.0, min_samples=1).any()


@pytest.mark.parametrize("eps_px", [0.5, 1.0, 1.5, 4.2, (2.0, 6.5), 40.0])
@pytest.mark.parametrize("fill", [0.1, 0.26, 0.3, 0.5, 0.9, 1.2])
def test_a_full_image_is_as_in_scikit_learn(eps_px, fill):
    rows, cols = eps_px if isinstance(eps_px, tuple) else (eps_px, eps_px)
    assert_same_clusters(np.ones((31, 53), bool), eps_px, max(1, round(fill * np.pi * rows * cols)))


def test_a_full_image_is_one_cluster():
    assert (grid_dbscan(np.ones((70, 200), bool), eps_px=4.0, min_samples=10) == 1).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1)])
@pytest.mark.parametrize("eps_px", [0.5, 3.0, 1e6, (1e6, 0.5)])
def test_thin_images(shape, eps_px):
    mask = np.random.default_rng(1).random(shape) < 0.7
    mask[0, 0] = True
    for min_samples in (1, 3, 1000):
        assert_same_clusters(mask, eps_px, min_samples)


def test_labels_are_int32_and_the_mask_is_left_alone():
    mask = np.random.default_rng(2).random((40, 50)) < 0.4
    before = mask.copy()
    assert grid_dbscan(mask, eps_px=2.0, min_samples=5).dtype == np.int32
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("eps_px", [0.0, -1.0, math.nan, math.inf, (3.0, 0.0)])
def test_eps_must_be_a_positive_number(eps_px):
    with pytest.raises(RecipeError, match="radius eps must be a positive number of pixels, got"):
        grid_dbscan(np.ones((4, 4), bool), eps_px=eps_px, min_samples=2)


@pytest.mark.parametrize("min_samples", [0, -3, 2.5, math.nan])
def test_min_samples_must_be_a_positive_integer(min_samples):
    with pytest.raises(RecipeError, match="min_samples must be a positive integer, got"):
        grid_dbscan(np.ones((4, 4), bool), eps_px=2.0, min_samples=min_samples)
