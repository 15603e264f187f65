"""Gaussian mixtures, fitted by expectation maximization."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.numerics.arrays import FloatArray


@dataclass(frozen=True, eq=False, kw_only=True)
class GaussianMixture:
    """A weighted sum of k Gaussians in d dimensions.

    Parameters
    ----------
    weights
        Shape (k,); their sum is 1.
    means
        Shape (k, d).
    covariances
        Shape (k, d, d), positive definite.
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    def log_densities(self, samples: FloatArray) -> FloatArray:
        """Logarithm of every component's weighted density at samples of shape (n, d); shape (n, k)."""
        roots = np.linalg.cholesky(self.covariances)
        away = np.swapaxes(samples[None] - self.means[:, None], 1, 2)
        squared = (np.linalg.solve(roots, away) ** 2).sum(axis=1).T
        log_volumes = np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
        constant = samples.shape[1] * np.log(2 * np.pi)
        return np.asarray(np.log(self.weights) - log_volumes - (squared + constant) / 2)

    def posterior(self, samples: FloatArray) -> FloatArray:
        """Probability of every component at samples of shape (n, d); shape (n, k), rows sum to 1."""
        return _posterior(self.log_densities(samples))[0]

    def bic(self, samples: FloatArray) -> float:
        """Bayesian information criterion of the samples (n, d) that it was fitted to: the lower, the better.

        Schwarz 1978, doi:10.1214/aos/1176344136.
        """
        n, d = samples.shape
        n_parameters = len(self.weights) * (1 + d + d * (d + 1) // 2) - 1
        log_likelihood = _posterior(self.log_densities(samples))[1].sum()
        return float(n_parameters * np.log(n) - 2 * log_likelihood)


def fit_mixture(
    samples: FloatArray,
    posterior: FloatArray,
    *,
    regularisation: float,
    tolerance: float = 1e-3,
    max_steps: int = 100,
) -> GaussianMixture:
    """Fit a mixture by expectation maximization (Dempster, Laird & Rubin 1977).

    It is scikit-learn's `GaussianMixture` with full covariances, from a start that is given, without the
    second that scikit-learn takes to import: a test compares them.

    Parameters
    ----------
    samples
        Shape (n, d).
    posterior
        Shape (n, k): where it starts, the probability of every component at each sample; no component is
        empty.
    regularisation
        Added to the variances, so that no component shrinks to a point.
    tolerance
        It ends when the mean log likelihood of a sample changes by less...
    max_steps
        ...or after so many steps.
    """
    mixture = _maximized(samples, posterior, regularisation)
    before = -np.inf
    for _ in range(max_steps):
        posterior, log_likelihood = _posterior(mixture.log_densities(samples))
        mixture = _maximized(samples, posterior, regularisation)
        mean = float(log_likelihood.mean())
        if abs(mean - before) < tolerance:
            break
        before = mean
    return mixture


def _posterior(log_densities: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each component's probability (n, k), and the logarithm of the whole density (n,)."""
    largest = log_densities.max(axis=1, keepdims=True)
    densities = np.exp(log_densities - largest)
    total = densities.sum(axis=1, keepdims=True)
    return densities / total, (largest + np.log(total))[:, 0]


def _maximized(samples: FloatArray, posterior: FloatArray, regularisation: float) -> GaussianMixture:
    """The mixture under which samples that belong to components with these probabilities are likeliest."""
    n_samples = posterior.sum(axis=0) + 10 * np.finfo(float).eps  # one component may have lost its last one
    means = posterior.T @ samples / n_samples[:, None]
    away = samples[None] - means[:, None]
    covariances = np.swapaxes(posterior.T[:, :, None] * away, 1, 2) @ away / n_samples[:, None, None]
    return GaussianMixture(
        weights=n_samples / n_samples.sum(),
        means=means,
        covariances=covariances + regularisation * np.eye(samples.shape[1]),
    )
