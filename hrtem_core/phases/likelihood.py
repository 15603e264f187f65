"""How probable a crystallite's reflections are, were it one structure: a Poisson process over orientations.

A crystal whose orientation nobody knows shows reflection h with the rate
detection x visibility(h) x exp(-(g_z / slab)²), g_z the distance of h from the Ewald plane; reflections of
other crystals stray in at a small rate. The probability of what was found, integrated over all
orientations, is concentrated where two found reflections are two of the lattice: those orientations are
listed and summed. That expected reflections are missing costs exp(-their rates).
"""

import numpy as np

from hrtem_core.phases.expected import expected_of
from hrtem_core.phases.grid import Evidence, Grid, Reading, Widths, ln_stray
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.one_direction import in_line
from hrtem_core.phases.reflections import Reflections
from hrtem_core.phases.tuning import PhaseTuning
from hrtem_core.phases.two_directions import in_plane

MOST_PAIRS = 3
"""Pairs of found reflections that are tried as the two that fix the orientation."""
BEST_READINGS = 4


def evidence(
    seen: Observed, lattice: Reflections, grid: Grid, tuning: PhaseTuning, *, readings: bool = True
) -> Evidence:
    """How probable the reflections are, if they were of this structure.

    Parameters
    ----------
    seen
        The crystallite.
    lattice
        The structure's reflections.
    grid
        Where to work it out.
    tuning
        Rates, widths, tails.
    readings
        Whether to name the best indexings, too.
    """
    keep = BEST_READINGS if readings else 0
    widths = Widths.of(seen, grid, tuning)
    expected = expected_of(lattice, grid, tuning)
    shape = len(grid.scatters), len(grid.ln_scales)
    nothing = np.full(shape, len(seen) * ln_stray(tuning) - tuning.none_explained)
    found = [nothing]
    named: list[Reading] = []
    pairs = seen.pairs[:MOST_PAIRS]
    anchors = range(len(seen)) if pairs else [int(np.argmin(seen.lengths_per_nm))]
    if not (pairs and grid.loose):
        singles = [in_line(seen, lattice, expected, grid, widths, anchor, tuning, keep) for anchor in anchors]
        lines = [single for single in singles if single is not None]
        if lines:
            found.append(np.logaddexp.reduce([line.ln_probability for line in lines]) - expected.ln_found)
            named += [reading for line in lines for reading in line.readings]
    planes = [in_plane(seen, lattice, expected, grid, widths, pair, tuning, keep) for pair in pairs]
    fitting = [plane for plane in planes if plane is not None]
    if fitting:
        total = np.logaddexp.reduce([plane.ln_probability for plane in fitting])
        found.append(total - np.log(len(pairs)) - expected.ln_found)
        named += [reading for plane in fitting for reading in plane.readings]
    return Evidence(np.logaddexp.reduce(found), tuple(named))
