"""The two-component Gaussian mixture that tells crystalline peaks from noise."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.numerics import FloatArray, fit_mixture
from hrtem_core.peaks.tuning import PEAK_TUNING, PeakTuning


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixture:
    """A Gaussian mixture in the features' own units; component 0 is noise, 1 is signal.

    Parameters
    ----------
    weights
        Shape (2,).
    means
        Shape (2, n_features).
    covariances
        Shape (2, n_features, n_features).
    bic_one, bic_two
        Bayesian information criterion of one and of two components; the lower one wins.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    bic_one: float
    bic_two: float

    @property
    def has_signal(self) -> bool:
        """Whether two components describe the candidates better than one."""
        return self.bic_two < self.bic_one


def calibrated(posterior: FloatArray, excess: FloatArray, tuning: PeakTuning) -> FloatArray:
    """Probability of being real, from the mixture's posterior and the significance.

    Parameters
    ----------
    posterior
        Shape (n,): of the mixture's signal component.
    excess
        Shape (n,): power above the false-alarm threshold, in units of the noise's scale there.
    tuning
        What each of them weighs.
    """
    tiny = np.exp(-tuning.max_log_odds)
    inside = np.clip(posterior, tiny, 1 - tiny)
    odds = tuning.posterior_weight * np.log(inside / (1 - inside))
    odds = odds + tuning.significance_weight * np.clip(excess, -tuning.max_excess, tuning.max_excess)
    odds = odds + np.where(excess > 0, tuning.significant, tuning.insignificant)
    return np.asarray(1 / (1 + np.exp(-odds)))


def signal_probabilities(
    features: FloatArray, excess: FloatArray, *, tuning: PeakTuning = PEAK_TUNING
) -> tuple[FloatArray, Mixture | None]:
    """Posterior probability of the signal component for every candidate, and the mixture.

    A mixture always splits in two, signal or not. Guards keep it honest: where nothing is significant, or one
    component describes the candidates better (BIC: Schwarz 1978, doi:10.1214/aos/1176344136), significance
    alone decides; and the posterior is calibrated together with the significance.

    Parameters
    ----------
    features
        Shape (n, n_features).
    excess
        Shape (n,): power above the false-alarm threshold, in units of the noise's scale there.
    tuning
        What is fitted, and what its answer weighs.

    Returns
    -------
    probability, mixture
        Shape (n,); None when there are too few candidates to fit, or nothing significant among them.
    """
    significant = excess > 0
    if not significant.any() or len(features) < tuning.min_candidates or significant.all():
        return calibrated(significant.astype(float), excess, tuning), None
    centre, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    standard = (features - centre) / scale
    start = np.column_stack([~significant, significant]).astype(float)
    one, two = (
        fit_mixture(standard, posterior, regularisation=tuning.regularisation)
        for posterior in (np.ones((len(standard), 1)), start)
    )
    signal = int(np.argmax(two.means[:, 0]))
    order = [1 - signal, signal]
    mixture = Mixture(
        weights=two.weights[order],
        means=two.means[order] * scale + centre,
        covariances=two.covariances[order] * np.outer(scale, scale),
        bic_one=one.bic(standard),
        bic_two=two.bic(standard),
    )
    if not mixture.has_signal:
        return calibrated(significant.astype(float), excess, tuning), mixture
    return calibrated(two.posterior(standard)[:, signal], excess, tuning), mixture
