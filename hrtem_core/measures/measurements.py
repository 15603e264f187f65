"""Everything measured in an analysis."""

from dataclasses import dataclass

from hrtem_core.analysis import Analysis
from hrtem_core.measures.phases import (
    named_families,
    phase_families_table,
    phase_reflections_table,
    phases_table,
)
from hrtem_core.measures.scrutiny import Scrutiny, scrutiny
from hrtem_core.measures.tables import Table, crystallites_table, domains_table, families_table, peaks_table
from hrtem_core.measures.totals import Totals, totals


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """Everything measured in one analysis.

    Parameters
    ----------
    peaks, families, domains, crystallites
        Tables, one row each.
    phases, phase_reflections, phase_families
        Tables of what crystallites and rings are called; no rows without candidates.
    totals
        Sums over the field.
    scrutiny
        How much of the field was looked at, for what, and through how much noise.
    """

    peaks: Table
    families: Table
    domains: Table
    crystallites: Table
    phases: Table
    phase_reflections: Table
    phase_families: Table
    totals: Totals
    scrutiny: Scrutiny


def measure(analysis: Analysis) -> Measurements:
    """Measure everything an analysis found."""
    domains, crystallites = analysis.domains, analysis.crystallites
    families = named_families(analysis)
    placement = analysis.placement
    sigma = analysis.recipe.calibration_relative_sigma
    return Measurements(
        peaks=peaks_table(analysis.peaks, families),
        families=families_table(families, domains),
        domains=domains_table(domains, families, crystallites, placement, sigma),
        crystallites=crystallites_table(domains, families, crystallites, placement),
        phases=phases_table(analysis.phases),
        phase_reflections=phase_reflections_table(analysis.phases, domains),
        phase_families=phase_families_table(analysis.phases, domains, families),
        totals=totals(analysis),
        scrutiny=scrutiny(analysis),
    )
