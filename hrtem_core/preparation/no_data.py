"""Parts of an image that nobody recorded: what aligning, rotating and padding leave at its sides.

Strategy: a detector's noise never repeats itself. Where a pixel and its two neighbours along a column lie on
a straight line, and so do those of a whole run of pixels beside it, longer than chance allows, the image has
been continued there: by a constant, by repetition of its last row, by means, by a ramp. The same along rows.
How long chance allows follows from how often three pixels lie on a line in this image, which is nearly always
where most pixels hold no count, and nearly never in a bright one. A mirrored border is found by its symmetry,
one of a rotated image by looking where it must lie.
An image without noise is left as it is: there repetition proves nothing.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.numerics import BoolImage, FloatImage, IntArray, LabelImage
from hrtem_core.preparation.mirrored_border import mirrored_rows
from hrtem_core.preparation.pixel_noise import is_noiseless
from hrtem_core.preparation.rotated_border import rotated_border
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

GLANCE = 8
"""Every 8th row is looked at first; where no run is in them, there is none."""


@dataclass(frozen=True, eq=False)
class NoData:
    """Where an image holds no data, shape (rows, columns) each; borders do not overlap.

    Parameters
    ----------
    constant
        Filled with one value.
    repeated
        Continued by repetition, means or ramps along rows or columns.
    mirrored
        Continued by its own mirror image.
    inside
        Areas of one value that reach no side of the image: they are drawn, as a label's ground is.
    """

    constant: BoolImage
    repeated: BoolImage
    mirrored: BoolImage
    inside: BoolImage

    @property
    def border(self) -> BoolImage:
        """What reaches the image's sides."""
        return self.constant | self.repeated | self.mirrored

    def blank_borders(self, image: FloatImage) -> FloatImage:
        """The image with NaN where it has borders.

        Parameters
        ----------
        image
            Shape (rows, columns).
        """
        border = self.border
        return np.where(border, np.float32(np.nan), image) if border.any() else image


def find_no_data(image: FloatImage, *, tuning: PreparationTuning = PREPARATION_TUNING) -> NoData:
    """What of an image was filled in by a program.

    Parameters
    ----------
    image
        Shape (rows, columns), as the file has it; NaN where it holds nothing.
    tuning
        What chance does not bring.
    """
    infinite = np.isinf(image)
    image = np.where(infinite, np.float32(np.nan), image) if infinite.any() else image
    continued, along_rows = _continued(image, tuning), _continued(image.T, tuning)
    if along_rows.any():  # a large image is turned slowly
        continued |= along_rows.T
    constant, inside = np.zeros_like(continued), np.zeros_like(continued)
    if continued.any() and _was_taken(image, ~continued, tuning):
        labels, _ = scipy.ndimage.label(continued)
        for number, box in enumerate(scipy.ndimage.find_objects(labels), start=1):
            sides = zip(box, image.shape, strict=True)
            reaches_a_side = any(side.start == 0 or side.stop == length for side, length in sides)
            _mark_constant(image, labels, number, box, constant if reaches_a_side else inside, tuning)
            if not reaches_a_side:
                continued[box][labels[box] == number] = False
    else:
        continued[:] = False
    repeated, mirrored = continued & ~constant, _mirrored(image, tuning) & ~(continued | constant)
    if not (continued.any() or mirrored.any()) and np.isfinite(image).all():
        rotated = rotated_border(image, tuning=tuning)
        if rotated is not None and _was_taken(image, ~rotated[1], tuning):
            filled = repeated if rotated[0] == "repeated" else mirrored
            filled |= rotated[1]
    return NoData(constant, repeated, mirrored, inside)


def _was_taken(image: FloatImage, rest: BoolImage, tuning: PreparationTuning) -> bool:
    """Whether what is left of an image has noise, and is worth more than what repeats itself."""
    known = rest & np.isfinite(image)
    if np.count_nonzero(known) < tuning.min_rest * image.size or not has_noise(image, rest, tuning=tuning):
        return False
    return not is_noiseless(np.where(known, image, np.float32(0)), known, tuning=tuning)


def _glance(image: FloatImage) -> IntArray:
    """The first of three rows at every `GLANCE`-th place, and of the last three."""
    last = len(image) - 3
    return np.append(np.arange(0, last, GLANCE), last)


def _miss(before: FloatImage, middle: FloatImage, after: FloatImage) -> FloatImage:
    """How far pixels are from halfway between those before and after them, twice over."""
    miss = before + after
    miss -= 2 * middle
    return np.abs(miss, out=miss)


def _continued(image: FloatImage, tuning: PreparationTuning) -> BoolImage:
    """Where columns are continued along straight lines, over longer runs of columns than chance allows."""
    found = np.zeros(image.shape, bool)
    at = _glance(image)
    seen = _miss(image[at], image[at + 1], image[at + 2])
    known = seen[np.isfinite(seen)]
    if not np.count_nonzero(known):
        return found
    limit = tuning.straight * float(known.mean())
    run = _longest_by_chance(float(np.mean(seen <= limit)), image.size, tuning)
    if not _runs(seen <= limit, run).any():
        return found
    runs = _runs(_miss(image[:-2], image[1:-1], image[2:]) <= limit, run)
    for offset in range(3):
        found[offset : len(image) - 2 + offset] |= runs
    return found


