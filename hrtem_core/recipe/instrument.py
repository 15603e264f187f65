"""The lens in force: what a person typed of it, else what the file says."""

from dataclasses import replace

from hrtem_core.image import Micrograph
from hrtem_core.lens import LensParameters
from hrtem_core.recipe.recipe import Recipe


def lens_in_force(micrograph: Micrograph, recipe: Recipe) -> LensParameters:
    """Voltage, Cs and defocus that count; the file's Cs only together with a voltage."""
    typed, file = recipe.lens, micrograph.instrument
    voltage_kv = file.voltage_kv if typed.voltage_kv is None else typed.voltage_kv
    cs_mm = file.cs_mm if typed.cs_mm is None else typed.cs_mm
    return replace(typed, voltage_kv=voltage_kv, cs_mm=None if voltage_kv is None else cs_mm)


def lens_origins(micrograph: Micrograph, recipe: Recipe) -> dict[str, str]:
    """Where each value of `lens_in_force` comes from: "typed", the file's tags, or "" where not known."""
    in_force = lens_in_force(micrograph, recipe)
    return {
        name: "typed"
        if getattr(recipe.lens, name) is not None
        else micrograph.instrument.origin
        if getattr(in_force, name) is not None
        else ""
        for name in ("voltage_kv", "cs_mm", "defocus_nm")
    }
