"""Readings in which two reflections fix a crystal's orientation, and predict where its others lie."""

import numpy as np

from hrtem_core.numerics import FloatArray, IntArray
from hrtem_core.phases.expected import BEYOND, Expected
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

PREDICTED = 0.005
"""Relative standard deviation of lengths within which a predicted reflection is looked for."""
FAR = 40.0
"""Orientations with a larger misfit (as chi²) are not followed."""
LEAST_ANGLE_DEG = 9.0
"""Reflections of the lattice closer in direction fix no orientation."""


def in_plane(
    seen: Observed,
    lattice: Reflections,
    expected: Expected,
    grid: Grid,
    widths: Widths,
    pair: tuple[int, int],
    tuning: PhaseTuning,
    keep: int,
) -> Evidence | None:
    """Readings in which two reflections fix the orientation, and the others are of that plane or stray."""
    fits = _orientations(seen, lattice, grid, widths, pair, tuning)
    if fits is None:
        return None
    first, second, ln_prior, off_first, off_second, off_angle = fits
    i, j = pair
    g_first, g_second = lattice.g_per_nm[first], lattice.g_per_nm[second]
    normal = np.cross(g_first, g_second)
    area = np.linalg.norm(normal, axis=1)
    half = expected.half
    height = (normal / area[:, None]) @ lattice.g_per_nm[half].T
    ends = grid.band_end_per_nm * BEYOND * np.exp(-(off_first + off_second) / 2)
    rate = tuning.detection * lattice.visibilities[half] * np.exp(-((height / tuning.slab_per_nm) ** 2))
    rate = np.where(lattice.g_lengths_per_nm[half] < ends[:, None], rate, 0.0)
    angle = _angle_widths(widths, pair, grid)
    ln_p = (
        (ln_prior - rate.sum(axis=1))
        + ln_density(off_angle / angle[:, None], tuning)
        - np.log(widths.ln_d[:, i] * widths.ln_d[:, j] * angle)[:, None]
        - 3 * LN_SQRT_2PI
    )
    explained: dict[int, IntArray] = {i: first, j: second}
    for k in range(len(seen)):
        if k not in pair:
            ln_k, width = float(np.log(seen.lengths_per_nm[k])), tuning.loose_d if grid.loose else PREDICTED
            near = near_length(np.log(lattice.g_lengths_per_nm[half]), ln_k, grid, width)
            place = _expected_places(lattice, half[near], (g_first, g_second), seen.g_per_nm[[i, j]])
            ln_rate, best = _predicted(place, seen, k, rate[:, near], widths, grid, tuning)
            ln_p = ln_p + np.logaddexp(ln_rate, ln_stray(tuning))
            if keep and near.any():
                explained[k] = np.where(ln_rate[0] > ln_stray(tuning), half[near][best], -1)
    scales = grid.ln_scale
    ln_full = (
        ln_p[:, :, None]
        + ln_density((off_first[:, None] - scales) / widths.ln_d[:, i][:, None, None], tuning)
        + ln_density((off_second[:, None] - scales) / widths.ln_d[:, j][:, None, None], tuning)
    )
    best_rows = np.argsort(-ln_full.max(axis=(0, 2)), kind="stable")[:keep]
    readings = tuple(
        Reading(
            ln_full[:, row],
            {k: indices_of(lattice.hkl[which[row]]) for k, which in explained.items() if which[row] >= 0},
            _zone(lattice.hkl[first[row]], lattice.hkl[second[row]]),
        )
        for row in best_rows
    )
    return Evidence(np.logaddexp.reduce(ln_full, axis=1), readings)


