"""Rings of structures and of typed spacings, on the FFT and on its radial profile."""

import math
import re
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from hrtem_core.phases import Line, Structure, built_in, chosen_structures, lines_of
from hrtem_core.pictures import SELECTED, colours, hex_of
from hrtem_ui.frame import Page
from hrtem_ui.session import controlled
from hrtem_ui.text import words
from hrtem_ui.widgets import Ring

STRUCTURES, TYPED = "ring_structures", "ring_spacings"
"""Ways of looking: names of structures, and spacings in nm."""

LEAST_AMPLITUDE, MOST_RINGS, MOST_TYPED = 0.05, 16, 20
"""Weaker reflections than that part of the strongest are left out, and all but the strongest ones."""

APART = 0.035
"""Rings nearer than this part of the largest radius share one label."""

TYPED_COLOUR = "#7a8288"
"""Of typed spacings in the radial profile, to be seen on white and on black."""

LAST_COLOUR = 8
"""Families take colours from the first one on, structures from this one back."""


@dataclass(frozen=True)
class KnownRing:
    """A spacing that is known.

    Parameters
    ----------
    d_nm
        The spacing.
    name, hkl
        Of the structure, and its indices; "" for a typed spacing.
    colour
        As "#rrggbb".
    strength
        |F| relative to the structure's strongest reflection, 0 to 1.
    """

    d_nm: float
    name: str
    hkl: str
    colour: str
    strength: float

    @property
    def text(self) -> str:
        """What is written beside it."""
        return f"{self.name} {self.hkl}" if self.name else f"{words.significant(self.d_nm)} nm"


def control(page: Page) -> None:
    """The choice of structures and spacings whose rings are shown."""
    session = page.session
    names = list(_known(page))
    chosen = [name for name in session.view.get(STRUCTURES, []) if name in names]
    typed = " ".join(f"{d_nm:g}" for d_nm in session.view.get(TYPED, []))
    with st.popover("Known rings", icon=":material/adjust:", disabled=not session.calibrated):
        st.multiselect(
            "Rings of structures",
            names,
            max_selections=6,
            placeholder="LiF, Li2O …",
            help="Their stronger reflections are dashed circles here and lines in the radial profile.",
            **controlled(
                f"view.{STRUCTURES}",
                chosen,
                lambda new: session.view.__setitem__(STRUCTURES, list(new)),
                default={"default": chosen},
            ),
        )
        st.text_input(
            "Rings of spacings, d in nm",
            placeholder="0.2672 0.2013",
            **controlled(
                f"view.{TYPED}",
                typed,
                lambda new: session.view.__setitem__(TYPED, spacings_in(new)),
                default={"value": typed},
            ),
        )


def spacings_in(text: str) -> list[float]:
    """The spacings that a person typed, those that an image could show."""
    numbers = (float(number) for number in re.findall(r"\d+\.?\d*|\.\d+", text[:500].replace(",", ".")))
    return [d_nm for d_nm in numbers if 0.05 <= d_nm <= 10][:MOST_TYPED]


def _known(page: Page) -> dict[str, Structure]:
    """Structures by name: the candidates first, then those of the table."""
    own = {one.name: one for one in chosen_structures(page.recipe.phases)}
    return own | {name: one for name, one in built_in().items() if name not in own}


def show_structure(page: Page, name: str) -> None:
    """Add a structure to those whose rings are shown."""
    shown = page.session.view.get(STRUCTURES, [])
    page.session.view[STRUCTURES] = [*(one for one in shown if one != name), name][-6:]


def known_rings(page: Page) -> list[KnownRing]:
    """The rings that are to be seen, within the range of spacings looked for."""
    if not page.session.calibrated:
        return []
    known, view = _known(page), page.session.view
    typed = [KnownRing(d_nm, "", "", hex_of(SELECTED), 1.0) for d_nm in view.get(TYPED, [])]
    found = list(typed)
    for number, name in enumerate(view.get(STRUCTURES, [])):
        if name in known:
            colour = hex_of(colours.of_number(LAST_COLOUR - number))
            found += [
                KnownRing(line.d_nm, name, words.indices(line.hkl), colour, line.amplitude)
                for line in _strong(known[name])
            ]
    low, high = page.analysis.spectrum.band_per_nm
    return [ring for ring in found if low <= 1 / ring.d_nm <= high]


def _strong(structure: Structure) -> list[Line]:
    lines = [line for line in lines_of(structure) if line.amplitude >= LEAST_AMPLITUDE]
    strongest = sorted(lines, key=lambda line: -line.amplitude)[:MOST_RINGS]
    return [line for line in lines if line in strongest]


def on_fft(page: Page) -> list[Ring]:
    """The known rings as dashed circles, each named where there is room."""
    found, last = [], -math.inf
    rings = sorted(known_rings(page), key=lambda ring: -ring.d_nm)
    for ring in rings:
        radius = 1 / ring.d_nm
        room = radius - last > APART / rings[-1].d_nm
        last = radius if room else last
        opacity = 0.6 + 0.4 * ring.strength
        text = ring.text if room else ""
        found.append(
            Ring(radius=radius, stroke=ring.colour, width=1.8, dash="7 4", opacity=opacity, text=text)
        )
    return found


def table(page: Page) -> pd.DataFrame:
    """The known rings for the radial profile: g in shown units, name, spacing, colour."""
    rings, units = known_rings(page), page.units
    return pd.DataFrame(
        {
            "g": [1 / ring.d_nm / units.per_nm for ring in rings],
            "ring": [ring.text for ring in rings],
            "d": [units.length(ring.d_nm, 4) for ring in rings],
            "colour": [ring.colour if ring.name else TYPED_COLOUR for ring in rings],
        }
    )
