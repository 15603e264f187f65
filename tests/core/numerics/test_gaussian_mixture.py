"""Gaussian mixtures: they are scikit-learn's, from a start that is given."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as Reference

from hrtem_core.numerics import GaussianMixture, fit_mixture

REGULARISATION = 0.05


def two_clouds(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples of two clouds that touch, and a start that cuts them by their first coordinate."""
    rng = np.random.default_rng(n + d)
    samples = np.vstack([rng.normal(size=(n, d)), rng.normal(2.0, 0.5, size=(n // 6, d))])
    second = samples[:, 0] > 1.5
    return samples, np.column_stack([~second, second]).astype(float)


def reference(samples: np.ndarray, start: np.ndarray) -> Reference:
    """scikit-learn's from the same start: that of each component's own samples."""
    parts = [samples[one == 1] for one in start.T]
    spread = REGULARISATION * np.eye(samples.shape[1])
    return Reference(
        start.shape[1],
        weights_init=start.mean(axis=0),
        means_init=[part.mean(axis=0) for part in parts],
        precisions_init=[np.linalg.inv(np.cov(part.T, bias=True) + spread) for part in parts],
        reg_covar=REGULARISATION,
    ).fit(samples)


@pytest.mark.parametrize(("n", "d"), [(18, 2), (40, 2), (173, 3), (200, 4)])
def test_it_is_scikit_learns(n: int, d: int) -> None:
    samples, start = two_clouds(n, d)
    ours, theirs = fit_mixture(samples, start, regularisation=REGULARISATION), reference(samples, start)
    np.testing.assert_allclose(ours.weights, theirs.weights_, rtol=1e-10)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.posterior(samples), theirs.predict_proba(samples), atol=1e-12)
    assert ours.bic(samples) == pytest.approx(theirs.bic(samples), rel=1e-12)


def test_one_component_is_mean_and_covariance() -> None:
    samples, _ = two_clouds(60, 3)
    ours = fit_mixture(samples, np.ones((len(samples), 1)), regularisation=0.0)
    np.testing.assert_allclose(ours.means[0], samples.mean(axis=0))
    np.testing.assert_allclose(ours.covariances[0], np.cov(samples.T, bias=True), atol=1e-12)
    theirs = Reference(1, reg_covar=0.0).fit(samples)
    assert ours.bic(samples) == pytest.approx(theirs.bic(samples), rel=1e-12)


def test_a_component_of_one_sample_does_not_shrink_to_a_point() -> None:
    samples, _ = two_clouds(60, 2)
    start = np.zeros((len(samples), 2))
    start[:, 0] = 1
    start[7] = (0, 1)
    ours = fit_mixture(samples, start, regularisation=REGULARISATION)
    assert np.linalg.eigvalsh(ours.covariances).min() > 0.99 * REGULARISATION
    np.testing.assert_allclose(ours.posterior(samples).sum(axis=1), 1)


def test_far_from_all_components_the_posterior_is_still_one() -> None:
    mixture = GaussianMixture(
        weights=np.array([0.5, 0.5]), means=np.array([[0.0], [1.0]]), covariances=np.ones((2, 1, 1))
    )
    np.testing.assert_allclose(
        mixture.posterior(np.array([[-1e3], [0.5], [1e3]])), [[1, 0], [0.5, 0.5], [0, 1]]
    )
