"""One reading of a crystallite on the phases page: reflections, angles, scale, expected spots."""

import math

import pandas as pd
import streamlit as st
from PIL import Image

from hrtem_core.domains import Domain
from hrtem_core.phases import (
    NamedReading,
    Spot,
    Structure,
    angles_of,
    expected_spots,
    implied_scale,
    lines_of,
    reciprocal_basis,
    reflections_of,
)
from hrtem_core.pictures import FAINT, REJECTED, SELECTED, FftView, Frame, hex_of, phase_rgb
from hrtem_core.recipe import edits
from hrtem_ui.frame import Page
from hrtem_ui.panels import rings
from hrtem_ui.session import compute
from hrtem_ui.text import words
from hrtem_ui.widgets import Bar, Frequencies, Mark, Scene, canvas, controls, jpeg, viewer

SPOTS, FIT = "expected_spots", "selected_fit"

BEYOND = 1.15
"""The FFT reaches this much further than the furthest expected spot."""

FOUND_PX, MISSING_PX = 11.0, 8.0
"""Radii of circles, in displayed pixels."""

LEAST_PER_NM = 0.3
"""Smaller |g| are the zero frequency."""

MOST_LINES = 40


def fit(page: Page, fits: tuple[NamedReading, ...], name: str) -> NamedReading:
    """The reading to look at: of several distinct ones the chosen one."""
    told = [
        f"{zone_words(one)} {words.counted(len(one.hkl), 'reflection')}: {_hkl_words(one)} "
        f"({words.roughly_percent(one.probability)} if it is {name})".strip()
        for one in fits
    ]
    return fits[controls.one_of(page.session, FIT, "Fit", told)] if len(fits) > 1 else fits[0]


def _hkl_words(reading: NamedReading) -> str:
    return ", ".join(map(words.indices, reading.hkl.values()))


def zone_words(reading: NamedReading | None) -> str:
    """The zone axis in brackets; nothing where there is none."""
    return f"[{words.indices(reading.zone)}]" if reading and reading.zone else ""


def show(page: Page, at: int, reading: NamedReading, crystal: list[Domain]) -> None:
    """Expected spots, the reflections with what is left over, the scale that is implied, and angles."""
    structure = page.analysis.phases.candidates[at]
    _spots(page, at, reading, crystal)
    _reflections(page, structure, reading)
    _implied(page, structure, reading)
    _angles(page, structure, reading)


