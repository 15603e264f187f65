"""How a crystallite would lie, were it one candidate: its distinct indexings, the most probable first."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hrtem_core.numerics import FloatArray
from hrtem_core.phases.grid import Evidence, Reading
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.reflections import Reflections

MOST_FITS = 4
LEAST_SHARE = 0.01
"""Indexings with a smaller part of a candidate's probability are not worth showing; the best always is."""


@dataclass(frozen=True, eq=False)
class NamedReading:
    """How a crystallite would lie, were it of one candidate.

    Parameters
    ----------
    hkl
        Miller indices by row of `Domains.accepted`, all in one setting; what is not explained is left out.
    zone
        Zone axis [uvw] without common factor; None with reflections in one direction only.
    zone_probability
        Of that class of zone axes, given the candidate; None with the axis.
    probability
        Of these indices, up to symmetry, given the candidate.
    """

    hkl: Mapping[int, tuple[int, int, int]]
    zone: tuple[int, int, int] | None
    zone_probability: float | None
    probability: float = 1.0


def distinct_readings(
    seen: Observed, evidence: Evidence, lattice: Reflections, scatter: int, scale: int
) -> tuple[NamedReading, ...]:
    """The indexings that no symmetry of the crystal makes the same, the most probable first.

    Parameters
    ----------
    seen
        The crystallite.
    evidence
        Its readings by one candidate.
    lattice
        Of the candidate.
    scatter, scale
        Where on the grid they are weighed.
    """
    readings = evidence.readings
    if not readings:
        return ()
    ln_p = np.array([reading.ln_probability[scatter, scale] for reading in readings])
    share = np.exp(ln_p - np.logaddexp.reduce(ln_p))
    zones = [one.zone and zone_class(lattice, one.zone) for one in readings]
    fits: dict[tuple[int, ...], list[int]] = {}
    for at in np.argsort(-ln_p, kind="stable").tolist():
        fits.setdefault(_up_to_symmetry(readings[at], lattice), []).append(at)
    found: list[NamedReading] = []
    for rows in list(fits.values())[:MOST_FITS]:
        probability = min(float(share[rows].sum()), 1.0)
        if found and probability < LEAST_SHARE:
            break
        found.append(_named(readings[rows[0]], seen, _share_of_zone(zones, rows[0], share), probability))
    return tuple(found)


def _named(reading: Reading, seen: Observed, of_zone: float | None, probability: float) -> NamedReading:
    hkl = {int(seen.domains[row]): indices for row, indices in reading.hkl.items()}
    return NamedReading(hkl, reading.zone, of_zone, probability)


def _share_of_zone(zones: list[tuple[int, ...] | None], at: int, share: FloatArray) -> float | None:
    """Probability of a reading's class of zone axes, None without an axis."""
    if zones[at] is None:
        return None
    same = [zone == zones[at] for zone in zones]
    return min(float(share[same].sum()), 1.0)


def _up_to_symmetry(reading: Reading, lattice: Reflections) -> tuple[int, ...]:
    """What all indexings have in common that rotations of the Laue class, and signs, take to each other."""
    rows = sorted(reading.hkl)
    turned = np.array([reading.hkl[row] for row in rows]) @ lattice.rotations
    positive = turned @ np.array([1_000_000, 1000, 1]) > 0
    half = np.where(positive[..., None], turned, -turned).reshape(len(turned), -1)
    return (*rows, *max(map(tuple, half.tolist())))


def zone_class(lattice: Reflections, zone: tuple[int, int, int]) -> tuple[int, ...]:
    """One member of the class of a zone axis under the rotations of the Laue class."""
    # A rotation takes coordinates of the direct lattice, and so [uvw], from the left.
    return max(tuple(one) for one in (lattice.rotations @ np.array(zone)).tolist())
