"""Stage 3, inverse FFT: the numbers of regions that hold the fringes of two neighbours."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DivisionTuning:
    """What decides whether fringes that go on with another g are another lattice's."""

    divided_nm2: float = 12.0
    """Regions from this area on are looked at for a second lattice,"""

    divided_snr: float = 6.0
    """with such a plateau,"""

    one_lattice: float = 0.8
    """where less than this share of their power is in step with one wavevector."""

    divided_smooth_nm: float = 1.5
    """Fringes are in step with one of two wavevectors in surroundings of this standard deviation,"""

    divided_smooth: float = 0.15
    """or of this one, in sides of a square of the region's area;"""

    divided_turns: float = 0.25
    """once both wavevectors are known this part of their period is enough."""

    out_of_step: float = 0.6
    """Where less than this share of the amplitude is in step with the first, a second one begins,"""

    divided_samples: int = 8
    """over at least so many samples of the map."""

    in_one_piece: float = 0.8
    """So much of either part hangs together."""

    two_lattices: float = 0.5
    """Of the power that is out of step with one lattice, even if it bends, two leave less than this share."""
