"""What a person does to the recipe by hand: each function gives the next recipe."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from hrtem_core.domains import Domain, DomainMark, Domains, is_rejected, mark_of
from hrtem_core.image import PixelSize, Placement, Wavevector, distance_per_nm
from hrtem_core.lens import LensParameters
from hrtem_core.peaks import Peaks
from hrtem_core.phases import Verdict
from hrtem_core.preparation import Polygon
from hrtem_core.recipe.inverse_fft import InverseFftParameters, MaskPair
from hrtem_core.recipe.recipe import Recipe
from hrtem_core.spacings import Families
from hrtem_core.spectrum import SpectrumParameters

MARKS = {
    "preparation": ("region_px", "excluded_px", "excluded_nm"),
    "peaks": ("rejected", "restored"),
    "families": ("merged", "split_at_d_nm", "names"),
    "domains": ("rejected",),
    "phases": ("verdicts",),
    "composition": ("files", "clicks", "windows", "sensitivity", "probe_nm"),
    "inverse_fft": ("masks",),
}
"""What a person pointed at in one image, by stage; peaks added by hand besides."""

OF_THE_IMAGE = ("pixel_size_nm", "calibration_relative_sigma", "image", "average_frames", "added")
"""Fields of a recipe that are no settings either."""


def with_settings_of(recipe: Recipe, other: Recipe) -> Recipe:
    """A recipe with another's settings, its own scale and what a person marked in its own image kept.

    Parameters
    ----------
    recipe
        Of the image in hand.
    other
        Of another image: what was pointed at there, and how large its pixels are, means nothing here.
    """
    stages = {
        stage: replace(
            getattr(other, stage), **{name: getattr(getattr(recipe, stage), name) for name in names}
        )
        for stage, names in MARKS.items()
    }
    return replace(other, **stages, **{name: getattr(recipe, name) for name in OF_THE_IMAGE})


def with_defaults(recipe: Recipe, paths: Sequence[str]) -> Recipe:
    """The settings of some stages as they are by default; what a person marked stays.

    Parameters
    ----------
    recipe
        To change.
    paths
        Names of stages, or of single parameters such as "domains.eps_nm".
    """
    fresh, values = with_settings_of(recipe, Recipe()), dict[str, dict[str, Any]]()
    for path in paths:
        stage, _, name = path.partition(".")
        of_stage = getattr(fresh, stage)
        names = [name] if name else [one.name for one in fields(of_stage)]
        values.setdefault(stage, {}).update({one: getattr(of_stage, one) for one in names})
    stages = {stage: replace(getattr(recipe, stage), **own) for stage, own in values.items()}
    return replace(recipe, **stages)


def toggle_pair(recipe: Recipe, peaks: Peaks, row: int) -> Recipe:
    """Reject an accepted pair; take back what was said about a rejected one; accept one taken for noise."""
    g = Wavevector(*peaks.g_per_nm[row].tolist())
    word = peaks.by_hand[row]
    if word == "added":
        kept = tuple(mark for mark in recipe.added if _row_of(peaks, mark) != row)
        return replace(recipe, added=kept)
    parameters = recipe.peaks
    rejected = tuple(mark for mark in parameters.rejected if _row_of(peaks, mark) != row)
    restored = tuple(mark for mark in parameters.restored if _row_of(peaks, mark) != row)
    if not word and peaks.accepted[row]:
        rejected = (*rejected, g)
    elif not word and not peaks.maps[row]:
        return add_pair(recipe, g)  # its fringes were not followed yet
    elif not word:
        restored = (*restored, g)
    return replace(recipe, peaks=replace(parameters, rejected=rejected, restored=restored))


def add_pair(recipe: Recipe, g: Wavevector) -> Recipe:
    """Add a peak that was not found."""
    return replace(recipe, added=(*recipe.added, g))


def restore_all_pairs(recipe: Recipe) -> Recipe:
    """Forget everything a person said about pairs."""
    return replace(recipe, added=(), peaks=replace(recipe.peaks, rejected=(), restored=()))


def _row_of(peaks: Peaks, mark: Wavevector) -> int:
    """The pair a mark means: the nearest."""
    return int(np.argmin(distance_per_nm(peaks.g_per_nm, mark)))


def toggle_domain(recipe: Recipe, domains: Domains, placement: Placement, domain: Domain) -> Recipe:
    """Take out an accepted domain, or put a rejected one back."""
    parameters = recipe.domains
    if domain in domains.accepted:
        marks = (*parameters.rejected, mark_of(domain, placement))
    else:
        marks = tuple(mark for mark in parameters.rejected if not is_rejected(domain, placement, (mark,)))
    return replace(recipe, domains=replace(parameters, rejected=marks))


def restore_all_domains(recipe: Recipe) -> Recipe:
    """Put every rejected domain back."""
    return replace(recipe, domains=replace(recipe.domains, rejected=()))


def merge_families(recipe: Recipe, families: Families, chosen: list[int]) -> Recipe:
    """Make one family of several, given by their rows."""
    group = tuple(float(families.d_nm[row]) for row in chosen)
    parameters = recipe.families
    low, high = min(group), max(group)
    splits = tuple(d for d in parameters.split_at_d_nm if not low <= d <= high)
    merged = replace(parameters, merged=(*parameters.merged, group), split_at_d_nm=splits)
    return replace(recipe, families=merged)


def split_family(recipe: Recipe, families: Families, row: int) -> Recipe:
    """Divide a family at the widest gap between its spacings."""
    members = np.sort(families.peak_d_nm[families.family_of_peak == families.family_id[row]])
    if len(members) < 2:
        return recipe
    gap = int(np.argmax(np.diff(members)))
    at = float(members[gap : gap + 2].mean())
    parameters = recipe.families
    merged = tuple(group for group in parameters.merged if not min(group) <= at <= max(group))
    split = replace(parameters, merged=merged, split_at_d_nm=(*parameters.split_at_d_nm, at))
    return replace(recipe, families=split)


def rename_family(recipe: Recipe, families: Families, row: int, name: str) -> Recipe:
    """Give a family a name, or none."""
    members = families.peak_d_nm[families.family_of_peak == families.family_id[row]]
    low, high = float(members.min()), float(members.max())
    others = tuple((d, said) for d, said in recipe.families.names if not low <= d <= high)
    name = "".join(c for c in name if c.isprintable()).strip()[:80]
    named = (*others, (float(families.d_nm[row]), name)) if name else others
    return replace(recipe, families=replace(recipe.families, names=named))


def forget_family_edits(recipe: Recipe) -> Recipe:
    """Back to the families as found."""
    return replace(recipe, families=replace(recipe.families, merged=(), split_at_d_nm=(), names=()))


def with_lens(recipe: Recipe, in_force: LensParameters, **values: float | None) -> Recipe:
    """Take what a person says of the lens; what means nothing without a value goes with it.

    Parameters
    ----------
    recipe
        To change.
    in_force
        As `lens_in_force` gives it: what the file says stands in the recipe once a person has changed any.
    values
        Fields of `LensParameters`; None for what is not known.
    """
    known = {"voltage_kv": in_force.voltage_kv, "cs_mm": in_force.cs_mm, "defocus_nm": in_force.defocus_nm}
    known |= values
    if known["voltage_kv"] is None:
        known["cs_mm"] = None
    if known["cs_mm"] is None:
        known["defocus_nm"] = None
    return replace(recipe, lens=LensParameters(**known))


def calibrated(
    recipe: Recipe, pixel_size: PixelSize, families: Families, row: int, known_nm: float
) -> Recipe:
    """The recipe with the scale at which a family has the spacing it is known to have.

    The new scale is known as well as the family's spacing was measured, whatever was known of the old one.

    Parameters
    ----------
    recipe
        As it is.
    pixel_size
        In force until now.
    families, row
        What was measured, and which family of it.
    known_nm
        Its true spacing in nm.
    """
    d_nm, d_sigma_nm = float(families.d_nm[row]), float(families.d_sigma_nm[row])
    with_scale = d_sigma_nm / d_nm
    sigma = math.sqrt(max(with_scale**2 - recipe.calibration_relative_sigma**2, 0.0))
    factor = known_nm / d_nm
    row_nm, col_nm = (size * factor for size in pixel_size.sizes_nm)
    size = row_nm if math.isclose(row_nm, col_nm, rel_tol=1e-9) else (row_nm, col_nm)
    return rescaled(recipe, size, factor, relative_sigma=sigma)


def rescaled(
    recipe: Recipe,
    pixel_size_nm: float | tuple[float, float] | None,
    factor: float,
    *,
    relative_sigma: float | None = None,
) -> Recipe:
    """The recipe with another pixel size, everything a person pointed at kept on the same pixels.

    Parameters
    ----------
    recipe
        As it is.
    pixel_size_nm
        The new size, one number or (row, column); None for the file's own.
    factor
        The new size over the one in force until now.
    relative_sigma
        Relative standard uncertainty of the new size; None leaves what was said before.

    Returns
    -------
    recipe
        Its d-range reaches to the peaks added by hand, wherever they now lie.
    """
    families, domains, peaks = recipe.families, recipe.domains, recipe.peaks
    added = _divided(recipe.added, factor)
    return replace(
        recipe,
        pixel_size_nm=pixel_size_nm,
        calibration_relative_sigma=(
            recipe.calibration_relative_sigma if relative_sigma is None else relative_sigma
        ),
        preparation=replace(
            recipe.preparation, excluded_nm=_multiplied(recipe.preparation.excluded_nm, factor)
        ),
        spectrum=_reaching(recipe.spectrum, added),
        added=added,
        peaks=replace(
            peaks, rejected=_divided(peaks.rejected, factor), restored=_divided(peaks.restored, factor)
        ),
        families=replace(
            families,
            merged=tuple(tuple(d * factor for d in group) for group in families.merged),
            split_at_d_nm=tuple(d * factor for d in families.split_at_d_nm),
            names=tuple((d * factor, name) for d, name in families.names),
        ),
        domains=replace(domains, rejected=tuple(_rescaled_mark(mark, factor) for mark in domains.rejected)),
        phases=replace(recipe.phases, verdicts=_rescaled_verdicts(recipe.phases.verdicts, factor)),
        composition=replace(
            recipe.composition,
            clicks=tuple(
                pair._replace(row_nm=pair.row_nm * factor, col_nm=pair.col_nm * factor)
                for pair in recipe.composition.clicks
            ),
        ),
        inverse_fft=InverseFftParameters(_rescaled_masks(recipe.inverse_fft.masks, factor)),
    )


def _reaching(sought: SpectrumParameters, added: tuple[Wavevector, ...]) -> SpectrumParameters:
    """The d-range, widened to spacings that a person added."""
    for g in added:
        sought = sought.widened(1 / math.hypot(*g))
    return sought


def _divided(wavevectors: tuple[Wavevector, ...], factor: float) -> tuple[Wavevector, ...]:
    return tuple(Wavevector(row / factor, col / factor) for row, col in wavevectors)


def _multiplied(polygons: tuple[Polygon, ...], factor: float) -> tuple[Polygon, ...]:
    return tuple(tuple((row * factor, col * factor) for row, col in polygon) for polygon in polygons)


def _rescaled_mark(mark: DomainMark, factor: float) -> DomainMark:
    row, col, g_row, g_col = mark
    return DomainMark(row * factor, col * factor, g_row / factor, g_col / factor)


def _rescaled_masks(masks: tuple[MaskPair, ...], factor: float) -> tuple[MaskPair, ...]:
    return tuple(
        MaskPair(_divided((one.g_per_nm,), factor)[0], one.radius_per_nm / factor, one.edge_per_nm / factor)
        for one in masks
    )


def _rescaled_verdicts(verdicts: tuple[Verdict, ...], factor: float) -> tuple[Verdict, ...]:
    return tuple(Verdict(row * factor, col * factor, phase, is_it) for row, col, phase, is_it in verdicts)


def with_verdict(recipe: Recipe, verdict: Verdict) -> Recipe:
    """The recipe with a person's word on one crystal; the same word again takes it back.

    A crystal is of one phase: a later "it is" at the same place takes the place of an earlier one.
    """
    before = recipe.phases.verdicts
    if verdict in before:
        return replace(
            recipe, phases=replace(recipe.phases, verdicts=tuple(v for v in before if v != verdict))
        )
    kept = tuple(one for one in before if not _contradicts(one, verdict))
    return replace(recipe, phases=replace(recipe.phases, verdicts=(*kept, verdict)))


def _contradicts(one: Verdict, other: Verdict) -> bool:
    here = math.isclose(one.row_nm, other.row_nm) and math.isclose(one.col_nm, other.col_nm)
    return here and ((one.is_it and other.is_it) or one.phase == other.phase)


def forget_verdicts(recipe: Recipe) -> Recipe:
    """Forget everything a person said of phases."""
    return replace(recipe, phases=replace(recipe.phases, verdicts=()))


def scaled_by(recipe: Recipe, pixel_size: PixelSize, factor: float, relative_sigma: float) -> Recipe:
    """The recipe with a scale at which lengths are `factor` times as long, so uncertain, relative."""
    row_nm, col_nm = (size * factor for size in pixel_size.sizes_nm)
    size = row_nm if math.isclose(row_nm, col_nm, rel_tol=1e-9) else (row_nm, col_nm)
    return rescaled(recipe, size, factor, relative_sigma=relative_sigma)
