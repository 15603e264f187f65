"""Stage 3, inverse FFT: the strongest fringes are outlined and taken out, then the next are judged.

Strong grains have side lobes in the spectrum, in and beside their outline, that look like weaker lattices.
Matching pursuit (Mallat & Zhang 1993, doi:10.1109/78.258082; CLEAN: Högbom 1974) explains them away: every
candidate is measured on what the stronger ones have left.
"""

import heapq
import math

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.errors import RecipeError
from hrtem_core.fringes.bent import joined, owners
from hrtem_core.fringes.demodulation import LocalSpectrum
from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.fringes.residual import Pursuit
from hrtem_core.fringes.taken_out import Explained
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Position, Wavevector, distance_per_nm, scaled_lengths
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, IntArray, read_only
from hrtem_core.spectrum import Candidates, Spectrum, window_powers

BATCH = 128
"""How many candidates are measured at a time."""


class Pending:
    """Candidates that wait to be followed, and what stronger fringes have left of them.

    Strategy: most candidates are the same fringes seen in neighbouring windows. What is left of one is
    measured only when its turn comes, together with the next ones in the queue, and again only if fringes
    were taken out of its window since.

    Parameters
    ----------
    spectrum
        The image before anything is taken out.
    candidates
        Only the significant ones wait.
    tuning
        How much must be left of one, and how often it may wait again.
    """

    def __init__(self, spectrum: Spectrum, candidates: Candidates, tuning: FringeTuning) -> None:
        self.tuning = tuning
        self.spectrum, self.g_per_nm = spectrum, candidates.g_per_nm
        self.centre_px, self.window_nm = candidates.centre_px, candidates.window_nm
        self.reach_px = candidates.window_nm[:, None] / 2 / np.array(spectrum.grid.pixel_size.sizes_nm)
        self.ratio = candidates.power / candidates.threshold
        n = len(candidates)
        self.gone = np.zeros(n, dtype=bool)
        self.n_out = 0
        self.touched, self.measured = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self.refused = np.full(n, -1, dtype=np.int64)
        self.left = np.ones(n)
        self.queue = [(-float(self.ratio[i]), int(i), 0) for i in np.flatnonzero(candidates.significant)]
        heapq.heapify(self.queue)

    def next(self, residual: FloatImage) -> int | None:
        """The strongest candidate of what is left, or None when there are no more."""
        min_left, max_tries = self.tuning.min_kept**2, self.tuning.max_tries
        while self.queue:
            priority, i, tries = heapq.heappop(self.queue)
            if self.gone[i]:
                continue
            if self.touched[i] > self.measured[i]:
                self._measure_next(i, residual)
            if self.refused[i] >= self.touched[i]:
                continue
            now = float(self.ratio[i] * self.left[i])
            if now < 1 or self.left[i] < min_left:
                continue
            if now < -0.8 * priority and tries < max_tries:
                heapq.heappush(self.queue, (-now, i, tries + 1))
                continue
            return i
        return None

    def take_note(self, taken: Explained) -> None:
        """Fringes were taken out: windows they reach into have changed, and maxima inside them are theirs."""
        inside = self.touch(taken.footprint)
        self.gone[self._same(inside, taken.fringes.g_per_nm, taken.footprint)] = True

    def refuse(self, g: Wavevector, footprint: Footprint) -> None:
        """Fringes were refused: maxima inside them are the same until their windows change."""
        self.refused[self._same(np.arange(len(self.gone)), g, footprint)] = self.n_out

    def _same(self, some: IntArray, g: Wavevector, footprint: Footprint) -> IntArray:
        """Which of some maxima are those of fringes inside a footprint."""
        same = some[distance_per_nm(self.g_per_nm[some], g) < self.tuning.same_g_per_nm]
        return same[footprint.holds(*np.round(self.centre_px[same]).astype(int).T)]

    def touch(self, changed: Footprint) -> IntArray:
        """Windows that reach into a region have changed: which."""
        self.n_out += 1
        rows, cols = changed.window
        low, high = np.array([rows.start, cols.start]), np.array([rows.stop, cols.stop])
        inside = np.arange(len(self.gone))
        for axis in (0, 1):
            centre, reach = self.centre_px[inside, axis], self.reach_px[inside, axis]
            inside = inside[(low[axis] <= centre + reach) & (high[axis] >= centre - reach)]
        self.touched[inside] = self.n_out
        return inside

    def _measure_next(self, first: int, residual: FloatImage) -> None:
        """What is left of a candidate, and of those behind it that have changed too."""
        behind = [heapq.heappop(self.queue) for _ in range(min(BATCH, len(self.queue)))]
        for item in behind:
            heapq.heappush(self.queue, item)
        rows = np.unique([first, *(i for _, i, _ in behind)])
        rows = rows[(self.touched[rows] > self.measured[rows]) & ~self.gone[rows]]
        images = self.spectrum.whitened, residual
        for size in np.unique(self.window_nm[rows]):
            some = rows[self.window_nm[rows] == size]
            places, waves = self.centre_px[some], self.g_per_nm[some]
            before, now = window_powers(images, self.spectrum.grid.pixel_size, places, float(size), waves)
            self.left[some] = now / before
        self.measured[rows] = self.n_out


