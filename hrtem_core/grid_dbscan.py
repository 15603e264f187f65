"""Exact DBSCAN on the set pixels of a boolean image, in time and memory linear in pixels.

The clusters are those of Ester, Kriegel, Sander & Xu (KDD 1996; discussed in doi:10.1145/3068335) with
scikit-learn's conventions, but on a grid no list of neighbours is needed:

1. *Cores.* The number of set pixels within eps is a sum over a disc: one column interval per row. Coarse
   blocks tell beforehand where no count can suffice.
2. *Clusters.* Core pixels are written as horizontal runs; two runs have pixels within eps if the gap
   between their column intervals is at most the disc's half-width at their row offset. Linking each run
   to the *first* run it reaches in every row links them all (see `_link`).
3. *Borders.* A set pixel with a core pixel within eps takes the label of the nearest one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hrtem_core.errors import RecipeError
from hrtem_core.types import BoolImage, IntArray, LabelImage

Eps = float | tuple[float, float]

ROUNDING = 1e-9
"""Relative allowance on eps: 0.3 nm / 0.1 nm is meant to reach three pixels, not 2.9999999999999996."""
MIN_BLOCK_PX = 8
"""Blocks of set-pixel sums are at least this large, so that the coarse map stays small."""
MIN_TILE_BLOCKS = 4
MIN_TILE_PX = 64
PIXELS_AT_ONCE = 1 << 17
"""Counting goes in tiles of at least 4 blocks and 64 px a side, as many at a time as a core's cache holds."""
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
    cores = _cores(mask, disc, min_samples)
    labels = np.zeros(mask.shape, np.int32)
    runs = _runs(cores, disc.reach[1])
    if len(runs.start):
        run_labels = _link(runs, disc)
        labels.ravel()[_pixels(runs)] = np.repeat(run_labels, runs.end - runs.start + 1)
        _attach_borders(labels, _near(mask ^ cores, cores, disc), runs, run_labels, disc)
    return labels


def core_points(mask: BoolImage, *, eps_px: Eps, min_samples: int) -> BoolImage:
    """The set pixels with at least `min_samples` set pixels within eps; parameters as in `grid_dbscan`."""
    return _cores(mask, _disc(eps_px, mask.shape), min_samples)


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


