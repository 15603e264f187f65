"""Stage 3, inverse FFT: parts of one lattice that bends or is strained, followed apart, become one.

Where a lattice turns by more than its spot is wide, its parts have wavevectors of their own. Between them
fringes go on: demodulated in one wide band, their amplitude has no gap where the parts meet. Between two
lattices that meet by chance waves run in and out of step along the boundary, and where they are out of step
there is a gap (a dislocation).
"""

from dataclasses import replace

import numpy as np
import scipy

from hrtem_core.fringes.demodulation import LocalSpectrum
from hrtem_core.fringes.maps import FringeMap
from hrtem_core.fringes.residual import Pursuit
from hrtem_core.fringes.taken_out import Explained
from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, IntArray, boxes_of


def owners(pursuit: Pursuit) -> IntArray:
    """For each of what was explained, the index of the fringes whose lattice goes on in it, or its own.

    Parameters
    ----------
    pursuit
        Strongest fringes first.
    """
    parts = pursuit.explained
    owner, waves = np.arange(len(parts)), np.array([part.fringes.g_per_nm for part in parts]).reshape(-1, 2)
    reach = max(2.0, pursuit.tuning.bent_reach_nm / min(pursuit.pixel_nm))
    boxes = boxes_of([part.footprint for part in parts]) + int(np.ceil(reach)) * np.array([-1, -1, 1, 1])
    for later, part in enumerate(parts):
        bent = distance_per_nm(waves[:later], part.fringes.g_per_nm)
        near = bent <= pursuit.tuning.max_bend * np.hypot(*waves[:later].T)
        ends, begins = boxes[:later, 2:] > boxes[later, :2], boxes[:later, :2] < boxes[later, 2:]
        for earlier in np.flatnonzero(near & np.all(ends & begins, axis=1)).tolist():
            if owner[later] != owner[earlier] and _goes_on(pursuit, parts[earlier], part, reach):
                owner[owner == owner[later]] = owner[earlier]
    return owner


def _goes_on(pursuit: Pursuit, one: Explained, other: Explained, reach_px: float) -> bool:
    """Whether fringes of one part go on in another one, with a wavevector a little different."""
    tuning, g = pursuit.tuning, one.fringes.g_per_nm
    if one.fringes.region.is_divided or other.fringes.region.is_divided:
        return False
    second = other.fringes.g_per_nm
    if g[0] * second[0] + g[1] * second[1] < 0:
        second = Wavevector(-second[0], -second[1])
    if min(one.fringes.region.plateau, other.fringes.region.plateau) < tuning.bent_snr:
        return False
    smaller = min(one.footprint.n_pixels, other.footprint.n_pixels)
    if one.footprint.shared(other.footprint) > tuning.max_shared * smaller:
        return False
    grown = [one.footprint.grown(reach_px), other.footprint.grown(reach_px)]
    return bool(grown[0].shared(grown[1])) and _no_gap(pursuit, grown, g, second)


def _no_gap(pursuit: Pursuit, grown: list[Footprint], g: Wavevector, second: Wavevector) -> bool:
    """Whether the amplitude between two g holds where two footprints meet, over a boundary of some length."""
    tuning = pursuit.tuning
    amplitude, rows, cols = _amplitude(pursuit, Footprint.union(grown), g, second)
    near = [part.holds(rows, cols).reshape(amplitude.shape) for part in grown]
    boundary = near[0] & near[1]
    inside = (near[0] | near[1]) & ~boundary
    if np.count_nonzero(boundary) < tuning.bent_samples or not inside.any():
        return False
    weakest = np.quantile(scipy.ndimage.median_filter(amplitude, 3)[boundary], tuning.bent_quantile)
    return bool(weakest > tuning.bent_least * np.median(amplitude[inside]))


def _amplitude(
    pursuit: Pursuit, place: Footprint, g: Wavevector, second: Wavevector
) -> tuple[FloatImage, IntArray, IntArray]:
    """Amplitude halfway between two g, in a band that holds both, and the row and column of every sample."""
    tuning = pursuit.tuning
    widest = tuning.bent_band / max(float(distance_per_nm(g, second)), 1e-9)
    wide = [one for one in tuning.resolutions_nm if one <= widest]
    resolution = max(wide, default=tuning.resolutions_nm[0])
    shape = place.mask.shape
    local = LocalSpectrum(
        pursuit.spectrum.whitened,
        pursuit.pixel_nm,
        place.corner,
        (place.row0 + shape[0], place.col0 + shape[1]),
        pursuit.spectrum.profile,
        tuning=tuning,
    )
    map_ = local.demodulate(Wavevector((g[0] + second[0]) / 2, (g[1] + second[1]) / 2), resolution)
    rows, cols = np.meshgrid(np.round(map_.rows_px), np.round(map_.cols_px), indexing="ij")
    return np.abs(map_.amplitude), rows.astype(np.int64).ravel(), cols.astype(np.int64).ravel()


def joined(maps: list[FringeMap], owner: IntArray) -> tuple[list[FringeMap], IntArray]:
    """The maps of every lattice's parts as one, and for each of the old ones the number of the new one.

    Parameters
    ----------
    maps
        One for each part, strongest first.
    owner
        Of `owners`.
    """
    firsts = np.unique(owner)
    together = []
    for first in firsts:
        members = [maps[i] for i in np.flatnonzero(owner == first)]
        together.append(members[0] if len(members) == 1 else _one_map(members))
    return together, np.searchsorted(firsts, owner)


def _one_map(parts: list[FringeMap]) -> FringeMap:
    """One map, as fine as the finest, in which every part rises to the first one's plateau."""
    rows = _together([one.rows_px for one in parts])
    cols = _together([one.cols_px for one in parts])
    first = parts[0]
    snr = np.zeros((len(rows), len(cols)), dtype=np.float32)
    for one in parts:
        r, c = ((at >= own[0]) & (at <= own[-1]) for at, own in ((rows, one.rows_px), (cols, one.cols_px)))
        part = one.sampled(rows[r], cols[c]) * np.float32(first.plateau / one.plateau)
        snr[np.ix_(r, c)] = np.maximum(snr[np.ix_(r, c)], part)
    areas = np.array([_area(one) for one in parts])
    waves = np.array([one.g_per_nm for one in parts])
    waves[waves @ waves[0] < 0] *= -1
    mean = areas @ waves / areas.sum()
    spread = np.sqrt(areas @ (np.hypot(*waves.T) - np.hypot(*mean)) ** 2 / areas.sum())
    return replace(
        first,
        g_per_nm=Wavevector(*mean.tolist()),
        g_sigma_per_nm=float(np.hypot(first.g_sigma_per_nm, spread)),
        rows_px=rows,
        cols_px=cols,
        snr=snr,
    )


def _together(positions_px: list[FloatArray]) -> FloatArray:
    """Positions over all of several rising ones, as close as the closest."""
    step = min(float(one[1] - one[0]) for one in positions_px)
    first, last = min(one[0] for one in positions_px), max(one[-1] for one in positions_px)
    return np.arange(first, last + step / 2, step)


def _area(part: FringeMap) -> float:
    """Area above half the plateau, in pixels."""
    cell = (part.rows_px[1] - part.rows_px[0]) * (part.cols_px[1] - part.cols_px[0])
    return float(np.count_nonzero(part.snr > part.plateau / 2) * cell)
