"""Tables of phases: what each crystallite is, the reading behind it, names of rings, shares of the area."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hrtem_core.analysis import Analysis
from hrtem_core.domains import Crystallites, Domains
from hrtem_core.measures.tables import Table
from hrtem_core.numerics import FloatArray, Footprint
from hrtem_core.phases import NONE, NamedReading, Phases, Reflections, reciprocal_basis, reflections_of
from hrtem_core.spacings import Families

LEAST_PROBABILITY = 0.001
"""Candidates below are left out of the tables."""
LEAST_SHARE = 0.01
"""Names of a ring below are left out."""
DECIDED = 0.9
"""A crystallite is of a phase, for the map and the shares, from this probability on."""
AREA_SIGMA = 0.75
"""Relative standard uncertainty of the area that a crystallite stands for, as simulated micrographs have it.

Outlines alone give 0.25; the rest is crystals that were not found, of one phase perhaps more than of another.
"""


def phases_table(phases: Phases) -> Table:
    """One row per crystallite and candidate worth naming, then "none": ranked by probability.

    Crystallite 0 is one of the domains whose crystal may lie at two places: the mean over them.
    """
    table: Table = {
        name: []
        for name in (
            "crystallite_id", "rank", "phase", "probability",
            "zone_u", "zone_v", "zone_w", "zone_probability",
        )
    }  # fmt: skip
    for row, probability in enumerate(phases.probabilities):
        _append_ranked(table, phases, row + 1, probability, phases.readings[row])
    if len(phases.unplaced):
        _append_ranked(table, phases, 0, phases.unplaced.mean(axis=0), {})
    return table


def _append_ranked(
    table: Table, phases: Phases, number: int, probability: FloatArray, readings: Mapping[int, NamedReading]
) -> None:
    """The rows of one crystallite."""
    ranked = _ranked(probability)
    for rank, at in enumerate(ranked, start=1):
        reading = readings.get(at)
        zone = reading.zone if reading else None
        u, v, w = zone or ("", "", "")
        sure = reading.zone_probability if reading and zone else ""
        _append(table, number, rank, phases.names[at], float(probability[at]), u, v, w, sure)
    _append(table, number, len(ranked) + 1, NONE, float(probability[-1]), "", "", "", "")


def ranking(phases: Phases, row: int) -> list[int]:
    """Candidates of a crystallite worth naming, the most probable first."""
    return _ranked(phases.probabilities[row])


def _ranked(probability: FloatArray) -> list[int]:
    order = np.argsort(-probability[:-1], kind="stable")
    return [int(at) for at in order if probability[at] >= LEAST_PROBABILITY]


def phase_reflections_table(phases: Phases, domains: Domains) -> Table:
    """The reading behind every row of `phases_table`: a domain that it does not explain is left out."""
    table: Table = {
        name: []
        for name in (
            "crystallite_id", "domain_id", "phase", "h", "k", "l", "d_structure_nm", "d_residual_percent",
        )
    }  # fmt: skip
    bases = [reciprocal_basis(one) for one in phases.candidates]
    for number, at, reading in _readings(phases):
        for domain_row, hkl in sorted(reading.hkl.items()):
            domain = domains.accepted[domain_row]
            d_nm = 1 / float(np.linalg.norm(np.array(hkl) @ bases[at]))
            measured_nm = phases.scale / float(np.hypot(*domain.g_per_nm))
            residual = 100 * (measured_nm / d_nm - 1)
            _append(table, number, domain.domain_id, phases.names[at], *hkl, d_nm, residual)
    return table


def _readings(phases: Phases) -> Iterator[tuple[int, int, NamedReading]]:
    """(crystallite, candidate, its best reading) for every row of `phases_table`."""
    for row, readings in enumerate(phases.readings):
        for at in ranking(phases, row):
            if at in readings:
                yield row + 1, at, readings[at]
    for at in _ranked(phases.unplaced.mean(axis=0)) if len(phases.unplaced) else ():
        yield from ((0, at, fits[at][0]) for fits in phases.unplaced_fits if at in fits)


def phase_families_table(phases: Phases, domains: Domains, families: Families) -> Table:
    """What each ring may be called: shares of the area of its domains."""
    found: dict[int, dict[tuple[str, tuple[int, ...]], float]] = {}
    area = [one.footprint.n_pixels * domains.pixel_size.area_nm2 for one in domains.accepted]
    family = [int(families.family_of_peak[one.peak]) for one in domains.accepted]
    for row in range(len(phases.probabilities)):
        for at in ranking(phases, row):
            reading = phases.readings[row].get(at)
            for domain_row, hkl in reading.hkl.items() if reading else ():
                name = phases.names[at], _form(reflections_of(phases.candidates[at]), hkl)
                names = found.setdefault(family[domain_row], {})
                share = float(phases.probabilities[row, at]) * area[domain_row]
                names[name] = names.get(name, 0.0) + share
    table: Table = {name: [] for name in ("family_id", "phase", "h", "k", "l", "probability")}
    whole = {
        number: sum(a for a, f in zip(area, family, strict=True) if f == number) for number in set(family)
    }
    for number in sorted(found):
        for (phase, form), share in sorted(found[number].items(), key=lambda one: (-one[1], one[0])):
            probability = min(share / whole[number], 1.0)
            if probability >= LEAST_SHARE:
                _append(table, number, phase, *form, probability)
    return table


def named_families(analysis: Analysis) -> Families:
    """The families with names such as "Li2O 111" where a phase is decided and a person gave none."""
    families = analysis.families
    table = phase_families_table(analysis.phases, analysis.domains, families)
    names = list(families.names)
    for number, phase, *indices, share in zip(*table.values(), strict=True):
        if share >= DECIDED and not names[number - 1]:
            apart = "" if all(0 <= index <= 9 for index in indices) else " "
            names[number - 1] = f"{phase} {apart.join(map(str, indices))}"
    return replace(families, names=tuple(names))


def _form(lattice: Reflections, hkl: tuple[int, int, int]) -> tuple[int, ...]:
    """The member of a form that stands for it: {111} and not {1-11}."""
    return max(tuple(one) for one in (np.array(hkl) @ lattice.rotations).tolist())


def _append(table: Table, *row: object) -> None:
    for column, entry in zip(table.values(), row, strict=True):
        column.append(entry)


@dataclass(frozen=True, kw_only=True)
class PhaseShare:
    """Share of the crystallites' area that one phase has, and the interval that holds it 19 times in 20.

    Parameters
    ----------
    phase
        A candidate, or "none".
    share
        0 to 1, of the summed area of the crystallites, each counted as what it most probably is.
    low95, high95
        The interval.
    decided
        Part of that sum in crystallites that are of this phase with at least `DECIDED`.
    n_crystallites
        How many these are.
    """

    phase: str
    share: float
    low95: float
    high95: float
    decided: float
    n_crystallites: int


def crystallite_areas_nm2(domains: Domains, crystallites: Crystallites) -> FloatArray:
    """Area of each crystallite, the union of its domains."""
    members: list[list[Footprint]] = [[] for _ in range(crystallites.n_crystallites)]
    for domain, number in zip(domains.accepted, crystallites.crystallite_of_domain.tolist(), strict=True):
        if number:
            members[number - 1].append(domain.footprint)
    pixels = [Footprint.union(footprints).n_pixels for footprints in members]
    return np.array(pixels, dtype=float) * domains.pixel_size.area_nm2


def decided_phases(phases: Phases) -> list[str]:
    """For each crystallite its phase, "none", or "" where that is not decided."""
    names = (*phases.names, NONE)
    best = np.argmax(phases.probabilities, axis=1)
    return [
        names[at] if probability[at] >= DECIDED else ""
        for at, probability in zip(best, phases.probabilities, strict=True)
    ]


def phase_shares(phases: Phases, domains: Domains, crystallites: Crystallites) -> list[PhaseShare]:
    """Shares of the crystallites' area, by phase; candidates that are hardly there are left out.

    What makes one crystallite doubtful makes the others so, and doubt is spread over many candidates: a sum
    of probabilities takes from every phase that is there and gives to all that are not. So each crystallite
    counts as what it most probably is, and the doubt is in the interval.

    The interval lets all doubtful crystallites go the same way, for what makes one doubtful, the scale or
    two lattices alike, makes the others so; and areas are uncertain by `AREA_SIGMA` each: the
    interval is for the share among all crystals, also of those that were not found.
    """
    if not len(phases.probabilities):
        return []
    area = crystallite_areas_nm2(domains, crystallites)
    decided = decided_phases(phases)
    best = np.argmax(phases.probabilities, axis=1)
    found = []
    for at, name in enumerate((*phases.names, NONE)):
        own = phases.probabilities[:, at]
        share = float(area[best == at].sum() / area.sum())
        low, high = _interval(own, area)
        low, high = min(low, share), max(high, share)
        mine = np.array([one == name for one in decided])
        if high >= LEAST_SHARE:
            found.append(
                PhaseShare(
                    phase=name,
                    share=share,
                    low95=low,
                    high95=high,
                    decided=float(area[mine].sum() / area.sum()),
                    n_crystallites=int(mine.sum()),
                )
            )
    return sorted(found, key=lambda one: (-one.share, one.phase))


def _interval(own: FloatArray, area: FloatArray) -> tuple[float, float]:
    """95 % interval of a share: crystallites with probability above u are of the phase, u from 0 to 1."""
    whole = float(area.sum())
    order = np.argsort(own, kind="stable")
    levels = np.concatenate([[0.0], own[order], [1.0]])
    # For u between two levels: the share of all crystallites whose probability is above.
    above = np.concatenate([np.cumsum(area[order][::-1])[::-1], [0.0]]) / whole
    weights = np.diff(levels)
    cumulated = np.cumsum(weights[::-1])
    rising = above[::-1]
    low, high = (
        float(rising[min(int(np.searchsorted(cumulated, q)), len(rising) - 1)]) for q in (0.025, 0.975)
    )
    share = float(area @ own / whole)
    spread = 2 * AREA_SIGMA * float(np.sqrt(((area * (own - share)) ** 2).sum())) / whole
    return max(low - spread, 0.0), min(high + spread, 1.0)
