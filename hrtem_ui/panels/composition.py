"""The composition page's parts: clicking pairs of points, and what came of it."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from hrtem_core.composition import (
    SURVEY,
    Composition,
    ElementalMaps,
    Fractions,
    Pair,
    Registration,
    Sensitivity,
)
from hrtem_core.exports import composition_zip, maps_on_micrograph
from hrtem_core.image import folder_name
from hrtem_core.pictures import Contrast, Frame
from hrtem_core.recipe import ImageOf, Saved
from hrtem_ui.charts import composition as charts_composition
from hrtem_ui.frame import Page
from hrtem_ui.panels import drawing, looks
from hrtem_ui.panels.counted import family_colours
from hrtem_ui.session import composed, compute
from hrtem_ui.text import words
from hrtem_ui.widgets import Pixels, Scene, canvas, controls, encoding, headings, still

LEFT, RIGHT = "composition_micrograph", "composition_map"
HALF = "selected_half_pair"
"""Where the first click of a pair waits for the second."""
HINT = "Click a place that both show, such as a crystal's corner. Wheel: zoom. Drag: move."
TINT = np.array([1.0, 0.45, 0.1])
SIGNIFICANT = 0.05


def answer_pointing(page: Page) -> None:
    """Take a new click on either picture; two make a pair."""
    session, scale = page.session, page.session.pixel_size
    half: dict[str, tuple[float, float]] = dict(controls.look(session, HALF, {}))
    if click := canvas.take_click(session, LEFT):
        half[LEFT] = ((click.row - 0.5) * scale.row_nm, (click.col - 0.5) * scale.col_nm)
    if click := canvas.take_click(session, RIGHT):
        half[RIGHT] = (click.row - 0.5, click.col - 0.5)
    if len(half) == 2:
        clicks = (*session.recipe.composition.clicks, Pair(*half[LEFT], *half[RIGHT]))
        session.set_parameter("composition", "clicks", clicks)
        half = {}
    session.view[HALF] = half


def pointing(page: Page, maps: ElementalMaps) -> None:
    """The micrograph and the maps side by side, with the pairs in both."""
    session = page.session
    half: dict[str, tuple[float, float]] = controls.look(session, HALF, {})
    n = len(session.recipe.composition.clicks)
    wanted = "in the maps" if LEFT in half else "in the micrograph" if RIGHT in half else "in both"
    with st.container(key="beside", horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(f"**{words.counted(n, 'pair')}.** Click the same place {wanted}.", width="content")
        names = ([SURVEY] if maps.survey is not None else []) + list(maps.elements)
        which = controls.choice(session, "composition_shown", "Map", tuple(names))
    left, right = st.columns(2, gap="medium")
    with left:
        _micrograph(page, half)
    with right:
        _map(page, maps, which, half)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Take the last pair back",
            key="last_pair",
            icon=":material/undo:",
            disabled=not (n or half),
            on_click=lambda: _take_back(page),
        )
        if maps.survey is not None:
            controls.toggle(session, "composition.refine")


def _take_back(page: Page) -> None:
    session = page.session
    if controls.look(session, HALF, {}):
        session.view[HALF] = {}
    else:
        session.set_parameter("composition", "clicks", session.recipe.composition.clicks[:-1])


def _micrograph(page: Page, half: dict[str, tuple[float, float]]) -> None:
    session, scale = page.session, page.session.pixel_size
    micrograph, contrast = session.micrograph, looks.contrast_of(page)
    shown = compute.micrograph_grey(session, contrast, page.analysis)
    points = [(pair.row_nm, pair.col_nm) for pair in session.recipe.composition.clicks]
    points += [half[LEFT]] if LEFT in half else []
    at = [(row / scale.row_nm + 0.5, col / scale.col_nm + 0.5) for row, col in points]
    scene = Scene(
        picture=encoding.jpeg(Image.fromarray(shown.levels)),
        frame=Frame(0.0, 0.0, *map(float, micrograph.shape)),
        label=f"The micrograph, {words.counted(len(at), 'place')} clicked. A click says where a place is.",
        subject=shown.key,
        hint=HINT,
        readout=drawing.positions(page),
        grey=drawing.grey_of(shown, contrast),
        pixels=Pixels(shown.key, micrograph.intensity),
        marks=drawing.numbered_marks(at),
    )
    canvas.show_scene(session, LEFT, scene)


def _map(page: Page, maps: ElementalMaps, which: str, half: dict[str, tuple[float, float]]) -> None:
    session, shown = page.session, composed.map_base(maps, which)
    points = [(pair.map_row_px, pair.map_col_px) for pair in session.recipe.composition.clicks]
    points += [half[RIGHT]] if RIGHT in half else []
    frame = Frame(0.0, 0.0, *map(float, maps.shape))
    scene = Scene(
        picture=encoding.jpeg(Image.fromarray(shown)),
        frame=frame,
        label=f"The map {which}, {words.counted(len(points), 'place')} clicked. A click says where one is.",
        subject=maps.digest,
        pixel_scale=shown.shape[1] / frame.width,
        hint=HINT,
        marks=drawing.numbered_marks([(row + 0.5, col + 0.5) for row, col in points]),
    )
    canvas.show_scene(session, RIGHT, scene)


def where(registration: Registration) -> None:
    """How well the maps lie."""
    first, second, rest = st.columns([1, 1, 3])
    first.metric("Maps lie within", f"{registration.sigma_nm:.2f} nm")
    second.metric("Leave-one-out", f"{registration.leave_one_out_rms_nm:.2f} nm")
    rest.caption(words.capital(registration.method) + ".")


def settings(page: Page, maps: ElementalMaps) -> None:
    """Sensitivities, and the probe."""
    known = dict(page.session.recipe.composition.sensitivity)
    table = pd.DataFrame(
        {"element": list(maps.elements), "counts per atom": [known.get(e) for e in maps.elements]}
    ).astype({"counts per atom": float})
    with st.expander("Sensitivities", icon=":material/tune:"):
        st.caption("Relative counts per atom, 1 / k-factor. Without them fractions are those of counts.")
        edited = st.data_editor(
            table, disabled=["element"], hide_index=True, key=f"sensitivity {maps.digest[:8]}"
        )
        given = {e: v for e, v in zip(maps.elements, edited["counts per atom"], strict=True) if v == v and v}
    if len(given) == len(maps.elements) and given != known:
        told = tuple(Sensitivity(element, float(value)) for element, value in given.items())
        page.session.set_parameter("composition", "sensitivity", told)


def overlay(page: Page, maps: ElementalMaps, composition: Composition) -> None:
    """An element's map laid on the micrograph."""
    session = page.session
    element = controls.choice(session, "composition_laid", "On the micrograph", maps.elements)
    laid, _ = maps_on_micrograph(composition)
    grey = compute.micrograph_base(session, Contrast(), page.analysis)
    counts = np.nan_to_num(laid[maps.elements.index(element)])
    top = float(np.quantile(counts, 0.995)) or 1.0
    tint = Image.fromarray(np.uint8(255 * np.clip(counts / top, 0, 1))).resize(grey.shape[::-1])
    share = 0.7 * np.asarray(tint, dtype=float)[..., None] / 255
    blended = grey[..., None] / 255 * (1 - share) + share * TINT
    picture = encoding.jpeg(Image.fromarray(np.uint8(255 * blended)))
    still.show("composition", picture, f"The map of {element} laid on the micrograph")


