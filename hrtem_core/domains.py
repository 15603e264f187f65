"""Stage 3, domains: DBSCAN groups the pixels where a pair's fringes are present."""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from scipy import ndimage

from hrtem_core.amplitude import FringeMap, FringeMaps
from hrtem_core.areas import box_of, pieces_of
from hrtem_core.calibration import PixelSize
from hrtem_core.errors import RecipeError
from hrtem_core.grid_dbscan import grid_dbscan
from hrtem_core.peaks import Peaks
from hrtem_core.placement import Placement
from hrtem_core.quantiles import quantile
from hrtem_core.spectrum import Spectrum
from hrtem_core.types import BoolImage, FloatArray, FloatImage, IntArray, LabelImage, read_only

DomainMark = tuple[float, float, float, float]
"""A domain named by position: (row_nm, col_nm, g_row_per_nm, g_col_per_nm)."""


@dataclass(frozen=True)
class DomainParameters:
    """How fringes become domains.

    Parameters
    ----------
    threshold_snr
        Least fringe amplitude, in units of the local noise, of a pixel that may belong to a domain.
    eps_nm
        DBSCAN: radius of the neighbourhood in nm.
    min_fill
        DBSCAN: min_samples as a fraction of the pixels in that neighbourhood.
    plateau_fraction
        The outline is drawn where the amplitude falls to this fraction of the domain's own plateau.
    min_area_nm2
        Smaller domains are left out.
    rejected
        Domains a person took out, by position.
    """

    threshold_snr: float = 1.8
    eps_nm: float = 0.25
    min_fill: float = 0.35
    plateau_fraction: float = 0.5
    min_area_nm2: float = 1.2
    rejected: tuple[DomainMark, ...] = ()

    def __post_init__(self) -> None:
        bounds = (
            ("threshold_snr", self.threshold_snr, 0.5, 20.0),
            ("eps_nm", self.eps_nm, 0.02, 10.0),
            ("min_fill", self.min_fill, 0.0, 1.0),
            ("plateau_fraction", self.plateau_fraction, 0.1, 0.9),
            ("min_area_nm2", self.min_area_nm2, 0.0, 1e6),
        )
        for name, value, low, high in bounds:
            if not low <= value <= high:
                raise RecipeError(f"{name} must lie between {low:g} and {high:g}, got {value:g}.")


@dataclass(frozen=True, eq=False)
class Domain:
    """A connected region where one pair's fringes are present.

    Parameters
    ----------
    domain_id
        From 1.
    peak
        Row of its pair in `Peaks`.
    g_per_nm, g_sigma_per_nm
        Mean g inside the domain from the phase gradient, and the standard uncertainty of |g|.
    snr
        Median fringe amplitude inside, in units of the local noise.
    row0, col0
        Where the patch `mask` lies in the prepared image, in pixels.
    mask
        Shape (rows, columns) of the bounding box.
    """

    domain_id: int
    peak: int
    g_per_nm: tuple[float, float]
    g_sigma_per_nm: float
    snr: float
    row0: int
    col0: int
    mask: BoolImage

    @property
    def window(self) -> tuple[slice, slice]:
        """Slices of the prepared image that hold `mask`."""
        rows, cols = self.mask.shape
        return slice(self.row0, self.row0 + rows), slice(self.col0, self.col0 + cols)


@dataclass(frozen=True, eq=False)
class Domains:
    """All domains of one analysis.

    Parameters
    ----------
    shape
        (rows, columns) of the prepared image the masks lie in.
    pixel_size
        Of the prepared image.
    accepted
        The domains that count, numbered from 1 in this order.
    rejected
        Those a person took out; they keep numbers after the accepted ones.
    delocalization
        (c1 in nm², c3 in nm⁴) of the lens whose shift was undone, (0, 0) when none was.
    """

    shape: tuple[int, int]
    pixel_size: PixelSize
    accepted: tuple[Domain, ...]
    rejected: tuple[Domain, ...] = ()
    delocalization: tuple[float, float] = (0.0, 0.0)