def separate(
    spectrum: Spectrum,
    candidates: Candidates,
    *,
    tuning: FringeTuning = FRINGE_TUNING,
    checkpoint: Checkpoint = go_on,
) -> FringeMaps:
    """The fringes of every significant candidate, the strongest taken out first.

    Strategy (docs/method.md, section 8): a candidate is tried when it is the strongest of what is left; if it
    is new and significant its fringes are taken out of the image, and what they touched is judged again.

    Parameters
    ----------
    spectrum
        Whitened image and noise.
    candidates
        Maxima of the local spectra; only the significant ones are followed.
    tuning
        The numbers of the method.
    checkpoint
        Called before every try.
    """
    tuning = scaled_lengths(tuning, spectrum.length_scale)
    pursuit = Pursuit(spectrum, spectrum.whitened, tuning=tuning)
    pending = Pending(spectrum, candidates, tuning)
    while (i := pending.next(pursuit.residual)) is not None:
        checkpoint()
        g = Wavevector(*candidates.g_per_nm[i].tolist())
        centre = Position(*candidates.centre_px[i].tolist())
        if pursuit.try_out(g, centre, min(float(candidates.window_nm[i]), tuning.largest_window_nm), i):
            pending.take_note(pursuit.explained[-1])
        while pursuit.refused:
            pending.refuse(*pursuit.refused.pop())
        while pursuit.levelled:
            pending.touch(pursuit.levelled.pop())
    return fringe_maps(pursuit, len(candidates))


def add_by_hand(
    spectrum: Spectrum,
    fringes: FringeMaps,
    added: tuple[Wavevector, ...],
    *,
    tuning: FringeTuning = FRINGE_TUNING,
    checkpoint: Checkpoint = go_on,
) -> FringeMaps:
    """The fringe maps with those of wavevectors that a person added, from what the others have left.

    Parameters
    ----------
    spectrum
        Whitened image and noise.
    fringes
        What was found without a person's help; not changed.
    added
        (row, column) of each g in 1/nm.
    tuning
        The numbers of the method.
    checkpoint
        Called before every try.

    Raises
    ------
    RecipeError
        If the pixels do not show an added spacing: it would be kept, but never be shown.
    """
    tuning = scaled_lengths(tuning, spectrum.length_scale)
    for g in added:
        _check_shown(g, spectrum.band_per_nm[1])
    maps, residual = list(fringes.maps), fringes.residual
    for number, g in enumerate(added):
        pursuit = Pursuit(spectrum, residual, by_hand=True, tuning=tuning)
        for _ in range(tuning.hand_regions):
            checkpoint()
            place, snr = strongest_place(pursuit, g)
            if snr < tuning.hand_snr or not pursuit.try_out(g, place, tuning.hand_window_nm, -1 - number):
                break
        maps += fringe_maps(pursuit, 0).maps
        residual = pursuit.residual
    return FringeMaps(tuple(maps), fringes.map_of_candidate, read_only(residual))


def _check_shown(g: Wavevector, g_max_per_nm: float) -> None:
    length = math.hypot(*g)
    if length > g_max_per_nm * (1 + 1e-9):
        raise RecipeError(
            f"An added peak has d = {1 / length:.3g} nm, finer than the {1 / g_max_per_nm:.3g} nm that these "
            "pixels show; take it out, average fewer pixels, or check the pixel size."
        )


def strongest_place(pursuit: Pursuit, g: Wavevector) -> tuple[Position, float]:
    """Place in pixels where the fringes at `g` are strongest in the field, and their amplitude there."""
    tuning, profile = pursuit.tuning, pursuit.spectrum.profile
    whole = LocalSpectrum(pursuit.residual, pursuit.pixel_nm, (0, 0), pursuit.shape, profile, tuning=tuning)
    map_ = whole.demodulate(g, tuning.hand_resolution_nm)
    noise = pursuit.spectrum.noise.at(g, map_.rows_px, map_.cols_px)
    significance = np.abs(map_.amplitude) * np.sqrt(map_.cover / noise)
    row, col = np.unravel_index(int(np.argmax(significance)), significance.shape)
    place = Position(float(map_.rows_px[row]), float(map_.cols_px[col]))
    return place, float(significance[row, col])


def fringe_maps(pursuit: Pursuit, n_candidates: int) -> FringeMaps:
    """What a pursuit has explained, as the stage's product."""
    maps: list[FringeMap] = []
    owner = [-1] * n_candidates
    rows = pursuit.spectrum.rows_px
    for index, item in enumerate(pursuit.explained):
        fringes = item.fringes
        maps.append(
            FringeMap(
                candidate=item.candidate,
                g_per_nm=fringes.g_per_nm,
                g_sigma_per_nm=fringes.g_sigma_per_nm,
                resolution_nm=fringes.region.resolution_nm,
                rows_px=places_of(rows, fringes.region.map_.rows_px),
                cols_px=fringes.region.map_.cols_px,
                snr=read_only(fringes.snr),
                plateau=fringes.region.plateau,
                excess=fringes.region.excess,
            )
        )
        if item.candidate >= 0:
            owner[item.candidate] = index
    if not pursuit.by_hand:
        maps, new = joined(maps, owners(pursuit))
        owner = [int(new[index]) if index >= 0 else -1 for index in owner]
    return FringeMaps(tuple(maps), tuple(owner), read_only(pursuit.residual))


def places_of(rows_px: FloatArray, positions_px: FloatArray) -> FloatArray:
    """Where positions among straightened rows lie in the image as it was taken; beyond its ends as far on."""
    n = len(rows_px)
    inside = np.clip(positions_px, 0, n - 1)
    return np.asarray(np.interp(inside, np.arange(n), rows_px) + positions_px - inside)
