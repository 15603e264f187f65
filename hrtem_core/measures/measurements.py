"""Everything measured in an analysis."""

from dataclasses import dataclass

from hrtem_core.analysis import Analysis
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
    totals
        Sums over the field.
    scrutiny
        How much of the field was looked at, for what, and through how much noise.
    """

    peaks: Table
    families: Table
    domains: Table
    crystallites: Table
    totals: Totals
    scrutiny: Scrutiny


def measure(analysis: Analysis) -> Measurements:
    """Measure everything an analysis found."""
    families, domains, crystallites = analysis.families, analysis.domains, analysis.crystallites
    placement = analysis.placement
    sigma = analysis.recipe.calibration_relative_sigma
    return Measurements(
        peaks=peaks_table(analysis.peaks, families),
        families=families_table(families, domains),
        domains=domains_table(domains, families, crystallites, placement, sigma),
        crystallites=crystallites_table(domains, crystallites, placement),
        totals=totals(analysis),
        scrutiny=scrutiny(analysis),
    )
