"""The FFT page's parts: the picture one clicks in, the mixture beside it, a pair's details."""

import math
from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import Image

from hrtem_core.errors import UserError
from hrtem_core.image import Wavevector, azimuth_deg
from hrtem_core.peaks import FEATURES, nearest_pair
from hrtem_core.pictures import FftView, family_hex
from hrtem_core.recipe import default_of, edits
from hrtem_core.spectrum import PowerPicture
from hrtem_ui.charts import peaks as charts_peaks
from hrtem_ui.frame import Page
from hrtem_ui.panels import adding, closeup, fft_drawing, masking
from hrtem_ui.panels import rings as known_rings
from hrtem_ui.panels.adding import OFFERED, SELECTED
from hrtem_ui.session import compute, state
from hrtem_ui.text import words
from hrtem_ui.widgets import Bar, Frequencies, Scene, canvas, clicked, controls, jpeg, viewer

FFT, MIXTURE = "fft_picture", "mixture"

WHOLE, LOCAL = "Whole field", "Local maximum"

KEPT_PX = 120
"""Height of what is said of what was clicked, and of the invitation to click."""

NEAR_ZERO = 0.2
"""A spacing whose |sin chi| is below this is named: thin crystals show it weakly or not at all."""


def selected_pair(page: Page) -> int | None:
    """Row of the pair selected, kept by its place in g-space so that it survives new results."""
    g = page.session.view.get(SELECTED)
    peaks = page.analysis.peaks
    return None if g is None else nearest_pair(peaks, g)


def select_pair(page: Page, row: int | None) -> None:
    """Select a pair, or none."""
    page.session.view[OFFERED] = None
    if row is None:
        page.session.view[SELECTED] = None
    else:
        page.session.view[SELECTED] = Wavevector(*page.analysis.peaks.g_per_nm[row].tolist())


def answer_click(page: Page) -> None:
    """Act on a new click: a pair is rejected or restored, an empty place is offered."""
    session, peaks = page.session, page.analysis.peaks
    click = canvas.take_click(session, FFT)
    if click is None:
        return
    if click.masks:
        masking.answer(page, click)
        return
    g = Wavevector(click.row, click.col)
    row = nearest_pair(peaks, g, click.reach, noise=controls.look(session, "fft_noise", True))
    select_pair(page, row)
    if click.selects:
        return
    if row is None:
        windows = page.analysis.candidates.local_maximum  # whose noise is not as sharp as a small grain
        session.view[OFFERED] = windows.local_maximum(g, click.reach)
    elif peaks.accepted[row] or peaks.by_hand[row]:
        session.change(edits.toggle_pair(session.recipe, peaks, row))


def answer_closeup(page: Page) -> None:
    """Select the pair that was newly clicked in the FFT of a close-up; rejecting is for the large one."""
    click = clicked.take_click(page.session, closeup.FFT)
    if click is not None:
        row = nearest_pair(page.analysis.peaks, Wavevector(click.row, click.col), click.reach)
        if row is not None:
            select_pair(page, row)


def answer_selection(page: Page) -> None:
    """Select the pair that was newly picked in the mixture chart."""
    event = state.event(MIXTURE)
    picked = event["selection"].get(charts_peaks.SELECTION, []) if event else []
    number = picked[0].get("pair") if picked else None
    if number != page.session.seen.get(MIXTURE):
        page.session.seen[MIXTURE] = number
        if number is not None and number <= len(page.analysis.peaks):
            select_pair(page, int(number) - 1)


def _power(page: Page) -> PowerPicture:
    local = controls.look(page.session, "fft_source", WHOLE) == LOCAL
    return page.analysis.candidates.local_maximum if local else page.analysis.spectrum.whole_field


def _view(page: Page, *, rings: bool = False) -> FftView:
    """The controls of how the FFT is shown."""
    session, units = page.session, page.units
    furthest = page.analysis.spectrum.band_per_nm[1]
    with st.container(key="beside", horizontal=True, vertical_alignment="bottom"):
        local = controls.choice(session, "fft_source", "Shown", (WHOLE, LOCAL)) == LOCAL
        with st.popover("View", icon=":material/tune:"):
            reach = controls.level(
                session,
                "fft_reach",
                "Zoom: largest 1/d",
                0.3,
                1.1,
                1.0,
                0.05,
                help=f"As a part of the largest 1/d looked for, {words.significant(furthest / units.per_nm)} "
                f"{units.frequency_unit}.",
            )
            gamma = controls.level(session, "fft_gamma", "Darkness", 0.4, 3.0, 1.4, 0.1)
            noise = controls.switch(session, "fft_noise", "Show candidates taken for noise", True)
            rings = controls.switch(session, "fft_rings", "Show a ring for each family", rings)
        known_rings.control(page)
    return FftView(local=local, reach_per_nm=1.05 * reach * furthest, gamma=gamma, noise=noise, rings=rings)


