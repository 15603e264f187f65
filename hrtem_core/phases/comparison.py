"""A reading held against its structure: the structure's lines, angles between reflections, and the scale."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hrtem_core.domains import Domains
from hrtem_core.phases.readings import NamedReading
from hrtem_core.phases.reflections import reciprocal_basis, reflections_of
from hrtem_core.phases.structure import Structure
from hrtem_core.phases.tuning import PHASE_TUNING, PhaseTuning

Indices = tuple[int, int, int]

LEAST_AMPLITUDE = 1e-3
"""Relative to the strongest: what is below is no line."""


@dataclass(frozen=True)
class Line:
    """A ring that a powder of the structure would show.

    Parameters
    ----------
    hkl
        The member of the form that stands for it.
    d_nm
        Its spacing.
    amplitude
        |F| relative to the strongest reflection, 0 to 1; without atoms all allowed are alike but
        for a slow fall with 1/d.
    multiplicity
        Reflections in the form.
    """

    hkl: Indices
    d_nm: float
    amplitude: float
    multiplicity: int


def lines_of(structure: Structure, *, tuning: PhaseTuning = PHASE_TUNING) -> tuple[Line, ...]:
    """The lines of a structure, the longest spacing first; what symmetry or |F| forbids is left out."""
    lattice = reflections_of(structure, tuning=tuning)
    relative = lattice.amplitudes / max(float(lattice.amplitudes.max(initial=0.0)), 1e-9)
    order = np.argsort(lattice.g_lengths_per_nm[lattice.forms], kind="stable").tolist()
    found = []
    for row in order:
        form = int(lattice.forms[row])
        if relative[form] > LEAST_AMPLITUDE:
            hkl = max(tuple(one) for one in (lattice.hkl[form] @ lattice.rotations).tolist())
            length = float(lattice.g_lengths_per_nm[form])
            found.append(Line(hkl, 1 / length, float(relative[form]), int(lattice.multiplicities[row])))
    return tuple(found)


@dataclass(frozen=True)
class Angle:
    """The angle between two reflections of a reading, 0 to 180 degrees.

    Parameters
    ----------
    rows
        Of the two in `Domains.accepted`.
    hkl
        Their indices, of such signs that the structure's angle is the measured one.
    measured_deg, structure_deg
        In the image, and in the structure.
    """

    rows: tuple[int, int]
    hkl: tuple[Indices, Indices]
    measured_deg: float
    structure_deg: float


def angles_of(reading: NamedReading, structure: Structure, domains: Domains) -> tuple[Angle, ...]:
    """The angles between any two reflections of a reading, in the order of its reflections."""
    basis = reciprocal_basis(structure)
    found = []
    for one, other in combinations(reading.hkl, 2):
        measured = _degrees(
            np.array(domains.accepted[one].g_per_nm), np.array(domains.accepted[other].g_per_nm)
        )
        hkl = reading.hkl[one], reading.hkl[other]
        own = _degrees(np.array(hkl[0]) @ basis, np.array(hkl[1]) @ basis)
        if abs(180 - own - measured) < abs(own - measured):  # which of g and -g was indexed nobody knows
            own, hkl = 180 - own, (hkl[0], (-hkl[1][0], -hkl[1][1], -hkl[1][2]))
        found.append(Angle((one, other), hkl, measured, own))
    return tuple(found)


def _degrees(one: np.ndarray, other: np.ndarray) -> float:
    cosine = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


@dataclass(frozen=True)
class ImpliedScale:
    """True length over measured length, were a reading true, and its relative standard uncertainty."""

    factor: float
    relative_sigma: float


def implied_scale(
    reading: NamedReading, structure: Structure, domains: Domains, *, tuning: PhaseTuning = PHASE_TUNING
) -> ImpliedScale:
    """What a reading says of the scale: the mean over its reflections, and how far its cell is uncertain."""
    basis = reciprocal_basis(structure)
    offs, weights = [], []
    for row, hkl in reading.hkl.items():
        domain = domains.accepted[row]
        g = float(np.hypot(*domain.g_per_nm))
        offs.append(np.log(g / np.linalg.norm(np.array(hkl) @ basis)))
        weights.append(1 / (tuning.relative_scatter**2 + (domain.g_sigma_per_nm / g) ** 2))
    mean = float(np.average(offs, weights=weights))
    return ImpliedScale(float(np.exp(mean)), float(np.hypot(sum(weights) ** -0.5, tuning.cell_sigma)))
