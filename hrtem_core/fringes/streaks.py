"""Stage 3, inverse FFT: streaks of the spectrum, which edges and their Fresnel fringes leave, and spots.

Fresnel fringes follow a specimen's edge and narrow with their distance from it: in the spectrum they are a
streak at right angles to the edge, modulated by the lens. Each of its maxima looks like a lattice; but beside
the spot of a lattice, along g, there is nothing, or another lattice's spot by chance.
"""

import numpy as np
from scipy import ndimage

from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.image import Wavevector, whole_px
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, Surroundings

REACH_PER_NM = 1.2
"""How far beside a spot a streak is looked for."""

SPOT_WIDTHS, SPOT_PER_NM = 1.3, 0.1
"""Half the width of a spot in units of 1 / (width of the region), and what is added to it."""

LINE, LINE_SPOT_PER_NM = 2.5, 0.35
"""A region so many times as long, across g, as it is wide follows an edge; no spot of a rod is wider."""

TAPER_NM = 0.3

MARGIN_NM = 0.6

MAX_STREAK = 0.3
"""Energy beside a spot along g, relative to the spot's own, from which on it is part of a streak."""

OTHER_SPOT = 1.2
"""Width of the spot of another lattice, in units of the half width of this one."""

OTHER_LOBES = 1.1
"""Energy of another lattice's spot with its side lobes, in units of that within its width."""

BINS_PER_SPOT = 6

SIGMAS = 3.0
"""Standard deviations of the noise's energy that the energy beside the spot must exceed besides."""


def is_streak(
    image: FloatImage,
    footprint: Footprint,
    g_per_nm: Wavevector,
    pixel_nm: tuple[float, float],
    noise_power: float,
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
    """
    around = Surroundings.of(footprint, image, whole_px(MARGIN_NM, pixel_nm))
    taper = ndimage.gaussian_filter(
        around.mask.astype(np.float32), [TAPER_NM / p for p in pixel_nm], truncate=3.0
    )
    taper *= around.in_field
    direction = np.array(g_per_nm) / np.hypot(*g_per_nm)
    rows, cols = (axis * p for axis, p in zip(np.nonzero(around.mask), pixel_nm, strict=True))
    width, length = (
        4 * max(float(place.std()), 1e-6)
        for place in (rows * direction[0] + cols * direction[1], cols * direction[0] - rows * direction[1])
    )
    spot_along, spot_across = SPOT_WIDTHS / width + SPOT_PER_NM, SPOT_WIDTHS / length + SPOT_PER_NM
    is_line = length > LINE * width
    if is_line:
        spot_along = min(spot_along, LINE_SPOT_PER_NM)
    band = NarrowBand(
        (around.mask.shape[0], around.mask.shape[1]),
        pixel_nm,
        REACH_PER_NM + max(spot_along, spot_across),
    )
    power = np.abs(band.transform(around.block * taper, g_per_nm)) ** 2
    excess = power / (float((taper**2).sum()) * noise_power) - 1
    row_offset, col_offset = band.offsets_per_nm[0][:, None], band.offsets_per_nm[1]
    along = row_offset * direction[0] + col_offset * direction[1]
    across = np.abs(col_offset * direction[0] - row_offset * direction[1])
    # Bins per independent value of the spectrum of a region of this area.
    oversampling = around.mask.size / footprint.n_pixels
    is_spot = (np.abs(along) < spot_along) & (across < spot_across)
    is_beside = ~is_spot & (np.abs(along) < spot_along + REACH_PER_NM) & (across < spot_across)
    is_level = ~is_spot & (np.abs(along) < spot_along) & (across < spot_across + REACH_PER_NM)
    spot, beside, level = (excess[where].sum() / oversampling for where in (is_spot, is_beside, is_level))
    noise = SIGMAS * np.sqrt(np.count_nonzero(is_beside) / oversampling)
    if min(beside, level) - noise > MAX_STREAK * spot:
        return True
    if is_line:
        return bool(beside - noise > MAX_STREAK * spot)
    streak = beside - noise - max(level, 0.0)
    if streak <= MAX_STREAK * spot:
        return False
    other = _largest_part(along[is_beside], excess[is_beside], OTHER_SPOT * spot_along) / oversampling
    return bool(streak > OTHER_LOBES * other)


def _largest_part(position: FloatArray, energy: FloatArray, width: float) -> float:
    """The largest sum of energies, shape (n,), that lie within a width of each other."""
    bins = np.floor((position - position.min()) / width * BINS_PER_SPOT).astype(np.int64)
    total = np.concatenate([np.zeros(BINS_PER_SPOT), np.cumsum(np.bincount(bins, energy))])
    return float((total[BINS_PER_SPOT:] - total[:-BINS_PER_SPOT]).max())
