"""Colours of domains by what they are, told apart on grey and with every kind of colour vision."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from hrtem_core.domains import Crystallites, Domains, overlapping_pairs
from hrtem_core.image import azimuth_deg
from hrtem_core.measures import decided_phases
from hrtem_core.numerics import Footprint
from hrtem_core.phases import NONE, Phases
from hrtem_core.spacings import Families

Rgb = tuple[int, int, int]

ColourMode = Literal["family", "azimuth", "crystallite", "d", "phase"]

COLOUR_MODES: tuple[str, ...] = get_args(ColourMode)

BRIGHT: tuple[Rgb, ...] = (
    (79, 185, 246), (245, 165, 0), (41, 198, 156), (240, 101, 56),
    (222, 138, 188), (237, 227, 121), (89, 141, 253), (169, 148, 114),
)  # fmt: skip
"""After M. Okabe & K. Ito (Color Universal Design, 2008), lightened to stand out on grey, and moved until any
two are 10.7 apart (CIEDE2000) for those who see no red or no green, too."""

DARKENED = 0.65

PALETTE: tuple[Rgb, ...] = (
    *BRIGHT,
    *((round(r * DARKENED), round(g * DARKENED), round(b * DARKENED)) for r, g, b in BRIGHT),
)
"""What there are more than eight of is told apart by lightness, as every kind of colour vision can."""

SPACING_COLOURS: tuple[Rgb, ...] = ((72, 118, 255), (60, 190, 200), (235, 215, 70), (240, 110, 50))
"""From the smallest spacing to the largest."""

NO_CANDIDATE: Rgb = (238, 238, 238)
"""Of crystals that are none of the candidates."""

UNDECIDED: Rgb = (120, 128, 134)

TOUCHING_PX = 6.0
"""Crystallites no further apart than this, in pixels of the prepared image, touch: their outlines meet."""

LIGHTNESS, CHROMA = 0.76, 0.125


def domain_colours(
    mode: ColourMode,
    domains: Domains,
    families: Families,
    crystallites: Crystallites,
    phases: Phases | None = None,
) -> list[Rgb]:
    """A colour for each accepted domain.

    Parameters
    ----------
    mode
        What the colour says: the family, the direction of g (cyclic), the crystallite, the spacing, or the
        phase where that is decided.
    domains, families, crystallites, phases
        The products it is taken from.
    """
    if mode == "family":
        numbers = [int(families.family_of_peak[domain.peak]) for domain in domains.accepted]
        return [of_number(families.shown_number(number)) for number in numbers]
    if mode == "crystallite":
        shown_as = [0, *crystal_numbers(domains, crystallites)]
        return [of_number(shown_as[number]) for number in crystallites.crystallite_of_domain.tolist()]
    if mode == "phase":
        decided = ["", *(decided_phases(phases) if phases else ())]
        shown = phase_rgb(phases) if phases else {"": UNDECIDED}
        numbers = crystallites.crystallite_of_domain.tolist()
        return [shown[decided[number] if number < len(decided) else ""] for number in numbers]
    if mode == "azimuth":
        return [of_azimuth(float(azimuth_deg(d.g_per_nm))) for d in domains.accepted]
    spacings = [1 / math.hypot(*d.g_per_nm) for d in domains.accepted]
    every = [*spacings, *families.rejected_d_nm.tolist()]  # what is left keeps its colours
    low, high = min(every, default=0.0), max(every, default=1.0)
    return [between((d - low) / (high - low) if high > low else 0.5, SPACING_COLOURS) for d in spacings]


def crystal_numbers(domains: Domains, crystallites: Crystallites) -> list[int]:
    """A number for each crystallite that its colour follows: no two that touch have one colour.

    It is the crystallite's own, unless that colour is a neighbour's: then the next that none has.
    """
    numbers: list[int] = []
    for number, near in enumerate(_touching(domains, crystallites), start=1):
        of_neighbours = {of_number(numbers[at]) for at in near}
        offered = (number + more for more in range(len(PALETTE)))
        numbers.append(next((one for one in offered if of_number(one) not in of_neighbours), number))
    return numbers


def _touching(domains: Domains, crystallites: Crystallites) -> list[list[int]]:
    """For each crystallite the places of those before it that it touches."""
    found, number_of = domains.accepted, crystallites.crystallite_of_domain
    near: list[list[int]] = [[] for _ in range(crystallites.n_crystallites)]
    grown = []
    for number in range(1, len(near) + 1):
        own = [found[at] for at in np.flatnonzero(number_of == number)]
        whole = Footprint.union([domain.footprint for domain in own]).grown(TOUCHING_PX / 2)
        grown.append(replace(own[0], footprint=whole))
    for before, later in overlapping_pairs(grown)[0].tolist():
        near[later].append(before)
    return near


def phase_rgb(phases: Phases) -> dict[str, Rgb]:
    """The colour of every candidate by its name, of "none" and of "", not decided: frequent ones first."""
    order = np.argsort(-phases.weights[:-1], kind="stable")
    own = {phases.names[at]: of_number(number) for number, at in enumerate(order.tolist(), start=1)}
    return own | {NONE: NO_CANDIDATE, "": UNDECIDED}


def of_number(number: int) -> Rgb:
    """The colour of a family or a crystallite, numbered from 1; it comes again after sixteen."""
    return PALETTE[(number - 1) % len(PALETTE)]


def of_azimuth(azimuth_deg: float) -> Rgb:
    """The colour of a direction of g; cyclic, so that 0 and 180 degrees are one direction and one colour."""
    return hue_colour(2 * azimuth_deg + 20)


def between(share: float, anchors: Sequence[Rgb]) -> Rgb:
    """The colour at `share` (0 to 1) of the way along some anchors."""
    at = share * (len(anchors) - 1)
    red, green, blue = (
        round(float(np.interp(at, range(len(anchors)), channel))) for channel in zip(*anchors, strict=True)
    )
    return red, green, blue


def hue_colour(hue_deg: float) -> Rgb:
    """A colour of even lightness and chroma in Oklab, so that no hue looks stronger than another.

    B. Ottosson, "A perceptual color space for image processing" (2020).
    """
    a, b = CHROMA * math.cos(math.radians(hue_deg)), CHROMA * math.sin(math.radians(hue_deg))
    lms = LIGHTNESS + np.array([[0.39634, 0.21580], [-0.10556, -0.06385], [-0.08948, -1.29149]]) @ (a, b)
    to_linear = np.array(
        [[4.07674, -3.30771, 0.23097], [-1.26844, 2.60976, -0.34132], [-0.00420, -0.70342, 1.70761]]
    )
    linear = np.clip(to_linear @ lms**3, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(float(value)) for value in 255 * srgb)
    return red, green, blue


def hex_of(colour: Rgb) -> str:
    """A code such as #56b4e9."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


FAINT: Rgb = (120, 128, 134)

LIMIT: Rgb = (200, 206, 210)

REJECTED: Rgb = (205, 92, 92)

SELECTED: Rgb = (255, 255, 255)


def family_rgb(families: Families) -> list[Rgb]:
    """A colour for each family, largest spacing first."""
    return [of_number(number) for number in families.shown_as.tolist()]


def family_hex(families: Families) -> list[str]:
    """The same as codes such as #56b4e9."""
    return [hex_of(colour) for colour in family_rgb(families)]
