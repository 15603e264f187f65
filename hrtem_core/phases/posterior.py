"""All crystallites of an image together: one scale, one scatter, few phases, and cells not quite the table's.

A mixture of candidates with a Dirichlet prior on their shares, a tolerance of every candidate's cell, and for
every scale and scatter of a grid the variational lower bound of the evidence (Attias 2000; Bishop 2006,
chapter 10): crystallites lend each other their scale and their phases.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import digamma, gammaln

from hrtem_core.numerics import FloatArray
from hrtem_core.phases.tuning import PhaseTuning

ITERATIONS = 40


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """What is probable, given all crystallites.

    Parameters
    ----------
    probabilities
        Shape (n_crystallites, n_candidates + 1): the last is none of the candidates.
    weights
        Shape (n_candidates + 1,): share of each phase among the crystals, as a mean.
    on_grid
        Shape (f, s): probability of scatter and ln(scale).
    cells
        Shape (n_candidates,): ln of a candidate's true cell over the table's, mean.
    """

    probabilities: FloatArray
    weights: FloatArray
    on_grid: FloatArray
    cells: FloatArray


def cell_steps(tuning: PhaseTuning) -> FloatArray:
    """Deviations of a cell that are tried, in ln(length)."""
    n = round(3 * tuning.cell_sigma / tuning.scale_step)
    return np.arange(-n, n + 1) * tuning.scale_step


def posterior(
    candidates: FloatArray,
    others: FloatArray,
    false: FloatArray,
    prior: FloatArray,
    ln_grid_prior: FloatArray,
    tuning: PhaseTuning,
) -> Posterior:
    """Weigh candidates and others against each other.

    Parameters
    ----------
    candidates
        Shape (n_crystallites, n_candidates, f, s + e - 1): ln probability of each crystallite's reflections,
        on scales reaching beyond the grid by the cells' tolerance (e steps).
    others
        Shape (n_crystallites, n_others, f, s): the same for what is no candidate.
    false
        Shape (n_crystallites,): the same for what is no crystal, times the odds of that; no share is learned.
    prior
        Shape (n_candidates + n_others,): share of each, sums to 1.
    ln_grid_prior
        Shape (f, s): of scatter and scale.
    tuning
        Tolerance of cells, concentration of the Dirichlet prior.
    """
    steps = cell_steps(tuning)
    n, k = candidates.shape[:2]
    ln_cell = -0.5 * (steps / max(tuning.cell_sigma, 1e-9)) ** 2
    problem = _Problem(
        sliding_window_view(candidates, len(steps), axis=3),
        others,
        false[:, None, None],
        (tuning.concentration * prior)[:, None, None],
        ln_cell - np.logaddexp.reduce(ln_cell),
    )
    even, as_prior = np.full(len(prior), 1 / len(prior)), prior
    none = np.where(np.arange(len(prior)) < k, 0.01 / k, 0.99 / max(len(prior) - k, 1))
    found = _best([_ascended(problem, n * start) for start in (even, as_prior, none)])
    ln_p = found.bound + ln_grid_prior
    on_grid = np.exp(ln_p - np.logaddexp.reduce(ln_p, axis=None))
    named = np.einsum("fs,ckfs->ck", on_grid, _predicted(problem, found)[:, :k])
    weights = np.einsum("fs,kfs->k", on_grid, found.a / found.a.sum(axis=0))
    return Posterior(
        probabilities=np.column_stack([named, np.clip(1 - named.sum(axis=1), 0.0, 1.0)]),
        weights=np.append(weights[:k], weights[k:].sum()),
        on_grid=on_grid,
        cells=np.einsum("fs,kfse,e->k", on_grid, found.cell, steps),
    )


@dataclass(frozen=True, eq=False)
class _Problem:
    """Windows of the candidates' ln probabilities, shape (n, k, f, s, e); others; priors."""

    windows: FloatArray
    others: FloatArray
    false: FloatArray
    a0: FloatArray
    ln_cell: FloatArray


