"""What a page did, and with which settings, in words for people."""

from operator import attrgetter
from typing import Any

from hrtem_core.analysis import Analysis
from hrtem_core.parameters import Described
from hrtem_core.preparation import left_out_in_words
from hrtem_core.recipe import Recipe, all_parameters, edits
from hrtem_core.stages import Stage
from hrtem_ui.text.words import Units, counted, plain


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
        f"{plain(one.facts.label.lower())} **{_setting(one, attrgetter(one.path)(recipe), units)}**"
        for one in _read(stage)
    )
    seconds = analysis.seconds.get(stage.name)
    took = "" if seconds is None else f" ({seconds:.2f} s)"
    told = ". With ".join(part for part in (_made(stage.name, analysis), settings) if part)
    return f"**{stage.name.capitalize()}**{took}{': ' if told else ''}{told}."


def of_settings(recipe: Recipe, units: Units) -> str:
    """The settings of a recipe that are not the defaults, as Markdown; what was marked in an image is none.

    Parameters
    ----------
    recipe
        The settings.
    units
        What lengths are shown in.
    """
    own = edits.with_settings_of(Recipe(), recipe)
    changed = ", ".join(
        f"{plain(one.facts.label.lower())} **{_setting(one, attrgetter(one.path)(own), units)}**"
        for one in all_parameters()
        if attrgetter(one.path)(own) != one.default
    )
    return f"**Settings** other than the defaults: {changed}." if changed else "**Settings**: the defaults."


def _read(stage: Stage) -> list[Described]:
    """The parameters that a stage reads."""
    return [
        one for one in all_parameters() if any(f"{one.path}.".startswith(f"{path}.") for path in stage.reads)
    ]


def _made(stage: str, analysis: Analysis) -> str:
    """What a stage's product amounts to, in a few words; "" where another stage says it."""
    prepared, peaks, domains = analysis.prepared, analysis.peaks, analysis.domains
    match stage:
        case "preparation":
            rows, cols = prepared.intensity.shape
            reasons = left_out_in_words(prepared.left_out)
            left_out = f"left out: {plain(reasons, 300)}" if reasons else "all of them usable"
            return f"{cols} × {rows} pixels, {left_out}, {counted(prepared.n_spikes, 'spike')} replaced"
        case "spectrum":
            rows, cols = analysis.spectrum.grid.shape
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
        case "phases":
            return f"{counted(len(analysis.phases.candidates), 'candidate')}"
        case "fringes":
            return counted(len(analysis.fringes.maps), "set") + " of fringes followed"
    return ""


def _setting(one: Described, value: Any, units: Units) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if one.path == "preparation.region_px":
        return f"rows {value[0]} to {value[2]}, columns {value[1]} to {value[3]}"
    if isinstance(value, tuple):
        return str(len(value)) if value else "none"
    if one.facts.unit in ("nm", "nm²"):
        return units.length(value) if one.facts.unit == "nm" else units.area(value)
    return f"{value:g} {one.facts.unit}".rstrip()
