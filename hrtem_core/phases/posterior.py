"""All crystallites of an image together: one scale, one scatter, few phases, and cells not quite the table's.

A mixture of candidates with a Dirichlet prior on their shares, a tolerance of every candidate's cell, and for
every scale and scatter of a grid the variational lower bound of the evidence (Attias 2000; Bishop 2006,
chapter 10): crystallites lend each other their scale and their phases.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view

from hrtem_core.numerics import FloatArray
from hrtem_core.phases.tuning import PhaseTuning

ITERATIONS = 40
SETTLED = 0.001
"""Crystals by which no lattice's count changes any more."""


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


@dataclass(frozen=True, eq=False, kw_only=True)
class Lattices:
    """ln probabilities of lattices whose true cells are not quite the expected ones.

    Parameters
    ----------
    windows
        Shape (n_crystallites, n_lattices, f, s, e): on the grid of scatters and scales, for e cells of each.
    ln_cell
        Shape (e,): ln of the prior probability of each of those cells.
    prior
        Shape (n_lattices,): prior share of each; lattices that are left out keep theirs.
    """

    windows: FloatArray
    ln_cell: FloatArray
    prior: FloatArray


def within_tolerance(ln_probability: FloatArray, prior: FloatArray, tuning: PhaseTuning) -> Lattices:
    """Candidates; their ln probabilities are on scales that reach beyond the grid by the cells' tolerance."""
    steps = cell_steps(tuning)
    ln_cell = -0.5 * (steps / max(tuning.cell_sigma, 1e-9)) ** 2
    windows = sliding_window_view(ln_probability, len(steps), axis=3)
    return Lattices(windows=windows, ln_cell=ln_cell - np.logaddexp.reduce(ln_cell), prior=prior)


def any_of(windows: FloatArray, prior: FloatArray) -> Lattices:
    """Lattices of which any of the e cells is as probable as another."""
    cells = windows.shape[-1]
    return Lattices(windows=windows, ln_cell=np.full(cells, -np.log(cells)), prior=prior)


def posterior(
    candidates: Lattices,
    others: tuple[Lattices, ...],
    false: FloatArray,
    ln_grid_prior: FloatArray,
    tuning: PhaseTuning,
) -> Posterior:
    """Weigh candidates and others against each other.

    Whether an image's crystals are candidates at all is one question, which of them another: each has a
    Dirichlet prior of its own. Where most crystals are none of the candidates, so is the next.

    Parameters
    ----------
    candidates, others
        The candidates, and what is none of them.
    false
        Shape (n_crystallites,): ln probability of each crystallite's reflections as no crystal's, times the
        odds of that; no share is learned.
    ln_grid_prior
        Shape (f, s): of scatter and scale.
    tuning
        Concentrations of the Dirichlet priors.
    """
    n, k = candidates.windows.shape[:2]
    prior = np.concatenate([candidates.prior, *(one.prior for one in others)])
    kinds = (candidates, *others)
    first = np.concatenate([_ln_sum(one.windows + one.ln_cell) for one in kinds], axis=1)
    problem = _Problem(kinds, first, false[:, None, None], _Shares.of(prior, k, tuning))
    even = np.full(len(prior), 1 / len(prior))
    none = np.where(np.arange(len(prior)) < k, 0.01 / k, 0.99 / max(len(prior) - k, 1))
    found = _best([_ascended(problem, n * start) for start in (even, prior, none)])
    ln_p = found.bound + ln_grid_prior
    on_grid = np.exp(ln_p - np.logaddexp.reduce(ln_p, axis=None))
    named = np.einsum("fs,ckfs->ck", on_grid, _predicted(problem, found)[:, :k])
    weights = np.einsum("fs,kfs->k", on_grid, np.exp(problem.shares.ln_mean(found.counts)))
    return Posterior(
        probabilities=np.column_stack([named, np.clip(1 - named.sum(axis=1), 0.0, 1.0)]),
        weights=np.append(weights[:k], weights[k:].sum()),
        on_grid=on_grid,
        cells=np.einsum("fs,kfse,e->k", on_grid, np.exp(found.cells[0]), cell_steps(tuning)),
    )


