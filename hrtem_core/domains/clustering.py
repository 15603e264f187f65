"""Stage 3, domains: the outlines of accepted pairs become domains, numbered, a person's word heard."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hrtem_core.domains.domain import Domain, DomainMark, DomainParameters, Domains
from hrtem_core.domains.marks import is_rejected
from hrtem_core.domains.outlines import Outlines
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.fringes import FringeMaps
from hrtem_core.image import Placement, scaled_lengths
from hrtem_core.peaks import Peaks
from hrtem_core.spectrum import Spectrum


def find_domains(
    spectrum: Spectrum,
    fringes: FringeMaps,
    outlines: Outlines,
    peaks: Peaks,
    placement: Placement,
    parameters: DomainParameters,
    *,
    tuning: DomainTuning = DOMAIN_TUNING,
) -> Domains:
    """The domains of all accepted pairs.

    Parameters
    ----------
    spectrum
        Gives the working grid.
    fringes
        The fringe maps; those of pairs that are not accepted stay explained but yield no domain.
    outlines
        The pieces of each map.
    peaks
        Which pairs are accepted, and their maps.
    placement
        Where the prepared image lies in the micrograph, for the person's marks.
    parameters
        The domains that a person rejected.
    tuning
        How far a person's mark reaches.
    """
    tuning = scaled_lengths(tuning, spectrum.length_scale)
    found = [
        one
        for pair in np.flatnonzero(peaks.accepted)
        for one in _of_pair(int(pair), peaks, fringes, outlines)
    ]
    refused = np.flatnonzero([word == "rejected" for word in peaks.by_hand])
    aside = [one for pair in refused for one in _of_pair(int(pair), peaks, fringes, outlines)]
    grid = spectrum.grid
    none = Domains(
        shape=grid.field_shape, pixel_size=grid.field_pixel_size, accepted=(), set_aside=tuple(aside)
    )
    return numbered(none, found, placement, parameters.rejected, tuning=tuning)


def _of_pair(pair: int, peaks: Peaks, fringes: FringeMaps, outlines: Outlines) -> Iterator[Domain]:
    """The domains of a pair, not yet numbered."""
    for index in peaks.maps[pair]:
        map_ = fringes.maps[index]
        for footprint, snr in outlines.of_map[index]:
            yield Domain(
                domain_id=0,
                peak=pair,
                g_per_nm=map_.g_per_nm,
                g_sigma_per_nm=map_.g_sigma_per_nm,
                snr=snr,
                footprint=footprint,
            )


def numbered(
    domains: Domains,
    found: list[Domain],
    placement: Placement,
    marks: tuple[DomainMark, ...],
    *,
    tuning: DomainTuning = DOMAIN_TUNING,
) -> Domains:
    """Domains numbered from 1, those that a person rejected last."""
    refused = [is_rejected(domain, placement, marks, tuning=tuning) for domain in found]
    kept = [domain for domain, out in zip(found, refused, strict=True) if not out]
    out = [domain for domain, out in zip(found, refused, strict=True) if out]
    renumbered = [replace(domain, domain_id=i) for i, domain in enumerate([*kept, *out], start=1)]
    return replace(domains, accepted=tuple(renumbered[: len(kept)]), rejected=tuple(renumbered[len(kept) :]))