def _unit(page: Page) -> str:
    """What fractions are of: atoms, or counts where nobody said how many counts an atom gives."""
    return "at. %" if page.session.recipe.composition.sensitivity else "% of counts"


def _percents(found: Fractions, elements: tuple[str, ...], unit: str) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for column, element in enumerate(elements):
        percents, sigmas = 100 * found.fraction[:, column], 100 * found.sigma[:, column]
        shown[f"{element} ({unit})"] = [
            f"{value:.1f} ± {sigma:.1f}" if np.isfinite(value) else "–"
            for value, sigma in zip(percents, sigmas, strict=True)
        ]
    return shown


def table(page: Page, composition: Composition) -> None:
    """Composition of crystallites, families and phases, and of single domains."""
    elements = composition.maps.elements
    groups = pd.DataFrame(
        {
            "of": [kind.name for kind in composition.kinds],
            "domains": [len(kind.members) for kind in composition.kinds],
            **_percents(composition.groups, elements, _unit(page)),
        }
    )
    single = pd.DataFrame(
        {
            "domain": composition.outlines.domain_id,
            **_percents(composition.domains, elements, _unit(page)),
            "beware": composition.domains.flags,
        }
    )
    of_groups, of_domains = st.tabs(["Families and crystallites", "Domains"])
    of_groups.dataframe(groups, hide_index=True, width="stretch")
    of_domains.dataframe(single, hide_index=True, width="stretch")


