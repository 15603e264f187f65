"""Where a micrograph shows vacuum or a hole: an area that is smooth and bright. A suggestion, never applied.

A film of any thickness has the contrast of its atoms between 0.25 and 1.2 nm; vacuum has noise alone. So the
local power of that band, over the square of the local intensity, takes two values that are far apart with
little between them. Fields without vacuum have one value, spread by less (docs/method.md).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy

from hrtem_core.image import PixelSize
from hrtem_core.numerics import (
    BoolArray,
    BoolImage,
    FloatArray,
    FloatImage,
    Footprint,
    block_means,
    trace,
    without_holes,
)
from hrtem_core.preparation.prepare import Prepared
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning
from hrtem_core.preparation.usable import Polygon

SIGMA = 1 / np.sqrt(8 * np.log(2))
"""Standard deviation of a Gaussian of full width 1 at half its height."""


def find_vacuum(prepared: Prepared, *, tuning: PreparationTuning = PREPARATION_TUNING) -> tuple[Polygon, ...]:
    """Areas that look like vacuum, as polygons to be left out; () where none does.

    Parameters
    ----------
    prepared
        What is usable of it is looked at.
    tuning
        What counts as smooth, and as far apart.

    Returns
    -------
    polygons
        Corners (row, column) in px of the micrograph, as `PreparationParameters.excluded_px` has them; none
        has holes, and neighbours share an edge.
    """
    image, pixel_size = prepared.intensity, prepared.pixel_size
    factor = max(1, int(tuning.vacuum_pixel_nm / max(pixel_size.sizes_nm)))
    if min(image.shape) < 4 * factor:
        return ()
    known = block_means(prepared.usable, factor) > 0.999
    coarse = block_means(image, factor).astype(np.float32)
    smooth = _smooth(coarse, known, pixel_size.binned(factor), tuning)
    least_px = tuning.min_vacuum_nm2 / pixel_size.binned(factor).area_nm2
    factor *= prepared.bin_factor
    return tuple(_polygon(piece, factor, prepared.origin_px) for piece in _pieces(smooth, least_px))


def _smooth(
    image: FloatImage, known: BoolImage, pixel_size: PixelSize, tuning: PreparationTuning
) -> BoolImage:
    """Where the image is as smooth as vacuum; nowhere if its smoothness does not come in two kinds."""
    nowhere = np.zeros(image.shape, bool)
    fine, coarse, window = (
        tuple(width_nm * SIGMA / side for side in pixel_size.sizes_nm)
        for width_nm in (*tuning.vacuum_band_nm, tuning.vacuum_window_nm)
    )
    filled = np.where(known, image, image[known].mean() if known.any() else 0)
    band = scipy.ndimage.gaussian_filter(filled, fine) - scipy.ndimage.gaussian_filter(filled, coarse)
    level = scipy.ndimage.gaussian_filter(filled, window)
    inside = known & (level > 0)  # after a background has been taken away nothing can be said
    if np.count_nonzero(inside) < max(16, tuning.min_vacuum_share * inside.size):
        return nowhere
    power = scipy.ndimage.gaussian_filter(band**2, window) / np.where(inside, level, 1) ** 2
    rough = np.log(np.maximum(power, np.finfo(np.float32).tiny))
    limit = _limit(rough[inside])
    smooth = inside & (rough < limit)
    share = np.count_nonzero(smooth) / np.count_nonzero(inside)
    if not tuning.min_vacuum_share <= share <= tuning.max_vacuum_share:
        return nowhere
    is_bright = np.median(level[smooth]) > np.median(level[inside & ~smooth])
    return smooth if is_bright and _are_two_kinds(rough[inside], limit, tuning) else nowhere


def _limit(values: FloatArray) -> float:
    """What parts values into the two classes that differ most (Otsu 1979, doi:10.1109/TSMC.1979.4310076)."""
    from skimage.filters import threshold_otsu  # slow to import, seldom needed

    otsu: Any = threshold_otsu
    return float(otsu(values)) if values.min() < values.max() else float(values.min())


def _are_two_kinds(values: FloatArray, limit: float, tuning: PreparationTuning) -> bool:
    """Whether the two classes are far apart, for a field and for their own spread, with little between."""
    low, high = values[values < limit], values[values >= limit]
    gap, middle = high.mean() - low.mean(), (high.mean() + low.mean()) / 2
    spread = np.sqrt((low.var() * len(low) + high.var() * len(high)) / len(values))
    between = np.mean(np.abs(values - middle) < gap / 8)
    return bool(
        gap >= tuning.min_vacuum_gap
        and gap >= tuning.min_vacuum_sigmas * spread
        and between <= tuning.max_vacuum_between
    )


def _pieces(mask: BoolImage, least_px: float) -> Iterator[Footprint]:
    """Connected regions of at least `least_px` pixels, those with holes cut along a column through each."""
    labels, n = scipy.ndimage.label(mask)
    boxes = scipy.ndimage.find_objects(labels, max_label=n)
    for number, (rows, cols) in enumerate(boxes, start=1):
        piece = labels[rows, cols] == number
        if np.count_nonzero(piece) < least_px:
            continue
        holes = without_holes(piece) & ~piece
        if not holes.any():
            yield Footprint(rows.start, cols.start, piece)
            continue
        cut = _middle_of_first(holes.any(axis=0))
        for start, half in ((0, piece[:, :cut]), (cut, piece[:, cut:])):
            for part in _pieces(half, 1):
                yield part.moved(rows.start, cols.start + start)


def _middle_of_first(marked: BoolArray) -> int:
    """The middle of the first run of True."""
    start = int(np.argmax(marked))
    length = int(np.argmin(np.append(marked[start:], False)))
    return start + length // 2


def _polygon(piece: Footprint, factor: int, origin_px: tuple[int, int]) -> Polygon:
    """The outline of a region without holes, with no more corners than it takes to be true to a pixel."""
    from skimage.measure import approximate_polygon

    approximate: Any = approximate_polygon
    path = trace(piece.mask)[0]
    closed = np.concatenate([path, path[:1]])
    corners = (approximate(closed, tolerance=1.0)[:-1] + piece.corner) * factor + origin_px - 0.5
    return tuple((float(row), float(col)) for row, col in corners)
