"""Masks that a person places on the FFT: where, how wide, how soft."""

import math
from dataclasses import dataclass

import numpy as np

from hrtem_core.errors import RecipeError
from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatImage
from hrtem_core.parameters import check_limits, parameter

MAX_MASKS = 24

MAX_G_PER_NM = 100.0


@dataclass(frozen=True)
class MaskPair:
    """Two round holes at g and -g, their edges as soft as half a wave of a cosine.

    Parameters
    ----------
    g_per_nm
        Middle of one of them.
    radius_per_nm
        Where half of an amplitude passes.
    edge_per_nm
        Width of the edge, from all to nothing; 0 is a hard one, whose image rings.
    """

    g_per_nm: Wavevector
    radius_per_nm: float = parameter(
        0.3, "Mask radius", "Half of an amplitude passes there.", unit="1/nm", limits=(1e-4, MAX_G_PER_NM)
    )
    edge_per_nm: float = parameter(
        0.15, "Soft edge", "Width from all to nothing.", unit="1/nm", limits=(0.0, MAX_G_PER_NM)
    )

    def __post_init__(self) -> None:
        check_limits(self, "inverse_fft.masks")
        if not 0 < math.hypot(*self.g_per_nm) <= MAX_G_PER_NM:
            raise RecipeError(
                f"|g| of a mask must lie above 0 and up to {MAX_G_PER_NM:g} /nm, got {tuple(self.g_per_nm)}."
            )

    @property
    def inner_per_nm(self) -> float:
        """Radius up to which all passes."""
        return max(self.radius_per_nm - self.edge_per_nm / 2, 0.0)

    @property
    def outer_per_nm(self) -> float:
        """Radius from which on nothing passes."""
        return self.radius_per_nm + self.edge_per_nm / 2

    @property
    def resolution_nm(self) -> float:
        """Distance over which the inverse FFT blurs: half a wave of the highest frequency beside g."""
        return 1 / (2 * self.radius_per_nm)

    def share(self, distance_per_nm: FloatImage) -> FloatImage:
        """The share of an amplitude that passes at a distance from the middle."""
        width = max(self.outer_per_nm - self.inner_per_nm, 1e-12)
        way = np.clip((distance_per_nm - self.inner_per_nm) / width, 0, 1)
        return np.asarray(0.5 + 0.5 * np.cos(math.pi * way))


@dataclass(frozen=True)
class InverseFftParameters:
    """What a person lets through to an image of fringes: a view, which changes no other result.

    Parameters
    ----------
    masks
        The masks, each with its Friedel mate.
    """

    masks: tuple[MaskPair, ...] = parameter(
        (),
        "Masks of the inverse FFT",
        "Round holes at g and -g: middle (row, column), radius, and width of the soft edge.",
        unit="1/nm",
    )

    def __post_init__(self) -> None:
        if len(self.masks) > MAX_MASKS:
            raise RecipeError(
                f"inverse_fft must not hold more than {MAX_MASKS} masks, got {len(self.masks)}."
            )
