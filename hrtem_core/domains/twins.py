"""Stage 3, crystallites: reflections that two crystals share, as twins share the planes they meet in."""

from collections.abc import Sequence

import numpy as np

from hrtem_core.domains.domain import Domain
from hrtem_core.domains.tuning import DomainTuning
from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import Footprint, IntArray


def shared_reflections(
    domains: Sequence[Domain], crystallite_of_domain: IntArray, pairs: IntArray, tuning: DomainTuning
) -> tuple[tuple[int, int], ...]:
    """Domains of one crystallite whose planes its twins show too.

    A twin is the mirror image of a crystal on planes that both have in common. These are one domain, in which
    the twin lies; its own reflections are those of the crystal, mirrored.

    Parameters
    ----------
    domains
        n domains.
    crystallite_of_domain
        Shape (n,): from 1; 0 for a domain whose place is not known.
    pairs
        Shape (k, 2): rows of domains that share pixels.
    tuning
        How much of a twin lies in such a domain, and how near mirror images are.

    Returns
    -------
    shared
        (row of `domains`, crystallite that shares it, not its own), in that order.
    """
    meeting = crystallite_of_domain[pairs]
    apart = (meeting[:, 0] != meeting[:, 1]) & meeting.all(axis=1)
    found = []
    for owner, number in sorted({(a, b) for pair in meeting[apart].tolist() for a, b in (pair, pair[::-1])}):
        own = np.flatnonzero(crystallite_of_domain == owner).tolist()
        twin = [domains[row] for row in np.flatnonzero(crystallite_of_domain == number).tolist()]
        whole = Footprint.union([domain.footprint for domain in twin])
        for row in own:
            others = [domains[other] for other in own if other != row]
            covered = domains[row].footprint.shared(whole)
            if covered > tuning.twin_inside * whole.n_pixels and _are_mirrored(
                twin, others, domains[row].g_per_nm, tuning
            ):
                found.append((row, number))
    return tuple(sorted(found))


def _are_mirrored(
    twin: Sequence[Domain], others: Sequence[Domain], normal: Wavevector, tuning: DomainTuning
) -> bool:
    """Whether each reflection of a twin is one of others, mirrored on the planes across `normal`."""
    return all(
        any(
            distance_per_nm(_mirrored(one.g_per_nm, normal), other.g_per_nm)
            < tuning.twin_miss * float(np.hypot(*other.g_per_nm))
            for other in others
        )
        for one in twin
    )


def _mirrored(g: Wavevector, normal: Wavevector) -> Wavevector:
    along = 2 * (g[0] * normal[0] + g[1] * normal[1]) / (normal[0] ** 2 + normal[1] ** 2)
    return Wavevector(g[0] - along * normal[0], g[1] - along * normal[1])
