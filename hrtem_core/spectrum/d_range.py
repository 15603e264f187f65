"""Stage 1, FFT: which lattice spacings are looked for."""

import math
from dataclasses import dataclass, replace

from hrtem_core.errors import RecipeError
from hrtem_core.parameters import parameter

ROUNDING = 1e-9
"""Relative difference between a spacing and a limit that says nothing."""

ROOM = 0.02
"""A range is widened this much beyond the spacing: its peak lies a little beside the click."""


DEFAULT_NM = (0.127, 0.65)
"""The range of spacings for which the method's lengths were chosen."""


@dataclass(frozen=True)
class SpectrumParameters:
    """Which lattice spacings are looked for.

    Parameters
    ----------
    min_d_nm, max_d_nm
        The range of d-spacings in nm; the smaller one also sets the working resolution.
    """

    min_d_nm: float = parameter(
        DEFAULT_NM[0],
        "Smallest d",
        "Smaller spacings are not looked for; they need more pixels and more time.",
        unit="nm",
        slider=(0.06, 10.0),
        step=0.01,
    )
    max_d_nm: float = parameter(
        DEFAULT_NM[1],
        "Largest d",
        "Larger spacings are not looked for.",
        unit="nm",
        slider=(0.06, 10.0),
        step=0.01,
    )

    def __post_init__(self) -> None:
        if not 0.02 <= self.min_d_nm < self.max_d_nm <= 20:
            raise RecipeError(
                "The d-range must satisfy 0.02 nm <= min d < max d <= 20 nm, "
                f"got {self.min_d_nm:g} to {self.max_d_nm:g} nm."
            )

    def includes(self, d_nm: float) -> bool:
        """Whether a spacing is looked for; one at a limit is, whatever the rounding of 1/(1/d)."""
        return self.min_d_nm * (1 - ROUNDING) <= d_nm <= self.max_d_nm * (1 + ROUNDING)

    def length_scale(self, finest_d_nm: float) -> float:
        """How many times larger than for the default range the method's lengths are.

        What works for d from `DEFAULT_NM` works for any range that is the same number of times larger: the
        scale is 1 where the range fits into the default one, and where it does not, the nearest with which it
        does; a wider range is met at the end nearer to the default one.

        Parameters
        ----------
        finest_d_nm
            The smallest spacing that the pixels show.
        """
        ends = max(self.min_d_nm, finest_d_nm) / DEFAULT_NM[0], self.max_d_nm / DEFAULT_NM[1]
        return min(max(1.0, min(ends)), max(ends))

    def widened(self, d_nm: float) -> "SpectrumParameters":
        """The range with a spacing in it: a limit moves out to a whole hundredth of a nm beyond it.

        Parameters
        ----------
        d_nm
            Of the spacing, in nm; one that is looked for already changes nothing.

        Raises
        ------
        RecipeError
            If no range may reach so far.
        """
        if self.includes(d_nm):
            return self
        if d_nm < self.min_d_nm:
            return replace(self, min_d_nm=math.floor(100 * d_nm * (1 - ROOM)) / 100)
        return replace(self, max_d_nm=math.ceil(100 * d_nm * (1 + ROOM)) / 100)
