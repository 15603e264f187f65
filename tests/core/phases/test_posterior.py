"""All crystallites together: shares in two levels, and cells that the crystals of an image share."""

import numpy as np
import pytest

from hrtem_core.phases import PHASE_TUNING
from hrtem_core.phases.posterior import Lattices, Posterior, any_of, cell_steps, posterior, within_tolerance

SURE = 12.0
"""ln of the odds for the lattice that a crystallite clearly is."""
N_CANDIDATES, N_DECOYS = 3, 4
E = len(cell_steps(PHASE_TUNING))


def weighed(ln_candidates: np.ndarray, ln_decoys: np.ndarray, *, ln_loose: float = -SURE) -> Posterior:
    """Candidates (n, 3), decoys (n, 4, cells) and loose lattices, on one scatter and scale."""
    n = len(ln_candidates)
    own = np.repeat(ln_candidates[:, :, None, None], E, axis=3)
    share = PHASE_TUNING.none_share
    prior = np.full(N_CANDIDATES, (1 - share) / N_CANDIDATES)
    others: tuple[Lattices, ...] = (
        any_of(ln_decoys[:, :, None, None, :], np.full(N_DECOYS, 0.8 * share / N_DECOYS)),
        any_of(np.full((n, 1, 1, 1, 1), ln_loose), np.array([0.2 * share])),
    )
    return posterior(
        within_tolerance(own, prior, PHASE_TUNING), others, np.full(n, -50.0), np.zeros((1, 1)), PHASE_TUNING
    )


def image(n: int, *, candidate: bool) -> tuple[np.ndarray, np.ndarray]:
    """n crystallites that are clearly one candidate or one decoy, and one that another of either fits."""
    candidates, decoys = np.full((n + 1, N_CANDIDATES), -SURE), np.full((n + 1, N_DECOYS, 1), -SURE)
    if candidate:
        candidates[:n, 0] = 0.0
    else:
        decoys[:n, 0] = 0.0
    candidates[n, 1] = decoys[n, 1] = 0.0
    return candidates, decoys


def test_where_most_crystals_are_none_of_the_candidates_so_is_the_next():
    among_candidates = weighed(*image(8, candidate=True)).probabilities
    among_others = weighed(*image(8, candidate=False)).probabilities
    assert among_candidates[8, -1] < 0.35
    assert among_others[8, -1] > 0.4
    assert among_candidates.sum(axis=1) == pytest.approx(np.ones(9))
    assert (among_candidates[:8, 0] > 0.99).all()
    assert (among_others[:8, -1] > 0.99).all()


def test_shares_sum_to_one_and_follow_the_crystals():
    found = weighed(*image(8, candidate=True))
    assert found.weights.sum() == pytest.approx(1)
    assert np.argmax(found.weights) == 0
    assert weighed(*image(8, candidate=False)).weights[-1] > 0.8


def test_a_decoy_has_one_cell_for_all_its_crystals():
    n = 6
    candidates = np.full((n, N_CANDIDATES), -SURE)
    alike, apart = (np.full((n, N_DECOYS, 4), -SURE) for _ in range(2))
    alike[:, 0, 2] = 0.0
    apart[np.arange(n), 0, np.arange(n) % 4] = 0.0
    candidates[:, 0] = -2.0
    assert (weighed(candidates, alike).probabilities[:, -1] > 0.9).all()
    assert (weighed(candidates, apart).probabilities[:, -1] < 0.1).all()


def test_a_lone_crystal_of_a_phase_of_small_share_is_as_probable_as_it_is():
    n_scales, n_candidates = 25, 23
    share = 1 / n_candidates
    own = np.full((1, n_candidates, 1, n_scales + E - 1), -SURE)
    own[0, 0, 0, n_scales // 2 + E // 2] = 6.5  # on one scale only, beside a lattice that fits on any
    candidates = within_tolerance(own, np.full(n_candidates, 0.5 * share), PHASE_TUNING)
    loose = any_of(np.zeros((1, 1, 1, n_scales, 1)), np.array([0.1]))
    flat = np.full((1, n_scales), -np.log(n_scales))
    found = posterior(candidates, (loose,), np.full(1, -50.0), flat, PHASE_TUNING)
    by_candidate = 0.5 * share * np.exp(candidates.windows[0, 0, 0] + candidates.ln_cell).sum() / n_scales
    assert 0.4 < by_candidate / (by_candidate + 0.1) < 0.9
    assert found.probabilities[0, 0] == pytest.approx(by_candidate / (by_candidate + 0.1), abs=0.08)