PLATEAU_QUANTILE = 0.85
MARK_REACH_NM = 1.0
MARK_REACH_PER_NM = 0.15
"""A person's mark names the domain it lies in, or within these distances of, in place and in g."""


def span(positions_px: FloatArray, ratio: float, length_px: int) -> tuple[int, int]:
    """First pixel and the one after the last of the prepared image that a map's samples speak for.

    Parameters
    ----------
    positions_px
        Shape (n,): samples in pixels of the working image.
    ratio
        Pixels of the prepared image per pixel of the working image.
    length_px
        Of the prepared image.
    """
    step = (positions_px[1] - positions_px[0]) * ratio if len(positions_px) > 1 else float(length_px)
    first, last = positions_px[0] * ratio, positions_px[-1] * ratio
    start = 0 if first < 1.5 * step else int(np.ceil(first))
    stop = length_px if length_px - 1 - last < 1.5 * step else int(last) + 1
    return max(start, 0), min(max(stop, start + 1), length_px)


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
    sizes = spectrum.pixel_size.sizes_nm
    rows = np.arange(*span(fringes.rows_px, 1.0, spectrum.whitened.shape[0]), dtype=float)
    cols = np.arange(*span(fringes.cols_px, 1.0, spectrum.whitened.shape[1]), dtype=float)
    fine = fringes.sampled(rows, cols)
    eps = (parameters.eps_nm / sizes[0], parameters.eps_nm / sizes[1])
    neighbours = np.pi * eps[0] * eps[1]
    labels = grid_dbscan(
        fine > parameters.threshold_snr,
        eps_px=eps,
        min_samples=max(1, round(parameters.min_fill * neighbours)),
    )
    return labels, fine


def outline_level(values: FloatArray, parameters: DomainParameters) -> float:
    """The amplitude at which a cluster is outlined, from the amplitudes inside it."""
    threshold = parameters.threshold_snr
    plateau = quantile(values, PLATEAU_QUANTILE)
    for _ in range(2):
        threshold = max(parameters.threshold_snr, parameters.plateau_fraction * plateau)
        inside = values[values > threshold]
        if not len(inside):
            break
        plateau = quantile(inside, PLATEAU_QUANTILE)
    return threshold


Piece = tuple[int, int, BoolImage, float]
"""First row, first column, mask and median amplitude of a domain, in pixels of the prepared image."""


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
    def of(cls, positions_px: FloatArray, work_px: int, field_px: int) -> "Axis":
        """Those of a map whose samples lie at `positions_px` of the `work_px` working pixels."""
        ratio = field_px / work_px
        start, stop = span(positions_px, ratio, field_px)
        working = np.arange(start, stop) / ratio
        first, end = span(positions_px, 1.0, work_px)
        nearest = np.clip(np.round(working).astype(int) - first, 0, end - first - 1)
        return cls(start, working, nearest)

    def part(self, box: slice) -> "Axis":
        """The pixels that belong to the working pixels of `box`, their `nearest` counted from its first."""
        start, stop = np.searchsorted(self.nearest, (box.start, box.stop)).tolist()
        nearest = self.nearest[start:stop] - box.start
        return Axis(self.first + start, self.working_px[start:stop], nearest)


