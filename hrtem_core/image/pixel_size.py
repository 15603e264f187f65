"""The size of a pixel, and where it came from; pixels need not be square."""

import math
from dataclasses import dataclass, replace

from hrtem_core.errors import ScaleError

PLAUSIBLE_NM = (1e-4, 10.0)
"""Pixel sizes outside this range are no HRTEM micrograph: most often a wrong unit."""


@dataclass(frozen=True)
class PixelSize:
    """The size of a pixel along rows and columns, and where it came from.

    Parameters
    ----------
    row_nm, col_nm
        Distance between neighbouring rows, and between neighbouring columns, in nm.
    origin
        Where the number came from, in words for the user ("FEI metadata", "typed").
    relative_sigma
        Relative standard uncertainty of the calibration (0.01 is one percent).

    Raises
    ------
    ScaleError
        If a size is not a finite number in `PLAUSIBLE_NM`.
    """

    row_nm: float
    col_nm: float
    origin: str = "given"
    relative_sigma: float = 0.0

    def __post_init__(self) -> None:
        low, high = PLAUSIBLE_NM
        for size in (self.row_nm, self.col_nm):
            if not (math.isfinite(size) and low <= size <= high):
                raise ScaleError(
                    f"The pixel size must lie between {low:g} and {high:g} nm, got {size:g} nm; "
                    "check the number and its unit."
                )
        if not (math.isfinite(self.relative_sigma) and 0 <= self.relative_sigma < 0.5):
            raise ScaleError(
                "The calibration's relative uncertainty must lie between 0 and 0.5, "
                f"got {self.relative_sigma:g}."
            )

    @property
    def area_nm2(self) -> float:
        """Area of one pixel in nm²."""
        return self.row_nm * self.col_nm

    @property
    def mean_nm(self) -> float:
        """Geometric mean of the two sizes in nm."""
        return math.sqrt(self.area_nm2)

    @property
    def sizes_nm(self) -> tuple[float, float]:
        """(row, column) sizes in nm."""
        return self.row_nm, self.col_nm

    def binned(self, factor: int) -> "PixelSize":
        """The pixel size after averaging blocks of `factor` x `factor` pixels."""
        return replace(self, row_nm=self.row_nm * factor, col_nm=self.col_nm * factor)


def whole_px(length_nm: float, sizes_nm: tuple[float, float]) -> tuple[int, int]:
    """The fewest whole (rows, columns) of pixels of some (row, column) sizes that reach so far."""
    return math.ceil(length_nm / sizes_nm[0]), math.ceil(length_nm / sizes_nm[1])
