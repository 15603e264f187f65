"""A peak added by hand: from the FFT, or from the FFT of a box that follows the pointer."""

import math
from dataclasses import replace

from hrtem_core.errors import UserError
from hrtem_core.image import Wavevector, azimuth_deg
from hrtem_core.peaks import nearest_pair
from hrtem_core.recipe import edits
from hrtem_core.spectrum import finest_d_nm
from hrtem_ui.frame import Page
from hrtem_ui.session import compute
from hrtem_ui.text import words
from hrtem_ui.widgets import canvas

SELECTED, OFFERED = "selected_pair", "selected_place"
"""The pair that is looked at, and an empty place where a peak is offered, both by their g."""

MAX_D_NM = 10.0
"""Larger spacings are too near the FFT's centre to be offered."""


def is_sought(page: Page, d_nm: float) -> bool:
    """Whether a spacing is looked for."""
    finest = 1 / page.analysis.spectrum.band_per_nm[1]
    return page.recipe.spectrum.includes(d_nm) and d_nm >= finest


def refusal(page: Page, d_nm: float) -> str:
    """Why a spacing can never be looked for in this image, "" where it can."""
    if d_nm > MAX_D_NM:
        return f"d ≈ {page.units.length(d_nm)} is coarser than can be looked for here."
    if d_nm < finest_d_nm(page.analysis.prepared.pixel_size):
        return f"d ≈ {page.units.length(d_nm)} is finer than can be looked for here."
    return ""


def outside(page: Page, d_nm: float) -> str:
    """That a spacing is not looked for, and what is."""
    sought, length = page.recipe.spectrum, page.units.length
    return (
        f"d ≈ {length(d_nm)} is not looked for: the range is {length(sought.min_d_nm)} to "
        f"{length(sought.max_d_nm)}."
    )


def add(page: Page, g: Wavevector) -> None:
    """Add a peak, if there are fringes at its place; that there are none is said."""
    session = page.session
    session.view[OFFERED] = None
    try:
        with_it = replace(session, recipe=edits.add_pair(session.recipe, g))
        peaks = compute.analysis(with_it).analysis.peaks
    except UserError as error:
        session.notice = str(error)
        return
    if sum(map(len, peaks.maps)) > sum(map(len, page.analysis.peaks.maps)):  # of pairs that are shown
        session.view[SELECTED] = g
        session.change(with_it.recipe)
    else:
        session.notice = (
            "No more fringes of this spacing and direction stand out of the noise, so no peak was added."
        )


def toggle(page: Page, row: int) -> None:
    """Reject a pair, take that back, or accept it; one whose fringes were not followed yet is added."""
    peaks = page.analysis.peaks
    if peaks.accepted[row] or peaks.by_hand[row] or peaks.maps[row]:
        page.session.change(edits.toggle_pair(page.session.recipe, peaks, row))
    else:
        add(page, Wavevector(*peaks.g_per_nm[row].tolist()))


def answer_kept(page: Page, key: str) -> None:
    """Make a peak of the spot that was newly kept from the FFT of a box in the picture `key`."""
    kept = canvas.take_kept(page.session, key)
    if kept is not None:
        row, col = kept
        keep(page, Wavevector(row * page.units.per_nm, col * page.units.per_nm))


def keep(page: Page, g: Wavevector) -> None:
    """Make a peak of a spot, and say what came of it; beyond the range it is offered on the FFT page."""
    session, d_nm = page.session, 1 / max(math.hypot(*g), 1e-9)
    never = refusal(page, d_nm)
    if never or not is_sought(page, d_nm):
        session.view[OFFERED] = None if never else g
        session.notice = never or f"{outside(page, d_nm)} The page FFT peaks offers to widen it."
        return
    row = nearest_pair(page.analysis.peaks, g)
    if row is not None and page.analysis.peaks.accepted[row]:
        session.notice = f"Pair {row + 1} is there already, and accepted."
        return
    if row is None:
        add(page, g)
    else:
        toggle(page, row)
    if page.is_stale:  # it was added
        azimuth = words.azimuth(float(azimuth_deg(g)))
        session.notice = f"Kept as a peak: d ≈ {page.units.length(d_nm)}, azimuth {azimuth}."
