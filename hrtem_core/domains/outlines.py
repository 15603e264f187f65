"""Stage 3, domains: DBSCAN groups the pixels of one fringe map, and each group is outlined."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.domains.domain import DomainParameters
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.fringes import FringeMap, FringeMaps
from hrtem_core.image import Grid
from hrtem_core.numerics import (
    BoolImage,
    FloatArray,
    FloatImage,
    Footprint,
    IntArray,
    LabelImage,
    box_of,
    grid_dbscan,
    pieces_of,
    pixel_range,
    quantile,
    read_only,
)
from hrtem_core.spectrum import Spectrum

LEAST_EPS_PX = 1.5
"""DBSCAN's radius in working pixels, at least: with less than one, no pixel has a neighbour."""

ENOUGH_PIXELS = 250_000
"""The quantiles of amplitudes in a box of so many pixels are as good as anyone needs."""


def risen(fringes: FringeMap, threshold_snr: float) -> FringeMap | None:
    """The part of a map outside of which nothing rises above a threshold; None when nothing does.

    Between samples the map is linear: it exceeds only where one of the samples around does.
    """
    above = fringes.snr > threshold_snr
    if not above.any():
        return None
    rows, cols = (slice(max(side.start - 1, 0), side.stop + 1) for side in box_of(above))
    return replace(
        fringes, rows_px=fringes.rows_px[rows], cols_px=fringes.cols_px[cols], snr=fringes.snr[rows, cols]
    )


def cluster(
    fringes: FringeMap, spectrum: Spectrum, parameters: DomainParameters
) -> tuple[LabelImage, FloatImage]:
    """DBSCAN clusters of the working pixels where a map stands above the noise, and the map there.

    Strategy: the map has as few samples as its resolution allows; DBSCAN wants points of equal weight, so
    it is drawn on the working image's pixels first.
    """
    (n_rows, n_cols), sizes = spectrum.grid.shape, spectrum.grid.pixel_size.sizes_nm
    rows = np.arange(*pixel_range(fringes.rows_px, n_rows), dtype=float)
    cols = np.arange(*pixel_range(fringes.cols_px, n_cols), dtype=float)
    fine = fringes.sampled(rows, cols)
    eps_nm = max(parameters.eps_nm, LEAST_EPS_PX * max(sizes))
    eps = (eps_nm / sizes[0], eps_nm / sizes[1])
    neighbours = np.pi * eps[0] * eps[1]
    labels = grid_dbscan(
        fine > parameters.threshold_snr,
        eps_px=eps,
        min_samples=max(1, round(parameters.min_fill * neighbours)),
    )
    return labels, fine


