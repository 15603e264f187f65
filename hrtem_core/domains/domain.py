"""Stage 3, domains: what they are, and the parameters they follow from."""

from dataclasses import dataclass, fields

from hrtem_core.errors import RecipeError
from hrtem_core.image import PixelSize
from hrtem_core.numerics import BoolImage

DomainMark = tuple[float, float, float, float]
"""A domain named by position: (row_nm, col_nm, g_row_per_nm, g_col_per_nm)."""


@dataclass(frozen=True)
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

    threshold_snr: float = 1.8
    eps_nm: float = 0.25
    min_fill: float = 0.35
    plateau_fraction: float = 0.5
    min_area_nm2: float = 1.2
    rejected: tuple[DomainMark, ...] = ()

    def __post_init__(self) -> None:
        bounds = (
            ("threshold_snr", self.threshold_snr, 0.5, 20.0),
            ("eps_nm", self.eps_nm, 0.02, 10.0),
            ("min_fill", self.min_fill, 0.0, 1.0),
            ("plateau_fraction", self.plateau_fraction, 0.1, 0.9),
            ("min_area_nm2", self.min_area_nm2, 0.0, 1e6),
        )
        for name, value, low, high in bounds:
            if not low <= value <= high:
                raise RecipeError(f"{name} must lie between {low:g} and {high:g}, got {value:g}.")


OUTLINE_FIELDS = tuple(f"domains.{one.name}" for one in fields(DomainParameters) if one.name != "rejected")
"""What the outlines follow from, as fields of the recipe: all but a person's word."""


@dataclass(frozen=True, eq=False)
class Domain:
    """A connected region where one pair's fringes are present.

    Parameters
    ----------
    domain_id
        From 1.
    peak
        Row of its pair in `Peaks`.
    g_per_nm, g_sigma_per_nm
        Mean g inside the domain from the phase gradient, and the standard uncertainty of |g|.
    snr
        Median fringe amplitude inside, in units of the local noise.
    row0, col0
        Where the patch `mask` lies in the prepared image, in pixels.
    mask
        Shape (rows, columns) of the bounding box.
    """

    domain_id: int
    peak: int
    g_per_nm: tuple[float, float]
    g_sigma_per_nm: float
    snr: float
    row0: int
    col0: int
    mask: BoolImage

    @property
    def window(self) -> tuple[slice, slice]:
        """Slices of the prepared image that hold `mask`."""
        rows, cols = self.mask.shape
        return slice(self.row0, self.row0 + rows), slice(self.col0, self.col0 + cols)


@dataclass(frozen=True, eq=False)
class Domains:
    """All domains of one analysis.

    Parameters
    ----------
    shape
        (rows, columns) of the prepared image the masks lie in.
    pixel_size
        Of the prepared image.
    accepted
        The domains that count, numbered from 1 in this order.
    rejected
        Those a person took out; they keep numbers after the accepted ones.
    delocalization
        (c1 in nm², c3 in nm⁴) of the lens whose shift was undone, (0, 0) when none was.
    """

    shape: tuple[int, int]
    pixel_size: PixelSize
    accepted: tuple[Domain, ...]
    rejected: tuple[Domain, ...] = ()
    delocalization: tuple[float, float] = (0.0, 0.0)
