"""Readings in which one reflection and its orders are of the lattice, all others another crystal's."""

import numpy as np

from hrtem_core.numerics import FloatArray, IntArray
from hrtem_core.phases.expected import Expected
from hrtem_core.phases.grid import (
    LN_SQRT_2PI,
    SLAB_INTEGRAL,
    Evidence,
    Grid,
    Reading,
    Widths,
    indices_of,
    ln_density,
    ln_stray,
    near_length,
)
from hrtem_core.phases.observed import Observed
from hrtem_core.phases.reflections import Reflections
from hrtem_core.phases.tuning import PhaseTuning


def in_line(
    seen: Observed,
    lattice: Reflections,
    expected: Expected,
    grid: Grid,
    widths: Widths,
    anchor: int,
    tuning: PhaseTuning,
    keep: int,
) -> Evidence | None:
    """Readings of one reflection and its orders; all others stray."""
    lengths = seen.lengths_per_nm
    g = lattice.g_lengths_per_nm[lattice.forms]
    near = np.flatnonzero(
        near_length(np.log(g), float(np.log(lengths[anchor])), grid, widths.ln_d[0, anchor])
    )
    if not len(near):
        return None
    form = lattice.forms[near]
    visible = tuning.detection * lattice.visibilities[form]
    rate = 2 * tuning.slab_per_nm * SLAB_INTEGRAL / (2 * g[near])
    ln_form = np.log(lattice.multiplicities[near] * rate * visible / (2 * np.pi)) - visible - LN_SQRT_2PI
    off = np.log(lengths[anchor]) - np.log(g[near])
    width = widths.ln_d[:, anchor][:, None, None]
    ln_form = ln_form[:, None] + np.log(expected.alone[near])
    ln_p = ln_form + ln_density((off[:, None] - grid.ln_scale) / width, tuning) - np.log(width)
    orders = {}
    for other in range(len(seen)):
        if other != anchor:
            gain, order = _orders(seen, lattice, form, widths, (anchor, other), tuning)
            ln_p = ln_p + gain[:, :, None]
            orders[other] = order
    best = np.argsort(-ln_p.max(axis=(0, 2)), kind="stable")[:keep]
    readings = tuple(
        Reading(ln_p[:, row], _line(lattice.hkl[form[row]], anchor, int(row), orders), None) for row in best
    )
    return Evidence(np.logaddexp.reduce(ln_p, axis=1), readings)


def _line(
    hkl: IntArray, anchor: int, row: int, orders: dict[int, IntArray]
) -> dict[int, tuple[int, int, int]]:
    """Indices of the anchor and of those others that are orders of its line."""
    primitive = hkl // np.gcd.reduce(hkl)
    others = {other: order[row] for other, order in orders.items() if order[row]}
    return {anchor: indices_of(hkl)} | {o: indices_of(primitive * order) for o, order in others.items()}


def _orders(
    seen: Observed,
    lattice: Reflections,
    form: IntArray,
    widths: Widths,
    which: tuple[int, int],
    tuning: PhaseTuning,
) -> tuple[FloatArray, IntArray]:
    """ln density of a further reflection, (f, forms): an order of the anchor or a stray; and which order."""
    anchor, other = which
    lengths, g = seen.lengths_per_nm, seen.g_per_nm
    apart = abs(g[anchor, 0] * g[other, 1] - g[anchor, 1] * g[other, 0]) / (lengths[anchor] * lengths[other])
    ratio = lengths[other] / lengths[anchor]
    first = np.gcd.reduce(lattice.hkl[form], axis=1)
    order = np.round(first * ratio).astype(int)
    exact = np.maximum(order, 1) / first
    width = np.hypot(widths.ln_d[:, anchor], widths.ln_d[:, other])[:, None]
    angle = widths.angle[:, None]
    fit = (
        ln_density(np.log(ratio / exact) / width, tuning)
        + ln_density(np.full((1, 1), np.arcsin(min(apart, 1.0))) / angle, tuning)
        - np.log(2 * np.pi * width * angle)
        + np.log(0.3 * tuning.detection)  # higher orders are weak
    )
    possible = (order >= 1) & (order != first)
    fit = np.where(possible, fit, -np.inf)
    stray = ln_stray(tuning)
    return np.logaddexp(fit, stray), np.where(possible & (fit[0] > stray), order, 0)
