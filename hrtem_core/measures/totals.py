"""What the whole field amounts to."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.analysis import Analysis


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What the whole field amounts to.

    Parameters
    ----------
    crystalline_area_nm2
        Area of the union of all domains: where they overlap, it counts once.
    crystalline_fraction
        The part of the usable area (excluded and empty areas left out) that domains cover, 0 to 1.
    usable_area_nm2
        Area of the field that was looked at.
    n_peaks
        Accepted Friedel pairs.
    n_families, n_domains, n_crystallites
        How many there are; domains whose place is not known do not count.
    """

    crystalline_area_nm2: float
    crystalline_fraction: float
    usable_area_nm2: float
    n_peaks: int
    n_families: int
    n_domains: int
    n_crystallites: int


def totals(analysis: Analysis) -> Totals:
    """Number and area of everything found."""
    domains, usable = analysis.domains, analysis.prepared.usable
    covered = np.zeros(domains.shape, dtype=bool)
    for domain in domains.certain:
        covered[domain.footprint.window] |= domain.footprint.mask
    pixel_nm2 = domains.pixel_size.area_nm2
    n_usable = int(np.count_nonzero(usable))
    return Totals(
        crystalline_area_nm2=int(np.count_nonzero(covered)) * pixel_nm2,
        crystalline_fraction=int(np.count_nonzero(covered & usable)) / max(n_usable, 1),
        usable_area_nm2=n_usable * pixel_nm2,
        n_peaks=int(np.count_nonzero(analysis.peaks.accepted)),
        n_families=len(analysis.families.family_id),
        n_domains=len(domains.certain),
        n_crystallites=analysis.crystallites.n_crystallites,
    )
