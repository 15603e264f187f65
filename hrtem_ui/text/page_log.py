"""What a page did, and with which settings, in words for people."""

from dataclasses import fields
from typing import Any

from hrtem_core.analysis import Analysis
from hrtem_core.recipe import Recipe
from hrtem_ui.text.words import Units, counted, percent, plain

NAMES = {
    "region_px": "region",
    "bin_factor": "pixels averaged",
    "remove_spikes": "spikes removed",
    "detect_annotations": "burned-in labels ignored",
    "excluded_px": "areas ignored",
    "excluded_nm": "areas ignored, given in nm",
    "min_d_nm": "smallest d",
    "max_d_nm": "largest d",
    "min_probability": "least signal probability",
    "rejected": "rejected by hand",
    "restored": "accepted by hand",
    "significance": "standard uncertainties apart",
    "tolerance": "spread within a family",
    "split_at_d_nm": "split by hand",
    "merged": "merged by hand",
    "names": "named",
    "threshold_snr": "threshold over noise",
    "eps_nm": "DBSCAN eps",
    "min_fill": "DBSCAN min_samples, as the filled part of the disc",
    "plateau_fraction": "outline at",
    "min_area_nm2": "minimum area",
    "correct": "fringes moved by the lens put back",
    "min_overlap": "one crystal when overlapping by",
}
"""Parameters as the controls call them; one that is not here goes by its own name."""


def of_stage(stage: str, recipe: Recipe, analysis: Analysis, units: Units) -> str:
    """What a stage made, how long that took, and its settings, as Markdown.

    Parameters
    ----------
    stage
        A field of the recipe that holds a stage's parameters.
    recipe, analysis
        The settings, and what came of them.
    units
        What lengths are shown in.
    """
    parameters = getattr(recipe, stage)
    settings = ", ".join(
        f"{plain(NAMES.get(one.name, one.name.replace('_', ' ')))} "
        f"**{_setting(one.name, getattr(parameters, one.name), units)}**"
        for one in fields(parameters)
    )
    seconds = analysis.seconds.get(stage)
    took = "" if seconds is None else f" ({seconds:.2f} s)"
    return f"**{stage.capitalize()}**{took}: {_made(stage, analysis)}{settings}."


def _made(stage: str, analysis: Analysis) -> str:
    """What a stage's product amounts to, and the word that leads to its settings."""
    prepared, peaks, domains = analysis.prepared, analysis.peaks, analysis.domains
    match stage:
        case "preparation":
            rows, cols = prepared.intensity.shape
            made = (
                f"{cols} × {rows} pixels, {percent(1 - float(prepared.usable.mean()))} of them left out, "
                f"{counted(prepared.n_spikes, 'spike')} replaced"
            )
        case "spectrum":
            rows, cols = analysis.spectrum.whitened.shape
            made = f"{cols} × {rows} pixels are enough for the smallest d"
        case "candidates":
            made = counted(len(analysis.candidates), "maximum", "maxima") + " of local spectra"
        case "peaks":
            made = f"{int(peaks.accepted.sum())} of {counted(len(peaks), 'pair')} accepted"
        case "families":
            made = counted(len(analysis.families.d_nm), "family", "families")
        case "domains":
            made = f"{counted(len(domains.accepted), 'domain')} and {len(domains.rejected)} rejected"
        case "crystallites":
            made = counted(analysis.crystallites.n_crystallites, "crystallite")
        case _:
            return "with "
    return f"{made}. With "


def _setting(name: str, value: Any, units: Units) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "region_px":
        return f"rows {value[0]} to {value[2]}, columns {value[1]} to {value[3]}" if value else "whole image"
    if isinstance(value, tuple):
        return str(len(value)) if value else "none"
    if name == "bin_factor":
        return "none" if value == 1 else f"{value} × {value}"
    if name.endswith("_nm2"):
        return units.area(value)
    if name.endswith("_nm"):
        return units.length(value)
    return f"{value:g}"
