"""What a page did, and with which settings, in words for people."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any

from hrtem_core.analysis import Analysis, Stage
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
    "added": "added by hand",
    "calibration_relative_sigma": "uncertainty of the pixel size, relative",
    "min_overlap": "one crystal when overlapping by",
}
"""Parameters as the controls call them; one that is not here goes by its own name."""


def of_stage(stage: Stage, recipe: Recipe, analysis: Analysis, units: Units) -> str:
    """What a stage made, how long that took, and the settings it reads, as Markdown.

    Parameters
    ----------
    stage
        The stage.
    recipe, analysis
        The settings, and what came of them.
    units
        What lengths are shown in.
    """
    settings = ", ".join(
        f"{plain(NAMES.get(name, name.replace('_', ' ')))} **{_setting(name, value, units)}**"
        for name, value in _settings(stage, recipe)
    )
    seconds = analysis.seconds.get(stage.name)
    took = "" if seconds is None else f" ({seconds:.2f} s)"
    told = ". With ".join(part for part in (_made(stage.name, analysis), settings) if part)
    return f"**{stage.name.capitalize()}**{took}{': ' if told else ''}{told}."


def _settings(stage: Stage, recipe: Recipe) -> Iterator[tuple[str, Any]]:
    """Name and value of every parameter that a stage reads."""
    for path in stage.reads:
        value = attrgetter(path)(recipe)
        if is_dataclass(value):
            yield from ((one.name, getattr(value, one.name)) for one in fields(value))
        else:
            yield path.rpartition(".")[2], value


def _made(stage: str, analysis: Analysis) -> str:
    """What a stage's product amounts to, in a few words; "" where another stage says it."""
    prepared, peaks, domains = analysis.prepared, analysis.peaks, analysis.domains
    match stage:
        case "preparation":
            rows, cols = prepared.intensity.shape
            return (
                f"{cols} × {rows} pixels, {percent(1 - float(prepared.usable.mean()))} of them left out, "
                f"{counted(prepared.n_spikes, 'spike')} replaced"
            )
        case "spectrum":
            rows, cols = analysis.spectrum.whitened.shape
            return f"{cols} × {rows} pixels are enough for the smallest d"
        case "candidates":
            return counted(len(analysis.candidates), "maximum", "maxima") + " of local spectra"
        case "peaks":
            return f"{int(peaks.accepted.sum())} of {counted(len(peaks), 'pair')} accepted"
        case "families":
            return counted(len(analysis.families.d_nm), "family", "families")
        case "domains":
            return f"{counted(len(domains.accepted), 'domain')} and {len(domains.rejected)} rejected"
        case "crystallites":
            return counted(analysis.crystallites.n_crystallites, "crystallite")
        case "fringes":
            return counted(len(analysis.fringes.maps), "set") + " of fringes followed"
    return ""


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
