"""Stage 1, FFT: the numbers tuned on known scenes (docs/method.md), for tests and sweeps."""

from dataclasses import dataclass

from hrtem_core.spectrum.ring_tuning import RING_TUNING, RingTuning


@dataclass(frozen=True, kw_only=True)
class SpectrumTuning:
    """What decides how an image is whitened, its noise measured, and which maxima are significant."""

    nyquist_margin: float = 0.45
    """Largest |g| looked at, in cycles per pixel; beyond it sampling and the detector leave little."""

    band_margin: float = 1.12
    """The working image reaches this much beyond the largest |g|, so that local spectra have neighbours."""

    background_nm: float = 1.5
    """A Gaussian blur of this standard deviation is the background."""

    rings_per_field: float = 1.0
    """Width of the rings of the radial profile, in steps of the field's frequencies."""

    min_ring_per_nm: float = 0.03
    """Least width of those rings."""

    tilt_smoothing_per_nm: float = 0.15
    """Standard deviation over which the profile is smoothed before whitening's tilt of a spot is undone."""

    max_tilt: float = 3.0
    """Largest factor by which that tilt is undone."""

    noise_window_nm: float = 5.0
    """Windows in which the local noise is measured."""

    noise_floor: float = 0.7
    """Least noise level: where the field is quieter than usual (vacuum) nothing is gained by believing it."""

    ray_quantile: float = 0.6
    """Above the median: a lens damps a Fresnel fringe's streak, a lattice spot fills a fifth of its ray. With
    another one `noise.QUANTILE_TO_MEDIAN` is another number."""

    ray_reach_per_nm: float = 2.0
    """Edges and Fresnel fringes are broad along one direction of the spectrum; a lattice spot is narrower."""

    window_sizes_nm: tuple[float, ...] = (2.5, 4.0, 6.4, 10.0)
    """Sizes of the windows in which maxima are looked for, besides the whole field; rising."""

    window_step: float = 1 / 3
    """Distance of neighbouring windows in units of their size: a Hann taper loses nothing in between."""

    padding: float = 1.6
    """Zero padding of a window before its FFT; without it a peak between two bins loses half its power."""

    independent: float = 0.5
    """Along one axis, independent windows per window at this distance."""

    tail: float = 1.2
    """The noise level is itself measured, which makes the tail of the power ratio longer than exponential."""

    reach: float = 2.0
    """Maxima are looked for this many resolutions beyond the d-range: a strong reflection out there must not
    pass as a weaker one at the range's end."""

    n_noise: int = 120
    """How many of the strongest noise maxima are kept per window size, to show the mixture what noise is."""

    line_waves: tuple[int, ...] = (5, 7, 9, 11)
    """Periods across a part of the profiles that show what the axis would be without a line."""

    line_pieces: int = 4
    """The level of a line is the median over so many pieces of the profile and those halfway between them."""

    line_sigmas: float = 3.0
    """Standard deviations by which a line must exceed what lies beside it; a faint one may be scaled."""

    line_window_nm: float = 5.0
    """Length of a profile in which no more of a frequency is taken out than is there."""

    line_smooth_per_nm: float = 2.5
    """Half the width over which the level of a line, as a gain, is smooth: wider than any spot."""

    line_alone: float = 0.01
    """With less power beside it than this, in an image without noise, a line is all there is: no spots."""

    line_false_spots: float = 1e-3
    """Expected number of maxima of one line's noise that pass for a lattice."""

    line_min_usable: float = 0.25
    """Least usable share of a column that counts."""

    gain_parts: tuple[int, ...] = (1, 2, 4)
    """A camera is read out as a whole, by halves or by quarters."""

    gain_known: float = 4.0
    """Power over the level from which on another harmonic of a gain is taken out."""

    max_period_px: int = 32
    """Longest period of a gain, in pixels of the detector."""

    max_period_error: float = 0.03
    """Largest deviation of a gain's frequency from a whole period, in units of the profile's resolution."""

    period_sigmas: float = 1.0
    """The same, over the square root of the gain's power."""

    max_gain: float = 0.026
    """Largest amplitude of one harmonic of a gain, relative to the mean intensity."""

    usual_contrast: float = 0.08
    """Noise relative to the mean intensity, taken for that of an image whose zero is not known."""

    largest_contrast: float = 0.2
    """Noise above which, relative to the mean intensity, an image that is not counted has lost its zero."""

    counted: float = 4.0
    """Variance over the mean intensity of whole numbers below which they are counts of electrons."""

    max_gain_change: float = 0.15
    """Largest relative deviation of a gain within its part of the field."""

    min_gain_more: float = 6.0
    """Energy, in units of noise, by which a gain of several parts must explain a wave better than planes do,
    that have a direction but one amplitude (by more than nothing where another harmonic is gain); and by
    which a gain of the whole field may explain it worse."""

    gain_blocks: int = 4
    """Along each axis, the pieces of a part that are compared."""

    periods_outside: float = 3.0
    """Least number of periods in a window of a spacing larger than is looked for."""

    least_outside_per_nm: float = 0.33
    """Such spacings are not told from the background below this spatial frequency."""

    well_outside: float = 0.9
    """They begin at this share of the band's least spatial frequency."""

    noise_for_none: float = 0.1
    """Standard deviation, relative to the image's, of the noise that an image without any is given: what a
    computed image holds of a lattice's skirts and rounding must not be taken for more."""

    stripe_nm: float = 2.5
    """Height of the stripes in which a scanned lattice's spots are followed from row to row."""

    min_stripes: int = 6
    """Fewer tell nothing of how a strain changes."""

    track_power: float = 60.0
    """Least power of a spot, over the noise, in every stripe."""

    max_tracks: int = 8
    """So many spots are followed at most."""

    min_tracks: int = 2
    """Fewer cannot be told from a crystal whose planes bend."""

    tracks_apart: float = 2.0
    """Least distance of two spots, in units of a stripe's resolution."""

    min_scan_strain: float = 0.004
    """Least standard deviation of a stretch that is taken out; below it lattices stay whole."""

    max_scan_strain: float = 0.3
    """A larger stretch, or compression, of a row is none of a scan's."""

    max_scan_step: float = 0.4
    """Largest change from one stripe to the next, relative to all there is: an interface is sharper."""

    max_scan_left: float = 0.1
    """Share of the spots' motion that a strain by the scan must leave."""

    jitter_power: float = 30.0
    """Power over the noise from which on a bin of the spectrum belongs to a lattice's spot ..."""

    jitter_share: float = 0.01
    """... and relative to the strongest in its column: jitter scatters less."""

    sway_share: float = 0.3
    """The same where rows move periodically: the satellites that this makes are weaker."""

    sway_gain: float = 2.0
    """Rows sway when the variance of their shifts is so many times what it is with the satellites."""

    sway_fading: float = 1.5
    """What moves rows changes the phase of fringes so many times as much as their strength."""

    jitter_reach_per_nm: float = 0.25
    """What lies so near to such a bin belongs to the spot."""

    jitter_ends: float = 0.15
    """Part of a row at each end that fades out for that."""

    jitter_excess: float = 3.0
    """Rows jitter that are moved by so many times the variance of noise, and of columns."""

    jitter_looks: int = 5
    """How often rows are moved and looked at again."""

    rings: RingTuning = RING_TUNING
    """Of the amorphous film."""

    @property
    def n_sizes(self) -> int:
        """The window sizes and the whole field, which share the false alarms allowed."""
        return len(self.window_sizes_nm) + 1


SPECTRUM_TUNING = SpectrumTuning()
"""As the method is described."""
