"""All reflections of a structure that an image could show: where, how strong, how many alike."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hrtem_core.numerics import FloatArray, IntArray, read_only
from hrtem_core.phases.structure import Structure, atoms_in_cell, operations
from hrtem_core.phases.tuning import PHASE_TUNING, PhaseTuning

ANGSTROM_PER_NM = 10.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Reflections:
    """Reflections of one structure, g and -g both; forms are sets of equivalent ones.

    Parameters
    ----------
    hkl
        Shape (n, 3): Miller indices.
    g_per_nm
        Shape (n, 3): Cartesian, in a frame of the crystal.
    g_lengths_per_nm
        Shape (n,).
    amplitudes
        Shape (n,): |F| of the cell for electrons, in angstrom; 1 at most where atoms are unknown.
    visibilities
        Shape (n,): 0 to 1, how often a reflection on the Ewald plane is seen.
    forms
        Shape (m,): one member of each form.
    multiplicities
        Shape (m,): members of each form.
    rotations
        Shape (k, 3, 3): those of the Laue class; hkl @ rotation is equivalent to hkl.
    """

    hkl: IntArray
    g_per_nm: FloatArray
    g_lengths_per_nm: FloatArray
    amplitudes: FloatArray
    visibilities: FloatArray
    forms: IntArray
    multiplicities: IntArray
    rotations: IntArray

    @property
    def half(self) -> IntArray:
        """One of each Friedel pair."""
        return np.flatnonzero(self.hkl @ (1_000_000, 1000, 1) > 0)


@lru_cache(maxsize=1024)
def reflections_of(
    structure: Structure, *, cell_scale: float = 1.0, tuning: PhaseTuning = PHASE_TUNING
) -> Reflections:
    """The reflections of a structure.

    Parameters
    ----------
    structure
        Cell, symmetry and atoms.
    cell_scale
        All lengths of the cell are multiplied by it.
    tuning
        Range of |g| and visibility.
    """
    hkl, g = _lattice(structure, cell_scale, tuning)
    rotations = _laue_rotations(structure)
    forms, form_of, multiplicities = _forms(hkl, rotations)
    lengths = np.linalg.norm(g, axis=1)
    amplitudes = _amplitudes(structure, hkl[forms], lengths[forms], tuning)[form_of]
    visible = _visibility(amplitudes, lengths, tuning)
    return Reflections(
        hkl=read_only(hkl),
        g_per_nm=read_only(g),
        g_lengths_per_nm=read_only(lengths),
        amplitudes=read_only(amplitudes),
        visibilities=read_only(visible),
        forms=read_only(forms),
        multiplicities=read_only(multiplicities),
        rotations=read_only(rotations),
    )


def reciprocal_basis(structure: Structure, cell_scale: float = 1.0) -> FloatArray:
    """Rows a*, b*, c* in 1/nm, Cartesian; shape (3, 3)."""
    import gemmi

    cell = gemmi.UnitCell(*structure.cell_angstrom_deg)
    return np.array(cell.frac.mat.tolist()) * (ANGSTROM_PER_NM / cell_scale)


def _lattice(structure: Structure, cell_scale: float, tuning: PhaseTuning) -> tuple[IntArray, FloatArray]:
    """Indices and g of all lattice points in the range of |g| that the centring allows."""
    basis = reciprocal_basis(structure, cell_scale)
    lengths_nm = np.array(structure.cell_angstrom_deg[:3]) * cell_scale / ANGSTROM_PER_NM
    reach = np.ceil(tuning.max_g_per_nm * lengths_nm).astype(int)
    axes = [np.arange(-n, n + 1) for n in reach]
    hkl = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    g = hkl @ basis
    length = np.linalg.norm(g, axis=1)
    kept = (length > tuning.min_g_per_nm) & (length < tuning.max_g_per_nm)
    groups = operations(structure)
    for shift in groups.cen_ops:
        kept &= (hkl @ np.array(shift)) % 24 == 0  # translations in units of 1/24
    return hkl[kept], g[kept]


def _laue_rotations(structure: Structure) -> IntArray:
    """Rotations of the Laue class: those of the space group, with inversion."""
    found = {tuple(np.array(op.rot).ravel() // 24) for op in operations(structure).sym_ops}
    both = found | {tuple(-np.array(one)) for one in found}
    return np.array(sorted(both)).reshape(-1, 3, 3)


def _forms(hkl: IntArray, rotations: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """One member of each form, the form of every reflection, the members of every form."""
    largest = np.full(len(hkl), np.iinfo(np.int64).min)
    for rotation in rotations:
        largest = np.maximum(largest, (hkl @ rotation + 512) @ (1 << 20, 1 << 10, 1))
    _, first, form_of, counts = np.unique(largest, return_index=True, return_inverse=True, return_counts=True)
    return first, form_of, counts


def _amplitudes(structure: Structure, hkl: IntArray, lengths: FloatArray, tuning: PhaseTuning) -> FloatArray:
    """|F| in angstrom: sum of f(s) o exp(2 pi i h·x) exp(-B s²), s = |g| / 2; 0 where symmetry forbids it."""
    import gemmi

    groups = operations(structure)
    absent = np.array([groups.is_systematically_absent(one) for one in hkl.tolist()], dtype=bool)
    if not structure.sites:
        return np.where(absent, 0.0, 1 / (1 + (lengths / 4) ** 2))
    atoms = atoms_in_cell(structure)
    squared = (lengths / (2 * ANGSTROM_PER_NM)) ** 2
    total = np.zeros(len(hkl), dtype=complex)
    for element in sorted(set(atoms.elements)):
        a, b = np.array(gemmi.Element(element).c4322.get_coefs()).reshape(2, -1)
        factor = (a * np.exp(-b * squared[:, None])).sum(axis=1)
        mine = np.array([name == element for name in atoms.elements])
        phases = np.exp(2j * np.pi * (hkl @ atoms.fractions[mine].T))
        total += factor * (phases @ atoms.occupancies[mine])
    thermal = np.exp(-tuning.debye_waller_b_angstrom2 * squared)
    return np.where(absent, 0.0, np.abs(total) * thermal)


def _visibility(amplitudes: FloatArray, lengths: FloatArray, tuning: PhaseTuning) -> FloatArray:
    """How often a reflection on the Ewald plane is seen."""
    relative = amplitudes / max(float(amplitudes.max(initial=0.0)), 1e-9)
    relative = relative * np.exp(-((lengths / tuning.envelope_per_nm) ** 2))
    rising, half = relative**tuning.visibility_power, tuning.half_visible**tuning.visibility_power
    seen = rising * (1 + half) / (rising + half)
    return np.asarray(np.maximum(seen, tuning.double_diffraction))
