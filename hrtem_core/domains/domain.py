"""Stage 3, domains: what they are, and the parameters they follow from."""

from dataclasses import dataclass, fields, replace
from typing import Literal, NamedTuple

from hrtem_core.fringes import FRINGE_TUNING
from hrtem_core.image import PixelSize, Wavevector, scaled_lengths
from hrtem_core.numerics import Footprint
from hrtem_core.parameters import check_limits, parameter


class DomainMark(NamedTuple):
    """A domain named by its position in the micrograph and by its wavevector."""

    row_nm: float
    col_nm: float
    g_row_per_nm: float
    g_col_per_nm: float


Place = Literal["home", "stays", "either"]
"""Of a domain: where its crystal is; where fringes are that a lens does not displace; or a displaced copy of
which nobody knows to which side the lens has carried it."""


@dataclass(frozen=True, kw_only=True)
class DomainParameters:
    """How fringes become domains.

    Parameters
    ----------
    threshold_snr
        Least fringe amplitude, in units of the local noise, of a pixel that may belong to a domain.
    eps_nm
        DBSCAN: radius of the neighbourhood in nm.
    min_fill
        DBSCAN: min_samples as a fraction of the pixels in that neighbourhood.
    plateau_fraction
        The outline is drawn where the amplitude falls to this fraction of the domain's own plateau.
    min_area_nm2
        Smaller domains are left out.
    rejected
        Domains a person took out, by position.
    """

    threshold_snr: float = parameter(
        FRINGE_TUNING.min_snr,
        "Threshold",
        "Fringes must be this many times stronger than the local noise.",
        unit="× noise",
        limits=(0.5, 20.0),
        slider=(1.0, 6.0),
        step=0.1,
    )
    eps_nm: float = parameter(
        0.25,
        "DBSCAN eps",
        "Pixels no further apart than this belong to one domain. Larger joins fragments. "
        "The default grows with the d-range.",
        unit="nm",
        limits=(0.02, 10.0),
        slider=(0.05, 2.0),
        step=0.05,
    )
    min_fill: float = parameter(
        0.35,
        "DBSCAN min_samples",
        "The part of the disc of radius eps that must be filled round a pixel at the core of a domain. "
        "Larger removes threads and specks.",
        limits=(0.0, 1.0),
        slider=(0.0, 1.0),
        step=0.05,
    )
    plateau_fraction: float = parameter(
        FRINGE_TUNING.plateau_fraction,
        "Outline at",
        "The outline runs where the amplitude falls to this part of the domain's own.",
        limits=(0.1, 0.9),
        slider=(0.2, 0.8),
        step=0.05,
    )
    min_area_nm2: float = parameter(
        FRINGE_TUNING.min_area_nm2,
        "Minimum area",
        "Smaller domains are left out. The default grows with the d-range.",
        unit="nm²",
        limits=(0.0, 1e6),
        slider=(0.0, 50.0),
        step=0.2,
    )
    rejected: tuple[DomainMark, ...] = parameter(
        (), "Domains rejected", "Domains that a person took out, by place and wavevector."
    )

    def __post_init__(self) -> None:
        check_limits(self, "domains")

    def for_lengths(self, scale: float) -> "DomainParameters":
        """The parameters for fringes so many times as far apart: lengths at their defaults grow with them.

        Parameters
        ----------
        scale
            Of the spectrum; 1 changes nothing.
        """
        plain, larger = DomainParameters(), scaled_lengths(DomainParameters(), scale)
        eps_nm = larger.eps_nm if self.eps_nm == plain.eps_nm else self.eps_nm
        area_nm2 = larger.min_area_nm2 if self.min_area_nm2 == plain.min_area_nm2 else self.min_area_nm2
        return replace(self, eps_nm=eps_nm, min_area_nm2=area_nm2)


OUTLINE_FIELDS = tuple(f"domains.{one.name}" for one in fields(DomainParameters) if one.name != "rejected")
"""What the outlines follow from, as fields of the recipe: all but a person's word."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Domain:
    """A connected region where one pair's fringes are present.

    Parameters
    ----------
    domain_id
        From 1.
    peak
        Row of its pair in `Peaks`.
    g_per_nm, g_sigma_per_nm
        g of the fringe map it was outlined in, and the standard uncertainty of |g|.
    snr
        Median fringe amplitude inside, in units of the local noise.
    footprint
        Where it lies in the prepared image.
    displacement_nm
        How far the lens had carried its fringes, 0 where it had not.
    place
        Whether the crystal is where the footprint is.
    """

    domain_id: int
    peak: int
    g_per_nm: Wavevector
    g_sigma_per_nm: float
    snr: float
    footprint: Footprint
    displacement_nm: float = 0.0
    place: Place = "home"


@dataclass(frozen=True, eq=False, kw_only=True)
class Domains:
    """All domains of one analysis.

    Parameters
    ----------
    shape
        (rows, columns) of the prepared image the domains lie in.
    pixel_size
        Of the prepared image.
    accepted
        The domains that count, numbered from 1 in this order.
    rejected
        Those a person took out; they keep numbers after the accepted ones.
    set_aside
        Those of pairs that a person took out, where their fringes are; nothing is told of them, but what is
        left looks as it did beside them.
    delocalization
        (c1 in nm², c3 in nm⁴) of the lens whose shift was undone, (0, 0) when none was.
    displaced
        Fringes look displaced, and too little is known of the lens to bring them home.
    """

    shape: tuple[int, int]
    pixel_size: PixelSize
    accepted: tuple[Domain, ...]
    rejected: tuple[Domain, ...] = ()
    set_aside: tuple[Domain, ...] = ()
    delocalization: tuple[float, float] = (0.0, 0.0)
    displaced: bool = False

    @property
    def certain(self) -> tuple[Domain, ...]:
        """The accepted domains whose place is known: they make area, fraction, crystals and statistics."""
        return tuple(domain for domain in self.accepted if domain.place != "either")
