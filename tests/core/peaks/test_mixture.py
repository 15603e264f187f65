"""The Gaussian mixture: it splits what is two, and is kept from splitting what is one."""

import numpy as np
import pytest

from hrtem_core.peaks.mixture import calibrated, signal_probabilities
from hrtem_core.peaks.tuning import PEAK_TUNING


def clouds(n_noise: int, n_signal: int, distance: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features of noise at (1, 0) and of signal `distance` beyond it, and which is which."""
    rng = np.random.default_rng(seed)
    noise = rng.normal((1.0, 0.0), (0.3, 0.1), size=(n_noise, 2))
    signal = rng.normal((1.0 + distance, 0.4), (0.5, 0.1), size=(n_signal, 2))
    return np.vstack([noise, signal]), np.arange(n_noise + n_signal) >= n_noise


def excess_of(signal: np.ndarray) -> np.ndarray:
    """Well above the threshold for signal, well below for noise."""
    return np.where(signal, 4.0, -4.0)


def test_where_nothing_is_significant_nothing_is_signal() -> None:
    features, _ = clouds(100, 40, 4.0)
    probability, mixture = signal_probabilities(features, np.full(140, -1.0))
    assert mixture is None
    assert probability.max() < 0.2


def test_too_few_candidates_are_judged_by_significance_alone() -> None:
    features, signal = clouds(PEAK_TUNING.min_candidates - 4, 3, 4.0)
    probability, mixture = signal_probabilities(features, excess_of(signal))
    assert mixture is None
    np.testing.assert_array_equal(probability > 0.5, signal)


def test_without_any_noise_to_compare_with_significance_decides() -> None:
    features, _ = clouds(0, 30, 4.0)
    probability, mixture = signal_probabilities(features, np.full(30, 1.0))
    assert mixture is None
    assert probability.min() > 0.5


def test_two_clouds_are_told_apart() -> None:
    features, signal = clouds(150, 25, 4.0)
    probability, mixture = signal_probabilities(features, excess_of(signal))
    assert mixture is not None
    assert mixture.has_signal
    assert probability[signal].min() > 0.8
    assert probability[~signal].max() < 0.2
    np.testing.assert_allclose(mixture.means, [[1, 0], [5, 0.4]], atol=0.2)
    np.testing.assert_allclose(mixture.weights, [150 / 175, 25 / 175], atol=0.02)


def test_the_mixture_has_a_word_where_significance_says_the_same() -> None:
    features, _ = clouds(150, 60, 1.6)
    significant = features[:, 0] > 1.3
    probability, mixture = signal_probabilities(features, np.where(significant, 1.0, -1.0))
    assert mixture is not None
    assert mixture.has_signal
    assert np.ptp(probability[significant]) > 0.02
    far = np.argmax(features[:, 0])
    assert probability[far] > np.median(probability[significant]) - 1e-9


def test_one_cloud_is_not_split() -> None:
    features = np.random.default_rng(0).normal(size=(200, 3))
    significant = features[:, 0] > 1.9
    probability, mixture = signal_probabilities(features, np.where(significant, 1.0, -1.0))
    assert mixture is not None
    assert not mixture.has_signal
    assert mixture.bic_one < mixture.bic_two
    np.testing.assert_array_equal(probability > 0.5, significant)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_features_units_do_not_matter(scale: float) -> None:
    features, signal = clouds(150, 25, 3.0)
    ours, _ = signal_probabilities(features, excess_of(signal))
    others, _ = signal_probabilities(features * (scale, 1.0), excess_of(signal))
    np.testing.assert_allclose(ours, others, atol=1e-6)


def test_a_feature_that_never_changes_is_no_obstacle() -> None:
    features, signal = clouds(150, 25, 3.0)
    constant = np.column_stack([features, np.full(len(features), 7.0)])
    probability, _ = signal_probabilities(constant, excess_of(signal))
    np.testing.assert_array_equal(probability > 0.5, signal)


def test_the_probability_rises_with_the_posterior_and_with_the_power() -> None:
    excess = np.linspace(-6, 12, 40)
    by_power = calibrated(np.full(40, 0.7), excess, PEAK_TUNING)
    by_posterior = calibrated(np.linspace(0, 1, 40), np.full(40, 2.0), PEAK_TUNING)
    for probability in (by_power, by_posterior):
        assert (np.diff(probability) >= 0).all()
        assert probability[0] > 0
        assert probability[-1] < 1
