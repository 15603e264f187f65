"""Decoys: real structure types with cells of any size. What they win is "none of these"."""

from functools import cache

import numpy as np

from hrtem_core.numerics import FloatArray
from hrtem_core.phases.grid import Grid
from hrtem_core.phases.likelihood import evidence
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.reflections import Reflections, reflections_of
from hrtem_core.phases.table import built_in
from hrtem_core.phases.tuning import PhaseTuning

TYPES = (
    "LiF", "Li2O", "Cu", "Li", "Si", "GaAs", "Li3N", "Li2CO3", "LiOH", "Li2O2", "LiCoO2", "ZnO", "Mg",
    "rutile", "anatase", "Al2O3", "Cu2O", "SrTiO3", "CuO", "Sn", "LiFePO4", "Fe3O4", "LiOH.H2O", "quartz",
    "Li3P", "graphite",
)  # fmt: skip
"""Structures of the table whose types are tried with other cells: all lattice systems that are common."""


@cache
def lattices(tuning: PhaseTuning) -> tuple[Reflections, ...]:
    """Reflections of every type."""
    return tuple(reflections_of(built_in()[name], tuning=tuning) for name in TYPES)


def decoy_evidence(seen: Observed, grid: Grid, tuning: PhaseTuning) -> FloatArray:
    """ln probability of a crystallite's reflections for every type and cell, shape (types x cells, f, s).

    A lattice whose cell is c times as large, on an image whose wavevectors are exp(s) times too long, is
    the lattice itself at s - ln c: one range of scales, wide enough, gives all cells at once.
    """
    step, every = tuning.scale_step, tuning.decoy_steps
    n_cells = round(tuning.decoy_range / (step * every))
    reach = n_cells * every + every // 2 + len(grid.ln_scales) // 2
    wide = Grid(
        grid.scatters,
        tuple((np.arange(-reach, reach + 1) * step).tolist()),
        grid.band_end_per_nm,
        most_hypotheses=tuning.decoy_hypotheses,
    )
    found = []
    for lattice in lattices(tuning):
        ln_p = evidence(seen, lattice, wide, tuning, readings=False).ln_probability
        # A decoy's cell is anywhere between it and the next.
        ln_p = np.logaddexp.reduce([ln_p[:, i : ln_p.shape[1] - every + i] for i in range(every)]) - np.log(
            every
        )
        starts = range(0, 2 * n_cells * every + 1, every)
        found += [ln_p[:, start : start + len(grid.ln_scales)] for start in starts]
    return np.array(found)


def loose_evidence(seen: Observed, band_end_per_nm: float, tuning: PhaseTuning) -> float:
    """ln probability of a crystallite's reflections in a lattice of any type, its cell shared by no other."""
    grid = Grid((1.0,), (0.0,), band_end_per_nm, loose=True)
    each = [
        evidence(seen, lattice, grid, tuning, readings=False).ln_probability[0, 0]
        for lattice in lattices(tuning)
    ]
    return float(np.logaddexp.reduce(each) - np.log(len(each)))


def fittest(others: FloatArray, rivals: FloatArray, most: int) -> FloatArray:
    """The decoys that explain an image best, in their order.

    Parameters
    ----------
    others
        Shape (n_crystallites, n_decoys, f, s): their ln probabilities.
    rivals
        Shape (n_crystallites, f, s): those of the best candidate.
    most
        How many are kept.
    """
    gain = np.maximum(others - rivals[:, None], 0.0).sum(axis=0).max(axis=(1, 2))
    best = np.argsort(-gain, kind="stable")[:most]
    return others[:, np.sort(best)]