def _cores(mask: BoolImage, disc: _Disc, min_samples: int) -> BoolImage:
    """The set pixels with at least `min_samples` set pixels in the disc round them."""
    if not (min_samples >= 1 and int(min_samples) == min_samples):
        raise RecipeError(f"DBSCAN's min_samples must be a positive integer, got {min_samples:g}.")
    cores = np.zeros(mask.shape, np.bool_)
    if min_samples > disc.n_pixels:
        return cores
    possible = _sum_3x3(_block_sums(mask, disc.block)) >= min_samples
    per_tile = [max(MIN_TILE_BLOCKS, -(-MIN_TILE_PX // side)) for side in disc.block]
    height, width = per_tile[0] * disc.block[0], per_tile[1] * disc.block[1]
    tiles = np.argwhere(_block_sums(possible, (per_tile[0], per_tile[1]))) * (height, width)
    at_once = max(1, PIXELS_AT_ONCE // (height * width))
    for first in range(0, len(tiles), at_once):
        corners = tiles[first : first + at_once].tolist()
        counts = _disc_counts([_patch(mask, corner, (height, width), disc) for corner in corners], disc)
        for (row, col), crowded in zip(corners, counts >= min_samples, strict=True):
            inside = mask[row : row + height, col : col + width]
            tile = cores[row : row + height, col : col + width]
            np.logical_and(inside, crowded[: inside.shape[0], : inside.shape[1]], out=tile)
    return cores


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


def _patch(mask: BoolImage, corner: tuple[int, int], size: tuple[int, int], disc: _Disc) -> BoolImage:
    """A tile of the mask from `corner` on, padded by the disc's reach; unset beyond the image."""
    patch = np.zeros([side + 2 * reach for side, reach in zip(size, disc.reach, strict=True)], np.bool_)
    (top, left), (rows, cols) = ([c - r for c, r in zip(corner, disc.reach, strict=True)], patch.shape)
    part = mask[max(top, 0) : top + rows, max(left, 0) : left + cols]
    row, col = max(-top, 0), max(-left, 0)
    patch[row : row + part.shape[0], col : col + part.shape[1]] = part
    return patch


def _disc_counts(patches: list[BoolImage], disc: _Disc) -> NDArray[Any]:
    """Number of set pixels in the disc round each pixel, shape (patches, rows, columns) without padding.

    Strategy: the patches are flattened one after another, so that every step adds one contiguous array to
    another. A row of the disc is a sum over 2 half_width + 1 pixels, which grows by one pixel at both ends
    from each half-width to the next. Counts in the padding mix rows and patches, and are cut off.
    """
    row_reach, col_reach = disc.reach
    bits = np.stack(patches).astype(np.min_scalar_type(disc.n_pixels))
    n_rows, stride = bits.shape[1:]
    flat, intervals = bits.ravel(), bits.flatten()
    margin = row_reach * stride + col_reach
    counts = np.zeros_like(flat)
    inner = counts[margin : flat.size - margin]
    reached = 0
    for dr, half_width in sorted(disc.rows(), key=itemgetter(1)):
        while reached < half_width:
            reached += 1
            intervals[reached:-reached] += flat[2 * reached :]
            intervals[reached:-reached] += flat[: -2 * reached]
        inner += intervals[margin + dr * stride :][: inner.size]
    tiles = counts.reshape(bits.shape)
    return np.asarray(tiles[:, row_reach : n_rows - row_reach, col_reach : stride - col_reach])


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
    n_cols: int

    def columns(self) -> tuple[IntArray, IntArray, IntArray]:
        """Row, first column and last column of each run."""
        row, start = np.divmod(self.start, self.stride)
        return row, start, self.end - row * self.stride


def _runs(mask: BoolImage, reach: int) -> _Runs:
    """Runs of set pixels; single pixels if the disc does not even hold a pixel's neighbours in its row."""
    stride = mask.shape[1] + reach + 1
    padded = np.zeros((mask.shape[0], stride), np.bool_)
    padded[:, 1 : mask.shape[1] + 1] = mask
    flat = padded.ravel()
    # Every row begins and ends unset, so changes along the flattened image are starts and ends by turns.
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    start, end = changes[0::2], changes[1::2] - 1
    if reach == 0:
        start = end = np.flatnonzero(flat) - 1
    return _Runs(start, end, stride, mask.shape[1])


def _pixels(runs: _Runs) -> IntArray:
    """Flat image index of every pixel of the runs."""
    row, start, end = runs.columns()
    lengths = end - start + 1
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(lengths.sum()) + np.repeat(row * runs.n_cols + start - before, lengths))


def _link(runs: _Runs, disc: _Disc) -> LabelImage:
    """Label of each run, 1 to n by first run: equal when a chain of steps within eps joins two runs.

    Strategy: in every row a run is linked to the first run it reaches. That is enough. Let A and B reach
    each other with half-width w, A starting no later than B, and let A0 be the first run in A's row that
    B reaches. All gaps from A0 to A lie within the w columns left of B's start, so they are at most eps,
    and B - A0 - ... - A is a chain; within a row, this holds by induction from left to right.
    """
    labels: LabelImage = np.arange(len(runs.start), dtype=np.int32)
    starts = np.append(runs.start, FAR)
    links: list[NDArray[Any]] = []
    for dr, half_width in disc.rows():
        shift = dr * runs.stride
        first = np.searchsorted(runs.end, runs.start + (shift - half_width))
        linked = np.flatnonzero(starts[first] <= runs.end + (shift + half_width))
        pairs = np.stack((labels[linked], labels[first[linked]]))
        links.append(pairs[:, pairs[0] != pairs[1]])
        if sum(found.shape[1] for found in links) > len(labels):
            labels, links = _merged(labels, links), []
            if not labels.any():
                break
    labels = _merged(labels, links)
    _, first_run, component = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first_run), np.int32)
    rank[np.argsort(first_run)] = np.arange(1, len(first_run) + 1)
    return np.asarray(rank[component])


def _merged(labels: LabelImage, links: list[NDArray[Any]]) -> LabelImage:
    """Labels from 0 upwards after making linked ones, given as arrays of shape (2, links), equal."""
    if not any(found.size for found in links):
        return labels
    one, other = np.concatenate(links, axis=1)
    n_labels = int(labels.max()) + 1
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(n_labels, n_labels))
    return np.asarray(connected_components(graph, directed=False)[1][labels], dtype=np.int32)


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
    row, col = np.divmod(others, runs.n_cols)
    starts, ends = np.append(runs.start, FAR), np.append(runs.end, -FAR)
    known = np.append(run_labels, np.int32(0))
    nearest = np.full(len(row), np.inf)
    chosen = np.zeros(len(row), np.int32)
    for dr, half_width in disc.rows():
        open_ = np.flatnonzero(nearest >= dr * dr)
        at = (row[open_] + dr) * runs.stride + col[open_]
        right = np.searchsorted(runs.end, at)
        for run, dc in ((right, starts[right] - at), (right - 1, at - ends[right - 1])):
            hit = np.flatnonzero(dc <= half_width)
            pixel, label = open_[hit], known[run[hit]]
            distance = dr * dr + disc.squared_aspect * np.maximum(dc[hit], 0) ** 2
            old = nearest[pixel]
            better = (distance < old) | ((distance == old) & (label < chosen[pixel]))
            nearest[pixel[better]], chosen[pixel[better]] = distance[better], label[better]
    labels[row, col] = chosen


def _near(others: BoolImage, cores: BoolImage, disc: _Disc) -> IntArray:
    """Flat indices of the `others` in blocks that hold, or adjoin one that holds, a core pixel."""
    blocks = _sum_3x3(_block_sums(cores, disc.block)) > 0
    flat = np.flatnonzero(others)
    row, col = np.divmod(flat, others.shape[1])
    return np.asarray(flat[blocks[row // disc.block[0], col // disc.block[1]]])
