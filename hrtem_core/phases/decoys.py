"""Decoys: real structure types with cells of any size. What they win is "none of these"."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from hrtem_core.numerics import BoolArray, FloatArray, IntArray
from hrtem_core.phases.grid import Grid
from hrtem_core.phases.likelihood import evidence
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.reflections import Reflections, reflections_of
from hrtem_core.phases.structure import Structure, operations
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


@cache
def type_shares() -> FloatArray:
    """How common each type is, shape (types,), sums to 1: lattices as the table's structures have them.

    Structures of one crystal system and centring are alike in which reflections may be; their number in
    the table goes in equal parts to the types of that kind.
    """
    kinds = [_kind(built_in()[name]) for name in TYPES]
    table = [_kind(one) for one in built_in().values()]
    common = np.array([table.count(kind) / kinds.count(kind) for kind in kinds])
    return np.asarray(common / common.sum())


def _kind(structure: Structure) -> tuple[str, int]:
    """Crystal system, and lattice points of the cell: 4 for F, 2 for C and I, 3 for R on hexagonal axes."""
    import gemmi

    groups = operations(structure)
    group = gemmi.find_spacegroup_by_ops(groups)
    return ("" if group is None else group.crystal_system_str(), len(list(groups.cen_ops)))


def decoy_evidence(seen: Observed, grid: Grid, tuning: PhaseTuning) -> FloatArray:
    """ln probability of a crystallite's reflections for every type and cell.

    Its shape is (types x cells, f, s + e - 1): a decoy's cell is one of the e between it and the next.

    A lattice whose cell is c times as large, on an image whose wavevectors are exp(s) times too long, is
    the lattice itself at s - ln c: one range of scales, wide enough, gives all cells at once.
    """
    step, every = tuning.scale_step, tuning.decoy_steps
    n_cells = round(tuning.decoy_range / (step * every))
    reach = n_cells * every + every // 2 + len(grid.ln_scales) // 2
    wide = Grid(
        scatters=grid.scatters,
        ln_scales=tuple((np.arange(-reach, reach + 1) * step).tolist()),
        band_end_per_nm=grid.band_end_per_nm,
        most_hypotheses=tuning.decoy_hypotheses,
    )
    found = []
    for lattice in lattices(tuning):
        ln_p = evidence(seen, lattice, wide, tuning, readings=False).ln_probability
        starts = range(0, 2 * n_cells * every + 1, every)
        found += [ln_p[:, start : start + len(grid.ln_scales) + every - 1] for start in starts]
    return np.array(found)


def loose_evidence(seen: Observed, band_end_per_nm: float, tuning: PhaseTuning) -> float:
    """ln probability of a crystallite's reflections in a lattice of any type, its cell shared by no other."""
    grid = Grid(scatters=(1.0,), ln_scales=(0.0,), band_end_per_nm=band_end_per_nm, loose=True)
    each = [
        evidence(seen, lattice, grid, tuning, readings=False).ln_probability[0, 0]
        for lattice in lattices(tuning)
    ]
    return float(np.logaddexp.reduce(each) - np.log(len(each)))


def decoy_shares(n_decoys: int) -> FloatArray:
    """Prior share of each decoy, shape (types x cells,), sums to 1: all cells of a type are alike."""
    n_cells = n_decoys // len(TYPES)
    return np.repeat(type_shares() / n_cells, n_cells)


def rivals_of(
    candidates: Sequence[Structure], n_decoys: int, scale_sigma: float, tuning: PhaseTuning
) -> BoolArray:
    """Which decoys nothing stands for among the candidates, shape (types x cells,).

    Of a candidate whose atoms nobody knows, the lattice says all: a type with that very lattice, and atoms,
    would explain its crystals better than it can itself. One that the scale's prior uncertainty, relative to
    the scale, can bring there is that lattice.
    """
    n_cells = n_decoys // len(TYPES)
    row = np.arange(n_cells) - (n_cells - 1) / 2
    ln_cells = -row * tuning.scale_step * tuning.decoy_steps
    near = tuning.same_cells * tuning.scale_step * tuning.decoy_steps + tuning.scale_sigmas * scale_sigma
    is_rival = np.ones((len(TYPES), n_cells), dtype=bool)
    for bare in (one for one in candidates if not one.sites):
        for number, name in enumerate(TYPES):
            ln_cell = ln_size(bare, built_in()[name], tuning)
            if ln_cell is not None:
                is_rival[number] &= np.abs(ln_cells - ln_cell) > near
    return is_rival.ravel()


def ln_size(one: Structure, other: Structure, tuning: PhaseTuning) -> float | None:
    """ln of how many times as large the lattice of one structure is as another's; None if of other shape."""
    lengths, angles = (
        np.array([_reduced(structure) for structure in (one, other)]).reshape(2, 2, 3).swapaxes(0, 1)
    )
    ln_ratios = np.log(lengths[0] / lengths[1])
    turned_rad = np.radians(np.abs(angles[0] - angles[1]).max())
    if max(np.ptp(ln_ratios), turned_rad) > tuning.same_shape:
        return None
    return float(ln_ratios.mean())


def _reduced(structure: Structure) -> tuple[float, ...]:
    """The Niggli cell: three lengths, three angles in degrees."""
    import gemmi

    centring = operations(structure).find_centering()
    reduced = gemmi.GruberVector(
        gemmi.UnitCell(*structure.cell_angstrom_deg), centring, track_change_of_basis=False
    )
    reduced.niggli_reduce()
    return tuple(reduced.cell_parameters())


def fittest(
    others: FloatArray, candidates: FloatArray, loose: FloatArray, shares: FloatArray, most: int
) -> IntArray:
    """The rows of the decoys that explain an image best, in their order.

    Half of them are chosen for what they explain better than the candidates, the other half for what no decoy
    of the first half explains: one lattice may stand for what several candidates explain in part.

    Parameters
    ----------
    others
        Shape (n_crystallites, n_decoys, f, s, e): their ln probabilities, for each cell of a decoy.
    candidates, loose
        Shape (n_crystallites, f, s): those of the best candidate, and of a lattice of any cell.
    shares
        Shape (n_decoys,): how probable each is beforehand.
    most
        How many are kept.
    """
    first = _ranked(others, np.maximum(candidates, loose), shares)[: most // 2]
    explained = others[:, first].max(axis=(1, 4)) if len(first) else loose
    ranked = _ranked(others, np.maximum(explained, loose), shares)
    second = ranked[~np.isin(ranked, first)][: most - len(first)]
    return np.sort(np.concatenate([first, second]))


def _ranked(others: FloatArray, rivals: FloatArray, shares: FloatArray) -> IntArray:
    """The decoys by what they explain better than their rivals, the best first."""
    of_cells = [
        np.maximum(others[..., cell] - rivals[:, None], 0.0).sum(axis=0).max(axis=(1, 2))
        for cell in range(others.shape[-1])
    ]
    gain = np.max(of_cells, axis=0)
    return np.argsort(-(gain + np.log(shares)), kind="stable")
