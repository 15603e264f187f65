"""Stage 1, FFT peaks: the numbers of the classification, fitted to known scenes (docs/method.md)."""

from dataclasses import dataclass

from hrtem_core.spectrum import SPECTRUM_TUNING


@dataclass(frozen=True, kw_only=True)
class PeakTuning:
    """What decides which maxima are one spot, what the mixture sees, and what its answer weighs."""

    merge_per_field: float = 0.5
    """Pairs closer than this, in units of the whole field's resolution, are one spot of the spectrum."""

    max_noise_shown: int = 200
    """So many maxima of noise are shown to the mixture at most."""

    max_window_nm: float = 10.0
    """Maxima of larger windows keep a distance from stronger ones as if their window were this large."""

    scale_ratio: float = 1.6
    """How much smaller and larger the windows are that a peak is seen in besides its own."""

    min_candidates: int = 12
    """Fewer are not fitted: significance alone decides."""

    regularisation: float = 0.05
    """Added to the variances of the standardised features: a handful of peaks must not shrink to a point."""

    noise_scale: float = SPECTRUM_TUNING.tail
    """Significance is the power above the false-alarm threshold in units of this, the noise's scale there."""

    posterior_weight: float = 0.1
    """Weight of the mixture's log odds in the log odds of a peak being real. It, the next and the two offsets
    were fitted by logistic regression (Platt 1999) to candidates of scenes with known grains: a mixture of
    two Gaussians alone is far too sure of itself, because the features' tails are not Gaussian."""

    significance_weight: float = 0.68
    """Weight of the significance in the log odds of a peak being real."""

    significant: float = 1.6
    """Added to the log odds above the false-alarm threshold, where fringes were followed too."""

    insignificant: float = -0.8
    """Added to the log odds below the false-alarm threshold."""

    max_log_odds: float = 6.0
    """Largest log odds of the mixture that count."""

    max_excess: float = 8.0
    """Largest significance that counts, either way."""

    log_rate: float = -1.4
    """Logarithm of the finds of noise per independent value of the field, at no energy and no power."""

    excess_weight: float = 0.68
    """How fast finds of noise become rarer with the energy of their fringes."""

    power_weight: float = 0.44
    """How fast finds of noise become rarer with the power of their peak."""

    full_allowance: float = 45.0
    """So many finds together earn the false alarms that are allowed."""

    sure_power: float = 1.25
    """Power over its threshold that one find of a field must reach for any to be believed..."""

    sure_excess: float = 20.0
    """...or energy, in standard deviations of noise: a large and faint crystal."""

    orders: tuple[int, ...] = (4, 3, 2)
    """A pair may be such an order of fringes that lie outside the range looked for."""

    order_periods: float = 1.5
    """Least number of periods of these fringes in the pair's window."""

    match_per_nm: float = 0.06
    """A pair that a person marked is the nearest one within this distance."""


PEAK_TUNING = PeakTuning()
"""As the method is described."""
