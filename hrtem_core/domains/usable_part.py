"""Stage 3, domains: no domain lies where nothing was looked at.

What is left out of a field is filled smoothly before the Fourier transform; the map of a crystal beside it
fades there over its resolution. A border that holds no data ends a crystal, a stroke drawn on it does not.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy

from hrtem_core.domains.clustering import numbered
from hrtem_core.domains.domain import Domain, DomainParameters, Domains
from hrtem_core.domains.tuning import DOMAIN_TUNING, DomainTuning
from hrtem_core.image import Placement, scaled_lengths
from hrtem_core.numerics import BoolImage, box_of
from hrtem_core.spectrum import Spectrum


def keep_to_usable(
    spectrum: Spectrum,
    domains: Domains,
    usable: BoolImage,
    placement: Placement,
    parameters: DomainParameters,
    *,
    tuning: DomainTuning = DOMAIN_TUNING,
) -> Domains:
    """The same domains without what of them lies on parts of the field that are left out.

    Parameters
    ----------
    spectrum
        Gives the scale of lengths.
    domains
        Where crystals are.
    usable
        Shape of the prepared image: False where it was not looked at.
    placement
        Where the prepared image lies in the micrograph, for the person's marks.
    parameters
        Least area of a domain, and the domains that a person rejected.
    tuning
        How wide a part that is left out must be to end a domain.
    """
    if usable.all():
        return domains
    tuning = scaled_lengths(tuning, spectrum.length_scale)
    parameters = parameters.for_lengths(spectrum.length_scale)
    widths_px = [max(2, round(tuning.bridged_nm / size)) for size in domains.pixel_size.sizes_nm]
    left_out = np.pad(~usable, [(width, width) for width in widths_px], constant_values=True)
    least_px = max(1.0, parameters.min_area_nm2 / domains.pixel_size.area_nm2)
    everything = (*domains.accepted, *domains.rejected)
    found = [_without(left_out, widths_px, domain) for domain in everything]
    if all(one is domain for one, domain in zip(found, everything, strict=True)):
        return domains
    large_enough = [domain for domain in found if domain.footprint.n_pixels >= least_px]
    return numbered(domains, large_enough, placement, parameters.rejected, tuning=tuning)


def _without(left_out: BoolImage, widths_px: Sequence[int], domain: Domain) -> Domain:
    """What of a domain does not lie where a part at least `widths_px` wide and high is left out.

    `left_out` goes on by these widths beyond the image's sides, where all is left out.
    """
    place = domain.footprint
    rows, cols = (
        slice(one.start, one.stop + 2 * width) for one, width in zip(place.window, widths_px, strict=True)
    )
    around = left_out[rows, cols]
    inside = tuple(slice(width, -width) for width in widths_px)
    if not (around[inside] & place.mask).any():
        return domain
    wide = scipy.ndimage.grey_opening(around.view(np.uint8), size=widths_px)[inside] > 0
    mask = place.mask & ~wide
    box = box_of(mask) if mask.any() else (slice(0, 0), slice(0, 0))
    return replace(domain, footprint=place.part(box, mask[box].copy()))
