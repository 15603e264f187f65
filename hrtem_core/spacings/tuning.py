"""Stage 2, d-spacings: the numbers that no person sets, for tests and sweeps."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SpacingTuning:
    """What decides, besides `FamilyParameters`, how spacings are weighted."""

    least_relative_sigma: float = 1e-6
    """No spacing is known better; keeps the weights finite when a peak comes with no uncertainty."""


SPACING_TUNING = SpacingTuning()
"""As the method is described."""
