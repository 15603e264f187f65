"""The lens: the numbers tuned on known scenes (docs/method.md), for tests and sweeps."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LensTuning:
    """What decides how defocus is believed, where displaced fringes belong, and how their g is measured."""

    believed_nm: float = 15.0
    """A typed defocus is corrected by the rings if they agree within this many nm ..."""

    believed_share: float = 0.15
    """... or this part of it."""

    n_defoci: int = 3
    """So many defoci are tried where voltage and Cs are known and the rings are too faint to tell it."""

    n_telling: int = 60
    """Domains by which lenses are told apart."""

    min_gain: float = 1.1
    """Where the rings do not tell the lens for sure, reflections must coincide so many times better at home
    than where they are, or they are left there."""

    min_gain_of_several: float = 1.2
    """The same for the best of several lenses, which is better by chance, too."""

    min_more: float = 0.5
    """And by so much more."""

    cell_nm: float = 0.16
    """Places are compared on a grid of this step."""

    same_reflection_per_nm: float = 0.2
    """Domains whose g differ by less belong to one reflection: the lens splits it over several places."""

    resolution_nm: float = 0.6
    """Standard deviation of the Gaussian with which the two waves of a reflection are followed."""

    margin_nm: float = 1.5
    """What is looked at beyond R around the fringes."""

    least_shift_nm: float = 0.25
    """Fringes that are displaced by less are taken as at home."""

    prior_both: float = 0.7
    """What a place with both waves is worth before anything bears witness: how often it was true."""

    prior_lone: float = 0.6
    """The same with only the wave g, or only -g."""

    prior_stays: float = 0.5
    """The same for fringes that the lens does not move."""

    blur_cells: int = 2
    """So far beyond a shifted outline its fringes may reach, and count as explained."""

    min_seen: float = 0.5
    """Part of a copy that must lie where fringes were found, where it lies in the field at all."""

    in_field: float = 0.4
    """A copy of which less than this lies in the field need not be seen."""

    min_touched: float = 0.1
    """Part of a home's copies in a piece of fringes from which on it would explain that piece."""

    parallel: float = 0.97
    """Reflections count as of different directions when the cosine between them is below this."""

    min_overlap: float = 0.3
    """Intersection over union of two places from which on one bears witness for the other."""

    n_witnesses: int = 3
    """So many of the best witnesses count."""

    min_new: float = 0.5
    """Part of its fringes that nothing else may have explained."""

    min_witness: float = 0.3
    """What witnesses must be worth together for a lone copy to be moved."""

    min_staying: float = 0.5
    """What they must be worth for one to stay in place."""

    min_coverage: float = 0.5
    """Part of the fringes it touches that a place without a witness must explain."""

    min_alone_snr: float = 4.2
    """Amplitude from which on fringes are believed without a witness: a lens leaves noise in rings."""

    worth_per_snr: float = 0.02
    """What a place is worth more for each unit of its amplitude ..."""

    max_snr: float = 20.0
    """... up to this."""

    worth_of_coverage: float = 0.5
    """What it is worth more when it explains all the fringes that it touches."""

    cost_of_doubt: float = 0.5
    """What a lone copy without a witness is worth less: one of its two places is wrong. What explains both
    copies at once comes first."""

    same_crystal: float = 0.35
    """One crystal has one reflection near a g: what shares this part of the smaller place is its double."""

    same_g_per_nm: float = 0.4
    """How near that is."""

    min_common: float = 0.4
    """Mean intersection over union from which on reflections are one crystal's. Less than for crystallites:
    outlines that a lens has disturbed scatter more."""

    min_votes: float = 0.33
    """Part of a crystal's reflections that must be seen at a place. Less than half, because a thin rim shows
    in the strong ones only."""

    votes_blur_cells: float = 1.0
    """By which the votes are smoothed."""

    n_short: int = 8
    """The basis of a lattice is looked for among so many of a crystal's shortest wavevectors."""

    reach_per_nm: float = 0.45
    """Radius of the disc around g in which a spot is looked at; the maps carry no more."""

    inequality: float = 0.1
    """How dear it is that the waves g and -g differ from those of a thin crystal, relative to the energy of
    the sideband: free ones would fit anything where the lens moves them by less than a spot tells."""

    starts_per_nm: tuple[float, ...] = (0.08, 0.16)
    """Radii of the rings, around the g of the fringes as found, from which the search begins."""

    steps_per_nm: tuple[float, ...] = (0.03, 0.03, 0.015, 0.008)
    """Of the squares in which the summit is looked for, one after another; the last gives the curvature."""

    max_pull_per_nm: float = 0.2
    """What lies further from the g that the fringes were found with is another spot."""

    spot_sigma_home: float = 0.05
    """Standard uncertainty of g in units of a spot's width, 1 / (diameter of the crystal), where the lens
    moves no fringes."""

    spot_sigma_brought: float = 0.1
    """The same where what it does to the spot was undone."""

    spot_sigma_stays: float = 0.18
    """The same where two kinds of fringes overlap, and where nothing that the lens did could be undone."""

    phase_per_snr: float = 0.015
    """Phase in rad that the thickest part of a crystal gives to the beam, more than the film around it does,
    for each unit of the amplitude of its strongest fringes ..."""

    max_potential_v: float = 20.0
    """... but no more than this inner potential gives: that of gold less that of carbon."""

    min_met: float = 0.1
    """Part of a crystal in which its two waves must meet for their beat to be told."""


LENS_TUNING = LensTuning()
