"""Exact DBSCAN on the set pixels of a boolean image, in time and memory linear in pixels.

The clusters are those of Ester, Kriegel, Sander & Xu (KDD 1996; discussed in doi:10.1145/3068335) with
scikit-learn's conventions, but on a grid no list of neighbours is needed:

1. *Cores.* The number of set pixels within eps is a sum over a disc: one column interval per row. Coarse
   blocks tell beforehand where no count can suffice.
2. *Clusters.* Core pixels are written as horizontal runs; two runs have pixels within eps if the gap
   between their column intervals is at most the disc's half-width at their row offset. Linking each run
   to the *first* run it reaches in every row links them all, and narrow gaps between runs of a row can be
   closed before (see `_link`).
3. *Borders.* A set pixel with a core pixel within eps takes the label of the nearest one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import RecipeError
from hrtem_core.numerics.arrays import BoolImage, IntArray, LabelImage

Eps = float | tuple[float, float]

ROUNDING = 1e-9
"""Relative allowance on eps: 0.3 nm / 0.1 nm is meant to reach three pixels, not 2.9999999999999996."""

MIN_BLOCK_PX = 8
"""Blocks of set-pixel sums are at least this large, so that the coarse map stays small."""

STRIP_ROWS = 64
"""Counting goes in strips of at least this many rows, short enough for a core's cache."""

FAR = 1 << 60
"""A key beyond every image."""


def grid_dbscan(mask: BoolImage, *, eps_px: Eps, min_samples: int) -> LabelImage:
    """Label the density-based clusters of the set pixels.

    Parameters
    ----------
    mask
        Shape (rows, columns): the points are the centres of the pixels that are True.
    eps_px
        Radius of the neighbourhood in pixels, or its (row, column) half-axes when pixels are not square.
        A neighbour lies at a distance of at most eps.
    min_samples
        Least number of set pixels in a neighbourhood, its own centre included, that makes a core pixel.

    Returns
    -------
    LabelImage
        Shape (rows, columns): 0 where the mask is not set or is noise, else 1 to n, numbered by the first
        core pixel in row-major order. A border pixel has the label of the nearest core pixel, and the
        smallest such label when several are equally near.

    Raises
    ------
    RecipeError
        If eps is not a positive number or min_samples not a positive integer.
    """
    disc = _disc(eps_px, mask.shape)
    if _is_one_cluster(mask, disc, eps_px, min_samples):
        return np.ones(mask.shape, np.int32)
    labels = np.zeros(mask.shape, np.int32)
    stride = mask.shape[1] + disc.reach[1] + 1
    changes, others = [], []
    for first, cores, near in _strips(mask, disc, min_samples):
        changes.append(_changes(cores, stride) + first * stride)
        others.append(near + first * mask.shape[1])
    at = np.concatenate([*changes, np.zeros(0, np.int64)])
    runs = _Runs(at[0::2], at[1::2] - 1, stride)
    if len(at):
        run_labels = _link(runs, disc)
        labels.ravel()[_pixels(runs, mask.shape[1])] = np.repeat(run_labels, runs.end - runs.start + 1)
        _attach_borders(labels, np.concatenate(others), runs, run_labels, disc)
    return labels


def _is_one_cluster(mask: BoolImage, disc: "_Disc", eps_px: Eps, min_samples: int) -> bool:
    """Whether a mask is full and one cluster, which a corner tells: nowhere has a pixel fewer neighbours."""
    corner = mask[: 2 * disc.reach[0] + 2, : 2 * disc.reach[1] + 2]
    if corner.size == mask.size or not mask.all():
        return False
    return bool((grid_dbscan(corner, eps_px=eps_px, min_samples=min_samples) == 1).all())


@dataclass(frozen=True)
class _Disc:
    """The pixels within eps of a pixel, as one column interval per row.

    Parameters
    ----------
    half_widths
        Entry dr is the largest column offset within eps at a row offset of +-dr, in pixels.
    squared_aspect
        (row half-axis / column half-axis)², so that distances compare as dr² + squared_aspect dc².
    """

    half_widths: tuple[int, ...]
    squared_aspect: float

    @property
    def reach(self) -> tuple[int, int]:
        """Largest (row, column) offset in pixels."""
        return len(self.half_widths) - 1, self.half_widths[0]

    @property
    def block(self) -> tuple[int, int]:
        """Size of coarse blocks in pixels: a disc centred in one lies within the 3 x 3 round it."""
        return max(self.reach[0], MIN_BLOCK_PX), max(self.reach[1], MIN_BLOCK_PX)

    @property
    def n_pixels(self) -> int:
        """Number of pixels in the disc."""
        return sum(2 * half_width + 1 for _, half_width in self.rows())

    def rows(self) -> Iterator[tuple[int, int]]:
        """(row offset, half-width) of every row, nearest rows first."""
        yield 0, self.half_widths[0]
        for offset, half_width in enumerate(self.half_widths[1:], start=1):
            yield offset, half_width
            yield -offset, half_width


