"""Stage 4, measures: numbers of domains."""

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
    "Distribution",
    "Measurements",
    "PhaseShare",
    "Scrutiny",
    "Table",
    "Totals",
    "Weighting",
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
]
