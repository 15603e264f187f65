"""Stage 3, inverse FFT: the strongest fringes are outlined and taken out, then the next are judged.

Strong grains have side lobes in the spectrum, in and beside their outline, that look like weaker lattices.
Matching pursuit (Mallat & Zhang 1993, doi:10.1109/78.258082; CLEAN: Högbom 1974) explains them away: every
candidate is measured on what the stronger ones have left.
"""

import heapq

import numpy as np

from hrtem_core.amplitude import FringeMap, FringeMaps, LocalSpectrum
from hrtem_core.calibration import Wavevector
from hrtem_core.candidates import Candidates
from hrtem_core.pursuit import HAND_SNR, RESOLUTIONS_NM, Pursuit
from hrtem_core.spectrum import Spectrum
from hrtem_core.types import read_only
from hrtem_core.windows import window_power

MIN_KEPT = 0.6
"""Share of its amplitude that a candidate must keep when stronger fringes are taken out."""
HAND_WINDOW_NM = 4.0
MAX_HAND_REGIONS = 20
"""A peak added by hand: the first look, and how many regions it may have."""


def separate(spectrum: Spectrum, candidates: Candidates) -> FringeMaps:
    """The fringes of every significant candidate, the strongest taken out first.

    Parameters
    ----------
    spectrum
        Whitened image and noise.
    candidates
        Maxima of the local spectra; only the significant ones are followed.
    """
    pursuit = Pursuit(spectrum, spectrum.whitened)
    ratio = candidates.power / candidates.threshold
    queue = [(-float(ratio[i]), int(i), 0) for i in np.flatnonzero(candidates.significant)]
    heapq.heapify(queue)
    follow(pursuit, spectrum, candidates, queue)
    return fringe_maps(pursuit, len(candidates))


def follow(
    pursuit: Pursuit, spectrum: Spectrum, candidates: Candidates, queue: list[tuple[float, int, int]]
) -> None:
    """Works off the queue (minus ratio to the threshold, candidate, number of tries), strongest first."""
    ratio = candidates.power / candidates.threshold
    before: dict[int, float] = {}
    while queue:
        priority, i, tries = heapq.heappop(queue)
        g = (float(candidates.g_per_nm[i, 0]), float(candidates.g_per_nm[i, 1]))
        centre = (float(candidates.centre_px[i, 0]), float(candidates.centre_px[i, 1]))
        window = float(candidates.window_nm[i])
        if pursuit.owns(g, centre):
            continue
        if pursuit.changed_within(centre, window):
            if i not in before:
                before[i] = window_power(spectrum.whitened, spectrum.pixel_size, centre, window, g)
            left = window_power(pursuit.residual, spectrum.pixel_size, centre, window, g) / before[i]
            now = float(ratio[i]) * left
            if now < 1 or left < MIN_KEPT**2:
                continue
            if now < -0.8 * priority and tries < 6:
                heapq.heappush(queue, (-now, i, tries + 1))
                continue
        pursuit.try_out(g, centre, min(window, 12.0), i)


def add_by_hand(spectrum: Spectrum, fringes: FringeMaps, added: tuple[Wavevector, ...]) -> FringeMaps:
    """The fringe maps with those of wavevectors that a person added, from what the others have left.

    Parameters
    ----------
    spectrum
        Whitened image and noise.
    fringes
        What was found without a person's help; not changed.
    added
        (row, column) of each g in 1/nm.
    """
    maps, residual = list(fringes.maps), fringes.residual
    for number, g in enumerate(added):
        pursuit = Pursuit(spectrum, residual, by_hand=True)
        for _ in range(MAX_HAND_REGIONS):
            place, snr = strongest_place(pursuit, g)
            if snr < HAND_SNR or not pursuit.try_out(g, place, HAND_WINDOW_NM, -1 - number):
                break
        maps += fringe_maps(pursuit, 0).maps
        residual = pursuit.residual
    return FringeMaps(tuple(maps), fringes.map_of_candidate, read_only(residual))


def strongest_place(pursuit: Pursuit, g: tuple[float, float]) -> tuple[tuple[float, float], float]:
    """Place in pixels where the fringes at `g` are strongest in the field, and their amplitude there."""
    whole = LocalSpectrum(pursuit.residual, pursuit.pixel_nm, (0, 0), pursuit.shape, pursuit.spectrum.profile)
    resolution = RESOLUTIONS_NM[1]
    map_ = whole.demodulate(g, resolution)
    noise = pursuit.spectrum.noise.at(g, map_.rows_px, map_.cols_px)
    significance = np.abs(map_.amplitude) * np.sqrt(map_.cover / noise)
    row, col = np.unravel_index(int(np.argmax(significance)), significance.shape)
    return (float(map_.rows_px[row]), float(map_.cols_px[col])), float(significance[row, col])


def fringe_maps(pursuit: Pursuit, n_candidates: int) -> FringeMaps:
    """What a pursuit has explained, as the stage's product."""
    maps, owner = [], [-1] * n_candidates
    for index, item in enumerate(pursuit.explained):
        fringes = item.fringes
        maps.append(
            FringeMap(
                item.candidate,
                fringes.g_per_nm,
                fringes.g_sigma_per_nm,
                fringes.region.resolution_nm,
                fringes.region.map_.rows_px,
                fringes.region.map_.cols_px,
                read_only(fringes.snr),
                fringes.region.plateau,
            )
        )
        if item.candidate >= 0:
            owner[item.candidate] = index
    return FringeMaps(tuple(maps), tuple(owner), read_only(pursuit.residual))
