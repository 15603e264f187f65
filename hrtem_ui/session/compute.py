"""The only user of `st.cache_*`: the stages of an analysis, each kept for as long as it may be asked for.

Streamlit would hash a fixed sample of a large array, and serve one micrograph's result for another. So
every entry is keyed by the sha256 of the pixels, the scale, and the canonical JSON of all parameters up
to that stage; everything else is passed with a leading underscore, which Streamlit does not hash.

The caches are common to all visitors and bounded: five of them on 2048² images must fit into 900 MB. What
is large is shared as a read-only resource, what is small is data, of which each visitor gets a copy.
"""
# ruff: noqa: ARG001 - `key` is read by Streamlit's cache, not by the function

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
import streamlit as st
from threadpoolctl import threadpool_limits

from hrtem_core import pictures
from hrtem_core.analysis import Analysis
from hrtem_core.domains import Crystallites, Domains, find_domains, merge, relocate
from hrtem_core.fringes import FringeMaps, add_by_hand, separate
from hrtem_core.image import Micrograph, Placement
from hrtem_core.measures import Measurements, Totals, measure
from hrtem_core.numerics import FloatArray, FloatImage
from hrtem_core.peaks import Peaks, classify
from hrtem_core.pictures import (
    REJECTED,
    ByteImage,
    ColourMode,
    Contrast,
    Drawn,
    FftView,
    Frame,
    domain_colours,
    domain_outlines,
)
from hrtem_core.pictures import fft as fft_picture
from hrtem_core.preparation import Prepared, ScaleBar, find_scale_bar, placed, prepare
from hrtem_core.readers import read
from hrtem_core.recipe import Recipe, stage_key
from hrtem_core.samples import SAMPLES, sample_bytes
from hrtem_core.spacings import Families, group_families
from hrtem_core.spectrum import Candidates, PowerPicture, Spectrum, find_candidates, transform
from hrtem_ui.session import host
from hrtem_ui.session.state import Session

LARGE, SMALL, PICTURES = 6, 30, 24
"""Entries kept per function: large products, small products, pictures of at most 1000 px."""

TTL = "3h"

T = TypeVar("T")

Timed = tuple[T, float]
"""A product, and the seconds it took when it was made."""


@dataclass(frozen=True, eq=False)
class Results:
    """An analysis and what was measured in it.

    Parameters
    ----------
    analysis
        The products of all stages.
    totals
        Area, fraction and numbers of the whole field.
    peaks, families, domains, crystallites
        Tables with the columns of the exported files.
    """

    analysis: Analysis
    totals: Totals
    peaks: pd.DataFrame
    families: pd.DataFrame
    domains: pd.DataFrame
    crystallites: pd.DataFrame


def _timed(make: Callable[[], T]) -> Timed[T]:
    """Make a product with one BLAS thread.

    The matrices are small: on a busy host of two cores, threads that wait for each other made the
    classification 10 to 40 times slower (0.07 s became 0.6 to 4 s).
    """
    start = time.perf_counter()
    with threadpool_limits(limits=1, user_api="blas"):
        product = make()
    host.give_back_memory()
    return product, time.perf_counter() - start


def _key(session: Session, stage: str) -> str:
    """What a stage's product follows from, as text."""
    sizes = session.pixel_size.sizes_nm
    return f"{session.micrograph.digest} {sizes} {stage_key(session.recipe, stage)}"


@st.cache_resource(max_entries=LARGE, ttl=TTL, show_spinner="preparing")
def _prepared(key: str, _micrograph: Micrograph, _recipe: Recipe) -> Timed[Prepared]:
    return _timed(lambda: prepare(_micrograph, _recipe.preparation))


@st.cache_resource(max_entries=LARGE, ttl=TTL, show_spinner="Fourier transform")
def _spectrum(key: str, _prepared: Prepared, _recipe: Recipe) -> Timed[Spectrum]:
    return _timed(lambda: transform(_prepared, _recipe.spectrum))


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner="looking for peaks")
def _candidates(key: str, _spectrum: Spectrum, _recipe: Recipe) -> Timed[Candidates]:
    return _timed(lambda: find_candidates(_spectrum, _recipe.candidates))


@st.cache_resource(max_entries=LARGE, ttl=TTL, show_spinner="following fringes")
def _separated(key: str, _spectrum: Spectrum, _candidates: Candidates) -> Timed[FringeMaps]:
    return _timed(lambda: separate(_spectrum, _candidates))


@st.cache_resource(max_entries=LARGE, ttl=TTL, show_spinner="adding peaks")
def _with_added(key: str, _spectrum: Spectrum, _fringes: FringeMaps, _recipe: Recipe) -> Timed[FringeMaps]:
    return _timed(lambda: add_by_hand(_spectrum, _fringes, _recipe.added))


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner="classifying peaks")
def _peaks(
    key: str,
    _spectrum: Spectrum,
    _candidates: Candidates,
    _fringes: FringeMaps,
    _recipe: Recipe,
) -> Timed[Peaks]:
    return _timed(lambda: classify(_spectrum, _candidates, _fringes, _recipe.peaks))


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner="grouping spacings")
def _families(key: str, _peaks: Peaks, _recipe: Recipe) -> Timed[Families]:
    return _timed(lambda: group_families(_peaks, _recipe.families, _recipe.calibration_relative_sigma))


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner="outlining domains")
def _domains(
    key: str,
    _spectrum: Spectrum,
    _fringes: FringeMaps,
    _peaks: Peaks,
    _placement: Placement,
    _recipe: Recipe,
) -> Timed[Domains]:
    def at_home() -> Domains:
        found = find_domains(_spectrum, _fringes, _peaks, _placement, _recipe.domains)
        return relocate(found, _placement, _recipe.delocalization, _recipe.domains)

    return _timed(at_home)


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner="merging crystallites")
def _crystallites(key: str, _domains: Domains, _recipe: Recipe) -> Timed[Crystallites]:
    return _timed(lambda: merge(_domains, _recipe.crystallites))


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner="measuring")
def _measured(key: str, _analysis: Analysis) -> Measurements:
    return measure(_analysis)


