"""What a crystallite shows: wavevectors and how well they are known."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hrtem_core.domains import Crystallites, Domains
from hrtem_core.numerics import FloatArray, IntArray
from hrtem_core.phases.tuning import PhaseTuning

SAME_DIRECTION_DEG = 12.0
"""Reflections closer in direction span no plane of the lattice well enough."""


@dataclass(frozen=True, eq=False)
class Observed:
    """The domains of one crystallite as reflections.

    Parameters
    ----------
    domains
        Shape (n,): rows of `Domains.accepted`, the strongest first.
    g_per_nm
        Shape (n, 2): (row, column).
    d_relative_sigma
        Shape (n,): relative standard uncertainty of |g|, without that of the scale.
    snr
        Shape (n,): median fringe amplitude in units of the local noise.
    """

    domains: IntArray
    g_per_nm: FloatArray
    d_relative_sigma: FloatArray
    snr: FloatArray

    def __len__(self) -> int:
        return len(self.domains)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Observed) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    @cached_property
    def _content(self) -> bytes:
        """What evidence follows from; which domains they are does not matter."""
        return self.g_per_nm.tobytes() + self.d_relative_sigma.tobytes() + self.snr.tobytes()

    @property
    def lengths_per_nm(self) -> FloatArray:
        """|g|, shape (n,)."""
        return np.asarray(np.hypot(self.g_per_nm[:, 0], self.g_per_nm[:, 1]))

    def ln_odds_false(self, tuning: PhaseTuning) -> float:
        """ln of the odds that this is no crystal: of a weak domain that stands alone, else next to none."""
        if len(self) > 1:
            return -50.0
        odds = np.exp(-(self.snr[0] - tuning.false_at_snr) / tuning.false_fall)
        return float(np.log(np.clip(odds, tuning.false_least, 20.0)))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Pairs of reflections in different directions, those of the smallest cells first."""
        g, length = self.g_per_nm, self.lengths_per_nm
        least = np.sin(np.radians(SAME_DIRECTION_DEG))
        found = []
        for i in range(len(g)):
            for j in range(i + 1, len(g)):
                area = abs(g[i, 0] * g[j, 1] - g[i, 1] * g[j, 0])
                if area > least * length[i] * length[j]:
                    found.append((float(area), i, j))
        return [(i, j) for _, i, j in sorted(found)]


def observed_crystallites(
    domains: Domains, crystallites: Crystallites, tuning: PhaseTuning
) -> tuple[Observed, ...]:
    """What each crystallite shows, in the order of their numbers."""
    numbers = range(1, crystallites.n_crystallites + 1)
    members = (np.flatnonzero(crystallites.crystallite_of_domain == number) for number in numbers)
    return tuple(_observed(domains, rows, tuning) for rows in members)


def observed_unplaced(
    domains: Domains, crystallites: Crystallites, tuning: PhaseTuning
) -> tuple[Observed, ...]:
    """What each domain shows of which nobody knows where its crystal lies: each is taken alone."""
    rows = np.flatnonzero(crystallites.crystallite_of_domain == 0)
    return tuple(_observed(domains, rows[at : at + 1], tuning) for at in range(len(rows)))


def _observed(domains: Domains, rows: IntArray, tuning: PhaseTuning) -> Observed:
    """Some domains as reflections of one crystal, the strongest first."""
    snr = np.array([domains.accepted[row].snr for row in rows])
    strongest = np.argsort(-snr, kind="stable")[: tuning.most_reflections]
    rows, snr = rows[strongest], snr[strongest]
    g = np.array([domains.accepted[row].g_per_nm for row in rows])
    sigma = np.array([domains.accepted[row].g_sigma_per_nm for row in rows])
    return Observed(rows, g, sigma / np.hypot(g[:, 0], g[:, 1]), snr)
