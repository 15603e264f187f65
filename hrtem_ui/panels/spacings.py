"""The d-spacings page's parts: rings on the FFT, tables of families and pairs, editing, calibration."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from hrtem_core.errors import UserError
from hrtem_core.image import Wavevector, azimuth_deg
from hrtem_core.peaks import nearest_pair
from hrtem_core.pictures import FftView, family_hex
from hrtem_core.recipe import Recipe, edits
from hrtem_ui.frame import Page
from hrtem_ui.panels import closeup, fft_drawing
from hrtem_ui.panels import lens as lens_panel
from hrtem_ui.panels import peaks as peak_panel
from hrtem_ui.session import compute, state
from hrtem_ui.text import Units, words
from hrtem_ui.widgets import Bar, Frequencies, Scene, canvas, controls, encoding, headings, tables, viewer

EDITED, NAMES, KNOWN = "selected_families", "family_names", "known_d"

RINGS, RING, PAIRS = "rings", "selected_ring", "accepted_pairs"

BEYOND_RINGS, BEYOND_BAND = 1.15, 1.08
"""The largest 1/d shown, beside the largest of a family, and at most beside the largest looked for."""

N_PICKS = "picks_in_rings"
"""How often a spot or a ring was clicked: each time the table follows."""


def rings(page: Page) -> None:
    """The FFT with a ring for each family, and the pairs on them."""
    spectrum, analysis, units = page.analysis.spectrum, page.analysis, page.units
    largest = BEYOND_BAND * spectrum.band_per_nm[1]
    furthest = max([BEYOND_RINGS / d for d in analysis.families.d_nm], default=largest)
    view = FftView(local=True, reach_per_nm=min(furthest, largest), gamma=1.4, noise=False, rings=True)
    shown, frame = compute.fft_base(page.session, analysis.candidates.local_maximum, view)
    chosen, n_families = controls.look(page.session, RING, 0), len(analysis.families.d_nm)
    scene = Scene(
        picture=encoding.jpeg(Image.fromarray(shown)),
        frame=frame,
        label=f"The strongest of all local spectra, with the rings of "
        f"{words.counted(n_families, 'family', 'families')}. A click on a ring chooses it to calibrate on, "
        "one on a spot its pair.",
        subject=page.session.micrograph.digest,
        pixel_scale=shown.shape[1] / frame.width,
        hint="Wheel: zoom. Drag: move. Under the pointer: d, direction, and the pair's numbers.",
        readout=Frequencies(
            unit=units.length_unit, per_nm=units.per_nm, least=spectrum.whole_field.step_per_nm
        ),
        rings=[
            replace(ring, width=3.5 if at == chosen else ring.width)
            for at, ring in enumerate(fft_drawing.family_rings(page, view))
        ],
        marks=fft_drawing.marks(page, view, peak_panel.selected_pair(page), None),
        bar=Bar(per_unit=1 / units.per_nm, unit=units.frequency_unit),
        tools=viewer.CRYSTAL_FFT_TOOLS,
        close_ups=closeup.of_pairs(page),
    )
    canvas.show_scene(page.session, RINGS, scene)
    st.caption("Click a ring to calibrate on it, a spot to find its row among the pairs.")


def answer_click(page: Page) -> None:
    """Choose the pair that was newly clicked and its ring, or the ring alone, for calibration."""
    click, families = canvas.take_click(page.session, RINGS), page.families
    if click is None or not len(families.d_nm):
        return
    row = nearest_pair(page.analysis.peaks, Wavevector(click.row, click.col), click.reach, noise=False)
    _choose_pair(page, row)
    page.session.seen[N_PICKS] = page.session.seen.get(N_PICKS, 0) + 1
    off = np.abs(1 / families.d_nm - math.hypot(click.row, click.col))
    if row is None and off.min() <= click.reach:
        page.session.view[RING] = int(off.argmin())


def _choose_pair(page: Page, row: int | None) -> None:
    """Select a pair here as on the page before, and its ring."""
    peak_panel.select_pair(page, row)
    number = 0 if row is None else int(page.families.family_of_peak[row])
    if number:
        page.session.view[RING] = number - 1


def why_none(page: Page) -> None:
    """Say why there is no spacing, above the rings: in a narrow window what is beside them is below."""
    if not len(page.families.family_id):
        st.info(
            "No pair of spots was accepted, so there is no spacing to show."
            if page.session.calibrated
            else page.nothing_found
        )


def family_table(page: Page) -> None:
    """One row per family, if there is any."""
    families, units = page.families, page.units
    if not len(families.family_id):
        return
    table = page.results.families
    rows = {
        "colour": family_hex(families),
        "family": families.called,
        **_spacings(families.d_nm.tolist(), families.d_sigma_nm.tolist(), units),
        "pairs": table["n_peaks"],
        "domains": table["n_domains"],
        f"area ({units.area_unit})": table["area_nm2"] * units.per_nm**2,
    }
    displaced = lens_panel.displacements(page)
    if displaced is not None:
        rows["displaced by"] = displaced
    frame = pd.DataFrame(rows)
    key = state.key_about(page.session, NAMES, (families.d_nm.tolist(), families.names))
    st.data_editor(
        _coloured(frame),
        key=key,
        hide_index=True,
        column_config=_formats(units),
        disabled=[name for name in rows if name != "family"],
        on_change=lambda: _rename(page, state.event(key)["edited_rows"]),
    )
    st.caption("Double-click a name, type, and press Enter.")


def _rename(page: Page, edited: dict[int, dict[str, str | None]]) -> None:
    """Give families the names that were typed into the table; an empty one is taken back."""
    families, recipe = page.families, page.session.recipe
    for row, cells in edited.items():
        said = cells.get("family") or ""
        unnamed = said == f"Family {families.family_id[row]}"
        recipe = edits.rename_family(recipe, families, row, "" if unnamed else said)
    page.session.change(recipe)


def _spacings(d_nm: list[float], sigma_nm: list[float], units: Units) -> dict[str, list[str] | list[float]]:
    columns: dict[str, list[str] | list[float]] = {
        "d": [units.spacing(d, sigma) for d, sigma in zip(d_nm, sigma_nm, strict=True)]
    }
    if units.length_unit == "nm":
        columns["d (Å)"] = [10 * d for d in d_nm]
    columns[f"1/d ({units.frequency_unit})"] = [1 / d / units.per_nm for d in d_nm]
    return columns


def _formats(units: Units) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "colour": st.column_config.TextColumn(" ", width=30),
        "family": st.column_config.TextColumn(
            width=130, max_chars=80
        ),  # a table is not laid out anew for a longer name
        "d (Å)": number(format="%.3f"),
        f"1/d ({units.frequency_unit})": number(format="%.4f"),
        f"area ({units.area_unit})": number(format=units.area_format),
        "azimuth (°)": number(format="%.1f"),
        "signal-to-noise": number(format="%.1f"),
        "probability": number(format="%.2f"),
    }


def _coloured(frame: pd.DataFrame) -> Any:
    """The table with a patch of the family's colour in its first column."""

    def paint(cell: Any) -> str:
        return f"background-color: {cell}; color: {cell}" if cell else ""

    return frame.style.map(paint, subset=["colour"])


