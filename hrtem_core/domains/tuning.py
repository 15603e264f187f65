"""Stage 3, domains: the numbers tuned on known scenes (docs/method.md), for tests and sweeps."""

from dataclasses import dataclass

from hrtem_core.fringes import FRINGE_TUNING


@dataclass(frozen=True, kw_only=True)
class DomainTuning:
    """What decides, besides `DomainParameters`, where a domain is outlined and what a person's mark names."""

    plateau_quantile: float = FRINGE_TUNING.plateau_quantile
    """The plateau is this quantile of the amplitude inside, as for the region of a fringe map."""

    piece_rise: float = 1.25
    """A piece of a cluster rises so many times above its outline's level, else it is a ripple."""

    mark_reach_nm: float = 1.0
    """A person's mark names the domain it lies in, or within this distance of."""

    mark_reach_per_nm: float = 0.15
    """A person's mark names a domain whose g is no further from its own than this."""

    bridged_nm: float = 1.0
    """A domain goes on below a drawing narrower than this, and ends at what is left out and wider."""

    min_inside: float = 0.8
    """Share of its area that a group of domains has on the crystal whose reflections it is."""

    max_index: int = 4
    """Largest multiple of the two shortest wavevectors of a crystal that its other reflections are."""

    lattice_miss: float = 0.02
    """How far from such a sum of multiples they may lie, relative to g: strain, lens distortion."""

    min_sine: float = 0.2
    """Sine of the least angle of two wavevectors that span a lattice."""

    same_g_per_nm: float = FRINGE_TUNING.same_g_per_nm
    """Reflections of neighbours that are closer are followed as one."""

    min_shown: float = 0.6
    """Share of each crystal on which a domain is that is common to several."""

    min_part: float = 0.2
    """Share of a domain, common to several crystals, on each of them."""

    max_doubled: float = 0.5
    """Share of such a crystal on another one: one that lies on top of it is no neighbour."""

    twin_inside: float = 0.8
    """Share of a twin that lies in the domain of the planes it has in common with another crystal."""

    twin_miss: float = 0.05
    """How far a twin's reflections may lie from the other's mirror images, relative to g."""


DOMAIN_TUNING = DomainTuning()
"""As the method is described."""
