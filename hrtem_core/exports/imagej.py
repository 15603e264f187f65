"""Domains as regions of interest for ImageJ's ROI manager."""

import io
import math
import zipfile

from hrtem_core.analysis import Analysis
from hrtem_core.image import file_part
from hrtem_core.measures import named_families
from hrtem_core.numerics import signed_area, trace, without_straights
from hrtem_core.pictures import ColourMode, domain_colours

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of all entries, so that equal results give equal bytes."""


def roi_zip(analysis: Analysis, mode: ColourMode = "family") -> bytes:
    """A `RoiSet.zip` with the outlines of all accepted domains, exact to the pixel.

    A region is called by its domain's number, its spacing and its family's name. A domain in several pieces
    has a region for each; ImageJ's polygons have no holes, so holes are filled.

    Parameters
    ----------
    analysis
        What to write.
    mode
        What the colours of the outlines say.
    """
    from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

    placement = analysis.placement
    families = named_families(analysis)
    colours = domain_colours(
        mode, analysis.domains, analysis.families, analysis.crystallites, analysis.phases
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for domain, colour in zip(analysis.domains.accepted, colours, strict=True):
            spacing_nm = 1 / math.hypot(*domain.g_per_nm)
            given = families.name_given(int(families.family_of_peak[domain.peak]))
            called = f"-{file_part(given)}" if given else ""
            outer = [path for path in trace(domain.footprint.mask) if signed_area(path) > 0]
            for piece, path in enumerate(outer):
                corners = placement.corners_px(without_straights(path) + domain.footprint.corner)
                part = f"-{piece + 1}" if piece else ""
                name = f"domain-{domain.domain_id:04d}{part}-d{spacing_nm:.4f}nm{called}"
                roi = ImagejRoi.frompoints(corners[:, ::-1].round().astype(int), name=name)
                roi.roitype = ROI_TYPE.POLYGON
                roi.options &= ~ROI_OPTIONS.SUB_PIXEL_RESOLUTION
                roi.stroke_color = bytes((255, *colour))
                archive.writestr(zipfile.ZipInfo(f"{name}.roi", EPOCH), roi.tobytes())
    return target.getvalue()
