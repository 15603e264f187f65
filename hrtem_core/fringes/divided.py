"""Stage 3, inverse FFT: regions of fringes that go on from one crystal into the next with another g.

Planes of neighbours may be as close in g as a fine map is wide. Where they meet nothing fades, and one region
holds both; but in the one crystal the phase of the map turns evenly with one wavevector, in the other with
another one.
"""

from dataclasses import replace

import numpy as np
import scipy

from hrtem_core.fringes.regions import Region, TrialWaves, trial_waves_of
from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Position, Wavevector, distance_per_nm
from hrtem_core.numerics import BoolImage, ComplexArray, FloatImage, component, pieces_of, quantile

BEND = 3
"""Order of the polynomial that the phase of a lattice follows which bends or is strained."""


def of_one_lattice(
    region: Region, centre_px: Position, pixel_nm: tuple[float, float], tuning: FringeTuning
) -> Region:
    """The part of a region around a place whose fringes have one wavevector, or all of it.

    Strategy: the share of the power that is in step with one wavevector is near 1 in a crystal, and small
    where two meet. The places that are out of step with the best wavevector give a second one, each sample
    goes to that with which its surroundings are in step, and both wavevectors are found anew.

    Parameters
    ----------
    region
        Where a map stands above half of its plateau.
    centre_px
        The place.
    pixel_nm
        (row, column) pixel size in nm.
    tuning
        How large and strong regions must be, and how well one wavevector and two describe them.
    """
    if region.area_nm2 < tuning.divided_nm2 or region.plateau < tuning.divided_snr:
        return region
    second = _second_lattice(region, pixel_nm, tuning)
    return region if second is None else _part(region, second, centre_px, tuning)


def _second_lattice(region: Region, pixel_nm: tuple[float, float], tuning: FringeTuning) -> BoolImage | None:
    """Where in a region the fringes are another lattice's, None where all are one's."""
    waves = trial_waves_of(region, pixel_nm, tuning)
    fringes = np.where(region.mask, region.map_.amplitude, 0).astype(np.complex64)
    g_one, first = _moved(fringes, fringes, waves)
    alone = _in_step(first, region.mask)
    if alone >= tuning.one_lattice:
        return None
    places = (region.map_.rows_px, region.map_.cols_px)
    steps = [float(at[1] - at[0]) * pixel for at, pixel in zip(places, pixel_nm, strict=True)]
    widest_nm = max(tuning.divided_smooth_nm, tuning.divided_smooth * float(np.sqrt(region.area_nm2)))
    smooth = [widest_nm / step for step in steps]
    others = region.mask & (_smoothed(first, smooth) < tuning.out_of_step * _smoothed(np.abs(first), smooth))
    for _ in range(3):
        if min(np.count_nonzero(others), np.count_nonzero(region.mask & ~others)) < tuning.divided_samples:
            return None
        g_other, second = _moved(fringes, np.where(others, fringes, 0), waves)
        enough_nm = tuning.divided_turns / max(float(distance_per_nm(g_one, g_other)), 1e-9)
        smooth = [min(max(enough_nm, tuning.divided_smooth_nm), widest_nm) / step for step in steps]
        others = region.mask & (_smoothed(second, smooth) > _smoothed(first, smooth))
        g_one, first = _moved(fringes, np.where(others, 0, fringes), waves)
    if not all(_in_one_piece(part, tuning) for part in (others, region.mask & ~others)):
        return None
    share = float((np.abs(fringes[others]) ** 2).sum() / (np.abs(fringes) ** 2).sum())
    both = share * _in_step(second, others) + (1 - share) * _in_step(first, region.mask & ~others)
    smooth_phase = _without_bend(fringes)
    _, unbent = _moved(smooth_phase, smooth_phase, waves)
    one = max(alone, _in_step(unbent, region.mask))
    return others if 1 - both < tuning.two_lattices * (1 - one) else None


def _in_one_piece(part: BoolImage, tuning: FringeTuning) -> bool:
    """Whether most of a lattice's part hangs together: stripes are those of one lattice that sways."""
    sizes = [np.count_nonzero(mask) for _, mask in pieces_of(part, 1)]
    return bool(max(sizes, default=0) > tuning.in_one_piece * sum(sizes))


def _without_bend(fringes: ComplexArray) -> ComplexArray:
    """Fringes without the polynomial of third order whose steps are nearest to those of their phase."""
    down, along = (np.linspace(-1, 1, n) for n in fringes.shape)
    orders = [(i, j) for i in range(BEND + 1) for j in range(BEND + 1 - i) if i + j]
    terms = np.stack([np.outer(down**i, along**j) for i, j in orders])
    steps, phases, weights = [], [], []
    for axis in (0, 1):
        here = fringes.swapaxes(0, axis)
        turn = here[1:] * here[:-1].conj()
        steps.append(np.diff(terms.swapaxes(1, 1 + axis), axis=1).reshape(len(orders), -1))
        phases.append(np.angle(turn).ravel())
        weights.append(np.sqrt(np.abs(turn)).ravel())
    weight = np.concatenate(weights)
    design = np.concatenate(steps, axis=1) * weight
    size = np.linalg.lstsq(design.T, np.concatenate(phases) * weight, rcond=None)[0]
    return np.asarray(fringes * np.exp(-1j * np.tensordot(size, terms, 1)).astype(np.complex64))


def _moved(fringes: ComplexArray, part: ComplexArray, waves: TrialWaves) -> tuple[Wavevector, ComplexArray]:
    """The wavevector, from the map's, that most of a part is in step with, and the fringes from there."""
    offsets, turns = waves
    power = np.abs(turns[0] @ part @ turns[1].T) ** 2
    row, col = np.unravel_index(int(np.argmax(power)), power.shape)
    moved = np.asarray(fringes * turns[0][row][:, None] * turns[1][col])
    return Wavevector(float(offsets[0][row]), float(offsets[1][col])), moved


def _in_step(fringes: ComplexArray, mask: BoolImage) -> float:
    """The share of the power inside a mask that is in step, 0 to 1."""
    inside = fringes[mask]
    return float(np.abs(inside.sum()) ** 2 / max(len(inside) * (np.abs(inside) ** 2).sum(), 1e-30))


def _smoothed(map_: ComplexArray | FloatImage, sigma: list[float]) -> FloatImage:
    """The modulus of a map, smoothed before."""
    return np.asarray(np.abs(scipy.ndimage.gaussian_filter(map_, sigma, mode="constant")))


def _part(region: Region, others: BoolImage, centre_px: Position, tuning: FringeTuning) -> Region:
    """The connected part of a region, of one lattice or the other, that lies nearest to a place."""
    rows, cols = np.nonzero(region.mask)
    down, along = region.map_.rows_px[rows] - centre_px[0], region.map_.cols_px[cols] - centre_px[1]
    nearest = int(np.argmin(np.hypot(down, along)))
    seed = (int(rows[nearest]), int(cols[nearest]))
    mask = component(region.mask & (others == others[seed]), seed)
    power = np.abs(region.map_.amplitude) ** 2
    share = float(power[mask].sum() / power[region.mask].sum())
    size = np.count_nonzero(mask) / np.count_nonzero(region.mask)
    cells = (region.energy / region.excess) ** 2 - 1
    return replace(
        region,
        mask=mask,
        area_nm2=region.area_nm2 * size,
        plateau=quantile(region.snr[mask], tuning.plateau_quantile),
        energy=region.energy * share,
        excess=float(region.energy * share / np.sqrt(1 + size * cells)),
        is_divided=True,
    )
