"""The summary of an analysis: what was analyzed, how, and what it amounts to."""

import json
from dataclasses import asdict
from typing import Any

from hrtem_core.analysis import Analysis
from hrtem_core.image import PixelSize
from hrtem_core.measures import Totals, scrutiny
from hrtem_core.recipe import ImageOf, to_dict
from hrtem_core.version import versions


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
        "warnings": [looked_at.warning] if looked_at.warning else [],
        "delocalization": dict(zip(("c1_nm2", "c3_nm4"), analysis.domains.delocalization, strict=True)),
        "seconds": {
            **analysis.seconds,
            "total": analysis.seconds.get("total", sum(analysis.seconds.values())),
        },
    }


def summary_json(analysis: Analysis, found: Totals) -> str:
    """`summary.json` as text."""
    return json.dumps(summarize(analysis, found), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _sizes(scale: PixelSize) -> float | list[float]:
    """As the recipe takes it: one number for square pixels, else [row, column]."""
    row_nm, col_nm = (float(f"{size:.12g}") for size in scale.sizes_nm)  # binned and back: the last digit
    return row_nm if row_nm == col_nm else [row_nm, col_nm]
