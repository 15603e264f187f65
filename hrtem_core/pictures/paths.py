"""Outlines of domains as smooth paths, in pixels of the micrograph."""

from hrtem_core.domains import Domain
from hrtem_core.image import Placement
from hrtem_core.numerics import FloatArray, smoothed, trace


def domain_outlines(domain: Domain, placement: Placement) -> list[FloatArray]:
    """Smooth outlines of a domain, holes included, for pictures.

    Returns
    -------
    outlines
        Shape (n, 2) each: (row, column) in pixels of the micrograph, from its outer corner.
    """
    region = domain.footprint
    return [placement.corners_px(smoothed(path) + region.corner) for path in trace(region.mask)]