@dataclass(frozen=True, eq=False)
class _Shares:
    """Dirichlet priors of two levels: candidates or others, and which of them.

    Parameters
    ----------
    first
        Shape (2,): pseudo-counts of candidates and of others.
    second
        Shape (K,): pseudo-counts of each, within its kind.
    k
        How many are candidates; the rest are others.
    """

    first: FloatArray
    second: FloatArray
    k: int

    @classmethod
    def of(cls, prior: FloatArray, k: int, tuning: PhaseTuning) -> "_Shares":
        kinds = np.array([prior[:k].sum(), prior[k:].sum()])
        within = np.repeat(
            [tuning.candidates_concentration, tuning.others_concentration], [k, len(prior) - k]
        )
        return cls(tuning.concentration * kinds, within * prior / np.repeat(kinds, [k, len(prior) - k]), k)

    def levels(self, counts: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """(a, a0) of each Dirichlet density, given counts of shape (K, ...)."""
        kinds = np.array([counts[: self.k].sum(axis=0), counts[self.k :].sum(axis=0)])
        rest = (1,) * (counts.ndim - 1)
        first, second = self.first.reshape(-1, *rest), self.second.reshape(-1, *rest)
        return [
            (first + kinds, first),
            (second[: self.k] + counts[: self.k], second[: self.k]),
            (second[self.k :] + counts[self.k :], second[self.k :]),
        ]

    def ln_mean(self, counts: FloatArray) -> FloatArray:
        """ln of the mean share of each, shape of `counts`."""
        return self._joined([np.log(a / a.sum(axis=0)) for a, _ in self.levels(counts)])

    def mean_ln(self, counts: FloatArray) -> FloatArray:
        """Mean of the ln of each share."""
        return self._joined(
            [scipy.special.digamma(a) - scipy.special.digamma(a.sum(axis=0)) for a, _ in self.levels(counts)]
        )

    def divergence(self, counts: FloatArray) -> FloatArray:
        """Kullback-Leibler divergence from the prior, shape (f, s)."""
        return np.asarray(sum(_dirichlet_divergence(a, a0) for a, a0 in self.levels(counts)))

    def _joined(self, levels: list[FloatArray]) -> FloatArray:
        kinds, *each = levels
        return np.concatenate([one + kind for one, kind in zip(each, kinds, strict=True)])


@dataclass(frozen=True, eq=False)
class _Problem:
    """Candidates and others, K in all; what is no crystal; priors of shares.

    `first` is what each lattice says with any cell, shape (n, K, f, s): begun with the cells' mean, the
    ascent would leave a lattice before its cell is found.
    """

    kinds: tuple[Lattices, ...]
    first: FloatArray
    false: FloatArray
    shares: _Shares


@dataclass(frozen=True, eq=False)
class _Ascended:
    """Where the bound ended: its value (f, s), and beliefs in each crystallite's lattice (n, K, f, s).

    `counts` of the crystals of each lattice have shape (K, f, s), ln of the belief in its cells, for each
    kind of lattices, (k, f, s, e).
    """

    bound: FloatArray
    belief: FloatArray
    counts: FloatArray
    cells: tuple[FloatArray, ...]


def _ascended(problem: _Problem, start: FloatArray) -> _Ascended:
    """Raise the lower bound from given counts, for every scatter and scale at once."""
    kinds, shares = problem.kinds, problem.shares
    ln_own = problem.first
    counts = np.broadcast_to(start[:, None, None], (len(start), *kinds[0].windows.shape[2:4]))
    ends = np.cumsum([one.windows.shape[1] for one in kinds])[:-1]
    for step in range(ITERATIONS):
        # The mean of ln shares, at first, would forbid all that few counts are given to.
        ln_share = shares.mean_ln(counts) if step else shares.ln_mean(counts)
        evidence, belief = _believed(ln_own + ln_share, problem.false)
        new = belief.sum(axis=0)
        if step and (step == ITERATIONS - 1 or np.abs(new - counts).max() < SETTLED):
            break
        counts = new
        cells = [_cells(*of) for of in zip(kinds, np.split(belief, ends, axis=1), strict=True)]
        ln_own = np.concatenate([_mean(*of) for of in zip(kinds, cells, strict=True)], axis=1)
    of_cells = sum(_cell_divergence(*of) for of in zip(kinds, cells, strict=True))
    bound = evidence.sum(axis=0) - shares.divergence(counts) - of_cells
    return _Ascended(bound, belief, counts, tuple(cells))


def _cells(kind: Lattices, belief: FloatArray) -> FloatArray:
    """ln of the belief in each cell, given beliefs in the crystals, shape (k, f, s, e)."""
    ln_q = np.einsum("ckfs,ckfse->kfse", belief, kind.windows) + kind.ln_cell
    return np.asarray(ln_q - np.logaddexp.reduce(ln_q, axis=3)[..., None])


def _cell_divergence(kind: Lattices, ln_q: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of beliefs in cells from their prior, shape (f, s)."""
    return np.asarray((np.exp(ln_q) * (ln_q - kind.ln_cell)).sum(axis=(0, 3)))


def _mean(kind: Lattices, ln_q: FloatArray) -> FloatArray:
    """Mean of ln probability over what the cells may be, shape (n_crystallites, n_lattices, f, s)."""
    if kind.windows.shape[-1] == 1:
        return kind.windows[..., 0]
    return np.asarray(np.einsum("ckfse,kfse->ckfs", kind.windows, np.exp(ln_q)))


def _predicted(problem: _Problem, found: _Ascended) -> FloatArray:
    """Belief in each phase given what all the others are, shape (n, K, f, s).

    The bound's own belief is far too sure where a phase of small prior share has one crystallite or none;
    with the shares integrated out (zeroth order, Asuncion et al. 2009, arXiv:1205.2662) it is not. Nor may
    a crystallite choose the cell that suits it best: the others' belief in the cells counts.
    """
    ends = np.cumsum([one.windows.shape[1] for one in problem.kinds])[:-1]
    beliefs = np.split(found.belief, ends, axis=1)
    alone = [_by_others_cells(*of) for of in zip(problem.kinds, found.cells, beliefs, strict=True)]
    alike = np.moveaxis(np.maximum(found.counts - found.belief, 0.0), 1, 0)
    total = np.concatenate(alone, axis=1) + np.moveaxis(problem.shares.ln_mean(alike), 0, 1)
    return _believed(total, problem.false)[1]


def _by_others_cells(kind: Lattices, ln_q: FloatArray, belief: FloatArray) -> FloatArray:
    """ln probability of each crystallite in each lattice, its cells as the others have them, (n, k, f, s)."""
    if kind.windows.shape[-1] == 1:
        return kind.windows[..., 0]
    others = ln_q - belief[..., None] * kind.windows
    return np.asarray(_ln_sum(others + kind.windows) - _ln_sum(others))


def _ln_sum(ln_terms: FloatArray) -> FloatArray:
    """ln of the sum over the last axis."""
    top = ln_terms.max(axis=-1)
    return np.asarray(top + np.log(np.exp(ln_terms - top[..., None]).sum(axis=-1)))


def _believed(total: FloatArray, false: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ln evidence of each crystallite, shape (n, f, s), and the belief in each lattice, that of `total`."""
    top = np.maximum(total.max(axis=1), false)
    each = np.exp(total - top[:, None])
    whole = each.sum(axis=1) + np.exp(false - top)
    return top + np.log(whole), each / whole[:, None]


def _dirichlet_divergence(a: FloatArray, a0: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of two Dirichlet densities, shape (f, s)."""
    ln_share = scipy.special.digamma(a) - scipy.special.digamma(a.sum(axis=0))
    return np.asarray(
        scipy.special.gammaln(a.sum(axis=0))
        - scipy.special.gammaln(a).sum(axis=0)
        - scipy.special.gammaln(a0.sum(axis=0))
        + scipy.special.gammaln(a0).sum(axis=0)
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
        chosen([one.counts for one in found], 1, 0),
        tuple(chosen(list(of_kind), 1, 1) for of_kind in zip(*(one.cells for one in found), strict=True)),
    )