def picture(page: Page) -> None:
    """The FFT with its pairs, clickable."""
    view = _view(page)
    shown, frame = compute.fft_base(page.session, _power(page), view)
    units = page.units
    scene = Scene(
        picture=jpeg(Image.fromarray(shown)),
        frame=frame,
        label=_label(page),
        subject=f"{page.session.micrograph.digest} {view.local}",
        pixel_scale=shown.shape[1] / frame.width,
        hint="Wheel: zoom. Drag: move. Under the pointer: d, direction, and the pair's numbers.",
        readout=Frequencies(unit=units.length_unit, per_nm=units.per_nm, least=_power(page).step_per_nm),
        shapes=list(masking.shapes(page)),
        rings=[*fft_drawing.rings(page, view), *known_rings.on_fft(page)],
        marks=fft_drawing.marks(page, view, selected_pair(page), _offered(page)),
        bar=Bar(per_unit=1 / units.per_nm, unit=units.frequency_unit),
        tools=viewer.FFT_TOOLS,
        keys=dict.fromkeys(("x", "Delete"), "toggle_pair"),
        close_ups=closeup.of_pairs(page),
    )
    canvas.show_scene(page.session, FFT, scene)
    st.caption("Only d-spacings between the two dashed circles are looked for.")


def _label(page: Page) -> str:
    """What is to be seen, for those who do not see it."""
    peaks = page.analysis.peaks
    accepted = words.counted(int(peaks.accepted.sum()), "accepted pair")
    return (
        f"The Fourier transform with {accepted} of spots among {words.counted(len(peaks), 'candidate')}. "
        "A click rejects a pair or takes it back, Shift and a click select it."
    )


def answer(page: Page) -> None:
    """What was clicked, and what can be done with it, in sight beside the picture and in a kept place."""
    offered, row = _offered(page), selected_pair(page)
    with st.container(key="chosen_pair", height=KEPT_PX, border=False, gap="small"):
        if offered is not None:
            st.markdown(_place_in_words(page, offered))
        elif row is not None:
            st.markdown(_pair_in_words(page, row))
        else:
            st.caption(
                "Click a circle to reject the pair or take it back, an empty place to add one; with Shift a "
                "click only selects."
            )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if offered is not None:
                _offer(page, offered)
            elif row is not None:
                _toggle(page, row)
            _restore(page)


def _restore(page: Page) -> None:
    """The button that takes all back that was decided by hand."""
    recipe = page.session.recipe
    st.button(
        "Restore all",
        icon=":material/restart_alt:",
        type="tertiary",
        key="restore_pairs",
        disabled=recipe == edits.restore_all_pairs(recipe),
        on_click=lambda: page.session.change(edits.restore_all_pairs(page.session.recipe)),
    )


def _offered(page: Page) -> Wavevector | None:
    """The empty place that was clicked, as long as no pair stands there."""
    g: Wavevector | None = page.session.view.get(OFFERED)
    return None if g is None or nearest_pair(page.analysis.peaks, g, noise=False) is not None else g


def _place_in_words(page: Page, g: Wavevector) -> str:
    """What lies at an empty place."""
    d_nm = _spacing_nm(g)
    if adding.is_sought(page, d_nm):
        azimuth = words.azimuth(float(azimuth_deg(g)))
        return f"Nothing found here, d ≈ {page.units.length(d_nm)}, azimuth {azimuth}."
    return adding.refusal(page, d_nm) or adding.outside(page, d_nm)


def _offer(page: Page, g: Wavevector) -> None:
    """The button that adds what lies at an empty place, or first widens the range to it."""
    d_nm = _spacing_nm(g)
    if adding.is_sought(page, d_nm):
        st.button("Add a peak here", type="primary", key="add_pair", on_click=lambda: adding.add(page, g))
    elif not adding.refusal(page, d_nm):
        st.button("Widen the range", type="primary", key="widen", on_click=lambda: _widen(page, d_nm))


def _spacing_nm(g: Wavevector) -> float:
    return 1 / max(math.hypot(*g), 1e-9)


