"""A scale bar burned into the image: a solid, elongated rectangle at the end of the grey range.

Strategy: a bar is darker (or brighter) than everything else over a long horizontal run, so the lowest
maximum over blocks of 8 pixels is the bar's level if there is one. Blocks near that level are candidates;
each is then measured pixel by pixel, and kept only if it is solid, sharp, elongated, and could not have come
about by chance among pixels as dark as it. Clipped atoms, counting images and vacuum fail one of these.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

BLOCK_PX = 8

MAX_CANDIDATES = 64

END_SIGMA_PX = 0.3
"""Standard uncertainty of an end that was found by itself: drawing programs round, and soften edges."""


@dataclass(frozen=True, kw_only=True)
class ScaleBar:
    """A burned-in scale bar, in px; pixel centres have whole coordinates.

    Parameters
    ----------
    start, end
        (row, column) of its left and right end, on the middle line of the bar.
    length_px
        Distance between the ends.
    row0, col0, row1, col1
        Its solid rectangle with its outline, as array slices: rows row0 to row1 - 1.
    is_dark
        Whether it is darker than the image.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    length_px: float
    row0: int
    col0: int
    row1: int
    col1: int
    is_dark: bool

    @property
    def length_sigma_px(self) -> float:
        """Standard uncertainty of the length, from both ends."""
        return math.sqrt(2) * END_SIGMA_PX


@dataclass(frozen=True)
class _Rectangle:
    row0: int
    col0: int
    row1: int
    col1: int

    @property
    def height(self) -> int:
        return self.row1 - self.row0

    @property
    def width(self) -> int:
        return self.col1 - self.col0

    @property
    def area(self) -> int:
        return self.height * self.width


def _bands(n_rows: int, tuning: PreparationTuning) -> tuple[slice, slice]:
    """Rows at the top and at the bottom where bars are looked for."""
    depth = max(1, round(tuning.bar_band * n_rows))
    return slice(0, depth), slice(n_rows - depth, n_rows)


