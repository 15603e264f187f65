"""The phases page's parts: the phase map, shares, and one crystallite from close by."""

import math
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from hrtem_core.domains import domains_at
from hrtem_core.measures import decided_phases, phase_shares, ranking
from hrtem_core.phases import (
    NONE,
    NamedReading,
    expected_spots,
    reflections_of,
    verdict_on,
)
from hrtem_core.pictures import FftView, hex_of, phase_rgb
from hrtem_core.pictures import fft as fft_picture
from hrtem_core.recipe import edits
from hrtem_ui.frame import Page
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.session import compute
from hrtem_ui.text import words
from hrtem_ui.widgets import canvas, controls, encoding

OVERLAY, SELECTED = "phase_overlay", "selected_crystallite"

MOST_LINES = 12
"""Rows of the table of a structure's lines."""

BEYOND = 1.15
"""The FFT reaches this much further than the furthest expected spot."""


def answer_click(page: Page) -> None:
    """Choose the crystallite under a new click; where several lie on top of each other, the next in turn."""
    click = canvas.take_click(page.session, OVERLAY)
    if click is None:
        return
    here = _crystallites_at(page, click.row, click.col)
    before = page.session.view.get(SELECTED)
    turn = here.index(before[2]) + 1 if before and before[2] in here else 0
    page.session.view[SELECTED] = (click.row, click.col, here[turn % len(here)]) if here else None


def _crystallites_at(page: Page, row: float, col: float) -> list[int]:
    """Numbers of the crystallites at a place of the prepared image, the smallest domain's first."""
    accepted = page.analysis.domains.accepted
    number_of = dict(
        zip(
            (domain.domain_id for domain in accepted),
            page.analysis.crystallites.crystallite_of_domain.tolist(),
            strict=True,
        )
    )
    here = [number_of.get(domain.domain_id, 0) for domain in domains_at(page.analysis.domains, row, col)]
    return list(dict.fromkeys(number for number in here if number))


def selected(page: Page) -> int:
    """Number of the chosen crystallite, 0 where none is: kept by its place, it survives new results."""
    mark = page.session.view.get(SELECTED)
    if mark is None:
        return 0
    here = _crystallites_at(page, mark[0], mark[1])
    return mark[2] if mark[2] in here else (here[0] if here else 0)


def picture(page: Page) -> None:
    """The phase map, clickable, and what its colours mean."""
    number = selected(page)
    accepted = page.analysis.domains.accepted
    mine = page.analysis.crystallites.crystallite_of_domain.tolist()
    marked = frozenset(
        domain.domain_id for domain, own in zip(accepted, mine, strict=True) if number and own == number
    )
    shown = domain_panel.drawn(page, "phase", domain_panel.style_of(page), marked)
    canvas.show(page.session, OVERLAY, shown, domain_panel.frame_of(page))
    _legend(page)


def _legend(page: Page) -> None:
    phases = page.analysis.phases
    present = decided_phases(phases)
    told = {NONE: "none of the candidates", "": "not decided"}
    spots = [
        f"<span style='white-space:nowrap'><span style='color:{hex_of(rgb)}'>⬤</span> "
        f"{escape(told.get(name, name))} ({present.count(name)})</span>"
        for name, rgb in phase_rgb(phases).items()
        if name in present
    ]
    st.html(f"<small>{' &ensp;'.join(spots)}</small>")