def amplitudes_of(map_: FloatImage, mask: BoolImage) -> FloatArray:
    """Those inside a mask, whose first row holds some; of large ones some rows, as a map is smooth."""
    rows = slice(None, None, 1 + mask.size // ENOUGH_PIXELS)
    return np.asarray(map_[rows][mask[rows]])


def outline_level(values: FloatArray, parameters: DomainParameters, plateau_quantile: float) -> float:
    """The amplitude at which a cluster is outlined, from the amplitudes inside it and their plateau."""
    threshold = parameters.threshold_snr
    plateau = quantile(values, plateau_quantile)
    for _ in range(2):
        threshold = max(parameters.threshold_snr, parameters.plateau_fraction * plateau)
        above = values > threshold
        if above.all() or not above.any():
            break
        plateau = quantile(values[above], plateau_quantile)
    return threshold


class Outlined(NamedTuple):
    """Where a domain lies in the prepared image, and the median amplitude of its fringes."""

    footprint: Footprint
    snr: float


@dataclass(frozen=True)
class Axis:
    """Pixels of the prepared image along one axis that a map speaks for.

    Parameters
    ----------
    first
        The first of them.
    working_px
        Shape (n,): their positions in pixels of the working image.
    nearest
        Shape (n,), rising: the working pixel that each belongs to, counted from the first one drawn.
    """

    first: int
    working_px: FloatArray
    nearest: IntArray

    @classmethod
    def of(cls, positions_px: FloatArray, grid: Grid, axis: int) -> "Axis":
        """Those of a map whose samples lie at `positions_px` along an axis of the working image."""
        start, stop = pixel_range(positions_px, grid.field_shape[axis], grid.ratio[axis])
        working = grid.to_working(np.arange(start, stop), axis)
        first, end = pixel_range(positions_px, grid.shape[axis])
        nearest = np.clip(np.round(working).astype(int) - first, 0, end - first - 1)
        return cls(start, working, nearest)

    def part(self, box: slice) -> "Axis":
        """The pixels that belong to the working pixels of `box`, their `nearest` counted from its first."""
        start, stop = np.searchsorted(self.nearest, (box.start, box.stop)).tolist()
        nearest = self.nearest[start:stop] - box.start
        return Axis(self.first + start, self.working_px[start:stop], nearest)


def outline(
    fringes: FringeMap, spectrum: Spectrum, parameters: DomainParameters, tuning: DomainTuning
) -> list[Outlined]:
    """The domains of one fringe map.

    Strategy (docs/method.md, section 11): what stands above the noise is clustered on the working pixels;
    each cluster is drawn on the prepared image's pixels, outlined where the amplitude falls to a fraction of
    its own plateau, and divided into its connected pieces.
    """
    part = risen(fringes, parameters.threshold_snr)
    if part is None:
        return []
    row_axis, col_axis = Axis.of(part.rows_px, spectrum.grid, 0), Axis.of(part.cols_px, spectrum.grid, 1)
    least_px = max(1.0, spectrum.grid.field_px(parameters.min_area_nm2))
    labels, fine = cluster(part, spectrum, parameters)
    found = []
    for label, box in enumerate(scipy.ndimage.find_objects(labels), start=1):
        own = labels[box] == label
        values = amplitudes_of(fine[box], own)
        rows, cols = row_axis.part(box[0]), col_axis.part(box[1])
        small = len(rows.nearest) * len(cols.nearest) < least_px
        if small or values.max() < parameters.plateau_fraction * fringes.plateau:
            continue
        full = part.sampled(rows.working_px, cols.working_px)
        level = outline_level(values, parameters, tuning.plateau_quantile)
        inside = full > level
        inside &= own[rows.nearest].take(cols.nearest, axis=1)
        pieces = pieces_of(inside, least_px)
        heights = [float(full[piece][mask].max()) for piece, mask in pieces]
        least = min(tuning.piece_rise * level, max(heights, default=0.0))
        for (piece, mask), height in zip(pieces, heights, strict=True):
            if height < least:
                continue
            snr = quantile(amplitudes_of(full[piece], mask), 0.5)
            row0, col0 = rows.first + piece[0].start, cols.first + piece[1].start
            found.append(Outlined(Footprint(row0, col0, read_only(mask)), snr))
    return found


@dataclass(frozen=True, eq=False)
class Outlines:
    """Where the fringes of every map stand out, before it is said which pairs count.

    Parameters
    ----------
    of_map
        For each of `FringeMaps.maps` its regions.
    """

    of_map: tuple[tuple[Outlined, ...], ...]


def outline_maps(
    spectrum: Spectrum,
    fringes: FringeMaps,
    parameters: DomainParameters,
    *,
    tuning: DomainTuning = DOMAIN_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Outlines:
    """The outlines of all fringe maps.

    Parameters
    ----------
    spectrum
        Gives the working grid.
    fringes
        The fringe maps.
    parameters
        DBSCAN and outline; the domains that a person rejected play no part.
    tuning
        What the plateau of a domain is.
    checkpoint
        Called after every map.
    """
    parameters = parameters.for_lengths(spectrum.length_scale)
    found = []
    for map_ in fringes.maps:
        found.append(tuple(outline(map_, spectrum, parameters, tuning)))
        checkpoint()
    return Outlines(tuple(found))
