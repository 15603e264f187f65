"""From a fringe map to a region: where the amplitude stands above half of its own plateau."""

import numpy as np

from hrtem_core.fringes.demodulation import Demodulated
from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.numerics import (
    BoolImage,
    FloatImage,
    Footprint,
    component,
    distance_to,
    interpolation,
    pieces_of,
    pixel_range,
    quantile,
)


def half_plateau(
    snr: FloatImage, seed: tuple[int, int], tuning: FringeTuning
) -> tuple[BoolImage, float, float] | None:
    """The region around `seed` above a fraction of its own plateau.

    A blurred step passes through half its height where the step is, whatever the blur: at one half the
    outline is unbiased.

    Returns
    -------
    region, plateau, threshold
        Mask of the map's shape, plateau and threshold in units of the noise amplitude; None when nothing
        rises above `min_snr`.
    """
    least, fraction = tuning.min_snr, tuning.plateau_fraction
    if snr[seed] <= least:
        return None
    region = component(snr > least, seed)
    threshold = max(least, fraction * quantile(snr[region], tuning.plateau_quantile))
    if snr[seed] <= threshold:
        return None
    region = component(region & (snr > threshold), seed)
    plateau = quantile(snr[region], tuning.plateau_quantile)
    return region, plateau, max(least, fraction * plateau)


def fading_outside(snr: FloatImage, region: BoolImage, threshold: float, reach_px: float) -> FloatImage:
    """The map with what lies beyond the region's own rim faded, so that drawing it finds only the region.

    Parameters
    ----------
    snr, region, threshold
        The map, its region, and the amplitude at which the region was cut out.
    reach_px
        Distance, in samples of the map, over which the amplitude fades.
    """
    distance = np.maximum(distance_to(region) - 1.5, 0)
    faded = np.minimum(snr, 0.9 * threshold) * np.exp(-0.5 * (distance / reach_px) ** 2)
    return np.asarray(np.where(distance > 0, faded, snr), dtype=np.float32)


def footprint_above(
    demodulated: Demodulated, snr: FloatImage, threshold: float, shape: tuple[int, int]
) -> Footprint:
    """The largest connected region of a map above `threshold`, on the pixels of the working image."""
    row0, row1 = pixel_range(demodulated.rows_px, shape[0])
    col0, col1 = pixel_range(demodulated.cols_px, shape[1])
    rows, cols = np.arange(row0, row1, dtype=float), np.arange(col0, col1, dtype=float)
    fine = interpolation(demodulated.rows_px, rows) @ snr @ interpolation(demodulated.cols_px, cols).T
    pieces = pieces_of(fine > threshold, 1)
    if not pieces:
        return Footprint(row0, col0, np.zeros((0, 0), dtype=bool))
    box, mask = max(pieces, key=lambda piece: np.count_nonzero(piece[1]))
    return Footprint(row0 + box[0].start, col0 + box[1].start, mask)