def scale(page: Page) -> None:
    """What the phases say of the scale, and a button to take it; what the image cannot tell."""
    phases = page.analysis.phases
    if not len(phases.probabilities):
        st.caption(page.nothing_found)
        return
    percent = 100 * (phases.scale - 1)
    told = (
        "right" if abs(percent) < 0.05 else f"{abs(percent):.2g} % too {'short' if percent > 0 else 'long'}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"If this is so, all lengths are **{told}** (± {100 * phases.scale_sigma:.2g} %).")
        st.button(
            "Take this scale",
            key="take_scale",
            disabled=not page.session.calibrated or abs(percent) < 0.05,
            on_click=lambda: _take_scale(page),
        )
    if phases.one_ring_only:
        st.warning("One ring only: no crystallite shows two directions, so its names are guesses.")
    for group in phases.groups:
        if sum(phases.weights[phases.names.index(name)] > 0.02 for name in group) > 1:
            st.info(
                f"{' or '.join(map(words.plain, group))}: this image cannot tell by geometry. "
                "Elements, or a calibrated scale, would."
            )


def _take_scale(page: Page) -> None:
    session = page.session
    session.change(edits.scaled_by_phases(session.recipe, session.pixel_size, page.analysis.phases))
    session.notice = "All lengths follow from the new pixel size."


def shares(page: Page) -> None:
    """Shares of the crystallites' area, with intervals."""
    found = phase_shares(page.analysis.phases, page.analysis.domains, page.analysis.crystallites)
    if not found:
        return
    table = pd.DataFrame(
        {
            "phase": [one.phase for one in found],
            "share of area": [f"{one.share:.0%}" for one in found],
            "95 % interval": [f"{one.low95:.0%} to {one.high95:.0%}" for one in found],
            "decided": [f"{one.decided:.0%}" for one in found],
            "crystals": [one.n_crystallites for one in found],
        }
    )
    st.dataframe(table, hide_index=True, height=controls.table_height(len(found), 250))


def chosen(page: Page) -> None:
    """The chosen crystallite: its candidates, its reading, expected spots, and a person's verdict."""
    number, phases = selected(page), page.analysis.phases
    if not number or number > len(phases.probabilities):
        if len(phases.probabilities):
            st.caption("Click a crystallite to see what it may be, and why.")
        return
    ranked = ranking(phases, number - 1)
    st.markdown(f"**Crystallite {number}**")
    _ranked_table(page, number, ranked)
    if not ranked:
        return
    names = [phases.names[at] for at in ranked]
    at = ranked[controls.one_of(page.session, "selected_candidate", "Reading as", names)]
    _verdict(page, number, phases.names[at])
    reading = phases.readings[number - 1].get(at)
    if reading is not None:
        _reading_table(page, at, reading)
        _spots(page, at, reading)


def _ranked_table(page: Page, number: int, ranked: list[int]) -> None:
    phases = page.analysis.phases
    row = phases.probabilities[number - 1]
    readings = [phases.readings[number - 1].get(at) for at in ranked]
    table = pd.DataFrame(
        {
            "phase": [*(phases.names[at] for at in ranked), "none of these"],
            "probability": [*(float(row[at]) for at in ranked), float(row[-1])],
            "zone axis": [*(_zone_words(one) for one in readings), ""],
            "explains": [*(str(len(one.hkl)) if one else "0" for one in readings), ""],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={"probability": st.column_config.ProgressColumn(format="%.3f", max_value=1.0)},
        height=controls.table_height(len(table), 250),
    )


def _zone_words(reading: NamedReading | None) -> str:
    if reading is None or reading.zone is None:
        return ""
    return f"[{' '.join(map(str, reading.zone))}]"


def _verdict(page: Page, number: int, phase: str) -> None:
    """Confirm or reject one candidate of the crystallite; once more takes it back, and so does undo."""
    analysis = page.analysis

    def say(is_it: bool) -> None:
        verdict = verdict_on(
            analysis.domains, analysis.crystallites, analysis.placement, number, phase, is_it
        )
        page.session.change(edits.with_verdict(page.session.recipe, verdict))

    with st.container(horizontal=True):
        st.button(f"It is {phase}", key="confirm_phase", on_click=say, args=(True,))
        st.button(f"It is not {phase}", key="reject_phase", on_click=say, args=(False,))
        if page.session.recipe.phases.verdicts:
            st.button(
                f"Forget {words.counted(len(page.session.recipe.phases.verdicts), 'verdict')}",
                key="forget_verdicts",
                type="tertiary",
                on_click=lambda: page.session.change(edits.forget_verdicts(page.session.recipe)),
            )


def _reading_table(page: Page, at: int, reading: NamedReading) -> None:
    """The reflections of a reading, with what is left over of each spacing."""
    analysis, lattice = page.analysis, reflections_of(page.analysis.phases.candidates[at])
    d_of = {tuple(h): 1 / g for h, g in zip(lattice.hkl.tolist(), lattice.g_lengths_per_nm, strict=True)}
    rows = []
    for row, hkl in reading.hkl.items():
        domain = analysis.domains.accepted[row]
        d_nm = 1 / math.hypot(*domain.g_per_nm)
        scaled = d_nm * analysis.phases.scale
        rows.append(
            {
                "domain": domain.domain_id,
                "hkl": " ".join(map(str, hkl)),
                "d measured": page.units.spacing(d_nm, d_nm * d_nm * domain.g_sigma_per_nm),
                "d structure (nm)": f"{d_of[hkl]:.4f}",
                "off (%)": f"{100 * (scaled / d_of[hkl] - 1):+.2f}",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=controls.table_height(len(rows), 250))
    g = {row: math.hypot(*analysis.domains.accepted[row].g_per_nm) for row in reading.hkl}
    off = 100 * float(np.mean([1 / g[row] / d_of[hkl] - 1 for row, hkl in reading.hkl.items()]))
    name = words.plain(analysis.phases.names[at])
    st.caption(f"All d are {abs(off):.2g} % too {'long' if off > 0 else 'short'} if this is {name}.")


def _spots(page: Page, at: int, reading: NamedReading) -> None:
    """The spots that this reading's zone axis should show, on the FFT: large where found, small where not."""
    analysis = page.analysis
    spots = expected_spots(reading, reflections_of(analysis.phases.candidates[at]), analysis.domains)
    furthest = BEYOND * max(math.hypot(*spot.g_per_nm) for spot in spots)
    band_end = analysis.spectrum.band_per_nm[1]
    view = FftView(True, min(furthest, band_end), 1.4, noise=False)
    shown, frame = compute.fft_base(page.session, analysis.candidates.local_maximum, view)
    drawn = fft_picture.draw(
        shown,
        frame,
        analysis.peaks,
        analysis.families,
        view,
        spots=[spot for spot in spots if math.hypot(*spot.g_per_nm) < band_end],
        unit=page.units.frequency_unit,
        unit_per_nm=page.units.per_nm,
    )
    missing = sum(1 for spot in spots if not spot.domain_id)
    caption = f"White: expected along {_zone_words(reading)}, {missing} of {len(spots)} not found (small)."
    st.image(encoding.jpeg(drawn), caption=caption if reading.zone else "White: found.", width="stretch")


def rings(page: Page) -> None:
    """The lines of one candidate: spacing, indices, relative amplitude."""
    phases = page.analysis.phases
    with st.expander("Lines of a candidate", icon=":material/table_rows:"):
        at = controls.one_of(page.session, "lines_of", "Structure", list(phases.names))
        structure = phases.candidates[at]
        lattice = reflections_of(structure)
        order = np.argsort(lattice.g_lengths_per_nm[lattice.forms], kind="stable")
        forms = lattice.forms[order][lattice.amplitudes[lattice.forms[order]] > 0][:MOST_LINES]
        strongest = float(lattice.amplitudes.max(initial=1e-9))
        st.dataframe(
            pd.DataFrame(
                {
                    "d (nm)": [f"{1 / lattice.g_lengths_per_nm[form]:.4f}" for form in forms],
                    "hkl": [" ".join(map(str, np.abs(lattice.hkl[form]).tolist())) for form in forms],
                    "|F| (%)": [f"{100 * lattice.amplitudes[form] / strongest:.0f}" for form in forms],
                }
            ),
            hide_index=True,
        )
        st.caption(words.plain(structure.said_by, 300))