def pair_table(page: Page) -> None:
    """One row per accepted pair."""
    analysis, units = page.analysis, page.units
    families, peaks = page.families, analysis.peaks
    colours = family_hex(families)
    rows = [row for row in range(len(peaks)) if families.family_of_peak[row]]
    number = [int(families.family_of_peak[row]) - 1 for row in rows]
    names = families.called
    table = {
        "colour": [colours[at] for at in number],
        "pair": [row + 1 for row in rows],
        "family": [names[at] for at in number],
        **_spacings(families.peak_d_nm[rows].tolist(), families.peak_d_sigma_nm[rows].tolist(), units),
        "azimuth (°)": azimuth_deg(peaks.g_per_nm[rows]).round(1) % 180,  # 180.0 is 0.0
        "signal-to-noise": peaks.snr[rows],
        "probability": peaks.signal_probability[rows],
    }
    if not rows:
        return
    headings.section("Pairs")
    chosen = peak_panel.selected_pair(page)
    tables.show(
        state.key_about(page.session, PAIRS, tuple(rows)),
        _coloured(pd.DataFrame(table)),
        [rows.index(chosen)] if chosen in rows else [],
        page.session.seen.get(N_PICKS, 0),
        lambda picked: _choose_pair(page, rows[picked[0]] if picked else None),
        several=False,
        hide_index=True,
        column_config=_formats(units),
        height=controls.table_height(len(rows), 388),
    )


