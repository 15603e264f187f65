"""What a program has drawn into the image: its scale bar, and the text beside it or in a corner.

Text is drawn in one exact value at the end of the grey range. Beside a bar, strokes of the bar's own value
are text. Without a bar, text is believed only when nearly every pixel of that value lies in one line of it:
clipped atoms and saturated detectors spread theirs over the image.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation.scale_bar import ScaleBar, find_scale_bar
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A rectangle that holds drawing instead of specimen.

    Parameters
    ----------
    kind
        "scale bar" or "label".
    row0, col0, row1, col1
        In px of the whole micrograph, as array slices: rows row0 to row1 - 1.
    """

    kind: Literal["scale bar", "label"]
    row0: int
    col0: int
    row1: int
    col1: int


def _strokes(
    marked: BoolImage, tuning: PreparationTuning
) -> tuple[tuple[int, int, int, int], int, int] | None:
    """Bounding box (row0, col0, row1, col1), number of pixels, and number of connected strokes.

    Parameters
    ----------
    marked
        Shape (rows, columns) of a small window: pixels of the text's value.
    """
    labels, n_labels = scipy.ndimage.label(marked, structure=np.ones((3, 3)))
    if n_labels == 0:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    kept = np.isin(labels, 1 + np.flatnonzero(sizes >= tuning.min_letter_px))
    rows, cols = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    if len(rows) == 0:
        return None
    box = (int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)
    return box, int(kept.sum()), int((sizes >= tuning.min_letter_px).sum())


def _beside(image: FloatImage, bar: ScaleBar, above: bool, tuning: PreparationTuning) -> Annotation | None:
    """Text of the bar's own value on one side of it."""
    n_rows, n_cols = image.shape
    reach = int(max(tuning.text_reach * (bar.row1 - bar.row0), 0.05 * n_rows))
    rows = (
        slice(max(bar.row0 - reach, 0), bar.row0) if above else slice(bar.row1, min(bar.row1 + reach, n_rows))
    )
    margin = int(0.25 * bar.length_px)
    cols = slice(max(bar.col0 - margin, 0), min(bar.col1 + margin, n_cols))
    middle_row, middle_col = (bar.row0 + bar.row1) // 2, (bar.col0 + bar.col1) // 2
    level = float(image[middle_row, middle_col])
    tolerance = tuning.bar_tolerance * abs(float(np.median(image[::7, ::5])) - level)
    marked = np.abs(image - level) <= tolerance
    found = _strokes(marked[rows, cols], tuning)
    if found is None:
        return None
    (row0, col0, row1, col1), n_pixels, _ = found
    n_elsewhere = (
        int(marked.sum()) - int(marked[rows, cols].sum()) - (bar.row1 - bar.row0) * (bar.col1 - bar.col0)
    )
    density = n_pixels / ((row1 - row0) * (col1 - col0))
    least = tuning.min_density_ratio * max(n_elsewhere, 0) / marked.size
    if n_pixels < tuning.min_text_px or density < least:
        return None
    return Annotation(
        kind="label",
        row0=rows.start + row0,
        col0=cols.start + col0,
        row1=rows.start + row1,
        col1=cols.start + col1,
    )


def _lone_text(image: FloatImage, value: float, tuning: PreparationTuning) -> Annotation | None:
    """A line of text in a corner or along an edge, drawn in one exact value, without a bar."""
    marked = image == value
    n_marked = int(marked.sum())
    n_rows, n_cols = image.shape
    if not tuning.lone_text_px <= n_marked <= 0.05 * marked.size:
        return None
    band = max(1, round(tuning.lone_text_band * n_rows))
    for rows in (slice(0, band), slice(n_rows - band, n_rows)):
        if marked[rows].sum() < tuning.lone_text_share * n_marked:
            continue
        found = _strokes(marked[rows], tuning)
        if found is None:
            continue
        (row0, col0, row1, col1), n_pixels, n_strokes = found
        fill = n_pixels / ((row1 - row0) * (col1 - col0))
        is_line = row1 - row0 <= tuning.max_text_height * n_rows and col1 - col0 <= 0.6 * n_cols
        is_text = tuning.text_fill[0] <= fill <= tuning.text_fill[1] and 2 <= n_strokes <= 60
        if is_line and is_text and n_pixels >= tuning.lone_text_share * n_marked:
            top = rows.start
            return Annotation(kind="label", row0=top + row0, col0=col0, row1=top + row1, col1=col1)
    return None


def find_annotations(
    image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> tuple[Annotation, ...]:
    """The scale bar and the text drawn into a micrograph; empty when there is none.

    Parameters
    ----------
    image
        Shape (rows, columns), as the file has it: smoothing or binning hides the drawing.
    tuning
        What a bar is, and what text.
    """
    finite = np.isfinite(image)
    if not finite.any():
        return ()
    if not finite.all():
        image = np.where(finite, image, np.float32(np.median(image[finite])))
    bar = find_scale_bar(image, tuning=tuning)
    if bar is not None:
        beside = (_beside(image, bar, above, tuning) for above in (True, False))
        drawn = Annotation(kind="scale bar", row0=bar.row0, col0=bar.col0, row1=bar.row1, col1=bar.col1)
        return (drawn, *(label for label in beside if label is not None))
    found = (_lone_text(image, float(value), tuning) for value in (image.min(), image.max()))
    return tuple(label for label in found if label is not None)
