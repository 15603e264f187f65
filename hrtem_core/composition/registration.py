"""Where the maps lie on the micrograph: clicked pairs, refined on a survey where that can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrtem_core.composition.maps import ElementalMaps
from hrtem_core.composition.refinement import LowPassed, Refinement, refine
from hrtem_core.composition.transforms import (
    AFFINE_PAIRS,
    Fit,
    Pair,
    Transform,
    leave_one_out_nm,
    transform_of_pairs,
)
from hrtem_core.composition.tuning import COMPOSITION_TUNING, CompositionTuning
from hrtem_core.image import PixelSize
from hrtem_core.numerics import FloatArray, FloatImage, one_library_thread

FINEST_NM = 0.5
"""The micrograph is binned to at most this part of a map pixel before it is compared with a survey."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Registration:
    """Where the maps lie.

    Parameters
    ----------
    fit
        The transform that is used, with its uncertainty.
    sigma_nm
        Distance of places in the micrograph from where they truly lie, as of `Fit.sigma_nm`.
    leave_one_out_nm
        Shape (n,): how far from each clicked pair the transform of all others puts it.
    method
        How the transform was found, in words.
    refinement
        What the survey said; None where there was no survey, or nobody asked it.
    """

    fit: Fit
    sigma_nm: float
    leave_one_out_nm: FloatArray
    method: str
    refinement: Refinement | None = None

    @property
    def transform(self) -> Transform:
        """The transform that is used."""
        return self.fit.transform

    @property
    def leave_one_out_rms_nm(self) -> float:
        """Root mean square of `leave_one_out_nm`."""
        return float(np.sqrt(np.mean(self.leave_one_out_nm**2)))


def register(
    pairs: Sequence[Pair],
    maps: ElementalMaps,
    field_nm: tuple[float, float],
    *,
    image: FloatImage | None = None,
    pixel_size: PixelSize | None = None,
    probe_nm: float | None = None,
    tuning: CompositionTuning = COMPOSITION_TUNING,
) -> Registration:
    """Lay the maps on the micrograph.

    Parameters
    ----------
    pairs
        At least three places that a person found in both.
    maps
        The scan; its survey, if it has one, refines.
    field_nm
        (rows, columns) of the micrograph.
    image, pixel_size
        The micrograph and its scale; without them, or without a survey, the pairs alone decide.
    probe_nm
        Standard deviation of the probe; None measures it.
    tuning
        What decides.

    Raises
    ------
    RegistrationError
        If the pairs do not tell a transform.
    """
    clicks = transform_of_pairs(pairs, tuning=tuning)
    kind = "affine, distortions held small" if len(pairs) >= AFFINE_PAIRS else "similarity"
    method = f"{kind}, {len(pairs)} pairs"
    left_out = leave_one_out_nm(pairs, tuning=tuning)
    refinement = None
    if image is not None and pixel_size is not None and maps.survey is not None:
        map_pixel_nm = 1 / clicks.transform.px_per_nm
        low_passed = LowPassed(image, pixel_size, FINEST_NM * map_pixel_nm)
        blur = None if probe_nm is None else blur_of(probe_nm, map_pixel_nm)
        with one_library_thread():  # as in `compose`
            refinement = refine(clicks, maps.survey, low_passed, blur, tuning=tuning)
        if refinement.fit is not None:
            method += "; refined on the survey by mutual information"
        else:
            method += f"; not refined: {refinement.reason}"
    fit = refinement.fit if refinement is not None and refinement.fit is not None else clicks
    return Registration(
        fit=fit,
        sigma_nm=fit.sigma_nm(field_nm),
        leave_one_out_nm=left_out,
        method=method,
        refinement=refinement,
    )


def blur_of(probe_nm: float, map_pixel_nm: float) -> float:
    """Standard deviation of probe and pixel together: that of a uniform pixel is a root of twelfth of it."""
    return float(np.hypot(probe_nm, map_pixel_nm / np.sqrt(12)))
