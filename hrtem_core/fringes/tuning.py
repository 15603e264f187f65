"""Stage 3, inverse FFT: the numbers tuned on known scenes (docs/method.md), for tests and sweeps."""

from dataclasses import dataclass

from hrtem_core.fringes.division_tuning import DivisionTuning
from hrtem_core.fringes.line_tuning import LineTuning


@dataclass(frozen=True, kw_only=True)
class FringeTuning(DivisionTuning, LineTuning):
    """What decides how fringes are measured, told from side lobes and streaks, and taken out."""

    samples_per_sigma: float = 2.2
    """Samples of a map per standard deviation of its Gaussian: enough for linear interpolation in between."""

    min_cover: float = 0.15
    """Where less than this share of the Gaussian lies in the field, amplitudes are not scaled up further."""

    resolutions_nm: tuple[float, ...] = (0.6, 1.0, 1.6, 2.6)
    """Standard deviations of the Gaussians with which a candidate's fringes are tried, rising."""

    large_resolution_nm: float = 2.0
    """Resolutions from here on are tried for candidates of large windows only."""

    large_window_nm: float = 6.0
    """Windows from this size on are large."""

    fine_nm2: float = 50.0
    """Fringes that fill such an area are outlined as finely as their strength allows: corners,"""

    fine_snr: float = 14.0
    """at the finest resolution with such a plateau,"""

    fine_share: float = 0.95
    """that still shows so much of what is outlined at the next number,"""

    bridging_nm: float = 1.6
    """which sees no gap as narrow as a twin lamella,"""

    fine_field: float = 0.9
    """unless that is so much of the field that there are no corners."""

    margin_sigmas: float = 1.5
    """What is transformed beyond the square in which fringes are measured, in resolutions."""

    first_reach: float = 1.0
    """Half the square in which fringes are measured, in windows."""

    min_reach_nm: float = 3.5
    """The least half of that square."""

    growth: float = 1.8
    """The square grows by this factor when the fringes leave it."""

    whole_reach: float = 0.35
    """From this part of the field's longer side on, half a square is most of the field: all is looked at."""

    min_snr: float = 1.8
    """Amplitude over the noise amplitude below which a pixel is never inside; noise exceeds it in 4 %."""

    plateau_quantile: float = 0.85
    """The plateau is this quantile of the amplitude inside, because the edge is blurred and noise adds."""

    plateau_fraction: float = 0.5
    """The outline is drawn where the amplitude falls to this fraction of the plateau."""

    min_area_nm2: float = 1.2
    """Least area of a region."""

    min_excess: float = 8.0
    """Least energy above noise, in standard deviations of the noise's energy in the region."""

    false_regions: float = 0.05
    """How often noise may exceed the threshold of an amplitude somewhere in the field."""

    looks: float = 30.0
    """Independent looks per resolution cell: how often a map's maximum is searched over place and g."""

    fading_nm: float = 0.6
    """Distance over which a map fades outside its region."""

    refinement: float = 4.0
    """Steps of g, when it is refined, per step of the region's own FFT."""

    min_spread_nm2: float = 0.05
    """Least variance of the position along g for the uncertainty of g."""

    precise: float = 0.001
    """Relative counting uncertainty of g below which the centre of a region speaks for it."""

    spot_share: float = 0.04
    """Error of g that neighbours and the rim of a region make, in units of its spot's width."""

    strain: float = 0.0003
    """And relative to g, where nothing is measured of it: distortions that no domain is too large for."""

    spread_share: float = 0.5
    """Error of g relative to how far the halves of a region differ in g."""

    spread_noise: float = 0.3
    """Variance that noise alone gives this difference, relative to that of the halves' own g."""

    min_kept: float = 0.6
    """Share of its amplitude that a candidate must keep when stronger fringes are taken out."""

    max_tries: int = 6
    """How often a candidate that has faded goes back into the queue."""

    largest_window_nm: float = 12.0
    """Candidates of larger windows are measured as if their window were this large."""

    same_g_per_nm: float = 0.18
    """Fringes of one lattice are closer in g than this."""

    max_shared: float = 0.35
    """Fringes of nearly one g are one lattice's when they share more of the smaller outline than this."""

    max_second_order: float = 0.12
    """Fringes at twice the g of stronger ones are their second order when they are weaker than this share."""

    lobe_height: float = 0.65
    """Side lobes of a domain are this high, relative to its own amplitude."""

    lobe_width_per_nm: float = 0.75
    """Side lobes of a domain reach this far from its g."""

    lobe_reach_nm: float = 1.5
    """Side lobes of a domain reach this far beyond its outline."""

    residue_share: float = 0.02
    """Weaker than this share of other fringes there, fringes are what is left of these."""

    ghost_share: float = 0.04
    """The same for fringes of their g anywhere in the field: whitening spreads the strongest ones."""

    boundary_nm: float = 0.6
    """So far to either side of where fringes end smooth ones cannot follow them,"""

    boundaries: tuple[tuple[float, int, float], ...] = ((0.3, 2, 0.8), (0.45, 6, 0.95))
    """and weaker than the first share of so many that end there, with the last of their own outline where
    these end, fringes are what they leave."""

    rod_length: float = 2.0
    """Fringes so many times as long as wide may be on the rod of a straight end of stronger ones,"""

    rod_part: float = 0.15
    """with such a share of their own outline where these end,"""

    rod_spot: float = 1.0
    """the two in step over their length to so many periods,"""

    rod_height_per_nm: float = 0.4
    """and weaker by this over the distance of the two."""

    border_share: float = 0.5
    """Weaker than this share of fringes at the opposite border, a strip along a border is their own."""

    min_beside: float = 0.3
    """Share of its area that a side lobe has where side lobes reach."""

    own_beats: float = 10.0
    """Fringes whose outline holds so many beats with stronger ones are no side lobe of these: those of an
    outline are a few periods of its size away."""

    own_share: float = 0.7
    """Part of the stronger fringes' outline that they must fill,"""

    own_inside: float = 0.6
    """with so much of their own outline inside it, ..."""

    own_height: float = 0.2
    """and amplitude they must have, relative to that of these: less is a rest, or distortion of a scan."""

    plate_nm: float = 2.6
    """Outlines narrower than this, and longer than the next number of widths, are thin plates."""

    plate_aspect: float = 2.5
    """Least length of a thin plate in units of its width."""

    plate_tilt_deg: float = 20.0
    """A thin plate whose normal is farther than this from g is no streak: those of edges run along g."""

    plate_search: float = 1.2
    """The g of a thin plate is looked for within this over the width of its outline."""

    plate_rest: tuple[float, float] = (0.12, 0.3)
    """Film moves the g of a thin plate by this share of its spot's width; what is left of the crystal around
    a lamella, by the second."""

    plate_share: float = 0.2
    """A thin plate weaker than this share of fringes on whose line along its normal it lies is their rest."""

    lobe_across: float = 1.0
    """Side lobes of a thin plate lie along its normal, within this over its length."""

    plate_lobe_reach: tuple[float, float] = (2.6, 4.8)
    """Its first and second side lobes lie within this over the width of its outline from g."""

    plate_lobe_heights: tuple[float, float] = (0.7, 0.42)
    """Their heights, relative to the fringes' own amplitude; those of the next fall with their distance."""

    hand_snr: float = 3.0
    """Least amplitude of the fringes of a peak that was added by hand."""

    hand_window_nm: float = 4.0
    """Window of the first look at a peak that was added by hand."""

    hand_resolution_nm: float = 1.0
    """Resolution at which its fringes are looked for in the whole field."""

    hand_regions: int = 20
    """How many regions a peak that was added by hand may have."""

    subtraction_nm: float = 0.5
    """Standard deviation of the Gaussian that smooths the fringes that are taken out."""

    close_per_nm: float = 0.75
    """From here on another lattice keeps `min_kept` of its amplitude when such fringes are taken out."""

    close_beats: float = 3.0
    """So many beats inside a region tell the spot of another lattice from the first one's side lobes."""

    close_height: float = 0.3
    """Least amplitude of another lattice, relative to the fringes whose neighbour it is."""

    close_spot_beats: float = 1.6
    """Half the width of a spot, in periods of the region's size."""

    close_share: float = 0.6
    """Share of the power around g that other spots must hold: that of a distorted lattice has no gaps."""

    close_contrast: float = 0.35
    """Least contrast of the beats with another lattice, from 0 to 1."""

    close_subtraction: float = 0.34
    """Where there is another lattice, the Gaussian's standard deviation times its distance in g."""

    edge_nm: float = 0.12
    """Blur of the outline in which fringes are taken out first."""

    rim_nm: float = 0.35
    """How far that outline is grown for what is left around it."""

    softness_nm: float = 0.3
    """Blur of the grown outline."""

    min_share: float = 0.25
    """Where less than this share of the Gaussian lies inside, what is taken out is not scaled up further."""

    streak_reach: float = 0.3
    """How far beside a spot a streak is looked for, relative to g."""

    streak_reach_per_nm: float = 1.2
    """And at most so far."""

    streak_margin_nm: float = 0.6
    """What is transformed around a region to look for a streak."""

    streak_taper_nm: float = 0.3
    """Blur of the region's outline for that."""

    max_streak: float = 0.3
    """Energy beside a spot along g, relative to the spot's own, from which on it is part of a streak."""

    many_periods: float = 15.0
    """So many periods of fringes both ways are a lattice, perhaps a distorted one."""

    many_periods_of_line: float = 30.0
    """And so many across a region that is a line, as an edge is."""

    max_streak_of_many: float = 1.0
    """`max_streak` for those: a streak only if less than half of the energy lies in the spot."""

    streak_sigmas: float = 3.0
    """Standard deviations of the noise's energy that the energy beside the spot must exceed besides."""

    spot_widths: float = 1.3
    """Half the width of a spot in units of 1 / (width of the region)."""

    spot_per_nm: float = 0.1
    """What is added to half the width of a spot."""

    line: float = 2.5
    """A region so many times as long, across g, as it is wide follows an edge."""

    line_spot_per_nm: float = 0.35
    """Largest half width of the spot of a region that follows an edge: no spot of a rod is wider."""

    edge_from_per_nm: float = 0.5
    """Least |g| at which the edge of Fresnel fringes is looked for."""

    edge_step_per_nm: float = 0.08
    """Distance of the rings on which its energy is counted."""

    edge_window_per_nm: float = 0.2
    """Half the range of |g| over which it is added up."""

    edge_least: float = 10.0
    """How many times noise it must have there."""

    edge_share: float = 0.2
    """Energy of an edge times |g|², relative to that of fringes, from which on they are its own."""

    other_spot: float = 1.2
    """Width of the spot of another lattice, in units of the half width of this one."""

    other_lobes: float = 1.1
    """Energy of another lattice's spot with its side lobes, in units of that within its width."""

    max_bend: float = 0.07
    """Parts of a lattice that bends have wavevectors no further apart than this, relative to g."""

    bent_snr: float = 4.0
    """Weaker parts do not show whether their fringes go on."""

    bent_reach_nm: float = 0.5
    """How far a part's outline is grown to meet another one's."""

    bent_band: float = 0.21
    """Distance of two wavevectors times the resolution whose band holds both to 0.8 of their amplitude."""

    bent_samples: int = 12
    """Least number of samples of the amplitude where two parts meet."""

    bent_quantile: float = 0.1
    """The amplitude there is as good as its weakest tenth."""

    bent_least: float = 0.6
    """Least amplitude where parts meet, relative to that inside them."""

    @property
    def soft_nm(self) -> float:
        """How far beyond an outline fringes are taken out."""
        return self.rim_nm + 3 * self.softness_nm

    def fading_px(self, resolution_nm: float) -> float:
        """Distance over which a map of this resolution fades, in its own samples."""
        return self.fading_nm / resolution_nm * self.samples_per_sigma


FRINGE_TUNING = FringeTuning()
"""As the method is described."""
