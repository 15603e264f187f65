"""The domains of an analysis as outlines in the whole micrograph."""

import numpy as np

from hrtem_core.composition.colocalization import Kind
from hrtem_core.composition.crystals import Outlines
from hrtem_core.domains import Crystallites, Domains
from hrtem_core.image import Placement
from hrtem_core.numerics import Footprint
from hrtem_core.spacings import Families


def outlines_of_domains(
    domains: Domains, crystallites: Crystallites, families: Families, placement: Placement
) -> tuple[Outlines, tuple[Kind, ...]]:
    """Outlines of the domains whose crystal is known, and their crystallites and families.

    Parameters
    ----------
    domains, crystallites, families
        Of an analysis.
    placement
        Where their field lies in the micrograph.
    """
    crystal_of = crystallites.crystallite_of_domain.tolist()
    known = [(one, number) for one, number in zip(domains.accepted, crystal_of, strict=True) if number]
    order = {number: row for row, number in enumerate(sorted({number for _, number in known}))}
    outlines = Outlines(
        shape=placement.image_shape,
        pixel_size=placement.pixel_size,
        domain_id=tuple(domain.domain_id for domain, _ in known),
        footprints=tuple(_in_micrograph(domain.footprint, placement) for domain, _ in known),
        crystal=tuple(order[number] for _, number in known),
    )
    of_family = [int(families.family_of_peak[domain.peak]) for domain, _ in known]
    kinds = [_kind("crystallite", f"Crystallite {n}", n, [number for _, number in known]) for n in order]
    for row, number in enumerate(families.family_id.tolist()):
        kinds.append(_kind("family", families.name_of(row), number, of_family))
    return outlines, tuple(kind for kind in kinds if kind.members)


def _kind(kind: str, name: str, number: int, numbers: list[int]) -> Kind:
    return Kind(kind, name, number, tuple(row for row, one in enumerate(numbers) if one == number))


def _in_micrograph(footprint: Footprint, placement: Placement) -> Footprint:
    """A region of the prepared field in pixels of the whole micrograph."""
    k = placement.bin_factor
    mask = np.repeat(np.repeat(footprint.mask, k, axis=0), k, axis=1)
    row, col = (k * start + first for start, first in zip(footprint.corner, placement.origin_px, strict=True))
    rows, cols = placement.image_shape
    return Footprint(row, col, mask[: rows - row, : cols - col])