def _disc(eps_px: Eps, shape: tuple[int, ...]) -> _Disc:
    """The disc of radius eps, no larger than the image needs."""
    eps_row, eps_col = eps_px if isinstance(eps_px, tuple) else (eps_px, eps_px)
    for eps in (eps_row, eps_col):
        if not (math.isfinite(eps) and eps > 0):
            raise RecipeError(f"The DBSCAN radius eps must be a positive number of pixels, got {eps:g}.")
    farthest, widest = (max(side - 1, 0) for side in shape)
    reach = int(min(eps_row * (1 + ROUNDING), farthest))
    heights = [offset / eps_row / (1 + ROUNDING) for offset in range(reach + 1)]
    extents = [eps_col * (1 + ROUNDING) * math.sqrt(max(1 - height**2, 0.0)) for height in heights]
    return _Disc(tuple(int(min(extent, widest)) for extent in extents), (eps_row / eps_col) ** 2)


# --- cores -------------------------------------------------------------------------------------------
def _strips(mask: BoolImage, disc: _Disc, min_samples: int) -> Iterator[tuple[int, BoolImage, IntArray]]:
    """Cores and their surroundings, by strips of rows short enough for a processor's cache.

    Yields
    ------
    first
        Row in which the strip begins; strips without a core or a border pixel are left out.
    cores
        Shape (rows, columns): the set pixels with at least `min_samples` set pixels in the disc round them.
    others
        Flat indices in the strip of other set pixels, among them all that have a core within eps.
    """
    if not (min_samples >= 1 and int(min_samples) == min_samples):
        raise RecipeError(f"DBSCAN's min_samples must be a positive integer, got {min_samples:g}.")
    # A disc lies within its block and the eight round it.
    possible = (_sum_3x3(_block_sums(mask, disc.block)) >= min_samples) & (min_samples <= disc.n_pixels)
    near = _sum_3x3(possible.astype(np.int64)) > 0
    height = -(-STRIP_ROWS // disc.block[0]) * disc.block[0]
    for first in range(0, len(mask), height):
        blocks = near[first // disc.block[0] : (first + height) // disc.block[0]]
        if blocks.any():
            strip = mask[first : first + height]
            cores = strip & (_disc_counts(mask, first, len(strip), disc) >= min_samples)
            others = np.flatnonzero(strip ^ cores)
            row, col = np.divmod(others, mask.shape[1])
            yield first, cores, others[blocks[row // disc.block[0], col // disc.block[1]]]


def _block_sums(mask: BoolImage, block: tuple[int, int]) -> NDArray[np.int64]:
    """Number of set pixels in each block of (rows, columns); the last blocks may be incomplete."""
    rows, cols = (-(-side // step) for side, step in zip(mask.shape, block, strict=True))
    bits = mask.view(np.uint8)
    bands = np.zeros((rows, cols * block[1]), np.min_scalar_type(block[0]))
    for offset in range(block[0]):
        part = bits[offset :: block[0]]
        bands[: len(part), : mask.shape[1]] += part
    sums = np.zeros((rows, cols), np.int64)
    for offset in range(block[1]):
        sums += bands[:, offset :: block[1]]
    return sums


def _sum_3x3(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of each element and its eight neighbours."""
    padded = np.pad(values, 1)
    columns = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray(columns[:, :-2] + columns[:, 1:-1] + columns[:, 2:])


def _disc_counts(mask: BoolImage, first: int, height: int, disc: _Disc) -> NDArray[Any]:
    """Number of set pixels in the disc round each pixel of `height` rows, shape (height, columns).

    Strategy: the rows, padded by the disc's reach, are flattened, so that every step adds one contiguous
    array to another. A row of the disc is a sum over 2 half_width + 1 pixels, which grows by one pixel at
    both ends from each half-width to the next. Counts in the padding mix rows, and are cut off.
    """
    (row_reach, col_reach), (n_rows, n_cols) = disc.reach, mask.shape
    stride = n_cols + col_reach
    top, bottom = max(first - row_reach, 0), min(first + height + row_reach, n_rows)
    flat = np.zeros((height + 2 * row_reach) * stride + 2 * col_reach, np.min_scalar_type(disc.n_pixels))
    padded = flat[col_reach : flat.size - col_reach].reshape(-1, stride)
    padded[top - first + row_reach :][: bottom - top, :n_cols] = mask[top:bottom]
    intervals = flat.copy()
    counts = np.zeros(height * stride, flat.dtype)
    reached = 0
    for dr, half_width in sorted(disc.rows(), key=itemgetter(1)):
        while reached < half_width:
            reached += 1
            intervals[reached:-reached] += flat[2 * reached :]
            intervals[reached:-reached] += flat[: -2 * reached]
        counts += intervals[col_reach + (row_reach + dr) * stride :][: counts.size]
    return counts.reshape(height, stride)[:, :n_cols]


# --- clusters ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Runs:
    """Horizontal runs of set pixels in row-major order, by the keys of their first and last pixels.

    The key of a pixel is row * stride + column. The stride exceeds the image's width by more than the disc
    reaches, so that keys differing by at most the reach belong to one row: one sorted search serves all.
    """

    start: IntArray
    end: IntArray
    stride: int


def _changes(mask: BoolImage, stride: int) -> IntArray:
    """Keys of the first pixel of every run and of the pixel after its last one, by turns."""
    n_cols = mask.shape[1]
    if stride == n_cols + 1:  # the disc does not even hold a pixel's neighbours in its row: each is a run
        row, col = np.nonzero(mask)
        return np.asarray(np.add.outer(row * stride + col, (0, 1)).ravel())
    changes = np.zeros((len(mask), stride), np.bool_)
    changes[:, 0], changes[:, n_cols] = mask[:, 0], mask[:, -1]
    np.not_equal(mask[:, 1:], mask[:, :-1], out=changes[:, 1:n_cols])
    return np.flatnonzero(changes)


def _pixels(runs: _Runs, n_cols: int) -> IntArray:
    """Flat index, in an image of `n_cols` columns, of every pixel of the runs."""
    row, start = np.divmod(runs.start, runs.stride)
    lengths = runs.end - runs.start + 1
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(lengths.sum()) + np.repeat(row * n_cols + start - before, lengths))


def _link(runs: _Runs, disc: _Disc) -> LabelImage:
    """Label of each run, 1 to n by first run: equal when a chain of steps within eps joins two runs.

    Strategy: in every row a run is linked to the first run it reaches. That is enough. Let A and B reach
    each other with half-width w, A starting no later than B, and let A0 be the first run in A's row that
    B reaches. All gaps from A0 to A lie within the w columns left of B's start, so they are at most eps,
    and B - A0 - ... - A is a chain; within a row, this holds by induction from left to right.

    Runs of a row with at most 2 w pixels between them count as one when they are linked to a row where the
    half-width is w: each of these pixels is within w of one of the two, so whatever reaches the gap reaches
    a run. Frayed regions have few runs then.
    """
    steps = np.append(FAR, runs.start[1:] - runs.end[:-1])
    group = np.cumsum(steps > disc.reach[1]) - 1
    labels: IntArray = np.arange(group[-1] + 1)
    for dr, half_width in list(disc.rows())[1:]:
        opens = steps > min(2 * half_width + 1, disc.reach[1])
        start, end, of = runs.start[opens], runs.end[np.append(opens[1:], True)], group[opens]
        shift = dr * runs.stride
        first = np.searchsorted(end, start + (shift - half_width))
        linked = np.flatnonzero(np.append(start, FAR)[first] <= end + (shift + half_width))
        labels = _joined(labels, of[linked], of[first[linked]])
        if not labels.any():
            break
    number = np.cumsum(labels == np.arange(len(labels)))
    return np.asarray(number[labels][group], dtype=np.int32)


def _joined(labels: IntArray, one: IntArray, other: IntArray) -> IntArray:
    """Labels, each the smallest index of its set, after the sets of `one` and `other` are united pairwise."""
    while True:
        a, b = labels[one], labels[other]
        apart = a != b
        if not apart.any():
            return labels
        one, other = one[apart], other[apart]
        np.minimum.at(labels, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while (labels != (nearer := labels[labels])).any():
            labels = nearer


# --- borders -----------------------------------------------------------------------------------------
def _attach_borders(
    labels: LabelImage, others: IntArray, runs: _Runs, run_labels: LabelImage, disc: _Disc
) -> None:
    """Label those of the `others`, set pixels but no cores, that have a core within eps: as the nearest.

    Parameters
    ----------
    labels
        Labels of the cores; completed in place.
    others
        Flat image indices of set pixels that are not cores.
    runs, run_labels
        Runs of core pixels and their labels; of equally near cores the smallest label counts.
    disc
        The neighbourhood.
    """
    row, col = np.divmod(others, labels.shape[1])
    starts, ends = np.append(runs.start, FAR), np.append(runs.end, -FAR)
    known = np.append(run_labels, np.int32(0))
    nearest = np.full(len(row), np.inf)
    chosen = np.zeros(len(row), np.int32)
    for dr, half_width in disc.rows():
        open_ = np.flatnonzero(nearest >= dr * dr)
        if not len(open_):
            break
        at = (row[open_] + dr) * runs.stride + col[open_]
        right = np.searchsorted(runs.end, at)
        to_right, to_left = starts[right] - at, at - ends[right - 1]
        dc = np.maximum(np.minimum(to_right, to_left), 0)
        hit = np.flatnonzero(dc <= half_width)
        pixel, right, aside = open_[hit], right[hit], (to_left - to_right)[hit]
        here, left = known[right], known[right - 1]
        label = np.where(aside == 0, np.minimum(here, left), np.where(aside > 0, here, left))
        distance = dr * dr + disc.squared_aspect * dc[hit] ** 2
        old = nearest[pixel]
        better = (distance < old) | ((distance == old) & (label < chosen[pixel]))
        nearest[pixel[better]], chosen[pixel[better]] = distance[better], label[better]
    labels[row, col] = chosen
