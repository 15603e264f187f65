"""Colours of domains by what they are, told apart on grey and with every kind of colour vision."""

import math
import zlib
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from hrtem_core.domains import Crystallites, Domain, Domains
from hrtem_core.image import azimuth_deg
from hrtem_core.measures import decided_phases
from hrtem_core.numerics import Footprint, IntArray, boxes_of
from hrtem_core.phases import NONE, Phases, built_in
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

UNDECIDED: Rgb = (170, 178, 184)
"""Pale enough to be seen on a micrograph."""

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

    A crystallite begins with the colour that the direction of its strongest planes asks for; the strongest
    choose first, so that a weaker one, found later, changes no other's. While there are colours that none
    has yet they are all different. What a person rejected keeps its colour, and so do the others then.
    """
    every = (*domains.accepted, *domains.rejected, *domains.set_aside)
    before = crystallites.with_rejected if len(crystallites.with_rejected) else None
    number_of = crystallites.crystallite_of_domain if before is None else before
    groups = _groups(every, number_of)
    numbers = _chosen_numbers([_strongest(own) for own in groups], _touching(groups))
    if before is None or len(before) == len(domains.accepted):
        return numbers
    own = _groups(domains.accepted, crystallites.crystallite_of_domain)
    row_of = {id(domain): row for row, domain in enumerate(every)}
    kept = [numbers[int(before[row_of[id(_strongest(group))]]) - 1] for group in own]
    return _apart(kept, _touching(own))


def _groups(domains: Sequence[Domain], number_of: IntArray) -> list[list[Domain]]:
    """The domains of each crystallite."""
    groups: list[list[Domain]] = [[] for _ in range(int(number_of.max(initial=0)))]
    for domain, number in zip(domains, number_of.tolist(), strict=False):
        if number:
            groups[number - 1].append(domain)
    return groups


def _strongest(group: Sequence[Domain]) -> Domain:
    return max(group, key=strength)


def strength(domain: Domain) -> float:
    """How much of a crystal a domain shows: the strongest one gives a crystallite its colours."""
    return domain.snr * math.sqrt(domain.footprint.n_pixels)


def _chosen_numbers(strongest: Sequence[Domain], near: Sequence[set[int]]) -> list[int]:
    """A colour's number for each crystallite, given by its strongest domain and those that it touches."""
    numbers, taken = [0] * len(strongest), set[int]()
    for at in sorted(range(len(numbers)), key=lambda at: -strength(strongest[at])):
        wanted = _wanted(strongest[at])
        free = [one for one in wanted if one not in {numbers[other] for other in near[at]}] or wanted
        numbers[at] = next((one for one in free if one not in taken), free[0])
        taken.add(numbers[at])
    return numbers


def _wanted(domain: Domain) -> list[int]:
    """The numbers of all colours, in the order in which a crystal with such planes would have them."""
    first = int(float(azimuth_deg(domain.g_per_nm)) * len(BRIGHT) / 180) % len(BRIGHT)
    turned = [1 + (first + more) % len(BRIGHT) for more in range(len(BRIGHT))]
    return [*turned, *(number + len(BRIGHT) for number in turned)]


def _apart(numbers: Sequence[int], near: Sequence[set[int]]) -> list[int]:
    """The numbers, another in the place of one that a neighbour before it has: a crystal came apart."""
    found: list[int] = []
    for at, number in enumerate(numbers):
        others = {found[other] if other < at else numbers[other] for other in near[at]}
        before = {found[other] for other in near[at] if other < at}
        free = (one for one in range(1, len(PALETTE) + 1) if one not in others)
        found.append(next(free, number) if number in before else number)
    return found


def _touching(groups: Sequence[Sequence[Domain]]) -> list[set[int]]:
    """For each crystallite the places of those that it touches."""
    near: list[set[int]] = [set() for _ in groups]
    whole = [Footprint.union([one.footprint for one in own]) for own in groups]
    boxes = boxes_of(whole)
    start = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    end = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    beside = np.argwhere(np.triu(np.all(start - end <= TOUCHING_PX, axis=-1), k=1))  # by their boxes
    grown = {at: whole[at].grown(TOUCHING_PX / 2) for at in np.unique(beside).tolist()}
    for one, other in beside.tolist():
        if grown[one].shared(grown[other]):
            near[one].add(other)
            near[other].add(one)
    return near


def phase_rgb(phases: Phases) -> dict[str, Rgb]:
    """The colour of every candidate by its name, of "none" and of "", not decided: frequent ones first.

    A candidate's colour follows from what it is called, or from where it stands in the table of structures:
    another candidate, or other crystals, change it only where more than sixteen share the colours.
    """
    numbers = _phase_numbers(phases.names, set(decided_phases(phases)))
    order = np.argsort(-phases.weights[:-1], kind="stable")
    own = {phases.names[at]: of_number(numbers[at]) for at in order.tolist()}
    return own | {NONE: NO_CANDIDATE, "": UNDECIDED}


def _phase_numbers(names: Sequence[str], present: set[str]) -> list[int]:
    """A colour's number for each candidate; those before it in the list choose first.

    Of more candidates than there are colours those that are `present` have different ones.
    """
    known, n = {name: at for at, name in enumerate(built_in())}, len(PALETTE)
    numbers: dict[str, int] = {}
    for name in sorted(names, key=lambda name: name not in present if len(names) > n else 0):
        first = known.get(name, zlib.crc32(name.encode()))
        wanted = [1 + (first + more) % n for more in range(n)]
        taken = numbers.values()
        numbers[name] = next((one for one in wanted if one not in taken), wanted[0])
    return [numbers[name] for name in names]


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
