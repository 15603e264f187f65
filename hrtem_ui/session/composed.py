"""Elemental maps on a visitor's domains: where they lie and what they say, kept as `compute` keeps stages."""
# ruff: noqa: ARG001 - `key` is read by Streamlit's cache, not by the function

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from hrtem_core import pictures
from hrtem_core.analysis import Analysis
from hrtem_core.composition import (
    Candidate,
    Composition,
    ElementalMaps,
    Explained,
    Kind,
    Registration,
    Suggested,
    candidates_of,
    compose,
    outlines_of_domains,
    phase_kinds,
    register,
)
from hrtem_core.measures import Measurements, measure, named_families
from hrtem_core.pictures import ByteImage, Contrast
from hrtem_core.recipe import canonical_part
from hrtem_ui.session import state
from hrtem_ui.session.compute import SMALL, TTL, product_keys
from hrtem_ui.session.leaving import asked
from hrtem_ui.session.state import Session


@st.cache_resource(max_entries=SMALL, ttl=TTL, show_spinner="laying the maps on the micrograph")
def _registration(key: str, _make: Callable[[], Registration]) -> Registration:
    return _make()


@st.cache_resource(max_entries=SMALL, ttl=TTL, show_spinner="composition of the domains")
def _composition(key: str, _make: Callable[[], Composition]) -> Composition:
    return _make()


def registration(session: Session, maps: ElementalMaps) -> Registration:
    """Where the maps lie, as the recipe's clicks tell.

    Raises
    ------
    UserError
        If they do not.
    """
    known, scale = session.recipe.composition, session.pixel_size
    field_nm = tuple(side * size for side, size in zip(session.micrograph.shape, scale.sizes_nm, strict=True))
    parts = ["composition.clicks", "composition.refine", "composition.probe_nm"]
    told = canonical_part(session.recipe, parts)
    return asked(
        _registration,
        f"{session.micrograph.digest} {scale.sizes_nm} {maps.digest} {told}",
        lambda: register(
            known.clicks,
            maps,
            (field_nm[0], field_nm[1]),
            image=session.micrograph.intensity if known.refine else None,
            pixel_size=scale,
            probe_nm=known.probe_nm,
        ),
    )


def composition(session: Session, maps: ElementalMaps, analysis: Analysis) -> Composition:
    """What the maps say of the domains.

    Raises
    ------
    UserError
        If the maps do not lie on the micrograph.
    """
    known = session.recipe.composition
    laid = registration(session, maps)

    def make() -> Composition:
        outlines, kinds = outlines_of_domains(
            analysis.domains, analysis.crystallites, named_families(analysis), analysis.placement
        )
        phases, candidates = _phases(measure(analysis), outlines.domain_id)
        return compose(
            maps,
            outlines,
            laid,
            kinds=(*kinds, *phases),
            candidates=candidates,
            sensitivity=dict(known.sensitivity),
            probe_nm=known.probe_nm,
            checkpoint=state.checkpoint,
        )

    told = canonical_part(session.recipe, ["composition", "families", "phases"])
    return asked(_composition, f"{' '.join(product_keys(session).values())} {maps.digest} {told}", make)


def _phases(found: Measurements, domain_ids: Sequence[int]) -> tuple[list[Kind], list[Candidate]]:
    """Suggested phases as groups of domains, and as candidates of crystallites, out of what is exported."""
    named, read, domains = found.phases, found.phase_reflections, found.domains
    suggested = list(map(Suggested, *(named[column] for column in Suggested._fields)))
    explained = list(map(Explained, *(read[column] for column in Explained._fields)))
    rows = zip(
        *(domains[name] for name in ("domain_id", "crystallite_id", "d_nm", "d_sigma_nm")), strict=True
    )
    crystal, d_sigma = {}, {}
    for number, crystallite, d_nm, sigma_nm in rows:
        crystal[number], d_sigma[number] = crystallite, sigma_nm / d_nm
    of_crystal = [crystal[number] for number in domain_ids]
    return phase_kinds(suggested, of_crystal), candidates_of(suggested, explained, d_sigma)


def map_base(maps: ElementalMaps, which: str) -> ByteImage:
    """Grey levels of the survey or of an element's map, each pixel enlarged to be pointed at."""
    shown = maps.survey if which not in maps.elements else maps.counts[maps.elements.index(which)]
    levels = pictures.grey_levels(np.asarray(shown, dtype=np.float32), Contrast())
    factor = max(1, 800 // max(levels.shape))
    return np.repeat(np.repeat(levels, factor, axis=0), factor, axis=1)
