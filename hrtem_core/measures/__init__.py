"""Stage 4, measures: numbers of domains, and a pair from close by."""

from hrtem_core.measures.bragg_filter import (
    Closeup,
    amplitude_map,
    bragg_filtered,
    close_up,
    strongest_map,
    strongest_place,
)
from hrtem_core.measures.distributions import (
    Distribution,
    Weighting,
    distribution_of,
    kernel_density,
    sector_shares,
    shares,
)
from hrtem_core.measures.measurements import Measurements, measure
from hrtem_core.measures.phases import (
    PhaseShare,
    decided_phases,
    named_families,
    phase_shares,
    ranking,
)
from hrtem_core.measures.scrutiny import Scrutiny, scrutiny
from hrtem_core.measures.tables import Table
from hrtem_core.measures.totals import Totals

__all__ = [
    "Closeup",
    "Distribution",
    "Measurements",
    "PhaseShare",
    "Scrutiny",
    "Table",
    "Totals",
    "Weighting",
    "amplitude_map",
    "bragg_filtered",
    "close_up",
    "decided_phases",
    "distribution_of",
    "kernel_density",
    "measure",
    "named_families",
    "phase_shares",
    "ranking",
    "scrutiny",
    "sector_shares",
    "shares",
    "strongest_map",
    "strongest_place",
]