def _widen(page: Page, d_nm: float) -> None:
    """Look for a spacing too; the place that was clicked stays offered."""
    recipe = page.session.recipe
    try:
        page.session.change(replace(recipe, spectrum=recipe.spectrum.widened(d_nm)))
    except UserError as error:
        page.session.notice = str(error)


def _pair_in_words(page: Page, row: int) -> str:
    """What a pair is taken for, and its numbers."""
    state = fft_drawing.state_of(page, row)
    return f"**Pair {row + 1}** {state} · {fft_drawing.pair_numbers(page, row)}"


def _toggle(page: Page, row: int) -> None:
    """The button that rejects a pair, takes that back, or accepts it."""
    peaks = page.analysis.peaks
    if peaks.accepted[row]:
        label = "Remove" if peaks.by_hand[row] == "added" else "Reject"
    else:
        label = "Restore" if peaks.by_hand[row] else "Accept"
    st.button(
        label,
        key="toggle_pair",
        on_click=lambda: adding.toggle(page, row),
    )


def beside(page: Page) -> None:
    """What decides: sensitivity and d-range, the mixture, the radial profile."""
    session, analysis = page.session, page.analysis
    controls.parameter(page.session, page.units, "peaks.min_probability")
    spacing_range(page)
    axes = (
        FEATURES[0],
        controls.pick(
            session,
            "mixture_axis",
            "Mixture: vertical axis",
            FEATURES[1:],
            format_func=charts_peaks.feature_title,
        ),
    )
    mixture = charts_peaks.mixture_chart(analysis.peaks, page.families, page.units, axes, selected_pair(page))
    st.altair_chart(mixture, key=MIXTURE, on_select="rerun", selection_mode=charts_peaks.SELECTION)
    st.caption(_verdict(page))
    colours = family_hex(page.families)
    st.altair_chart(
        charts_peaks.profile_chart(
            analysis.spectrum.profile,
            page.families,
            colours,
            page.units,
            analysis.spectrum.band_per_nm,
            analysis.lens.aberrations,
            known_rings.table(page),
        )
    )
    told = _not_carried(page)
    if told:
        st.caption(told)


def _not_carried(page: Page) -> str:
    """Which families lie where the lens transfers nothing, as a sentence; "" for none."""
    analysis = page.analysis
    aberrations, families = analysis.lens.aberrations, page.families
    if aberrations is None:
        return ""
    carried = abs(aberrations.transfer(1 / families.d_nm)).tolist()
    near = [name for name, share in zip(families.called, carried, strict=True) if share < NEAR_ZERO]
    if not near:
        return ""
    return f"Near a zero of the lens's transfer function: {', '.join(map(words.plain, near))}."


def _verdict(page: Page) -> str:
    """What the mixture came to, in a sentence or two."""
    peaks = page.analysis.peaks
    accepted = words.counted(int(peaks.accepted.sum()), "pair")
    told = f"{accepted} accepted of {words.counted(len(peaks), 'candidate')}. "
    if peaks.mixture is None:
        return told + "Too few for a mixture: significance alone decides."
    two = peaks.mixture.bic_two < peaks.mixture.bic_one
    told += (
        "Two components describe them better than one." if two else "One component describes them as well."
    )
    return told + " Ellipses: noise grey, signal blue, two standard deviations."


def spacing_range(page: Page) -> None:
    """The range of spacings looked for."""
    session, per_nm = page.session, page.units.per_nm
    now = session.recipe.spectrum

    def keep(ends: tuple[float, float]) -> None:
        low, high = (round(end / per_nm, 6) for end in ends)
        try:
            session.change(replace(session.recipe, spectrum=replace(now, min_d_nm=low, max_d_nm=high)))
        except UserError as error:
            session.notice = str(error)

    ends = round(now.min_d_nm * per_nm, 3), round(now.max_d_nm * per_nm, 3)
    step, label = 0.01 if per_nm == 1 else 0.1, "d-spacings looked for"
    usual = default_of("spectrum.min_d_nm") * per_nm, default_of("spectrum.max_d_nm") * per_nm
    shown, is_usual = f"{usual[0]:.3g} to {usual[1]:.3g}", np.allclose(ends, usual, atol=1e-3)
    with controls.resettable("spectrum.d", label, shown, bool(is_usual), lambda: keep(usual)):
        st.slider(
            f"{label} ({page.units.length_unit})",
            min(0.06 * per_nm, ends[0]),
            max(1.5 * per_nm, ends[1]),
            step=step,
            help="Smaller spacings need more pixels and more time.",
            **state.controlled("spectrum.d", ends, keep, default={"value": ends}),
        )
    controls.parameter(page.session, page.units, "candidates.false_alarms")
