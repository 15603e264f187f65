"""Stage 2, d-spacings: the spacing of every pair with its uncertainty, and families of equal spacing."""

import math
from dataclasses import dataclass

import numpy as np

from hrtem_core.errors import RecipeError
from hrtem_core.numerics import BoolArray, FloatArray, IntArray, read_only
from hrtem_core.parameters import check_limits, parameter
from hrtem_core.peaks import Peaks
from hrtem_core.spacings.tuning import SPACING_TUNING, SpacingTuning


@dataclass(frozen=True, kw_only=True)
class FamilyParameters:
    """Which spacings are one family, and what a person said about them.

    By-hand edits name a family by a spacing, so that they survive when numbers change: it means the family
    whose spread holds that spacing, and nothing when there is none.

    Parameters
    ----------
    significance
        Spacings start a new family when they are this many standard uncertainties apart.
    tolerance
        Relative standard spread of the true spacings within one family (strain, distortion of the
        projector lens, both about a percent), part of every comparison however precise the peaks are.
    merged
        Groups of spacings in nm; the families of each group become one.
    split_at_d_nm
        No family reaches across these spacings in nm.
    names
        (spacing in nm, name) of families a person named.
    """

    significance: float = parameter(
        3.0,
        "Standard uncertainties apart",
        "Spacings further apart than this begin a new family.",
        limits=(0.5, 20.0),
        slider=(1.0, 10.0),
        step=0.5,
    )
    tolerance: float = parameter(
        0.008,
        "Spread within a family",
        "How far, relative to d, the true spacings of one family may scatter (strain, lens distortion).",
        limits=(0.0, 0.2),
        slider=(0.0, 0.05),
        step=0.001,
    )
    merged: tuple[tuple[float, ...], ...] = parameter(
        (), "Families merged", "Groups of spacings whose families a person made one.", unit="nm"
    )
    split_at_d_nm: tuple[float, ...] = parameter(
        (), "Families split", "Spacings at which a person divided a family.", unit="nm"
    )
    names: tuple[tuple[float, str], ...] = parameter(
        (), "Families named", "Spacings and the names a person gave their families."
    )

    def __post_init__(self) -> None:
        check_limits(self, "families")
        named = [d for d, _ in self.names]
        for d in (*self.split_at_d_nm, *named, *(d for group in self.merged for d in group)):
            if not (math.isfinite(d) and d > 0):
                raise RecipeError(f"A spacing of families must be a positive number of nm, got {d:g}.")
        if any(len(name) > 80 or not name.isprintable() for _, name in self.names):
            raise RecipeError("A family's name must be one line of at most 80 characters.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Families:
    """d-spacing families (rings), largest d first.

    Parameters
    ----------
    family_of_peak
        Shape (n_peaks,): the family's number from 1, 0 for pairs that are not accepted.
    family_id
        Shape (m,): 1 ... m.
    d_nm, d_sigma_nm
        Shape (m,): weighted mean spacing and its standard uncertainty, calibration included.
    peak_d_nm, peak_d_sigma_nm
        Shape (n_peaks,): the spacing of each pair and its standard uncertainty, calibration included.
    names
        Shape (m,): the name a person gave, or "".
    shown_as
        Shape (m,): the number that colour and line of a family follow, that which it has while a person has
        rejected nothing: so that what is left looks as before.
    rejected_d_nm
        Shape (k,): spacings of the pairs that a person rejected.
    """

    family_of_peak: IntArray
    family_id: IntArray
    d_nm: FloatArray
    d_sigma_nm: FloatArray
    peak_d_nm: FloatArray
    peak_d_sigma_nm: FloatArray
    names: tuple[str, ...]
    shown_as: IntArray
    rejected_d_nm: FloatArray

    def shown_number(self, family_id: int) -> int:
        """The number that colour and line of a family follow; number 0 is no family."""
        return int(self.shown_as[family_id - 1]) if family_id else 0

    def name_of(self, row: int) -> str:
        """What a family is called, and no other: its name, its number, or both where others have its name."""
        name, number = self.names[row], self.family_id[row]
        if not name:
            return f"Family {number}"
        return name if self.names.count(name) == 1 else f"{name}, family {number}"

    def name_given(self, family_id: int) -> str:
        """The name a person gave the family of that number, or ""; number 0 is no family."""
        return self.names[family_id - 1] if family_id else ""

    @property
    def called(self) -> list[str]:
        """What the families are called, in their order."""
        return [self.name_of(row) for row in range(len(self.family_id))]


def spacing(
    g_per_nm: FloatArray, g_sigma_per_nm: FloatArray, calibration_relative_sigma: float
) -> tuple[FloatArray, FloatArray]:
    """The spacing d = 1/|g| and its standard uncertainty, in nm.

    The uncertainty of the position, d² sigma_g, and that of the calibration, which scales all spacings
    alike, are independent and add in quadrature.

    Parameters
    ----------
    g_per_nm
        Shape (n, 2), (row, column) in 1/nm.
    g_sigma_per_nm
        Shape (n,): standard uncertainty of |g| from the position alone, in 1/nm.
    calibration_relative_sigma
        Relative standard uncertainty of the pixel size.

    Returns
    -------
    d_nm, d_sigma_nm
        Shape (n,) each.
    """
    g = np.asarray(g_per_nm, dtype=float).reshape(-1, 2)
    d_nm = 1.0 / np.hypot(g[:, 0], g[:, 1])
    position = d_nm**2 * np.asarray(g_sigma_per_nm, dtype=float)
    return d_nm, np.hypot(position, d_nm * calibration_relative_sigma)


def group_families(
    peaks: Peaks,
    parameters: FamilyParameters,
    calibration_relative_sigma: float,
    *,
    tuning: SpacingTuning = SPACING_TUNING,
) -> Families:
    """Group the accepted pairs into families of equal spacing.

    Agglomerative clustering of ln d, closest neighbours first (centroid linkage): two clusters become one
    while their weighted means differ by at most `significance` times sqrt(var_1 + var_2 + tolerance²),
    var being the variance of each weighted mean. The calibration's uncertainty takes no part: it moves
    all spacings together. The uncertainty of a family's spacing is that of the weighted mean, widened by
    the Birge ratio sqrt(chi² / (n - 1)) when the members scatter more than their own uncertainties say
    (R. T. Birge, Phys. Rev. 40 (1932) 207, doi:10.1103/PhysRev.40.207).

    Parameters
    ----------
    peaks
        All pairs; those not accepted get a spacing but no family.
    parameters
        Which spacings are one family.
    calibration_relative_sigma
        Relative standard uncertainty of the pixel size.
    tuning
        How well a spacing can be known at most.

    Returns
    -------
    families
        Empty when no pair is accepted.
    """
    d_nm, _ = spacing(peaks.g_per_nm, peaks.g_sigma_per_nm, 0.0)
    relative = np.maximum(peaks.g_sigma_per_nm * d_nm, tuning.least_relative_sigma)
    rejected = np.array([word == "rejected" for word in peaks.by_hand], dtype=bool)
    accepted, groups = _grouped(d_nm, relative**2, peaks.accepted, parameters)
    log_d, variance = np.log(d_nm[accepted]), relative[accepted] ** 2
    families = [_weighted_mean(log_d[group], variance[group]) for group in groups]
    log_means = np.array([mean for mean, _ in families])
    mean_sigma = np.array([sigma for _, sigma in families])

    family_of_peak = _numbers(len(d_nm), accepted, groups)
    with_rejected = _numbers(len(d_nm), *_grouped(d_nm, relative**2, peaks.accepted | rejected, parameters))
    family_d = np.exp(log_means)
    return Families(
        family_of_peak=read_only(family_of_peak),
        family_id=read_only(np.arange(1, len(groups) + 1)),
        d_nm=read_only(family_d),
        d_sigma_nm=read_only(family_d * np.hypot(mean_sigma, calibration_relative_sigma)),
        peak_d_nm=read_only(d_nm),
        peak_d_sigma_nm=read_only(
            spacing(peaks.g_per_nm, peaks.g_sigma_per_nm, calibration_relative_sigma)[1]
        ),
        names=_names(groups, log_d, variance, parameters),
        shown_as=read_only(_kept_numbers([with_rejected[accepted[group]] for group in groups])),
        rejected_d_nm=read_only(d_nm[rejected]),
    )


def _grouped(
    d_nm: FloatArray, variance: FloatArray, chosen: BoolArray, parameters: FamilyParameters
) -> tuple[IntArray, list[IntArray]]:
    """The chosen pairs by falling spacing, and the members of each family as indices into them."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(-d_nm[rows], kind="stable")]
    log_d, of_rows = np.log(d_nm[rows]), variance[rows]
    groups = _cluster(log_d, of_rows, parameters)
    return rows, _merged_by_hand(groups, log_d, of_rows, parameters)


def _numbers(n_peaks: int, rows: IntArray, groups: list[IntArray]) -> IntArray:
    """The family of every pair, numbered from 1; 0 for a pair of none."""
    numbers = np.zeros(n_peaks, dtype=np.int64)
    for number, group in enumerate(groups, start=1):
        numbers[rows[group]] = number
    return numbers


def _kept_numbers(of_members: list[IntArray]) -> IntArray:
    """A number for each family, the one that most of its members have; none is given twice."""
    taken: dict[int, None] = {}
    free = 1 + max((int(numbers.max()) for numbers in of_members), default=0)
    for numbers in of_members:
        wanted = int(np.bincount(numbers).argmax())
        if wanted in taken:
            wanted, free = free, free + 1
        taken[wanted] = None
    return np.array(list(taken), dtype=np.int64)


def _weighted_mean(log_d: FloatArray, variance: FloatArray) -> tuple[float, float]:
    """Weighted mean of ln d and its standard uncertainty, widened by the Birge ratio."""
    weights = 1.0 / variance
    mean = float(np.average(log_d, weights=weights))
    chi2 = float(np.sum(weights * (log_d - mean) ** 2))
    birge = math.sqrt(chi2 / (len(log_d) - 1)) if len(log_d) > 1 else 1.0
    return mean, max(birge, 1.0) / math.sqrt(float(weights.sum()))


def _cluster(log_d: FloatArray, variance: FloatArray, parameters: FamilyParameters) -> list[IntArray]:
    """Members of each family as indices into `log_d`, which falls; families in the same order."""
    if len(log_d) == 0:
        return []
    means, weights = log_d.copy(), 1.0 / variance
    starts = np.arange(len(log_d))
    # A spacing at which a person split the rings is a wall between the peaks on its two sides.
    walls = np.searchsorted(-log_d, [-math.log(d) for d in parameters.split_at_d_nm])
    while len(means) > 1:
        limit = parameters.significance * np.sqrt(
            1 / weights[1:] + 1 / weights[:-1] + parameters.tolerance**2
        )
        distance = (means[:-1] - means[1:]) / limit
        distance[np.isin(starts[1:], walls)] = np.inf
        first = int(np.argmin(distance))
        if distance[first] > 1:
            break
        pair = slice(first, first + 2)
        means[first] = np.average(means[pair], weights=weights[pair])
        weights[first] = weights[pair].sum()
        means, weights = np.delete(means, first + 1), np.delete(weights, first + 1)
        starts = np.delete(starts, first + 1)
    return np.split(np.arange(len(log_d)), starts[1:])


def _group_at(
    d_nm: float, groups: list[IntArray], log_d: FloatArray, variance: FloatArray, parameters: FamilyParameters
) -> int | None:
    """The group whose spread, widened by its peaks' uncertainty, holds the spacing; the nearest such."""
    best, least = None, math.inf
    for number, group in enumerate(groups):
        reach = parameters.significance * math.sqrt(float(variance[group].min()) + parameters.tolerance**2)
        beyond = max(math.log(d_nm) - float(log_d[group].max()), float(log_d[group].min()) - math.log(d_nm))
        if beyond <= reach and beyond < least:
            best, least = number, beyond
    return best


def _merged_by_hand(
    groups: list[IntArray], log_d: FloatArray, variance: FloatArray, parameters: FamilyParameters
) -> list[IntArray]:
    for spacings in parameters.merged:
        found = {_group_at(d, groups, log_d, variance, parameters) for d in spacings} - {None}
        if len(found) < 2:
            continue
        together = np.sort(np.concatenate([groups[number] for number in found if number is not None]))
        groups = [group for number, group in enumerate(groups) if number not in found] + [together]
        groups.sort(key=lambda group: -_weighted_mean(log_d[group], variance[group])[0])
    return groups


def _names(
    groups: list[IntArray], log_d: FloatArray, variance: FloatArray, parameters: FamilyParameters
) -> tuple[str, ...]:
    names = [""] * len(groups)
    for d, name in parameters.names:
        number = _group_at(d, groups, log_d, variance, parameters)
        if number is not None:
            names[number] = name
    return tuple(names)