def editor(page: Page) -> None:
    """Split and merge families."""
    session, families = page.session, page.families
    if not len(families.family_id):
        return
    chosen = controls.several(
        session,
        EDITED,
        "Families to edit",
        _labels(page),
        placeholder="Choose one to split, several to merge",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button("Split", disabled=len(chosen) != 1, help="At the widest gap between its pairs."):
            _regroup(page, edits.split_family(session.recipe, families, chosen[0]))
        if st.button("Merge", disabled=len(chosen) < 2):
            _regroup(page, edits.merge_families(session.recipe, families, chosen))
        if st.button(
            "As found",
            type="tertiary",
            help="Forget all names, splits and mergers.",
            disabled=session.recipe == edits.forget_family_edits(session.recipe),
        ):
            _regroup(page, edits.forget_family_edits(session.recipe))


def _regroup(page: Page, recipe: Recipe) -> None:
    """Go on with other families; those that were chosen are no longer the same."""
    if recipe == page.session.recipe:
        page.session.notice = "A family of one pair cannot be split."
    page.session.change(recipe)
    page.session.view[EDITED] = []


def _labels(page: Page) -> list[str]:
    """The families' names and spacings, for lists."""
    families = page.families
    spacings = zip(families.d_nm, families.d_sigma_nm, strict=True)
    return [
        f"{name} · {page.units.spacing(float(d), float(sigma))}"
        for name, (d, sigma) in zip(families.called, spacings, strict=True)
    ]


def calibration(page: Page) -> None:
    """Scale the image so that one family has the spacing it is known to have."""
    session, families = page.session, page.families
    if not len(families.family_id):
        return
    headings.section("Calibrate on a known spacing")
    state.renew(session, KNOWN, session.pixel_size.sizes_nm, None)  # one number, one calibration
    said = st.empty()  # above the number: what it changes is in sight wherever one types it
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = controls.one_of(session, RING, "This ring", _labels(page))
        known = st.number_input(
            "is (nm)", 0.02, 5.0, None, 0.0001, format="%.4f", key=KNOWN, placeholder="its true spacing"
        )
        factor = known / float(families.d_nm[row]) if known else 1.0
        if st.button("Calibrate", disabled=known is None) and known:
            _calibrate(page, row, known)
    said.caption(_preview(page, factor) if known else "Type the true spacing of a ring to see what changes.")


def _preview(page: Page, factor: float) -> str:
    """What a calibration would change, in a sentence."""
    size = page.session.pixel_size
    becomes = replace(size, row_nm=size.row_nm * factor, col_nm=size.col_nm * factor)
    told = f"The pixel size becomes {Units(None).pixel(becomes)}"
    if not page.session.calibrated:
        return f"{told}; until now there was none."
    percent = abs(100 * (factor - 1))
    return words.held(f"{told}, and every length {percent:.2g} % {'larger' if factor > 1 else 'smaller'}.")


def _calibrate(page: Page, row: int, known_nm: float) -> None:
    """Give one family its known spacing, keeping what a person pointed at on its pixels."""
    session = page.session
    try:
        session.change(edits.calibrated(session.recipe, session.pixel_size, page.families, row, known_nm))
        session.notice = "Calibrated. All lengths follow from the new pixel size."
    except UserError as error:
        session.notice = str(error)