def _reflections(page: Page, structure: Structure, reading: NamedReading) -> None:
    analysis, basis = page.analysis, reciprocal_basis(structure)
    rows = []
    for row, hkl in reading.hkl.items():
        domain = analysis.domains.accepted[row]
        d_nm, own_nm = 1 / _length(domain), 1 / math.hypot(*(hkl @ basis))
        rows.append(
            {
                "domain": domain.domain_id,
                "hkl": words.indices(hkl),
                "d measured": page.units.spacing(d_nm, d_nm * d_nm * domain.g_sigma_per_nm),
                "d structure (nm)": f"{own_nm:.4f}",
                "off (%)": f"{100 * (d_nm * analysis.phases.scale / own_nm - 1):+.2f}",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=controls.table_height(len(rows), 250))
    st.caption("*off*: what is left once the scale that all crystallites agree on is taken.")


def _implied(page: Page, structure: Structure, reading: NamedReading) -> None:
    """How far all lengths are off if the reading is right, and a button to take that scale."""
    found = implied_scale(reading, structure, page.analysis.domains)
    percent = 100 * (1 / found.factor - 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        off = f"{abs(percent):.2g} % too {'long' if percent > 0 else 'short'}"
        sigma = f"(± {100 * found.relative_sigma:.2g} %)"
        st.markdown(words.held(f"All d are **{off}** {sigma} if this is {words.plain(structure.name)}."))
        st.button(
            f"Take the scale of {structure.name}",
            key="take_scale_of_reading",
            disabled=not page.session.calibrated or abs(percent) < 0.05,
            on_click=lambda: take_scale(page, found.factor, found.relative_sigma),
        )


def take_scale(page: Page, factor: float, relative_sigma: float) -> None:
    """Make all lengths so many times as long."""
    session = page.session
    session.change(edits.scaled_by(session.recipe, session.pixel_size, factor, relative_sigma))
    session.notice = "All lengths follow from the new pixel size."


def _angles(page: Page, structure: Structure, reading: NamedReading) -> None:
    angles = angles_of(reading, structure, page.analysis.domains)
    if not angles:
        return
    number_of = [domain.domain_id for domain in page.analysis.domains.accepted]
    rows = [
        {
            "domains": " and ".join(str(number_of[row]) for row in angle.rows),
            "hkl": " and ".join(map(words.indices, angle.hkl)),
            "measured (°)": f"{angle.measured_deg:.2f}",
            "structure (°)": f"{angle.structure_deg:.2f}",
            "off (°)": f"{angle.measured_deg - angle.structure_deg:+.2f}",
        }
        for angle in angles
    ]
    worst = max(angles, key=lambda one: abs(one.measured_deg - one.structure_deg))
    off = worst.measured_deg - worst.structure_deg
    with st.expander(
        f"Angles between reflections: at most {abs(off):.2f}° off", icon=":material/square_foot:"
    ):
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=controls.table_height(len(rows), 250))


def _spots(page: Page, at: int, reading: NamedReading, crystal: list[Domain]) -> None:
    """The crystallite's FFT with the spots that the reading expects: found ones, and missing ones hollow."""
    analysis, units = page.analysis, page.units
    spots = expected_spots(reading, reflections_of(analysis.phases.candidates[at]), analysis.domains)
    sought = [one for one in spots if one.domain_id or _length(one) < analysis.spectrum.band_per_nm[1]]
    furthest = max(*map(_length, sought), *map(_length, crystal))
    view = FftView(local=True, reach_per_nm=BEYOND * furthest, gamma=1.4, noise=False)
    shown, frame = compute.crystal_fft(page.session, analysis, crystal, view)
    explained = {spot.domain_id for spot in sought}
    others = [one for one in crystal if one.domain_id not in explained]
    missing = sum(1 for spot in sought if not spot.domain_id)
    colour = hex_of(phase_rgb(analysis.phases)[analysis.phases.names[at]])
    scene = Scene(
        picture=jpeg(Image.fromarray(shown)),
        frame=frame,
        label=f"The Fourier transform of the crystallite with {words.counted(len(sought), 'expected spot')}, "
        f"{missing} of them missing.",
        act="look",
        subject=f"{page.session.micrograph.digest} {[one.domain_id for one in crystal]}",
        pixel_scale=shown.shape[1] / frame.width,
        hint="Wheel: zoom. Drag: move. Under the pointer: indices and d.",
        readout=Frequencies(unit=units.length_unit, per_nm=units.per_nm, least=LEAST_PER_NM),
        marks=[
            *(_unexplained(page, one) for one in others),
            *(_mark(page, one, colour, one in sought) for one in spots if _is_in(one, frame)),
        ],
        bar=Bar(per_unit=1 / units.per_nm, unit=units.frequency_unit),
        tools=viewer.CRYSTAL_FFT_TOOLS,
    )
    canvas.show_scene(page.session, SPOTS, scene)
    st.caption(_spots_told(reading, len(sought), missing, len(others)))


def _length(one: Spot | Domain) -> float:
    return math.hypot(*one.g_per_nm)


def _is_in(spot: Spot, frame: Frame) -> bool:
    """Whether a spot lies in the part of the FFT that is shown, clear of its border."""
    return max(abs(spot.g_per_nm.row), abs(spot.g_per_nm.col)) < 0.485 * frame.width


def _spots_told(reading: NamedReading, n_spots: int, missing: int, n_others: int) -> str:
    told = "FFT of the crystallite alone. Full circles: found."
    if reading.zone:
        told += (
            f" Hollow, dashed: expected along {zone_words(reading)} and not found, {missing} of {n_spots}."
        )
    if n_others:
        told += f" Crossed: {words.counted(n_others, 'reflection')} that this reading does not explain."
    return told


def _mark(page: Page, spot: Spot, colour: str, is_sought: bool) -> Mark:
    """A full circle on a spot that was found, a hollow one where it is missing, a faint one out of range."""
    d, hkl = page.units.length(1 / _length(spot)), words.indices(spot.hkl)
    found = bool(spot.domain_id)
    missing = "expected, not found" if is_sought else "finer than is looked for"
    told = f"domain {spot.domain_id}" if found else missing
    return Mark(
        places=_both(spot.g_per_nm),
        kind="found" if found else "missing" if is_sought else "beyond",
        stroke=colour if found else hex_of(SELECTED if is_sought else FAINT),
        radius=FOUND_PX if found else MISSING_PX,
        width=3.0 if found else 1.2,
        dash="" if found else "3 3",
        text=f"{hkl} · d {d} · {told}",
        text_beside=hkl,
    )


def _unexplained(page: Page, domain: Domain) -> Mark:
    d = page.units.length(1 / _length(domain))
    return Mark(
        places=_both(domain.g_per_nm),
        stroke=hex_of(REJECTED),
        kind="unexplained",
        cross=True,
        text=f"domain {domain.domain_id} · d {d} · not explained by this reading",
        text_beside=str(domain.domain_id),
    )


def _both(g_per_nm: tuple[float, float]) -> list[tuple[float, float]]:
    return [(sign * g_per_nm[0], sign * g_per_nm[1]) for sign in (1, -1)]


def lines(page: Page) -> None:
    """The lines of one candidate: spacing, indices, relative amplitude, members of the form."""
    phases = page.analysis.phases
    with st.expander("Lines of a candidate", icon=":material/table_rows:"):
        structure = phases.candidates[
            controls.one_of(page.session, "lines_of", "Structure", list(phases.names))
        ]
        found = lines_of(structure)[:MOST_LINES]
        st.dataframe(
            pd.DataFrame(
                {
                    "d (nm)": [f"{line.d_nm:.4f}" for line in found],
                    "hkl": [words.indices(line.hkl) for line in found],
                    "|F| (%)": [f"{100 * line.amplitude:.0f}" for line in found],
                    "multiplicity": [line.multiplicity for line in found],
                }
            ),
            hide_index=True,
            height=controls.table_height(len(found), 320),
        )
        st.caption(words.plain(structure.said_by, 300))
        st.button(
            f"Draw the rings of {structure.name} on the FFT",
            key="draw_rings",
            on_click=lambda: _draw_rings(page, structure.name),
        )


def _draw_rings(page: Page, name: str) -> None:
    rings.show_structure(page, name)
    page.session.notice = (
        f"The page FFT peaks shows the rings of {name}, on the FFT and in the radial profile."
    )