@dataclass(frozen=True, eq=False)
class _Ascended:
    """Where the bound ended: its value (f, s), beliefs (n, K, f, s), Dirichlet's a (K, f, s), and cells."""

    bound: FloatArray
    belief: FloatArray
    a: FloatArray
    cell: FloatArray


def _ascended(problem: _Problem, start: FloatArray) -> _Ascended:
    """Raise the lower bound from given shares, for every scatter and scale at once."""
    windows, a0 = problem.windows, problem.a0
    k = windows.shape[1]
    cell = np.broadcast_to(np.exp(problem.ln_cell), windows.shape[1:])
    ln_q = np.broadcast_to(problem.ln_cell, windows.shape[1:])
    a = np.broadcast_to(a0 + start[:, None, None], (len(a0), *windows.shape[2:4]))
    for step in range(ITERATIONS):
        ln_share = digamma(a) - digamma(a.sum(axis=0))
        total = np.concatenate([_mean(windows, cell), problem.others], axis=1) + ln_share
        evidence = np.logaddexp(np.logaddexp.reduce(total, axis=1), problem.false)
        belief = np.exp(total - evidence[:, None])
        if step == ITERATIONS - 1:
            break
        a = a0 + belief.sum(axis=0)
        ln_q = np.einsum("ckfs,ckfse->kfse", belief[:, :k], windows) + problem.ln_cell
        ln_q = ln_q - np.logaddexp.reduce(ln_q, axis=3)[..., None]
        cell = np.exp(ln_q)
    of_cells = (cell * (ln_q - problem.ln_cell)).sum(axis=(0, 3))
    bound = evidence.sum(axis=0) - _dirichlet_divergence(a, a0, ln_share) - of_cells
    return _Ascended(bound, belief, a, cell)


def _predicted(problem: _Problem, found: _Ascended) -> FloatArray:
    """Belief in each phase given what all the others are, shape (n, K, f, s).

    The bound's own belief is far too sure where a phase of small prior share has one crystallite or none;
    with the shares integrated out (zeroth order, Asuncion et al. 2009, arXiv:1205.2662) it is not.
    """
    ln_own = np.concatenate([_mean(problem.windows, found.cell), problem.others], axis=1)
    alike = np.maximum(found.a - found.belief, problem.a0)
    total = ln_own + np.log(alike / alike.sum(axis=1)[:, None])
    evidence = np.logaddexp(np.logaddexp.reduce(total, axis=1), problem.false)
    return np.asarray(np.exp(total - evidence[:, None]))


def _dirichlet_divergence(a: FloatArray, a0: FloatArray, ln_share: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of two Dirichlet densities, shape (f, s)."""
    return np.asarray(
        gammaln(a.sum(axis=0))
        - gammaln(a).sum(axis=0)
        - gammaln(a0.sum(axis=0))
        + gammaln(a0).sum(axis=0)
        + ((a - a0) * ln_share).sum(axis=0)
    )


def _best(found: list[_Ascended]) -> _Ascended:
    """At every scatter and scale the highest of several bounds, for shares have many local optima."""
    bounds = np.array([one.bound for one in found])
    best = np.argmax(bounds, axis=0)

    def chosen(parts: list[FloatArray], before: int, after: int) -> FloatArray:
        index = best.reshape((1,) * (before + 1) + best.shape + (1,) * after)
        return np.asarray(np.take_along_axis(np.stack(parts), index, axis=0)[0])

    return _Ascended(
        np.max(bounds, axis=0),
        chosen([one.belief for one in found], 2, 0),
        chosen([one.a for one in found], 1, 0),
        chosen([one.cell for one in found], 1, 1),
    )


def _mean(windows: FloatArray, cell: FloatArray) -> FloatArray:
    """Mean of ln probability over what the cells may be, shape (n_crystallites, n_candidates, f, s)."""
    return np.asarray(np.einsum("ckfse,kfse->ckfs", windows, cell))