def analysis(session: Session) -> Results:
    """The results of a session's recipe, stage after stage, each taken from the cache where it is there.

    Raises
    ------
    UserError
        If the recipe cannot be carried out on this image.
    """
    recipe = session.recipe
    micrograph = session.micrograph.with_pixel_size(session.pixel_size)
    seconds: dict[str, float] = {}

    def stage(name: str, made: Timed[T]) -> T:
        seconds[name] = made[1]
        return made[0]

    prepared = stage("preparation", _prepared(_key(session, "preparation"), micrograph, recipe))
    whitened = stage("spectrum", _spectrum(_key(session, "spectrum"), prepared, recipe))
    maxima = stage("candidates", _candidates(_key(session, "candidates"), whitened, recipe))
    fringes = stage("fringes", _separated(_key(session, "candidates"), whitened, maxima))
    if recipe.added:
        fringes = stage("added", _with_added(_key(session, "fringes"), whitened, fringes, recipe))
    pairs = stage("peaks", _peaks(_key(session, "peaks"), whitened, maxima, fringes, recipe))
    rings = stage("families", _families(_key(session, "families"), pairs, recipe))
    regions = stage(
        "domains",
        _domains(_key(session, "domains"), whitened, fringes, pairs, placed(micrograph, prepared), recipe),
    )
    crystals = stage("crystallites", _crystallites(_key(session, "crystallites"), regions, recipe))
    whole = Analysis(
        micrograph, recipe, prepared, whitened, maxima, fringes, pairs, rings, regions, crystals, seconds
    )
    found = _measured(_key(session, "crystallites"), whole)
    tables = (
        pd.DataFrame(table) for table in (found.peaks, found.families, found.domains, found.crystallites)
    )
    return Results(whole, found.totals, *tables)


@st.cache_resource(show_spinner=False)
def sample(name: str) -> Micrograph:
    """A sample, its pixels shared by all who look at it."""
    filename = next(sample.filename for sample in SAMPLES if sample.name == name)
    return read(sample_bytes(name), name=filename)


@st.cache_data(max_entries=PICTURES, ttl=TTL, show_spinner=False)
def _grey(key: str, contrast: Contrast, _image: FloatImage) -> ByteImage:
    return pictures.grey(_image, contrast)


def micrograph_base(session: Session, contrast: Contrast) -> ByteImage:
    """Grey values of the whole micrograph."""
    return _grey(session.micrograph.digest, contrast, session.micrograph.intensity)


def prepared_base(session: Session, analysis: Analysis, contrast: Contrast) -> ByteImage:
    """Grey values of the prepared image."""
    return _grey(_key(session, "preparation"), contrast, analysis.prepared.intensity)


@st.cache_data(max_entries=PICTURES, ttl=TTL, show_spinner=False)
def _fft(key: str, view: FftView, _power: PowerPicture) -> tuple[ByteImage, Frame]:
    return fft_picture.base(_power, view)


def fft_base(session: Session, power: PowerPicture, view: FftView) -> tuple[ByteImage, Frame]:
    """Grey values of the spectrum, and which part of g-space they show."""
    return _fft(f"{_key(session, 'candidates')} {view.local}", view, power)


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _outlines(key: str, _analysis: Analysis) -> list[list[FloatArray]]:
    """Outlines of all domains in pixels of the micrograph, accepted ones first."""
    placement = _analysis.placement
    found = _analysis.domains
    return [domain_outlines(domain, placement) for domain in (*found.accepted, *found.rejected)]


def drawn_domains(
    session: Session, analysis: Analysis, mode: ColourMode, *, whole: bool = False
) -> tuple[list[Drawn], list[Drawn]]:
    """The accepted and the rejected domains, ready to be drawn.

    Parameters
    ----------
    session, analysis
        Whose domains.
    mode
        What their colours say.
    whole
        For the whole micrograph in place of the prepared image.
    """
    found, placement = analysis.domains, analysis.placement
    corner, extent = np.zeros(2), np.array(placement.image_shape, float)
    if not whole:
        corner, extent = np.array(placement.origin_px), np.array(found.shape) * placement.bin_factor
    outlines = [
        [(path - corner) / extent for path in paths]
        for paths in _outlines(_key(session, "domains"), analysis)
    ]
    colours = domain_colours(mode, found, analysis.families, analysis.crystallites)
    colours += [REJECTED] * len(found.rejected)
    both = [
        Drawn(domain, paths, colour)
        for domain, paths, colour in zip((*found.accepted, *found.rejected), outlines, colours, strict=True)
    ]
    return both[: len(found.accepted)], both[len(found.accepted) :]


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _scale_bar(digest: str, _image: FloatImage) -> ScaleBar | None:
    return find_scale_bar(_image)


def scale_bar(session: Session) -> ScaleBar | None:
    """The scale bar burned into the image, None when there is none."""
    return _scale_bar(session.micrograph.digest, session.micrograph.intensity)
