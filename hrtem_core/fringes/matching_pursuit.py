"""Stage 3, inverse FFT: the strongest fringes are outlined and taken out, then the next are judged.

Strong grains have side lobes in the spectrum, in and beside their outline, that look like weaker lattices.
Matching pursuit (Mallat & Zhang 1993, doi:10.1109/78.258082; CLEAN: Högbom 1974) explains them away: every
candidate is measured on what the stronger ones have left.
"""

import math

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.errors import RecipeError
from hrtem_core.fringes.bent import joined, owners
from hrtem_core.fringes.beyond import take_out_beyond
from hrtem_core.fringes.maps import FringeMap, FringeMaps
from hrtem_core.fringes.pending import Pending
from hrtem_core.fringes.residual import Pursuit
from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Position, Wavevector, scaled_lengths
from hrtem_core.numerics import FloatArray, read_only
from hrtem_core.spectrum import Candidates, Spectrum


def separate(
    spectrum: Spectrum,
    candidates: Candidates,
    *,
    tuning: FringeTuning = FRINGE_TUNING,
    checkpoint: Checkpoint = go_on,
) -> FringeMaps:
    """The fringes of every significant candidate, the strongest taken out first.

    Strategy (docs/method.md, section 8): strong lattices beyond the range are taken out first, and told to
    nobody. Then a candidate is tried when it is the strongest of what is left; if it is new and
    significant its fringes are taken out of the image, and what they touched is judged again.

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
    take_out_beyond(pursuit, checkpoint)
    for taken in pursuit.explained:
        pending.touch(taken.footprint)
    while (i := pending.next(pursuit.residual)) is not None:
        checkpoint()
        g = Wavevector(*candidates.g_per_nm[i].tolist())
        centre = Position(*candidates.centre_px[i].tolist())
        if pursuit.try_out(g, centre, min(float(candidates.window_nm[i]), tuning.largest_window_nm), i):
            taken = pursuit.explained[-1]
            pending.take_note(taken.fringes.g_per_nm, taken.footprint)
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
            place, snr = pursuit.strongest_place(g)
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
        n_beyond = int(new[: pursuit.n_beyond].max(initial=-1)) + 1
        maps = maps[n_beyond:]
        owner = [max(int(new[index]) - n_beyond, -1) if index >= 0 else -1 for index in owner]
    return FringeMaps(tuple(maps), tuple(owner), read_only(pursuit.residual))


def places_of(rows_px: FloatArray, positions_px: FloatArray) -> FloatArray:
    """Where positions among straightened rows lie in the image as it was taken; beyond its ends as far on."""
    n = len(rows_px)
    inside = np.clip(positions_px, 0, n - 1)
    return np.asarray(np.interp(inside, np.arange(n), rows_px) + positions_px - inside)