def chart(page: Page, composition: Composition) -> None:
    """Composition by family."""
    rows: list[dict[str, Any]] = []
    for row, kind in enumerate(composition.kinds):
        if kind.kind != "family":
            continue
        for column, element in enumerate(composition.maps.elements):
            percent = 100 * float(composition.groups.fraction[row, column])
            sigma = 100 * float(composition.groups.sigma[row, column])
            rows.append(
                {"name": kind.name, "element": element, "percent": percent, "low": percent - sigma,
                 "high": percent + sigma}
            )  # fmt: skip
    if rows:
        known = family_colours(page)
        present = {row["name"] for row in rows}
        colours = {name: colour for name, colour in known.items() if name in present}
        st.altair_chart(
            charts_composition.of_groups(pd.DataFrame(rows), colours, _unit(page)), width="stretch"
        )


def together(composition: Composition) -> None:
    """Which families and phases go together with which elements."""
    rows = composition.together
    headings.section("Goes together")
    if not rows:
        st.caption("There is no family to compare.")
        return
    shown = pd.DataFrame(
        {
            "of": [row.name for row in rows],
            "element": [row.element for row in rows],
            "more than the film around": [
                f"{100 * row.excess:+.0f} %" if np.isfinite(row.excess) else "–" for row in rows
            ],
            "p": [row.p_value for row in rows],
            "q": [row.q_value for row in rows],
            "domains": [row.n_domains for row in rows],
        }
    )
    found = [f"{row.name} and {row.element}" for row in rows if row.q_value < SIGNIFICANT]
    st.caption(
        f"At a false discovery rate of 5 %: {words.plain('; '.join(found), 400) or 'nothing'}. "
        "p is one-sided, of maps that only look alike; q counts all pairs."
    )
    st.dataframe(shown, hide_index=True, width="stretch", column_config=_digits())


def agreement(composition: Composition) -> None:
    """Whether d and composition of each crystallite agree with the phases suggested for it."""
    rows = composition.agreement
    if not rows:
        return
    headings.section("Phases against d and composition")
    st.caption(
        "p is the probability of as much disagreement if the phase is right. The last column takes the "
        "composition into account, the one before it d alone; neither changes the page Phases."
    )
    shown = pd.DataFrame(
        {
            "crystallite": [row.crystallite_id for row in rows],
            "phase": [row.phase for row in rows],
            "χ² of d": [row.chi2_d for row in rows],
            "χ² of composition": [row.chi2_composition for row in rows],
            "p": [row.p_value for row in rows],
            "of d": [row.probability for row in rows],
            "with composition": [row.probability_with_composition for row in rows],
        }
    )
    st.dataframe(shown, hide_index=True, width="stretch", column_config=_digits())


def _digits() -> dict[str, Any]:
    formats = dict.fromkeys(("p", "q"), "%.3f")
    formats |= dict.fromkeys(("χ² of d", "χ² of composition", "of d", "with composition"), "%.2f")
    return {name: st.column_config.NumberColumn(format=text) for name, text in formats.items()}


def remarks(composition: Composition) -> None:
    """What to know of the maps."""
    said = [composition.not_seen, "columns hold crystal, and film above and below", *composition.notes]
    st.caption(f"{words.capital(words.plain('; '.join(said), 1000))}.")


def download(page: Page, composition: Composition) -> None:
    """All files of the composition in one zip."""
    st.download_button(
        "Download the composition",
        lambda: composition_zip(composition, Saved(page.recipe, ImageOf.of(page.session.micrograph))),
        f"{folder_name(page.session.micrograph.name)}_composition.zip",
        "application/zip",
        key="download_composition",
        icon=":material/download:",
        on_click="ignore",
    )
