"""The phases page's parts: the phase map, shares, and one crystallite from close by."""

import pandas as pd
import streamlit as st

from hrtem_core.domains import Domain, domains_at
from hrtem_core.measures import decided_phases, phase_shares, ranking
from hrtem_core.phases import verdict_on
from hrtem_core.pictures import OverlayLook
from hrtem_core.recipe import edits
from hrtem_ui.frame import Page
from hrtem_ui.panels import domains as domain_panel
from hrtem_ui.panels import drawing, looks, reading
from hrtem_ui.text import words
from hrtem_ui.widgets import canvas, controls, headings, viewer

OVERLAY, SELECTED = "phase_overlay", "selected_crystallite"

CANDIDATE, READ_AS, FIT_OF = "selected_candidate", "read_as", "fit_of"
"""Ways of looking: a candidate's place in the list; crystallite, name, place last shown; whose the fit is."""


def answer_click(page: Page) -> None:
    """Choose the crystallite under a new click; where several lie on top of each other, the next in turn."""
    click = canvas.take_click(page.session, OVERLAY)
    if click is None:
        return
    row, col = domain_panel.place_in_field(page, click)
    here = _crystallites_at(page, row, col)
    before = page.session.view.get(SELECTED)
    turn = here.index(before[2]) + 1 if before and before[2] in here else 0
    page.session.view[SELECTED] = (row, col, here[turn % len(here)]) if here else None


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


def _crystal(page: Page, number: int) -> list[Domain]:
    """The domains of a crystallite, none for 0."""
    numbers = page.analysis.crystallites.crystallite_of_domain.tolist()
    accepted = page.analysis.domains.accepted
    return [domain for domain, own in zip(accepted, numbers, strict=True) if number and own == number]


def picture(page: Page) -> None:
    """The phase map, clickable; the viewer tells what its colours mean."""
    marked = frozenset(domain.domain_id for domain in _crystal(page, selected(page)))
    look = OverlayLook(mode="phase", contrast=looks.contrast_of(page), style=looks.style_of(page))
    shapes = drawing.domain_shapes(page, "phase", look.style, marked, rejected=False)
    named = [phase for phase in decided_phases(page.analysis.phases) if phase]
    label = (
        f"The micrograph with the outlines of {domain_panel.outlined(page)}, coloured by phase, "
        f"{words.counted(len(named), 'crystallite')} of them decided. A click chooses one."
    )
    shown = domain_panel.scene(
        page, look, shapes, label=label, tools=viewer.LOOK_TOOLS, looks=looks.of_phases(page)
    )
    canvas.show_scene(page.session, OVERLAY, shown)


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
        sigma = f"(± {100 * phases.scale_sigma:.2g} %)"
        st.markdown(words.held(f"If this is so, all lengths are **{told}** {sigma}."))
        st.button(
            "Take this scale",
            key="take_scale",
            disabled=not page.session.calibrated or abs(percent) < 0.05,
            on_click=lambda: reading.take_scale(page, phases.scale, phases.scale_sigma),
        )
    if phases.one_ring_only:
        st.warning("One ring only: no crystallite shows two directions, so its names are guesses.")
    for group in phases.groups:
        if sum(phases.weights[phases.names.index(name)] > 0.02 for name in group) > 1:
            st.info(
                f"{' or '.join(map(words.plain, group))}: this image cannot tell by geometry. "
                "Elements, or a calibrated scale, would."
            )


def shares(page: Page) -> None:
    """Shares of the crystallites' area, with intervals."""
    found = phase_shares(page.analysis.phases, page.analysis.domains, page.analysis.crystallites)
    if not found:
        return
    table = pd.DataFrame(
        {
            "phase": [one.phase for one in found],
            "share of area": [words.roughly_percent(one.share) for one in found],
            "95 % interval": [
                f"{100 * one.low95:.0f} to {words.roughly_percent(one.high95)}" for one in found
            ],
            "decided": [words.roughly_percent(one.decided) for one in found],
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
    headings.section(f"Crystallite {number}")
    _ranked_table(page, number, ranked)
    at = _candidate(page, number, ranked)
    _verdict(page, number, phases.names[at])
    fits = phases.fits[number - 1].get(at)
    if fits:
        if page.session.view.get(FIT_OF) != (number, phases.names[at]):
            page.session.view |= {FIT_OF: (number, phases.names[at]), reading.FIT: 0}
        reading.show(page, at, reading.fit(page, fits, phases.names[at]), _crystal(page, number))


def _candidate(page: Page, number: int, ranked: list[int]) -> int:
    """Which candidate a crystallite is read as: the best, or the one that was chosen, wherever it ranks."""
    view, phases = page.session.view, page.analysis.phases
    every = [*ranked, *(at for at in range(len(phases.names)) if at not in ranked)]  # all can be confirmed
    names = [phases.names[at] for at in every]
    whose, kept, shown = view.get(READ_AS, (0, "", 0))
    if whose != number:
        view[CANDIDATE] = 0
    elif (
        view.get(CANDIDATE, 0) == shown and kept in names
    ):  # nothing new was chosen, but the order may be new
        view[CANDIDATE] = names.index(kept)
    chosen = controls.one_of(page.session, CANDIDATE, "Reading as", names)
    view[READ_AS] = number, names[chosen], chosen
    return every[chosen]


def _ranked_table(page: Page, number: int, ranked: list[int]) -> None:
    phases = page.analysis.phases
    row = phases.probabilities[number - 1]
    readings = [(phases.fits[number - 1].get(at) or (None,))[0] for at in ranked]
    table = pd.DataFrame(
        {
            "phase": [*(phases.names[at] for at in ranked), "none of these"],
            "probability": [*(float(row[at]) for at in ranked), float(row[-1])],
            "zone axis": [*(reading.zone_words(one) for one in readings), ""],
            "explains": [*(str(len(one.hkl)) if one else "0" for one in readings), ""],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={"probability": st.column_config.ProgressColumn(format="%.3f", max_value=1.0)},
        height=controls.table_height(len(table), 250),
    )


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
