"""Lines and letters drawn into the image: contours, labels, arrows, wherever they lie.

Strategy: a stroke is thin, holds one exact value at the end of the grey range, and ends at once: two pixels
beside it the image is what it is everywhere. Clipped atoms and particles fade into their surroundings or are
round, single clipped pixels do not connect, and a detector that clips often has its values all over the
image. An image without noise is full of equal values, and is left as it is.
"""

import numpy as np
import scipy

from hrtem_core.numerics import BoolImage, FloatImage, LabelImage
from hrtem_core.preparation.no_data import has_noise
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

EIGHT = np.ones((3, 3))


def find_strokes(image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING) -> BoolImage:
    """Where something is drawn, and a margin round it.

    Parameters
    ----------
    image
        Shape (rows, columns), as the file has it; NaN counts as background.
    tuning
        What a stroke is.
    """
    finite = np.isfinite(image)
    found = np.zeros(image.shape, bool)
    if not finite.any():
        return found
    middle = float(np.median(image[::7, ::5][finite[::7, ::5]])) if finite[::7, ::5].any() else 0.0
    for value in (float(np.nanmin(image[finite])), float(np.nanmax(image[finite]))):
        if value != middle:
            found |= _of_value(image, image == np.float32(value), value, middle, tuning)
    if not found.any() or not has_noise(image, ~found, everywhere=True, tuning=tuning):
        return np.zeros_like(found)
    return np.asarray(scipy.ndimage.binary_dilation(found, EIGHT, tuning.stroke_margin_px))


def _of_value(
    image: FloatImage, marked: BoolImage, value: float, middle: float, tuning: PreparationTuning
) -> BoolImage:
    """Strokes among the pixels of one value."""
    nothing = np.zeros(image.shape, bool)
    n_marked = int(np.count_nonzero(marked))
    if not tuning.min_stroke_px <= n_marked <= tuning.max_stroke_share * marked.size:
        return nothing
    labels, _ = scipy.ndimage.label(marked, structure=EIGHT)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    long = sizes >= tuning.min_stroke_px
    if not long.any() or n_marked - int(sizes[long].sum()) > tuning.max_stroke_elsewhere * marked.size:
        return nothing
    long &= _are_thin(labels, long, marked, tuning) & _are_sharp(image, labels, long, value, middle, tuning)
    return np.asarray(long[labels])


def _are_thin(labels: LabelImage, long: BoolImage, marked: BoolImage, tuning: PreparationTuning) -> BoolImage:
    """Which labelled pieces are nowhere thick, and are no faulty line of the detector, from side to side."""
    half_width = max(tuning.max_stroke_half_px, tuning.max_stroke_half * min(labels.shape))
    depth = scipy.ndimage.distance_transform_cdt(np.pad(marked, 1), metric="chessboard")[1:-1, 1:-1]
    thickest = np.zeros(len(long))
    np.maximum.at(thickest, labels.ravel(), depth.ravel())
    sizes = np.bincount(labels.ravel(), minlength=len(long))
    thin = (thickest <= half_width) & (sizes >= tuning.min_stroke_elongation * thickest**2)
    boxes = scipy.ndimage.find_objects(labels)
    for number in np.flatnonzero(thin & long).tolist():
        spans = [side.stop - side.start for side in boxes[number - 1]]
        thin[number] = not any(span == n for span, n in zip(spans, labels.shape, strict=True))
    return np.asarray(thin)


def _are_sharp(
    image: FloatImage,
    labels: LabelImage,
    long: BoolImage,
    value: float,
    middle: float,
    tuning: PreparationTuning,
) -> BoolImage:
    """Which labelled pieces differ from their surroundings as from the image's median."""
    own = np.where(long[labels], labels, 0)
    distance = scipy.ndimage.distance_transform_cdt(own == 0, metric="chessboard")
    first, last = tuning.stroke_beside_px
    near = scipy.ndimage.maximum_filter(own, 2 * last + 1)
    beside = (distance >= first) & (distance <= last) & np.isfinite(image)
    sums = np.bincount(near[beside], np.abs(image[beside] - value), len(long))
    counts = np.bincount(near[beside], minlength=len(long))
    return np.asarray(sums >= tuning.stroke_sharp * abs(middle - value) * np.maximum(counts, 1))
