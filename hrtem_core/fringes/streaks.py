"""Stage 3, inverse FFT: streaks of the spectrum, which edges and their Fresnel fringes leave, and spots.

Fresnel fringes follow a specimen's edge and narrow with their distance from it: in the spectrum they are a
streak at right angles to the edge, modulated by the lens. Each of its maxima looks like a lattice; but beside
the spot of a lattice, along g, there is nothing, or another lattice's spot by chance.
"""

import numpy as np

from hrtem_core.fringes.edges import extents_nm, tapered
from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, largest_disc

BINS_PER_SPOT = 6
"""How finely energy is counted along g, in bins per width of another lattice's spot."""


def is_streak(
    image: FloatImage,
    footprint: Footprint,
    g_per_nm: Wavevector,
    pixel_nm: tuple[float, float],
    noise_power: float,
    *,
    tuning: FringeTuning = FRINGE_TUNING,
) -> bool:
    """Whether the fringes at g inside a footprint are part of a streak along g, or of no spot at all.

    Strategy (docs/method.md, section 8): the energy above noise of the footprint's own spectrum is added up
    in three places, the spot, beside it along g, and beside it across g. A streak has much along g and little
    across, and not in one place, as the spot of another lattice would.

    Parameters
    ----------
    image
        Shape (rows, columns): the whitened image without the fringes that were explained before.
    footprint
        Where the fringes are.
    g_per_nm
        (row, column) in 1/nm.
    pixel_nm
        (row, column) pixel size in nm.
    noise_power
        At g, in units of the field's.
    tuning
        How wide a spot is, and how much beside it makes a streak.
    """
    around, taper = tapered(image, footprint, pixel_nm, tuning)
    direction = np.array(g_per_nm) / np.hypot(*g_per_nm)
    width, length = extents_nm(footprint, g_per_nm, pixel_nm)
    spot_along, spot_across = (tuning.spot_widths / extent + tuning.spot_per_nm for extent in (width, length))
    is_line = length > tuning.line * width
    if is_line:
        spot_along = min(spot_along, tuning.line_spot_per_nm)
    g_length = float(np.hypot(*g_per_nm))
    reach = min(tuning.streak_reach * g_length, tuning.streak_reach_per_nm)
    shape = (around.mask.shape[0], around.mask.shape[1])
    band = NarrowBand(shape, pixel_nm, reach + max(spot_along, spot_across))
    power = np.abs(band.transform(around.block * taper, g_per_nm)) ** 2
    excess = power / (float((taper**2).sum()) * noise_power) - 1
    row_offset, col_offset = band.offsets_per_nm[0][:, None], band.offsets_per_nm[1]
    along = row_offset * direction[0] + col_offset * direction[1]
    across = np.abs(col_offset * direction[0] - row_offset * direction[1])
    # Bins per independent value of the spectrum of a region of this area.
    oversampling = around.mask.size / footprint.n_pixels
    is_spot = (np.abs(along) < spot_along) & (across < spot_across)
    is_beside = ~is_spot & (np.abs(along) < spot_along + reach) & (across < spot_across)
    is_level = ~is_spot & (np.abs(along) < spot_along) & (across < spot_across + reach)
    spot, beside, level = (excess[where].sum() / oversampling for where in (is_spot, is_beside, is_level))
    noise = tuning.streak_sigmas * np.sqrt(np.count_nonzero(is_beside) / oversampling)
    if min(beside, level) - noise > tuning.max_streak * spot:
        return True
    streak = beside - noise - (0.0 if is_line else max(level, 0.0))
    most = spot * tuning.max_streak, spot * tuning.max_streak_of_many
    if streak <= min(most):  # whether it has many periods is asked of the others alone
        return False
    is_many = largest_disc(around.mask, pixel_nm) * g_length > tuning.many_periods
    if streak <= most[is_many]:
        return False
    if is_line:
        return True
    other = _largest_part(along[is_beside], excess[is_beside], tuning.other_spot * spot_along) / oversampling
    return bool(streak > tuning.other_lobes * other)


def _largest_part(position: FloatArray, energy: FloatArray, width: float) -> float:
    """The largest sum of energies, shape (n,), that lie within a width of each other."""
    bins = np.floor((position - position.min()) / width * BINS_PER_SPOT).astype(np.int64)
    total = np.concatenate([np.zeros(BINS_PER_SPOT), np.cumsum(np.bincount(bins, energy))])
    return float((total[BINS_PER_SPOT:] - total[:-BINS_PER_SPOT]).max())
