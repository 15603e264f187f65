"""Where a proposed zone axis would have reflections in an image, found ones and missing ones."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.domains import Domains
from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatArray
from hrtem_core.phases.readings import NamedReading
from hrtem_core.phases.reflections import Reflections

LEAST_VISIBLE = 0.2
"""Weaker reflections are not missed."""


@dataclass(frozen=True)
class Spot:
    """A reflection that a crystal should show.

    Parameters
    ----------
    hkl
        Its indices.
    g_per_nm
        Where it lies, one of g and -g.
    visibility
        0 to 1.
    domain_id
        Of the domain that it is, 0 where none was found.
    """

    hkl: tuple[int, int, int]
    g_per_nm: Wavevector
    visibility: float
    domain_id: int


def expected_spots(reading: NamedReading, lattice: Reflections, domains: Domains) -> list[Spot]:
    """The reflections of a reading's zone axis, placed by those that were found.

    Parameters
    ----------
    reading
        With a zone axis; without one only what was found is given.
    lattice
        Of the candidate.
    domains
        Whose accepted ones the reading names.
    """
    rows = list(reading.hkl)
    found = {
        _half(reading.hkl[row]): Spot(
            reading.hkl[row], domains.accepted[row].g_per_nm, 1.0, domains.accepted[row].domain_id
        )
        for row in rows
    }
    if reading.zone is None or len(rows) < 2:
        return list(found.values())
    hkl = np.array([reading.hkl[row] for row in rows], dtype=float)
    to_image = _to_image(hkl, np.array([domains.accepted[row].g_per_nm for row in rows]))
    half = lattice.half
    zoned = half[
        (lattice.hkl[half] @ np.array(reading.zone) == 0) & (lattice.visibilities[half] > LEAST_VISIBLE)
    ]
    spots = dict(found)
    for row in zoned:
        h, k, l = (int(index) for index in lattice.hkl[row])  # noqa: E741  (Miller indices)
        place = Wavevector(*(lattice.hkl[row] @ to_image).tolist())
        spots.setdefault(_half((h, k, l)), Spot((h, k, l), place, float(lattice.visibilities[row]), 0))
    return list(spots.values())


def _half(hkl: tuple[int, int, int]) -> tuple[int, int, int]:
    """One of hkl and -hkl."""
    return max(hkl, (-hkl[0], -hkl[1], -hkl[2]))


def _to_image(hkl: FloatArray, g_per_nm: FloatArray) -> FloatArray:
    """The linear map, shape (3, 2), from indices to the image that fits the found reflections best.

    The first two fix the orientation; of the others nobody knows which of g and -g was indexed.
    """
    first = np.linalg.pinv(hkl[:2]) @ g_per_nm[:2]
    expected = hkl @ first
    sign = np.where(np.sum(expected * g_per_nm, axis=1) < 0, -1.0, 1.0)
    return np.asarray(np.linalg.pinv(hkl) @ (sign[:, None] * g_per_nm))
