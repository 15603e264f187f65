"""Composition: the numbers that no person sets, for tests and sweeps."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CompositionTuning:
    """What decides how maps are registered and unmixed.

    Lengths of the specimen are in nm: they belong to films and scans, not to fringes.
    """

    distortion: float = 0.03
    """Standard deviation of a scan's stretch and shear (drift, calibration) before any pair is clicked."""
    click_px: float = 1.0
    """Expected standard deviation of a click along an axis, in map pixels ..."""
    click_freedom: float = 2.0
    """... and the degrees of freedom that this expectation counts for."""
    search_blurs: tuple[float, ...] = (3.0, 1.0)
    """Low-pass of the micrograph in the refinement, coarse to fine, in units of the scan's own blur."""
    block_nm: float = 3.0
    """Side of the blocks whose scores are taken for independent in the refinement's uncertainty."""
    n_wrong_places: int = 39
    """Wrong placements that the refined one must be better than."""
    most_sigmas: float = 3.5
    """A refinement that moves further than this many standard uncertainties of the clicks is refused."""
    blurs_nm: tuple[float, ...] = (0.15, 0.22, 0.32, 0.45, 0.63, 0.9, 1.25, 1.8, 2.5)
    """Blurs tried when nobody says how wide the probe is."""
    blur_smoothness: float = 1e-2
    """Penalty on the film's second differences meanwhile: it must not take the crystals' edges up."""
    knot_nm: float = 2.0
    """Spacing of the film's spline knots; at least two blurs."""
    film_smoothness: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2)
    """Penalties on the film's second differences among which generalized cross-validation chooses."""
    gradient_per_nm: float = 0.05
    """Standard deviation of the relative change of counts per nm within a crystal (its thickness)."""
    n_draws: int = 24
    """Transforms drawn for the registration's part of the uncertainty."""
    n_surrogates: int = 999
    """Surrogate maps per element."""


COMPOSITION_TUNING = CompositionTuning()
"""As the method is described."""
