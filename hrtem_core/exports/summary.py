"""The summary of an analysis: what was analyzed, how, and what it amounts to."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from hrtem_core.analysis import Analysis
from hrtem_core.image import PixelSize
from hrtem_core.measures import Totals, phase_shares, scrutiny
from hrtem_core.phases import NONE
from hrtem_core.recipe import ImageOf, lens_in_force, lens_origins, to_dict
from hrtem_core.version import VERSION, versions


def summarize(analysis: Analysis, found: Totals) -> dict[str, Any]:
    """What `summary.json` holds.

    Parameters
    ----------
    analysis
        What was done.
    found
        Its totals.
    """
    micrograph, prepared = analysis.micrograph, analysis.prepared
    scale = analysis.placement.pixel_size
    looked_at = scrutiny(analysis)
    left_out = [f"left out: {looked_at.reasons}"] if looked_at.reasons else []
    return {
        "image": {
            "name": micrograph.name,
            "sha256": micrograph.digest,
            "shape": list(micrograph.shape),
            "stored_as": micrograph.stored_as,
            "pixel_size_nm": _sizes(scale),
            "pixel_size_origin": scale.origin,
            "calibration_relative_sigma": analysis.recipe.calibration_relative_sigma,
            "notes": [*micrograph.notes, *left_out],
            "annotations": [asdict(drawn) for drawn in prepared.annotations],
            "n_spikes": prepared.n_spikes,
            "n_dead_lines": prepared.n_dead_lines,
        },
        "versions": versions(),
        "recipe": to_dict(analysis.recipe, ImageOf.of(micrograph)),
        **asdict(found),
        "usable_fraction": looked_at.usable_fraction,
        "left_out": {one.reason: one.share for one in looked_at.left_out},
        "noise_share": looked_at.noise_share,
        "looked_for_nm": list(looked_at.looked_for_nm),
        "warnings": list(looked_at.warnings),
        "lens": lens_summary(analysis),
        **({"phases": phases_summary(analysis)} if analysis.phases.candidates else {}),
        "delocalization": dict(zip(("c1_nm2", "c3_nm4"), analysis.domains.delocalization, strict=True)),
        "seconds": {
            **analysis.seconds,
            "total": analysis.seconds.get("total", sum(analysis.seconds.values())),
        },
    }


def lens_summary(analysis: Analysis) -> dict[str, Any]:
    """What is known of the lens, where from, and whether domains were moved."""
    lens, rings = analysis.lens, analysis.lens.rings
    wave_nm = lens.wavelength_nm
    measured: dict[str, Any] = {"score": rings.score, "found": rings.is_clear}
    if rings.is_clear:
        fit, sigma = rings.aberrations, rings.sigmas
        measured |= {
            "c1_nm2": fit.c1_nm2,
            "c1_sigma_nm2": sigma.c1_nm2,
            "c3_nm4": fit.c3_nm4,
            "c3_sigma_nm4": sigma.c3_nm4,
            "astigmatism_nm2": fit.astigmatism_nm2,
            "astigmatism_sigma_nm2": fit.astigmatism_sigma_nm2(sigma),
            "astigmatism_azimuth_deg": fit.astigmatism_azimuth_deg,
        }
    if rings.is_clear and wave_nm:
        measured |= {
            "defocus_nm": rings.aberrations.c1_nm2 / wave_nm,
            "defocus_sigma_nm": rings.sigmas.c1_nm2 / wave_nm,
            "astigmatism_nm": rings.aberrations.astigmatism_nm2 / wave_nm,
            "astigmatism_sigma_nm": rings.aberrations.astigmatism_sigma_nm2(rings.sigmas) / wave_nm,
        }
    return {
        "given": asdict(lens_in_force(analysis.micrograph, analysis.recipe)),
        "given_by": lens_origins(analysis.micrograph, analysis.recipe),
        "source": lens.source,
        "rings": measured,
        "moved": any(domain.displacement_nm > 0 for domain in analysis.domains.accepted),
        "notes": lens_notes(analysis),
    }


def phases_summary(analysis: Analysis) -> dict[str, Any]:
    """What `phases.json` holds: the scale that the phases give, candidates, shares, groups."""
    phases = analysis.phases
    return {
        "scale": phases.scale,
        "scale_sigma": phases.scale_sigma,
        "prior_scale_sigma": phases.prior_scale_sigma,
        "scatter": phases.scatter,
        "candidates": [
            {"name": one.name, "reference": one.said_by} | ({"sha256": one.sha256} if one.is_own else {})
            for one in phases.candidates
        ],
        "weights": dict(zip((*phases.names, NONE), phases.weights.tolist(), strict=True)),
        "shares": [asdict(one) for one in phase_shares(phases, analysis.domains, analysis.crystallites)],
        "groups": [list(group) for group in phases.groups],
        "notes": list(phase_notes(analysis)),
        "seconds": analysis.seconds.get("phases", 0.0),
        "version": VERSION,
    }


def phase_notes(analysis: Analysis) -> list[str]:
    """What an image cannot tell about phases, in sentences."""
    phases = analysis.phases
    notes = [
        f"{' or '.join(group)}: this image cannot tell by geometry; elements or a calibrated scale would."
        for group in phases.groups
        if sum(phases.weights[phases.names.index(name)] > 0.02 for name in group) > 1
    ]
    if phases.one_ring_only:
        notes.append(
            "One ring only: no crystallite shows reflections in two directions, so names are guesses."
        )
    return notes


def lens_notes(analysis: Analysis) -> list[str]:
    """What a person should know of the lens, in sentences."""
    notes = []
    if analysis.domains.displaced:
        notes.append("Fringes look displaced; enter voltage and Cs.")
    n_either = len(analysis.domains.accepted) - len(analysis.domains.certain)
    if n_either:
        number = f"{n_either} displaced {'domain' if n_either == 1 else 'domains'}"
        notes.append(
            f"Of {number} the crystal lies at either of two places; not counted in area and statistics."
        )
    if lens_in_force(analysis.micrograph, analysis.recipe).is_known and not analysis.lens.rings.is_clear:
        notes.append(f"No rings: the film does not tell the defocus; {_without_rings(analysis)}.")
    return notes


def _without_rings(analysis: Analysis) -> str:
    """What was done where voltage and Cs are known and the film's rings are not clear."""
    if analysis.lens.source == "given":
        return "the one given was used"
    c1_nm2 = analysis.domains.delocalization[0]
    if c1_nm2:
        return f"with {c1_nm2 / analysis.lens.wavelength_nm:.0f} nm reflections of one crystal coincide"
    return "fringes are left where they are"


def phases_json(analysis: Analysis) -> str:
    """`phases.json` as text."""
    return json.dumps(phases_summary(analysis), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def summary_json(analysis: Analysis, found: Totals, beside: Iterable[str] = ()) -> str:
    """`summary.json` as text.

    Parameters
    ----------
    analysis, found
        As for `summarize`.
    beside
        Names of the result's other files: what is not listed is never deleted with it.
    """
    summary = summarize(analysis, found) | {"files": sorted([*beside, "summary.json"])}
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _sizes(scale: PixelSize) -> float | list[float]:
    """As the recipe takes it: one number for square pixels, else [row, column]."""
    row_nm, col_nm = (float(f"{size:.12g}") for size in scale.sizes_nm)  # binned and back: the last digit
    return row_nm if row_nm == col_nm else [row_nm, col_nm]
