"""Stage: which of the candidates each crystallite is, or none of them."""

import math

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.domains import Crystallites, Domains
from hrtem_core.image import Placement
from hrtem_core.phases.naming import Phases, Said, name_crystallites
from hrtem_core.phases.observed import observed_crystallites, observed_unplaced
from hrtem_core.phases.parameters import PhaseParameters, Verdict, chosen_structures
from hrtem_core.phases.tuning import PHASE_TUNING, PhaseTuning


def suggest_phases(
    domains: Domains,
    crystallites: Crystallites,
    placement: Placement,
    parameters: PhaseParameters,
    calibration_relative_sigma: float = 0.0,
    *,
    tuning: PhaseTuning = PHASE_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Phases:
    """Give every crystallite its candidates with their probabilities.

    Domains of which nobody knows where their crystal lies are named, too, each by itself: their fringes tell
    as much of the image's scale and phases as any.

    Parameters
    ----------
    domains, crystallites
        The accepted domains, and which of them are one crystal.
    placement
        Where the field lies in the micrograph, in whose frame verdicts are kept.
    parameters
        Candidates and verdicts.
    calibration_relative_sigma
        Relative standard uncertainty of the pixel size; 0 where nobody has said it.
    tuning
        As the method is described.
    checkpoint
        Called for each crystallite.

    Returns
    -------
    phases
        Without candidates nothing is named, and there are no rows.
    """
    candidates = chosen_structures(parameters)
    if not candidates:
        return Phases()
    placed = observed_crystallites(domains, crystallites, tuning)
    phases = name_crystallites(
        (*placed, *observed_unplaced(domains, crystallites, tuning)),
        candidates,
        prior_scale_sigma=prior_scale_sigma(parameters, calibration_relative_sigma),
        said=_said(domains, crystallites, placement, parameters, [one.name for one in candidates]),
        tuning=tuning,
        checkpoint=checkpoint,
    )
    return phases.set_apart(len(placed))


def prior_scale_sigma(parameters: PhaseParameters, calibration_relative_sigma: float) -> float:
    """Relative standard uncertainty of lengths before phases are named: the calibration's if it has one."""
    given = calibration_relative_sigma or parameters.scale_sigma
    return min(max(given, 0.0005), 0.03)


def crystallite_at(
    domains: Domains, crystallites: Crystallites, placement: Placement, row_nm: float, col_nm: float
) -> int:
    """Number of the crystallite at a place of the micrograph, of the smallest domain there; 0 for none."""
    row_px, col_px = (
        (position / size + 0.5 - origin) / placement.bin_factor
        for position, size, origin in zip(
            (row_nm, col_nm), placement.pixel_size.sizes_nm, placement.origin_px, strict=True
        )
    )
    at = domain_rows_at(domains, row_px, col_px)
    numbers = [int(crystallites.crystallite_of_domain[row]) for row in at]
    return next((number for number in numbers if number), 0)


def domain_rows_at(domains: Domains, row_px: float, col_px: float) -> list[int]:
    """Rows of the accepted domains at a place in pixels of the prepared image, smallest first."""
    import numpy as np

    at = np.array([math.floor(row_px)]), np.array([math.floor(col_px)])
    here = [row for row, one in enumerate(domains.accepted) if one.footprint.holds(*at)[0]]
    return sorted(here, key=lambda row: domains.accepted[row].footprint.n_pixels)


def _said(
    domains: Domains,
    crystallites: Crystallites,
    placement: Placement,
    parameters: PhaseParameters,
    names: list[str],
) -> tuple[Said, ...]:
    """The verdicts that mean a crystallite and a candidate of this image."""
    found = []
    for verdict in parameters.verdicts:
        number = crystallite_at(domains, crystallites, placement, verdict.row_nm, verdict.col_nm)
        if number and verdict.phase in names:
            found.append(Said(number - 1, names.index(verdict.phase), verdict.is_it))
    return tuple(found)


def verdict_on(
    domains: Domains, crystallites: Crystallites, placement: Placement, number: int, phase: str, is_it: bool
) -> Verdict:
    """A verdict on a crystallite, by a place inside its smallest domain."""
    from hrtem_core.domains import innermost

    own = [
        domain
        for domain, mine in zip(domains.accepted, crystallites.crystallite_of_domain.tolist(), strict=True)
        if mine == number
    ]
    smallest = min(own, key=lambda domain: domain.footprint.n_pixels)
    inside = [a + b for a, b in zip(smallest.footprint.corner, innermost(smallest), strict=True)]
    row_nm, col_nm = placement.position_nm(inside).tolist()
    return Verdict(row_nm, col_nm, phase, is_it)