def _longest_by_chance(share: float, n_pixels: int, tuning: PreparationTuning) -> float:
    """Length of a run of straight triples that chance does not bring; infinite when all or none are.

    Triples are straight because one value of probability p is common: at least p³ of them. A run of them
    holds two new rows of pixels of this value, with probability p^(2 · length).
    """
    if not 0 < share < 1:
        return math.inf
    return math.ceil(1.5 * (math.log(n_pixels) + tuning.straight_chance) / -math.log(share))


def _runs(flags: BoolImage, length: float) -> BoolImage:
    """What of the rows of `flags` lies in a run of at least `length`."""
    found: BoolImage = np.zeros_like(flags)
    if length > flags.shape[1]:
        return found
    # Such a run fills at least one of the blocks of half its length.
    block = max(int(length) // 2, 1)
    n_blocks = flags.shape[1] // block
    filled = flags[:, : n_blocks * block].reshape(len(flags), n_blocks, block).all(axis=2)
    rows = np.flatnonzero(np.count_nonzero(filled, axis=1))
    edges = np.diff(np.pad(flags[rows], ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, start = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1]
    for i in np.flatnonzero(stop - start >= length).tolist():
        found[rows[row[i]], start[i] : stop[i]] = True
    return found


def has_noise(
    image: FloatImage,
    rest: BoolImage,
    everywhere: bool = False,
    *,
    tuning: PreparationTuning = PREPARATION_TUNING,
) -> bool:
    """Whether what is left varies from pixel to pixel along both axes at once, as noise does.

    The mixed difference is that of Immerkær 1996, doi:10.1006/cviu.1996.0060.

    Parameters
    ----------
    image, rest
        Shape (rows, columns): the image, and where it counts.
    everywhere
        Whether half of the pixels must show it: those of few counts do not.
    tuning
        How little is no noise.
    """
    first = _glance(image)
    along = image[first + 2] - 2 * image[first + 1] + image[first]
    mixed = np.abs(along[:, 2:] - 2 * along[:, 1:-1] + along[:, :-2])
    inside = rest[first + 1, 1:-1] & np.isfinite(mixed)
    if not inside.any():
        return False
    known = image[first + 1, 1:-1][inside]
    typical = np.median(mixed[inside]) if everywhere else mixed[inside].mean()
    return bool(typical > tuning.min_noise * np.abs(known - known.mean()).mean())


def _mark_constant(
    image: FloatImage,
    labels: LabelImage,
    number: int,
    box: tuple[slice, ...],
    constant: BoolImage,
    tuning: PreparationTuning,
) -> None:
    """Mark an area that holds one value nearly everywhere as `constant`, with its rim and text in it."""
    reach = tuning.value_reach_px
    wide = tuple(slice(max(side.start - reach, 0), side.stop + reach) for side in box)
    area, inside = labels[wide] == number, image[wide]
    values, counts = np.unique(inside[area], return_counts=True)
    if counts.max() < tuning.one_value * counts.sum():
        return
    value = values[np.argmax(counts)]
    alike = inside == value
    others = labels[wide] == 0
    if np.count_nonzero(alike & others) < tuning.value_rare * np.count_nonzero(others):
        area = np.asarray(scipy.ndimage.binary_propagation(area, mask=alike | area))
    distance = scipy.ndimage.distance_transform_cdt(~area, metric="taxicab")
    area = distance <= _rim_px(np.abs(inside - value), distance, tuning)
    constant[wide] |= area | _islands(area, tuning)


def _islands(area: BoolImage, tuning: PreparationTuning) -> BoolImage:
    """What an area encloses, piece by piece, unless a piece is large: a frame encloses the image."""
    labels, _ = scipy.ndimage.label(scipy.ndimage.binary_fill_holes(area) & ~area)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(((sizes > 0) & (sizes < tuning.max_island * np.count_nonzero(area)))[labels])


def _rim_px(deviation: FloatImage, distance: LabelImage, tuning: PreparationTuning) -> int:
    """How many pixels deep the rim of an area is, from how far its surroundings deviate from its value.

    Parameters
    ----------
    deviation, distance
        Shape (rows, columns): of the intensity from the area's, and from the area in px.
    """
    most = tuning.max_rim_px
    near = (distance > 0) & (distance <= most + 2) & np.isfinite(deviation)
    sums = np.bincount(distance[near], deviation[near], most + 3)[1:]
    means = sums / np.maximum(np.bincount(distance[near], minlength=most + 3)[1:], 1)
    data = np.flatnonzero(means[:most] >= tuning.rim * means[most:].mean())
    return int(data[0]) if len(data) else 0


def _mirrored(image: FloatImage, tuning: PreparationTuning) -> BoolImage:
    """Where the image is the mirror image of what lies further in."""
    found = np.zeros(image.shape, bool)
    for turned, seen in ((image, found), (image.T, found.T)):
        for way in (1, -1):
            seen[::way][: mirrored_rows(turned[::way], tuning=tuning)] = True
    return found