def _zone(one: IntArray, other: IntArray) -> tuple[int, int, int]:
    zone = np.cross(one, other)
    return indices_of(zone // max(int(np.gcd.reduce(zone)), 1))


def _angle_widths(widths: Widths, pair: tuple[int, int], grid: Grid) -> FloatArray:
    """Standard deviation of the angle between two reflections, shape (f,)."""
    if grid.loose:
        return widths.angle
    counting = np.hypot(*widths.counting[list(pair)])  # across g as along it
    return np.asarray(np.hypot(widths.angle, counting))


def _orientations(
    seen: Observed,
    lattice: Reflections,
    grid: Grid,
    widths: Widths,
    pair: tuple[int, int],
    tuning: PhaseTuning,
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray] | None:
    """Pairs of the lattice that two measured reflections could be, the most probable ones.

    Returns
    -------
    first, second
        Rows of the two reflections; the first is the form's own member, the second any.
    ln_prior
        ln of the rate at which a crystal in any orientation shows both.
    off_first, off_second, off_angle
        Misfits of ln |g| and of the angle between them.
    """
    i, j = pair
    g, lengths = seen.g_per_nm, seen.lengths_per_nm
    angle = float(np.arccos(np.clip(g[i] @ g[j] / (lengths[i] * lengths[j]), -1, 1)))
    ln_g = np.log(lattice.g_lengths_per_nm)
    ln_i, ln_j = float(np.log(lengths[i])), float(np.log(lengths[j]))
    forms = np.flatnonzero(near_length(ln_g[lattice.forms], ln_i, grid, widths.ln_d[0, i]))
    others = np.flatnonzero(near_length(ln_g, ln_j, grid, widths.ln_d[0, j]))
    if not len(forms) or not len(others):
        return None
    own = lattice.forms[forms]
    cosine = lattice.g_per_nm[own] @ lattice.g_per_nm[others].T
    cosine /= lattice.g_lengths_per_nm[own][:, None] * lattice.g_lengths_per_nm[others]
    between = np.arccos(np.clip(cosine, -1, 1))
    width = float(_angle_widths(widths, pair, grid)[0])
    least = np.sin(np.radians(LEAST_ANGLE_DEG))
    near = np.abs(between - angle) < (3 if grid.loose else 9) * width
    row, column = np.nonzero(near & (np.sin(between) > least))
    if not len(row):
        return None
    first, second = own[row], others[column]
    off_first, off_second = ln_i - ln_g[first], ln_j - ln_g[second]
    off_angle = between[row, column] - angle
    area = lattice.g_lengths_per_nm[first] * lattice.g_lengths_per_nm[second] * np.sin(between[row, column])
    seen_both = tuning.detection**2 * lattice.visibilities[first] * lattice.visibilities[second]
    slab = (2 * tuning.slab_per_nm * SLAB_INTEGRAL) ** 2 / (4 * np.pi * area)
    ln_prior = np.log(lattice.multiplicities[forms[row]] * slab * seen_both / (2 * np.pi))
    misfit = _misfit(off_first, off_second, off_angle, widths, pair, width, grid, tuning)
    best = np.argsort(-(ln_prior - 0.5 * misfit), kind="stable")[: grid.most_hypotheses]
    best = best[misfit[best] < FAR]
    if not len(best):
        return None
    return first[best], second[best], ln_prior[best], off_first[best], off_second[best], off_angle[best]


def _misfit(
    off_first: FloatArray,
    off_second: FloatArray,
    off_angle: FloatArray,
    widths: Widths,
    pair: tuple[int, int],
    angle_width: float,
    grid: Grid,
    tuning: PhaseTuning,
) -> FloatArray:
    """-2 ln density of a pair's misfits at the scale that suits it best, for the least scatter."""
    one, other = widths.ln_d[0, pair[0]], widths.ln_d[0, pair[1]]
    weight, weight_other = one**-2, other**-2
    scale = (off_first * weight + off_second * weight_other) / (weight + weight_other)
    scale = np.clip(scale, grid.ln_scales[0], grid.ln_scales[-1])
    return -2 * (
        ln_density((off_first - scale) / one, tuning)
        + ln_density((off_second - scale) / other, tuning)
        + ln_density(off_angle / angle_width, tuning)
    )


def _expected_places(
    lattice: Reflections, half: IntArray, basis: tuple[FloatArray, FloatArray], measured: FloatArray
) -> FloatArray:
    """Where each orientation's reflections lie in the image by the two measured, shape (q, m, 2)."""
    a, b = basis
    aa, bb, ab = (a * a).sum(axis=1), (b * b).sum(axis=1), (a * b).sum(axis=1)
    along_a, along_b = a @ lattice.g_per_nm[half].T, b @ lattice.g_per_nm[half].T
    determinant = (aa * bb - ab**2)[:, None]
    share_a = (along_a * bb[:, None] - along_b * ab[:, None]) / determinant
    share_b = (along_b * aa[:, None] - along_a * ab[:, None]) / determinant
    return np.asarray(share_a[..., None] * measured[0] + share_b[..., None] * measured[1])


def _predicted(
    place: FloatArray,
    seen: Observed,
    k: int,
    rate: FloatArray,
    widths: Widths,
    grid: Grid,
    tuning: PhaseTuning,
) -> tuple[FloatArray, IntArray]:
    """ln rate density of a further reflection, shape (f, q), and which it is, shape (q,)."""
    if not place.shape[1]:
        return np.full((len(grid.scatters), len(place)), -np.inf), np.zeros(len(place), dtype=int)
    g, length = seen.g_per_nm[k], seen.lengths_per_nm[k]
    off_plus, off_minus = place - g, place + g
    near = (
        np.minimum(np.hypot(*np.moveaxis(off_plus, 2, 0)), np.hypot(*np.moveaxis(off_minus, 2, 0))) / length
    )
    # The two reflections that fix the orientation also fix where this one lies, even in a cell of any size.
    systematic = np.hypot(grid.scatter * tuning.relative_scatter, widths.counting[k])
    width = 1.5 * np.maximum(systematic, grid.scatter * np.radians(tuning.angle_scatter_deg))
    z = near / width[:, None, None]
    core = np.log(1 - tuning.tail_share) - 0.5 * z**2
    tail = np.log(tuning.tail_share / tuning.tail_stretch**2) - 0.5 * (z / tuning.tail_stretch) ** 2
    ln_rate = np.log(rate + 1e-12) + np.logaddexp(core, tail) - np.log(2 * np.pi * width**2)[:, None, None]
    return np.logaddexp.reduce(ln_rate, axis=2), np.argmax(ln_rate[0], axis=1)
