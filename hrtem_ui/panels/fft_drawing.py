"""What is drawn over an FFT in a viewer, and what is told of a pair under the pointer."""

from collections.abc import Iterator

from hrtem_core.image import Wavevector, azimuth_deg
from hrtem_core.pictures import FAINT, LIMIT, REJECTED, SELECTED, FftView, family_hex, hex_of
from hrtem_ui.frame import Page
from hrtem_ui.panels import closeup
from hrtem_ui.text import words
from hrtem_ui.widgets import Mark, Ring

TEXT_DEG = 45.0, -45.0, 135.0, 225.0
"""Where the names of rings stand, in turn: those of neighbours would cover each other."""

RADIUS, FAINT_RADIUS = 9.0, 5.5
"""Of circles, in displayed pixels."""


def pair_numbers(page: Page, row: int) -> str:
    """Spacing, direction and strength of a pair."""
    families, peaks = page.analysis.families, page.analysis.peaks
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
        yield from family_rings(page)


def family_rings(page: Page) -> Iterator[Ring]:
    """A ring for each family, with its name."""
    families = page.analysis.families
    codes = family_hex(families)
    for at, (d_nm, code) in enumerate(zip(families.d_nm.tolist(), codes, strict=True)):
        turn = TEXT_DEG[at % len(TEXT_DEG)]
        yield Ring(radius=1 / d_nm, stroke=code, text=families.called[at], text_deg=turn)


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
    peaks, families = page.analysis.peaks, page.analysis.families
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
        return family_hex(page.analysis.families)[number - 1], RADIUS, 2.0
    if peaks.by_hand[row] == "rejected":
        return hex_of(REJECTED), RADIUS, 2.0
    return hex_of(FAINT), FAINT_RADIUS, 1.0
