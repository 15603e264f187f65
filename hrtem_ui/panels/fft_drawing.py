"""What is drawn over an FFT in a viewer, and what is told of a pair under the pointer."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hrtem_core.image import Wavevector, azimuth_deg
from hrtem_core.pictures import FAINT, LIMIT, REJECTED, SELECTED, FftView, family_hex, hex_of
from hrtem_ui.frame import Page
from hrtem_ui.panels import closeup
from hrtem_ui.text import words
from hrtem_ui.widgets import Mark, Ring

TEXT_DEG = tuple(float(start + step) for step in (0, 15, 30, -15, -30, 45) for start in (45, -45, 135, 225))
"""Where the names of rings may stand, those first that are sought first."""

HALF_PX, LETTER_PX, LINE_PX = 230.0, 7.5, 18.0
"""Half of a picture's width where names take the most room of it, and the size of their letters there."""

NUMBER_PX = 20.0
"""How far the number beside a circle reaches from the circle's middle."""

RADIUS, FAINT_RADIUS = 9.0, 5.5
"""Of circles, in displayed pixels."""


def pair_numbers(page: Page, row: int) -> str:
    """Spacing, direction and strength of a pair."""
    families, peaks = page.families, page.analysis.peaks
    d = page.units.spacing(families.peak_d_nm[row], families.peak_d_sigma_nm[row])
    azimuth = words.azimuth(float(azimuth_deg(peaks.g_per_nm[row])))
    return f"d {d} · azimuth {azimuth} · signal-to-noise {peaks.snr[row]:.1f}"


def state_of(page: Page, row: int) -> str:
    """What a pair is taken for, in a word or two."""
    peaks = page.analysis.peaks
    return str(peaks.by_hand[row]) or ("accepted" if peaks.accepted[row] else "taken for noise")


def rings(page: Page, view: FftView) -> Iterator[Ring]:
    """The limits of what is looked for, dashed, and the families if they are to be seen."""
    for limit in page.analysis.spectrum.band_per_nm:
        yield Ring(radius=limit, stroke=hex_of(LIMIT), width=1.5, dash="5 5")
    if view.rings:
        yield from family_rings(page, view)


def family_rings(page: Page, view: FftView) -> Iterator[Ring]:
    """A ring for each family, with its name where it covers no circle and no other name."""
    families, peaks = page.families, page.analysis.peaks
    px = HALF_PX / view.reach_per_nm
    g = peaks.g_per_nm[families.family_of_peak > 0]
    spots = px * np.concatenate([g, -g])
    taken = [Box(row - NUMBER_PX, col - RADIUS, row + RADIUS, col + NUMBER_PX) for row, col in spots.tolist()]
    for name, d_nm, code in zip(families.called, families.d_nm.tolist(), family_hex(families), strict=True):
        turn, box = free_turn(px / d_nm, LETTER_PX * len(name), taken)
        taken.append(box)
        yield Ring(radius=1 / d_nm, stroke=code, text=name, text_deg=turn)


class Box(NamedTuple):
    """A rectangle of a picture, in displayed pixels from its middle."""

    top: float
    left: float
    bottom: float
    right: float

    def shared(self, other: "Box") -> float:
        """The area that both cover."""
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        width = min(self.right, other.right) - max(self.left, other.left)
        return max(0.0, height) * max(0.0, width)


FIELD = Box(-HALF_PX, -HALF_PX, HALF_PX, HALF_PX)
"""All of the picture."""


def free_turn(radius_px: float, width_px: float, taken: Sequence[Box]) -> tuple[float, Box]:
    """The angle at which a ring's name of that width covers least of what is there, and what it covers then.

    Parameters
    ----------
    radius_px
        Of the ring, in displayed pixels.
    width_px
        Of the name, which begins on the ring.
    taken
        What stands there already.

    Returns
    -------
    turn
        In degrees, 0 to the right and 90 up.
    box
        Where the name stands.
    """
    best, least = (TEXT_DEG[0], Box(0.0, 0.0, 0.0, 0.0)), math.inf
    for turn in TEXT_DEG:
        row, col = -radius_px * math.sin(math.radians(turn)), radius_px * math.cos(math.radians(turn))
        box = Box(row - LINE_PX / 2, col, row + LINE_PX / 2, col + width_px)
        outside = (box.right - box.left) * (box.bottom - box.top) - box.shared(FIELD)
        covered = outside + sum(box.shared(other) for other in taken)
        if covered < least:
            best, least = (turn, box), covered
    return best


def marks(page: Page, view: FftView, selected: int | None, offered: Wavevector | None) -> list[Mark]:
    """Circles on the pairs, the strongest last and so on top, and on the place where one might be added."""
    peaks = page.analysis.peaks
    drawn = [
        mark_of(page, row, ring=row == selected)
        for row in reversed(range(len(peaks)))
        if view.noise or peaks.accepted[row] or peaks.by_hand[row] or row == selected
    ]
    if offered is not None:
        places = [(sign * offered.row, sign * offered.col) for sign in (1, -1)]
        drawn.append(Mark(places=places, stroke=hex_of(SELECTED), width=1.0, kind="offered", stands=False))
    return drawn


def mark_of(page: Page, row: int, *, ring: bool) -> Mark:
    """The circles on a pair."""
    peaks, families = page.analysis.peaks, page.families
    g = peaks.g_per_nm[row].tolist()
    number = int(families.family_of_peak[row])
    family = families.called[number - 1] if number else ""
    told = [f"Pair {row + 1}: {pair_numbers(page, row)}", family, state_of(page, row)]
    stands = bool(peaks.accepted[row] or peaks.by_hand[row])
    colour, radius, width = _look(page, row, number)
    return Mark(
        places=[(sign * g[0], sign * g[1]) for sign in (1, -1)],
        stroke=colour,
        radius=radius,
        width=width,
        kind="noise" if not stands else "accepted" if peaks.accepted[row] else "rejected",
        cross=peaks.by_hand[row] == "rejected",  # not by colour alone: a family's may be near
        ring=ring,
        stands=stands,
        text=" · ".join(filter(None, told)),
        text_beside=str(number) if number else "",
        close_up=f"{closeup.PAIR}{row + 1}",
    )


def _look(page: Page, row: int, number: int) -> tuple[str, float, float]:
    """Colour, radius and line width of a pair's circles."""
    peaks = page.analysis.peaks
    if peaks.accepted[row] and number:
        return family_hex(page.families)[number - 1], RADIUS, 2.0
    if peaks.by_hand[row] == "rejected":
        return hex_of(REJECTED), RADIUS, 2.0
    return hex_of(FAINT), FAINT_RADIUS, 1.0
