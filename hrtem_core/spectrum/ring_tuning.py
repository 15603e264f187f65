"""The film's rings: the numbers tuned on known scenes (docs/method.md), part of `SpectrumTuning`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RingTuning:
    """What decides where a film's rings are looked for, and which fit to them is believed."""

    tile_nm: float = 10.0
    """Side of the tiles over which the power is a median."""

    min_q_per_nm: float = 1.2
    """Where rings begin to be looked for: below lies the film's own structure."""

    max_q_per_nm: float = 6.0
    """And where they end: beyond no lens of this kind carries."""

    step_per_nm: float = 0.05
    """Width of the profile's bins."""

    edge_share: float = 0.93
    """Part of the spectrum's band that is looked at: detectors blur the rest."""

    max_spot: float = 1.0
    """A sector may exceed the median of all by this much, in logarithms of power: beyond lies a crystal."""

    background_terms: int = 5
    """Of the polynomial that is no part of the rings."""

    floors: tuple[float, ...] = (0.01, 0.04, 0.15)
    """Power between the rings, where sin² chi is 0, over that on them at the least |q|: the best counts."""

    min_score: float = 0.3
    """Part of the power's variation that the rings must explain; corrected lenses reach 0.2."""

    min_guess: float = 0.1
    """Lenses whose rings explain less are no guesses."""

    guess_reach: float = 0.3
    """Nor are those that explain so much less than the best one."""

    guess_g_per_nm: tuple[float, ...] = (3.5, 5.0, 7.0)
    """Lenses that displace fringes of these g by nearly the same are one guess."""

    same_shift_nm: float = 0.15
    """How nearly that is."""

    together_per_nm: float = 0.4
    """Rings within this of each other tell together how much of the power is the film's."""


RING_TUNING = RingTuning()
