"""What the colours of domains mean, told below their picture."""

import numpy as np

from hrtem_core import pictures
from hrtem_core.measures import decided_phases
from hrtem_core.phases import NONE
from hrtem_core.pictures import ColourMode, colours, hex_of
from hrtem_ui.frame import Page
from hrtem_ui.widgets import Legend

STEP_DEG = 3
"""Of the colours of directions."""


def legend(page: Page, mode: ColourMode) -> Legend:
    """Lines with their meaning, a wheel, or a sentence."""
    families = page.families
    spacings = np.concatenate([families.d_nm, families.rejected_d_nm])
    if mode == "azimuth":
        wheel = [hex_of(colours.of_azimuth(azimuth)) for azimuth in range(0, 180, STEP_DEG)]
        return Legend(wheel=wheel, says="g: 0° right, 90° up")
    if mode == "family":
        return Legend(lines=_families(page))
    if mode == "phase":
        return Legend(lines=_phases(page))
    if mode == "crystallite":
        return Legend(says="Where domains of one colour touch, they are one crystal.")
    if not len(spacings):
        return Legend()
    low, high = float(spacings.min()), float(spacings.max())
    return Legend(says=f"From blue, {page.units.length(low)}, to red, {page.units.length(high)}.")


def _families(page: Page) -> list[tuple[str, str]]:
    """The lines that families are drawn with, and what they are called."""
    families = page.families
    codes, numbers = colours.family_hex(families), families.shown_as.tolist()
    return [
        (f"4px {pictures.line_style(numbers[at])} {code}", families.names[at] or page.units.length(d))
        for at, (code, d) in enumerate(zip(codes, families.d_nm, strict=True))
    ]


def _phases(page: Page) -> list[tuple[str, str]]:
    """The colours of the phases that are there, and of how many crystallites each is."""
    phases = page.analysis.phases
    present = decided_phases(phases)
    told = {NONE: "none of the candidates", "": "not decided"}
    return [
        (f"8px solid {hex_of(rgb)}", f"{told.get(name, name)} ({present.count(name)})")
        for name, rgb in pictures.phase_rgb(phases).items()
        if name in present
    ]
