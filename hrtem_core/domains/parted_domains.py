"""Stage 3, domains: planes that go on from one crystal into the next are two domains, one of each crystal.

Neighbours often have a reflection in common, at least within its spot: on both sides of a twin boundary, or
one of few degrees, or by chance. Its fringes are one region over both, which coincides with neither of them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hrtem_core.domains.clustering import numbered
from hrtem_core.domains.crystallites import CrystalliteParameters, grouped
from hrtem_core.domains.domain import Domain, DomainParameters, Domains
from hrtem_core.domains.one_lattice import on_lattice, shortest_pair, wavevectors
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.image import Placement, scaled_lengths
from hrtem_core.numerics import (
    BoolImage,
    FloatImage,
    Footprint,
    IntArray,
    depth_inside,
    distance_to,
    pieces_of,
)
from hrtem_core.spectrum import Spectrum


def cut_where_crystals_meet(
    spectrum: Spectrum,
    domains: Domains,
    placement: Placement,
    parameters: DomainParameters,
    *,
    tuning: DomainTuning = DOMAIN_TUNING,
) -> Domains:
    """The same domains, but for those over several crystals whose reflection they are: one for each crystal.

    What a person took out is cut, too, so that what is left does not change; then the marks are heard again.

    Parameters
    ----------
    spectrum
        Gives the scale of lengths.
    domains
        Where crystals are.
    placement
        Where the prepared image lies in the micrograph, for the person's marks.
    parameters
        Least area of a domain, and the domains that a person rejected.
    tuning
        How well crystals cover such a domain.
    """
    tuning = scaled_lengths(tuning, spectrum.length_scale)
    parameters = parameters.for_lengths(spectrum.length_scale)
    everything = (*domains.accepted, *domains.rejected)
    least_px = parameters.min_area_nm2 / domains.pixel_size.area_nm2
    parts = _common(everything, tuning)
    if not parts:
        return domains
    found = [
        part
        for row, domain in enumerate(everything)
        for part in (_cut(domain, parts[row], least_px, tuning) if row in parts else (domain,))
    ]
    return numbered(domains, found, placement, parameters.rejected, tuning=tuning)


def _common(domains: Sequence[Domain], tuning: DomainTuning) -> dict[int, tuple[Footprint, ...]]:
    """The rows of domains that are of several crystals, and where each of these lies by its other domains."""
    numbers, pairs = grouped(domains, CrystalliteParameters(), tuning)
    meeting: dict[int, set[int]] = {}
    for one, other in [*pairs.tolist(), *pairs[:, ::-1].tolist()]:
        meeting.setdefault(one, set()).add(int(numbers[other]))
    found = {}
    for row, near in sorted(meeting.items()):
        if near == {numbers[row]}:
            continue
        place = domains[row].footprint
        rests = [np.setdiff1d(np.flatnonzero(numbers == number), [row]) for number in sorted(near)]
        hosts = [
            Footprint.union([domains[other].footprint for other in rest.tolist()])
            for rest in rests
            if _is_of(domains, row, rest, tuning)
        ]
        apart = _apart(place, hosts, tuning)
        if len(apart) > 1 and place.covered(apart) >= tuning.min_inside * place.n_pixels:
            found[row] = apart
    return found


def _is_of(domains: Sequence[Domain], row: int, crystal: IntArray, tuning: DomainTuning) -> bool:
    """Whether a domain is a reflection of the lattice of some others."""
    basis = shortest_pair(wavevectors(domains, crystal), tuning) if len(crystal) > 1 else None
    if basis is None:
        return False
    g = wavevectors(domains, np.array([row]))
    return bool(on_lattice(g, basis, tuning, near_per_nm=tuning.same_g_per_nm).all())


def _apart(place: Footprint, hosts: Sequence[Footprint], tuning: DomainTuning) -> tuple[Footprint, ...]:
    """Of some crystals those that lie in a place, are a part of it, and not that of a larger one of them."""
    parts = sorted(((place.shared(host), -number) for number, host in enumerate(hosts)), reverse=True)
    found: list[Footprint] = []
    for n_pixels, number in parts:
        host = hosts[-number]
        doubled = max((host.shared(other) for other in found), default=0)
        least = max(tuning.min_part * place.n_pixels, tuning.min_shown * host.n_pixels)
        if n_pixels > least and doubled < tuning.max_doubled * host.n_pixels:
            found.append(host)
    return tuple(found)


def _cut(domain: Domain, hosts: Sequence[Footprint], least_px: float, tuning: DomainTuning) -> list[Domain]:
    """A domain's parts, each nearest to another crystal; the domain where all are too small for one.

    What is cut off from the rest of its crystal by a corner of another one is no part.
    """
    footprint = domain.footprint
    nearest = np.argmin([_distance(footprint, host) for host in hosts], axis=0)
    parts = []
    for number in range(len(hosts)):
        pieces = pieces_of(footprint.mask & (nearest == number), least_px)
        least = tuning.min_part * max((np.count_nonzero(mask) for _, mask in pieces), default=0)
        parts += [footprint.part(*piece) for piece in pieces if np.count_nonzero(piece[1]) >= least]
    return [replace(domain, footprint=part) for part in parts] or [domain]


def _distance(footprint: Footprint, host: Footprint) -> FloatImage:
    """From the outline of a crystal, negative inside, shape of the footprint's mask."""
    together = Footprint.union([footprint, host])
    inside: BoolImage = np.zeros(together.mask.shape, dtype=bool)
    row, col = host.row0 - together.row0, host.col0 - together.col0
    inside[row : row + host.mask.shape[0], col : col + host.mask.shape[1]] = host.mask
    signed = distance_to(inside) - depth_inside(inside)
    row, col = footprint.row0 - together.row0, footprint.col0 - together.col0
    rows, cols = footprint.mask.shape
    return np.asarray(signed[row : row + rows, col : col + cols])