def outlines(fringes: FringeMap, spectrum: Spectrum, parameters: DomainParameters) -> list[Piece]:
    """The domains of one fringe map: (row0, col0, mask, snr) in pixels of the prepared image."""
    part = risen(fringes, parameters.threshold_snr)
    if part is None:
        return []
    field, work = spectrum.field_shape, spectrum.whitened.shape
    row_axis = Axis.of(part.rows_px, work[0], field[0])
    col_axis = Axis.of(part.cols_px, work[1], field[1])
    area_nm2 = spectrum.pixel_size.area_nm2 * work[0] * work[1]
    least_px = max(1.0, parameters.min_area_nm2 * field[0] * field[1] / area_nm2)
    labels, fine = cluster(part, spectrum, parameters)
    found = []
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        own = labels[box] == label
        values = fine[box][own]
        rows, cols = row_axis.part(box[0]), col_axis.part(box[1])
        small = len(rows.nearest) * len(cols.nearest) < least_px
        if small or values.max() < parameters.plateau_fraction * fringes.plateau:
            continue
        full = part.sampled(rows.working_px, cols.working_px)
        inside = full > outline_level(values, parameters)
        inside &= own[rows.nearest].take(cols.nearest, axis=1)
        for piece, mask in pieces_of(inside, least_px):
            snr = quantile(full[piece][mask], 0.5)
            found.append((rows.first + piece[0].start, cols.first + piece[1].start, read_only(mask), snr))
    return found


_outlined: WeakKeyDictionary[FringeMap, tuple[DomainParameters, list[Piece]]] = WeakKeyDictionary()
"""The last outlines of every map: when a peak is rejected the others' need not be drawn again."""


def drawn_outlines(fringes: FringeMap, spectrum: Spectrum, parameters: DomainParameters) -> list[Piece]:
    known = _outlined.get(fringes)
    if known is not None and known[0] == parameters:
        return known[1]
    pieces = outlines(fringes, spectrum, parameters)
    _outlined[fringes] = parameters, pieces
    return pieces


def is_rejected(domain: Domain, placement: Placement, marks: tuple[DomainMark, ...]) -> bool:
    """Whether a person's mark names this domain."""
    for mark in marks:
        g = np.array(mark[2:])
        if min(np.hypot(*(g - domain.g_per_nm)), np.hypot(*(g + domain.g_per_nm))) > MARK_REACH_PER_NM:
            continue
        rows, cols = np.nonzero(domain.mask)
        positions = placement.position_nm(np.column_stack([rows + domain.row0, cols + domain.col0]))
        if np.hypot(*(positions - mark[:2]).T).min() <= MARK_REACH_NM:
            return True
    return False


def find_domains(
    spectrum: Spectrum,
    fringes: FringeMaps,
    peaks: Peaks,
    placement: Placement,
    parameters: DomainParameters,
) -> Domains:
    """The domains of all accepted pairs.

    Parameters
    ----------
    spectrum
        Gives the working grid.
    fringes
        The fringe maps; those of pairs that are not accepted stay explained but yield no domain.
    peaks
        Which pairs are accepted, and their maps.
    placement
        Where the prepared image lies in the micrograph, for the person's marks.
    parameters
        DBSCAN and outline.
    """
    shape_parameters = replace(parameters, rejected=())
    found: list[Domain] = []
    for peak in np.flatnonzero(peaks.accepted):
        for map_ in (fringes.maps[i] for i in peaks.maps[peak]):
            for row0, col0, mask, snr in drawn_outlines(map_, spectrum, shape_parameters):
                found.append(Domain(0, int(peak), map_.g_per_nm, map_.g_sigma_per_nm, snr, row0, col0, mask))
    field = spectrum.field_shape
    pixel = PixelSize(
        spectrum.pixel_size.row_nm * spectrum.whitened.shape[0] / field[0],
        spectrum.pixel_size.col_nm * spectrum.whitened.shape[1] / field[1],
    )
    return numbered(Domains(field, pixel, ()), found, placement, parameters.rejected)


def numbered(
    domains: Domains, found: list[Domain], placement: Placement, marks: tuple[DomainMark, ...]
) -> Domains:
    """Domains numbered from 1, those that a person rejected last."""
    refused = [is_rejected(domain, placement, marks) for domain in found]
    kept = [domain for domain, out in zip(found, refused, strict=True) if not out]
    out = [domain for domain, out in zip(found, refused, strict=True) if out]
    renumbered = [replace(domain, domain_id=i) for i, domain in enumerate([*kept, *out], start=1)]
    return replace(domains, accepted=tuple(renumbered[: len(kept)]), rejected=tuple(renumbered[len(kept) :]))
