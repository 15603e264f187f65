"""Where the crystal of some reflections ends: where the fewest of them that can be believed agree.

The two waves of a displaced reflection overlap at home, and weak fringes have the outline of the noise:
each outline errs in its own way. All of one crystal's reflections together err less.
"""

from dataclasses import replace

import numpy as np
import scipy

from hrtem_core.domains import CrystalliteParameters, Domain, Domains, group_crystallites
from hrtem_core.image import PixelSize
from hrtem_core.lens.choice import Chosen
from hrtem_core.lens.sidebands import Cells, Sideband
from hrtem_core.lens.tuning import LensTuning
from hrtem_core.numerics import FloatArray, FloatImage, Footprint, IntArray, pieces_of


def crystals_of(chosen: list[Chosen], bands: list[Sideband], grid: Cells, tuning: LensTuning) -> IntArray:
    """For each reflection the number of its crystal from 1, 0 where nobody knows.

    Parameters
    ----------
    chosen
        Where the crystal of each reflection lies.
    bands
        The sidebands they count from.
    grid
        The cells that places are counted in.
    tuning
        What was tuned.
    """
    domains = tuple(
        Domain(
            domain_id=i,
            peak=0,
            g_per_nm=bands[one.hypothesis.band].g_per_nm,
            g_sigma_per_nm=0.0,
            snr=one.hypothesis.snr,
            footprint=one.hypothesis.place,
            place="home" if one.is_certain else "either",
        )
        for i, one in enumerate(chosen)
    )
    together = Domains(shape=grid.shape, pixel_size=PixelSize(*grid.cell_nm), accepted=domains)
    return group_crystallites(
        together, CrystalliteParameters(min_overlap=tuning.min_common)
    ).crystallite_of_domain


def strongest_fringes(chosen: list[Chosen], crystals: IntArray) -> FloatArray:
    """Amplitude of the strongest fringes of each one's crystal; its own where nobody knows the crystal.

    Parameters
    ----------
    chosen
        Where the crystal of each reflection lies.
    crystals
        Shape (n,): the number of its crystal, 0 where nobody knows.

    Returns
    -------
    snr
        Shape (n,), in units of the noise amplitude.
    """
    own = np.array([one.hypothesis.snr for one in chosen], dtype=float)
    of_crystal = np.zeros(int(crystals.max(initial=0)) + 1)
    np.maximum.at(of_crystal, crystals, own)
    return np.where(crystals > 0, of_crystal[crystals], own)


def agreed(chosen: list[Chosen], crystals: IntArray, tuning: LensTuning) -> list[Chosen]:
    """The same reflections; those of one crystal that the lens has disturbed with one outline for all.

    Parameters
    ----------
    chosen
        Where the crystal of each reflection lies.
    crystals
        Shape (n,): the number of its crystal, 0 where nobody knows.
    tuning
        What was tuned.
    """
    common = list(chosen)
    for crystal in range(1, int(crystals.max(initial=0)) + 1):
        members = np.flatnonzero(crystals == crystal).tolist()
        place = _common_place([chosen[i].hypothesis.place for i in members], tuning)
        if len(members) < 2 or place is None:
            continue
        for i in members:
            hypothesis = chosen[i].hypothesis
            if hypothesis.kind != "home":
                common[i] = replace(chosen[i], hypothesis=replace(hypothesis, place=place))
    return common


def _common_place(places: list[Footprint], tuning: LensTuning) -> Footprint | None:
    """Where enough of some places are, in one piece; None when that is nowhere."""
    everywhere = Footprint.union(places)
    pieces = pieces_of(_share(places, everywhere, tuning.votes_blur_cells) > tuning.min_votes, 1.0)
    if not pieces:
        return None
    box, mask = max(pieces, key=lambda piece: int(np.count_nonzero(piece[1])))
    return everywhere.part(box, mask)


def _share(places: list[Footprint], everywhere: Footprint, blur_cells: float) -> FloatImage:
    """Which part of some places holds each cell of their union's box, smoothed."""
    votes = np.zeros(everywhere.mask.shape)
    for place in places:
        row, col = place.row0 - everywhere.row0, place.col0 - everywhere.col0
        votes[row : row + place.mask.shape[0], col : col + place.mask.shape[1]] += place.mask
    return np.asarray(scipy.ndimage.gaussian_filter(votes / len(places), blur_cells, mode="constant"))
