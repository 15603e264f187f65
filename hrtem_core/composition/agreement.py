"""Whether d and composition of a crystallite agree with each of its candidate phases."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from hrtem_core.composition.colocalization import Kind
from hrtem_core.composition.formulas import atoms_of
from hrtem_core.numerics import FloatArray

LEAST_PART = 0.2
"""A crystal whose fringes show makes at least this part of its column's atoms; the rest is film."""
NO_PHASE = "none"
"""Stands for none of the candidates."""
D_TOLERANCE = 0.005
"""Relative deviation of true spacings from a structure's: cells change with temperature and composition."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A phase suggested for a crystallite.

    Parameters
    ----------
    crystallite_id, phase, probability
        As the suggestion says; "none" stands for none of the candidates.
    residuals
        Relative deviation of each explained spacing from the structure's.
    sigmas
        Its relative standard uncertainty.
    """

    crystallite_id: int
    phase: str
    probability: float
    residuals: tuple[float, ...] = ()
    sigmas: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """d and composition of one crystallite against one phase.

    Parameters
    ----------
    crystallite_id, phase
        Which.
    chi2_d
        Of the explained spacings; NaN without any.
    chi2_composition
        Of the fractions, for the part of the column that fits best; NaN where the phase has no formula, or
        none of its elements is seen.
    p_value
        Probability of so large a sum of both if the phase is right.
    probability, probability_with_composition
        Of the phase as suggested, and with the composition taken into account.
    """

    crystallite_id: int
    phase: str
    chi2_d: float
    chi2_composition: float
    p_value: float
    probability: float
    probability_with_composition: float


class Suggested(NamedTuple):
    """A row of `phases.csv`."""

    crystallite_id: int
    phase: str
    probability: float


class Explained(NamedTuple):
    """A row of `phase_reflections.csv`."""

    crystallite_id: int
    domain_id: int
    phase: str
    d_residual_percent: float


def candidates_of(
    suggested: Sequence[Suggested], explained: Sequence[Explained], d_sigma: Mapping[int, float]
) -> list[Candidate]:
    """What was suggested for each crystallite, with the spacings that a suggestion explains.

    Parameters
    ----------
    suggested, explained
        As the tables of phases say.
    d_sigma
        Relative standard uncertainty of d, by domain; domains that are not in it are left out.
    """
    spacings: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for row in explained:
        if row.domain_id in d_sigma:
            pair = row.d_residual_percent / 100, d_sigma[row.domain_id]
            spacings.setdefault((row.crystallite_id, row.phase), []).append(pair)
    found = []
    for number, phase, probability in suggested:
        if not number:  # domains whose crystal may lie at two places have no composition of their own
            continue
        pairs = spacings.get((number, phase), [])
        found.append(
            Candidate(
                crystallite_id=number,
                phase=phase,
                probability=probability,
                residuals=tuple(residual for residual, _ in pairs),
                sigmas=tuple(sigma for _, sigma in pairs),
            )
        )
    return found


def phase_kinds(suggested: Sequence[Suggested], of_crystal: Sequence[int]) -> list[Kind]:
    """Domains by the most probable phase of their crystallite, where a phase is more probable than none.

    Parameters
    ----------
    suggested
        As the table of phases says.
    of_crystal
        Shape (n_domains,): number of each domain's crystallite.
    """
    best: dict[int, tuple[float, str]] = {}
    for number, phase, probability in suggested:
        if not number:
            continue
        best[number] = max(best.get(number, (0.0, "")), (probability, phase))
    members: dict[str, list[int]] = {}
    for domain, number in enumerate(of_crystal):
        phase = best.get(number, (0.0, ""))[1]
        if phase and phase != NO_PHASE:
            members.setdefault(phase, []).append(domain)
    return [Kind("phase", phase, 0, tuple(rows)) for phase, rows in sorted(members.items())]


def composition_chi2(
    fraction: FloatArray, covariance: FloatArray, film: FloatArray, phase: FloatArray
) -> float:
    """Chi-square of a column's fractions against a mixture of a phase and the film, at its best mixture.

    Parameters
    ----------
    fraction, covariance
        Shape (elements,) and (elements, elements): of the column. Fractions add up to one, so that one of
        them tells nothing new and is left out.
    film, phase
        Shape (elements,): fractions of the film around, and of the phase alone.
    """
    parts = np.linspace(LEAST_PART, 1, 81)
    mixtures = parts[:, None] * phase + (1 - parts)[:, None] * film
    away = (fraction - mixtures)[:, :-1]
    precision = np.linalg.pinv(covariance[:-1, :-1])
    return float(np.einsum("ne,ef,nf->n", away, precision, away).min())


def agree(
    candidates: Sequence[Candidate],
    elements: Sequence[str],
    fractions: dict[int, tuple[FloatArray, FloatArray, FloatArray]],
) -> list[Agreement]:
    """Compare every candidate with what was measured.

    Parameters
    ----------
    candidates
        Phases suggested for crystallites, "none" among them.
    elements
        Those that were mapped.
    fractions
        By crystallite: fractions of its column, their covariance, and fractions of the film around.
    """
    rows = []
    for number in sorted({candidate.crystallite_id for candidate in candidates}):
        mine = [one for one in candidates if one.crystallite_id == number]
        chi2 = [_chi2_of(one, elements, fractions.get(number)) for one in mine]
        together = _with_composition(mine, chi2, len(elements))
        for one, composition, probability in zip(mine, chi2, together, strict=True):
            if one.phase != NO_PHASE:
                rows.append(_row(one, composition, probability, len(elements)))
    return rows


def _chi2_of(
    candidate: Candidate,
    elements: Sequence[str],
    measured: tuple[FloatArray, FloatArray, FloatArray] | None,
) -> float:
    atoms = atoms_of(candidate.phase)
    seen = np.array([atoms.get(element, 0.0) for element in elements])
    if measured is None or not seen.sum() > 0 or len(elements) < 2:
        return math.nan
    fraction, covariance, film = measured
    if not (np.isfinite(fraction).all() and np.isfinite(covariance).all() and np.isfinite(film).all()):
        return math.nan
    return composition_chi2(fraction, covariance, film, seen / seen.sum())


def _with_composition(mine: Sequence[Candidate], chi2: Sequence[float], n_elements: int) -> list[float]:
    """The suggested probabilities times the likelihood of the composition.

    Of what is not a candidate, and of a phase whose composition cannot be told, nothing is expected: it is
    as likely as a right phase is on average.
    """
    usual = max(n_elements - 2, 0)
    likelihood = np.array([math.exp(-0.5 * (usual if math.isnan(one) else one)) for one in chi2])
    weights = np.array([one.probability for one in mine]) * likelihood
    total = float(weights.sum())
    return [float(weight / total) if total > 0 else math.nan for weight in weights]


def _row(candidate: Candidate, composition: float, probability: float, n_elements: int) -> Agreement:
    residuals, sigmas = np.array(candidate.residuals), np.array(candidate.sigmas)
    spacing = float((residuals**2 / (sigmas**2 + D_TOLERANCE**2)).sum()) if len(residuals) else math.nan
    # One freedom is spent on the part of the column that is crystal.
    freedom = len(residuals) + (0 if math.isnan(composition) else max(n_elements - 2, 0))
    total = sum(value for value in (spacing, composition) if not math.isnan(value))
    return Agreement(
        crystallite_id=candidate.crystallite_id,
        phase=candidate.phase,
        chi2_d=spacing,
        chi2_composition=composition,
        p_value=float(scipy.special.chdtrc(freedom, total)) if freedom else math.nan,
        probability=candidate.probability,
        probability_with_composition=probability,
    )
