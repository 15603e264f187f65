"""How much of a field was looked at, for what, and through how much noise: what a result is worth."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.analysis import Analysis
from hrtem_core.numerics import BoolImage, FloatImage
from hrtem_core.preparation import LeftOut, left_out_in_words
from hrtem_core.spectrum import finest_d_nm

ROWS = 512
"""Rows, evenly over the image, in which noise is measured."""
LITTLE = 0.5
"""When less than this part of the field was usable, that is worth a warning."""


@dataclass(frozen=True)
class Scrutiny:
    """What was looked at.

    Parameters
    ----------
    usable_fraction
        Part of the field that was usable, 0 to 1.
    left_out
        Why the rest was not.
    noise_share
        Standard deviation of the noise over that of the image, 0 to 1.
    looked_for_nm
        Least and largest d-spacing that was looked for, as far as the pixels show it.
    """

    usable_fraction: float
    left_out: tuple[LeftOut, ...]
    noise_share: float
    looked_for_nm: tuple[float, float]

    @property
    def whole(self) -> str:
        """What fractions of the usable area are fractions of, as in "18 % of the field"."""
        return "field" if not self.left_out else "usable field"

    @property
    def reasons(self) -> str:
        """Why some of the field was left out; "" if none was."""
        return left_out_in_words(self.left_out)

    @property
    def in_words(self) -> str:
        """All of it in one line."""
        because = f" (left out: {self.reasons})" if self.left_out else ""
        least, largest = self.looked_for_nm
        return (
            f"{100 * self.usable_fraction:.3g} % of the field usable{because}, "
            f"d {least:.3g} to {largest:.3g} nm looked for, "
            f"noise {100 * self.noise_share:.0f} % of the contrast"
        )

    @property
    def warning(self) -> str:
        """What a person must know before they believe that there is nothing; "" without need."""
        if self.usable_fraction >= LITTLE:
            return ""
        return (
            f"only {100 * self.usable_fraction:.2g} % of the field was usable ({self.reasons}); "
            "where it was not, nothing could be found"
        )


def scrutiny(analysis: Analysis) -> Scrutiny:
    """What was looked at in an analysis."""
    prepared = analysis.prepared
    looked_for = analysis.recipe.spectrum
    least_d_nm = max(looked_for.min_d_nm, finest_d_nm(prepared.pixel_size))
    return Scrutiny(
        usable_fraction=float(prepared.usable.mean()),
        left_out=prepared.left_out,
        noise_share=noise_share(prepared.intensity, prepared.usable),
        looked_for_nm=(least_d_nm, looked_for.max_d_nm),
    )


def noise_share(intensity: FloatImage, usable: BoolImage) -> float:
    """Standard deviation of what changes from pixel to pixel over that of the image.

    White noise is left in the mixed second difference 36 times as strong, and structure that pixels resolve
    hardly at all (Immerkær 1996, doi:10.1006/cviu.1996.0060).

    Parameters
    ----------
    intensity, usable
        Shape (rows, columns).
    """
    rows = np.unique(np.linspace(1, len(intensity) - 2, ROWS).astype(int))
    inside = usable[rows - 1] & usable[rows] & usable[rows + 1]
    inside = inside[:, :-2] & inside[:, 1:-1] & inside[:, 2:]
    if not inside.any():
        return 0.0
    middle = intensity[rows].astype(np.float64)
    along = intensity[rows - 1] - 2 * middle + intensity[rows + 1]
    mixed = (along[:, :-2] - 2 * along[:, 1:-1] + along[:, 2:])[inside]
    deviation = float(middle[:, 1:-1][inside].std())
    return min(1.0, float(np.sqrt(np.mean(mixed**2))) / (6 * deviation)) if deviation else 0.0
