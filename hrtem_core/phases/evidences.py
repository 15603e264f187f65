"""What each crystallite says of each structure, kept: a changed list of candidates asks for the new only."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.numerics import FloatArray
from hrtem_core.phases.decoys import decoy_evidence, loose_evidence
from hrtem_core.phases.grid import Evidence, Grid, ln_stray
from hrtem_core.phases.likelihood import evidence
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.posterior import cell_steps
from hrtem_core.phases.reflections import reflections_of
from hrtem_core.phases.structure import Structure
from hrtem_core.phases.tuning import PhaseTuning

BAND_END_PER_NM = 1 / 0.127
"""Reflections of shorter spacings are expected in no image."""
BEYOND_FOUND = 1.05
"""Nor such that are this much further out than the furthest found."""


@dataclass(frozen=True, eq=False)
class Scales:
    """Values of ln(measured |g| / true |g|) that are tried.

    Parameters
    ----------
    image
        The grid for the image's own scale.
    reaching
        The same, wider by the tolerance of cells.
    """

    image: Grid
    reaching: Grid

    @property
    def margin(self) -> int:
        """Steps by which the second is wider at either end."""
        return (len(self.reaching.ln_scales) - len(self.image.ln_scales)) // 2


def scales_for(seen: tuple[Observed, ...], prior_scale_sigma: float, tuning: PhaseTuning) -> Scales:
    """The grids for an image."""
    furthest = max(float(one.lengths_per_nm.max()) for one in seen)
    end = min(BAND_END_PER_NM, BEYOND_FOUND * furthest)
    scatters = tuple(factor for factor, _ in tuning.scatters)
    n = max(round(tuning.scale_reach * prior_scale_sigma / tuning.scale_step), 2)
    wider = n + len(cell_steps(tuning)) // 2
    return Scales(
        *(
            Grid(
                scatters=scatters,
                ln_scales=tuple((np.arange(-m, m + 1) * tuning.scale_step).tolist()),
                band_end_per_nm=end,
            )
            for m in (n, wider)
        )
    )


@dataclass(frozen=True, eq=False)
class Gathered:
    """Evidence of all crystallites.

    Parameters
    ----------
    candidates
        For each crystallite that of each candidate.
    decoys
        Shape (n_crystallites, n_decoys, f, s + e - 1): ln probability in lattices that nothing has.
    loose
        Shape (n_crystallites,): in lattices of any cell.
    false
        Shape (n_crystallites,): of reflections that are no crystal's, times the odds of that.
    """

    candidates: list[list[Evidence]]
    decoys: FloatArray
    loose: FloatArray
    false: FloatArray


def gather(
    seen: tuple[Observed, ...],
    candidates: tuple[Structure, ...],
    scales: Scales,
    tuning: PhaseTuning,
    checkpoint: Checkpoint = go_on,
) -> Gathered:
    """What each crystallite says of each candidate, and of none of them."""
    own, decoys, loose = [], [], []
    for one in seen:
        checkpoint()
        own.append([_of_structure(one, structure, scales.reaching, tuning) for structure in candidates])
        decoys.append(_of_decoys(one, scales.image, tuning))
        loose.append(_loose(one, scales.image.band_end_per_nm, tuning))
    uniform = ln_stray(tuning) - np.log(tuning.strays)
    false = [one.ln_odds_false(tuning) + len(one) * uniform for one in seen]
    return Gathered(own, np.array(decoys, dtype=float), np.array(loose), np.array(false))


@lru_cache(maxsize=6000)
def _of_structure(one: Observed, structure: Structure, grid: Grid, tuning: PhaseTuning) -> Evidence:
    return evidence(one, reflections_of(structure, tuning=tuning), grid, tuning)


@lru_cache(maxsize=64)
def _of_decoys(one: Observed, grid: Grid, tuning: PhaseTuning) -> FloatArray:
    return decoy_evidence(one, grid, tuning).astype(np.float32)


@lru_cache(maxsize=1000)
def _loose(one: Observed, band_end_per_nm: float, tuning: PhaseTuning) -> float:
    return loose_evidence(one, band_end_per_nm, tuning)
