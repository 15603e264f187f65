"""Tables of an analysis: plain columns, one entry per row."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hrtem_core.domains import Crystallites, Domain, Domains
from hrtem_core.image import PixelSize, Placement, azimuth_deg
from hrtem_core.measures.shapes import measure_shape
from hrtem_core.numerics import FloatArray, Footprint, boxes_of
from hrtem_core.peaks import Peaks
from hrtem_core.spacings import Families, spacing

Table = dict[str, list[Any]]
"""Columns by name, all of one length; entries are bool, int, float or str."""


def peaks_table(peaks: Peaks, families: Families) -> Table:
    """One row per Friedel pair, accepted or not; `family_id` is 0 and `name` empty for those that are not.

    Parameters
    ----------
    peaks
        All pairs.
    families
        Their spacings, and the family of each.
    """
    g = peaks.g_per_nm.reshape(-1, 2)
    return {
        "peak_id": list(range(1, len(peaks) + 1)),
        "g_row_per_nm": g[:, 0].tolist(),
        "g_col_per_nm": g[:, 1].tolist(),
        "g_per_nm": np.hypot(g[:, 0], g[:, 1]).tolist(),
        "d_nm": families.peak_d_nm.tolist(),
        "d_sigma_nm": families.peak_d_sigma_nm.tolist(),
        "azimuth_deg": azimuth_deg(g).tolist(),
        "snr": peaks.snr.tolist(),
        "signal_probability": peaks.signal_probability.tolist(),
        "accepted": peaks.accepted.tolist(),
        "family_id": families.family_of_peak.tolist(),
        "name": [families.name_given(number) for number in families.family_of_peak.tolist()],
    }


def families_table(families: Families, domains: Domains) -> Table:
    """One row per d-spacing family; its area is the union of its domains, its name what a person gave.

    Parameters
    ----------
    families
        The families, and that of every pair.
    domains
        The accepted ones are counted.
    """
    members: dict[int, list[Domain]] = {int(number): [] for number in families.family_id}
    for domain in domains.certain:
        members.setdefault(int(families.family_of_peak[domain.peak]), []).append(domain)
    ids = families.family_id.tolist()
    return {
        "family_id": ids,
        "d_nm": families.d_nm.tolist(),
        "d_sigma_nm": families.d_sigma_nm.tolist(),
        "n_peaks": [int(np.count_nonzero(families.family_of_peak == number)) for number in ids],
        "n_domains": [len(members[number]) for number in ids],
        "area_nm2": [n_px * domains.pixel_size.area_nm2 for n_px in covered_px(domains, members, ids)],
        "name": list(families.names),
    }


def covered_px(domains: Domains, members: dict[int, list[Domain]], ids: list[int]) -> list[int]:
    """Number of pixels in the union of some domains, for each of `ids`.

    Strategy: a family is spread over the field, so a union of its own would be as large as that, for every
    family. One empty field serves them all: only the domains' own pixels are touched.
    """
    covered = np.zeros(domains.shape, dtype=bool)
    found = []
    for number in ids:
        n_px = 0
        footprints = [domain.footprint for domain in members[number]]
        for footprint in footprints:
            n_px += int(np.count_nonzero(footprint.mask & ~covered[footprint.window]))
            covered[footprint.window] |= footprint.mask
        for footprint in footprints:
            covered[footprint.window] = False
        found.append(n_px)
    return found


def domains_table(
    domains: Domains,
    families: Families,
    crystallites: Crystallites,
    placement: Placement,
    calibration_relative_sigma: float = 0.0,
) -> Table:
    """One row per accepted domain.

    Parameters
    ----------
    domains
        What to measure; a domain touches the border when it reaches the edge of the field looked at.
    families
        The family of every pair.
    crystallites
        The crystallite of every domain.
    placement
        Where the field lies in the micrograph; centroids count from the centre of its first pixel.
    calibration_relative_sigma
        Relative standard uncertainty of the pixel size, part of `d_sigma_nm`.
    """
    accepted = domains.accepted
    g: FloatArray = np.array([domain.g_per_nm for domain in accepted]).reshape(-1, 2)
    g_sigma = np.array([domain.g_sigma_per_nm for domain in accepted])
    d_nm, d_sigma_nm = spacing(g, g_sigma, calibration_relative_sigma)
    footprints = [domain.footprint for domain in accepted]
    family_ids = [int(families.family_of_peak[domain.peak]) for domain in accepted]
    return {
        "domain_id": [domain.domain_id for domain in accepted],
        "peak_id": [domain.peak + 1 for domain in accepted],
        "family_id": family_ids,
        "crystallite_id": crystallites.crystallite_of_domain.tolist(),
        "g_row_per_nm": g[:, 0].tolist(),
        "g_col_per_nm": g[:, 1].tolist(),
        "d_nm": d_nm.tolist(),
        "d_sigma_nm": d_sigma_nm.tolist(),
        "azimuth_deg": azimuth_deg(g).tolist(),
        **_shape_columns(footprints, domains.pixel_size, placement),
        "snr": [float(domain.snr) for domain in accepted],
        "touches_border": _touches_border(footprints, domains.shape),
        "displacement_nm": [domain.displacement_nm for domain in accepted],
        "place": [domain.place for domain in accepted],
        "name": [families.name_given(number) for number in family_ids],
    }


def crystallites_table(
    domains: Domains, families: Families, crystallites: Crystallites, placement: Placement
) -> Table:
    """One row per crystallite, measured on the union of its domains.

    Parameters
    ----------
    domains, families, crystallites, placement
        As for `domains_table`.

    Returns
    -------
    table
        `domain_ids` and `shared_domain_ids`, domains of others whose planes it shows too, are texts, the
        numbers separated by blanks; `name` has the names that a person gave its domains' families, by
        falling d, separated by semicolons.
    """
    ids = range(1, crystallites.n_crystallites + 1)
    members: list[list[Domain]] = [[] for _ in ids]
    for domain, number in zip(domains.accepted, crystallites.crystallite_of_domain.tolist(), strict=True):
        if number:
            members[number - 1].append(domain)
    shared: dict[int, list[int]] = {number: [] for number in ids}
    for row, number in crystallites.shared:
        shared[number].append(domains.accepted[row].domain_id)
    unions = [Footprint.union([domain.footprint for domain in group]) for group in members]
    return {
        "crystallite_id": list(ids),
        "domain_ids": [" ".join(str(domain.domain_id) for domain in group) for group in members],
        "n_domains": [len(group) for group in members],
        **_shape_columns(unions, domains.pixel_size, placement),
        "touches_border": _touches_border(unions, domains.shape),
        "shared_domain_ids": [" ".join(str(one) for one in shared[number]) for number in ids],
        "name": [_names_of(group, families) for group in members],
    }


def _names_of(group: list[Domain], families: Families) -> str:
    """The names given to the families of some domains, each once, those of the largest d first."""
    numbers = sorted({int(families.family_of_peak[domain.peak]) for domain in group} - {0})
    given = sorted(numbers, key=lambda number: -families.d_nm[number - 1])
    return "; ".join(dict.fromkeys(filter(None, map(families.name_given, given))))


def _shape_columns(footprints: Sequence[Footprint], pixel_size: PixelSize, placement: Placement) -> Table:
    shapes = [measure_shape(footprint.mask, pixel_size) for footprint in footprints]
    centroid = [np.add(s.centroid_px, f.corner) for s, f in zip(shapes, footprints, strict=True)]
    position = placement.position_nm(np.array(centroid).reshape(-1, 2))
    return {
        "area_nm2": [shape.area_nm2 for shape in shapes],
        "equivalent_diameter_nm": [shape.equivalent_diameter_nm for shape in shapes],
        "feret_max_nm": [shape.feret_max_nm for shape in shapes],
        "feret_min_nm": [shape.feret_min_nm for shape in shapes],
        "centroid_row_nm": position[:, 0].tolist(),
        "centroid_col_nm": position[:, 1].tolist(),
    }


def _touches_border(footprints: Sequence[Footprint], shape: tuple[int, int]) -> list[bool]:
    """Whether each of some regions reaches the edge of the field."""
    boxes = boxes_of(footprints)
    at_start = np.any(boxes[:, :2] <= 0, axis=1)
    at_end = np.any(boxes[:, 2:] >= shape, axis=1)
    return [bool(touches) for touches in at_start | at_end]