def _block_maxima(band: FloatImage) -> FloatImage:
    """Maximum of every run of 8 columns, of every second row: a bar is at least 2 rows and 16 columns."""
    maxima = band[::2, : band.shape[1] // BLOCK_PX * BLOCK_PX]
    for _ in range(BLOCK_PX.bit_length() - 1):  # by halves: five times as fast as maxima of 8 at a time
        maxima = np.maximum(maxima[:, ::2], maxima[:, 1::2])
    return maxima


def _candidates(maxima: FloatImage, level: float) -> list[tuple[slice, slice]]:
    """Boxes of connected blocks below `level`, the largest first; none when the whole band is such."""
    low = maxima <= level
    if low.mean() > 0.5:
        return []
    labels, _ = scipy.ndimage.label(low)
    boxes = [(box[0], box[1]) for box in scipy.ndimage.find_objects(labels) if box is not None]
    boxes.sort(key=lambda box: (box[0].start - box[0].stop) * (box[1].stop - box[1].start))
    return boxes[:MAX_CANDIDATES]


def _longest_run(flags: BoolImage) -> tuple[int, int]:
    """Start and stop of the longest run of True in a vector; (0, 0) when there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    starts, stops = edges[::2], edges[1::2]
    if len(starts) == 0:
        return 0, 0
    longest = int(np.argmax(stops - starts))
    return int(starts[longest]), int(stops[longest])


def _rectangle(low: BoolImage, tuning: PreparationTuning) -> _Rectangle | None:
    """The solid rectangle of a small window, by its rows and then its columns.

    Parameters
    ----------
    low
        Shape (rows, columns), where pixels are at the bar's level.
    """
    lengths = low.sum(axis=1)
    if lengths.max(initial=0) < tuning.min_bar_px:
        return None
    row0, row1 = _longest_run(lengths >= 0.85 * np.median(lengths[lengths >= 0.8 * lengths.max()]))
    if row1 == row0:
        return None
    col0, col1 = _longest_run(low[row0:row1].mean(axis=0) > 0.75)
    return _Rectangle(row0, col0, row1, col1) if col1 > col0 else None


def _is_bar_shaped(found: _Rectangle, shape: tuple[int, int], tuning: PreparationTuning) -> bool:
    n_rows, n_cols = shape
    inside = found.row0 > 0 and found.col0 > 0 and found.row1 < n_rows and found.col1 < n_cols
    shortest = max(tuning.min_bar_px, tuning.min_bar_length * n_cols)
    long_enough = shortest <= found.width <= tuning.max_bar_length * n_cols
    flat = tuning.min_bar_height_px <= found.height <= max(4, tuning.max_bar_height * n_rows)
    return inside and long_enough and flat and found.width >= tuning.min_bar_elongation * found.height


def _is_solid_and_sharp(low: BoolImage, found: _Rectangle, tuning: PreparationTuning) -> bool:
    """Whether the rectangle is filled, and the pixels along its four sides are not like it.

    Parameters
    ----------
    low
        Shape (rows, columns) of the whole image.
    """
    body = low[found.row0 : found.row1, found.col0 : found.col1]
    beyond = (
        low[max(found.row0 - 2, 0) : found.row0, found.col0 : found.col1],
        low[found.row1 : found.row1 + 2, found.col0 : found.col1],
        low[found.row0 : found.row1, max(found.col0 - 2, 0) : found.col0],
        low[found.row0 : found.row1, found.col1 : found.col1 + 2],
    )
    # An end may be half a pixel inside the next column: the mean of two columns may reach 1/2.
    limits = (tuning.max_bar_leak, tuning.max_bar_leak, 0.6, 0.6)
    sharp = all(side.size and side.mean() <= limit for side, limit in zip(beyond, limits, strict=True))
    return bool(body.mean() >= tuning.min_bar_solid) and sharp


def _outline_px(
    image: FloatImage, found: _Rectangle, level: float, middle: float, tuning: PreparationTuning
) -> int:
    """Width of an outline of the opposite extreme all round the bar; 0 when it has none.

    Parameters
    ----------
    image
        Shape (rows, columns), the bar dark.
    level, middle
        The bar's level, and the median of the image.
    """
    bright = middle + 0.5 * (middle - level)
    n_rows, n_cols = image.shape
    around = found.row0, found.col0, n_rows - found.row1, n_cols - found.col1
    room: int = min(*around, tuning.max_bar_outline_px)
    for step in range(1, room + 1):
        left_right = image[found.row0 : found.row1, [found.col0 - step, found.col1 - 1 + step]]
        above_below = image[[found.row0 - step, found.row1 - 1 + step], found.col0 : found.col1]
        for line in (left_right, above_below):
            if np.ptp(line) > tuning.bar_tolerance * (bright - level) or line.min() <= bright:
                return step - 1
    return room


def _partial_px(beyond: FloatImage, level: float) -> float:
    """How much of the column just beyond an end the bar covers, 0 to 1.

    Parameters
    ----------
    beyond
        Shape (rows, 3): the columns beyond the end, the nearest first.
    level
        The bar's level.
    """
    if beyond.shape[1] < 3:
        return 0.0
    nearest, background = float(np.median(beyond[:, 0])), float(np.median(beyond[:, 1:]))
    if background <= level:
        return 0.0
    return min(max((background - nearest) / (background - level), 0.0), 1.0)


def _measured(
    image: FloatImage,
    found: _Rectangle,
    level: float,
    middle: float,
    is_dark: bool,
    tuning: PreparationTuning,
) -> ScaleBar:
    """The bar with its ends to a fraction of a pixel."""
    outline = _outline_px(image, found, level, middle, tuning)
    left, right = outline / 2, outline / 2
    if outline == 0:
        body = slice(found.row0, found.row1)
        left = _partial_px(image[body, max(found.col0 - 3, 0) : found.col0][:, ::-1], level)
        right = _partial_px(image[body, found.col1 : found.col1 + 3], level)
    row = (found.row0 + found.row1 - 1) / 2
    start, end = (row, found.col0 - 0.5 - left), (row, found.col1 - 0.5 + right)
    return ScaleBar(
        start=start,
        end=end,
        length_px=end[1] - start[1],
        row0=found.row0 - outline,
        col0=found.col0 - outline,
        row1=found.row1 + outline,
        col1=found.col1 + outline,
        is_dark=is_dark,
    )


def _in_band(
    image: FloatImage, band: slice, maxima: FloatImage, level: float, is_dark: bool, tuning: PreparationTuning
) -> list[_Rectangle]:
    """Solid rectangles at the level, in coordinates of the image."""
    found = []
    for rows, blocks in _candidates(maxima, level):
        row0 = max(band.start + 2 * rows.start - 2, 0)
        row1 = min(band.start + 2 * rows.stop + 2, image.shape[0])
        col0 = max((blocks.start - 1) * BLOCK_PX - 2, 0)
        col1 = min((blocks.stop + 1) * BLOCK_PX + 2, image.shape[1])
        local = _rectangle(_dark(image[row0:row1, col0:col1], is_dark) <= level, tuning)
        if local is not None:
            shifted = _Rectangle(local.row0 + row0, local.col0 + col0, local.row1 + row0, local.col1 + col0)
            found.append(shifted)
    shape = image.shape[0], image.shape[1]
    return [rectangle for rectangle in found if _is_bar_shaped(rectangle, shape, tuning)]


def _dark(image: FloatImage, is_dark: bool) -> FloatImage:
    """The image with its bar dark."""
    return image if is_dark else -image


def _find_bar(
    image: FloatImage, middle: float, is_dark: bool, tuning: PreparationTuning
) -> tuple[_Rectangle, ScaleBar] | None:
    """The bar at the lower or upper end of the grey range, if there is one."""
    bands = _bands(image.shape[0], tuning)
    middle = middle if is_dark else -middle
    maxima = [_block_maxima(_dark(image[band], is_dark)) for band in bands]
    lowest = min(float(m.min(initial=math.inf)) for m in maxima)
    if not lowest < middle:
        return None
    level = lowest + tuning.bar_tolerance * (middle - lowest)
    rectangles = [
        r
        for band, m in zip(bands, maxima, strict=True)
        for r in _in_band(image, band, m, level, is_dark, tuning)
    ]
    if not rectangles:
        return None
    image = _dark(image, is_dark)
    low = image <= level
    rectangles = [r for r in rectangles if _is_solid_and_sharp(low, r, tuning)]
    if not rectangles or len(rectangles) > 3:  # a texture has many, a bar with its outline at most three
        return None
    best = max(rectangles, key=lambda r: r.area)
    n_inside = int(low[best.row0 : best.row1, best.col0 : best.col1].sum())
    share = (int(low.sum()) - n_inside + 1) / low.size
    if best.area * -math.log(share) < math.log(low.size) + tuning.bar_chance:
        return None
    return best, _measured(image, best, lowest, middle, is_dark, tuning)


def find_scale_bar(image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING) -> ScaleBar | None:
    """The scale bar burned into an image near its upper or lower edge; None when there is none.

    Parameters
    ----------
    image
        Shape (rows, columns); NaN counts as ordinary background.
    tuning
        What a bar is.
    """
    if min(image.shape) < 2 * tuning.min_bar_px:
        return None
    sample = image[::7, ::5]
    finite = sample[np.isfinite(sample)]
    if finite.size == 0:
        return None
    middle = float(np.median(finite))
    clean = image if np.isfinite(image).all() else np.where(np.isfinite(image), image, np.float32(middle))
    found = [
        bar
        for bar in (_find_bar(clean, middle, is_dark, tuning) for is_dark in (True, False))
        if bar is not None
    ]
    return max(found, key=lambda bar: bar[0].area)[1] if found else None
