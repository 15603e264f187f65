"""The stages of an analysis, each kept for as long as it may be asked for.

Streamlit would hash a fixed sample of a large array, and serve one micrograph's result for another. So
every entry is keyed by the sha256 of the pixels, the scale, and the parameters that its stage and those
before it read; everything else is passed with a leading underscore, which Streamlit does not hash.

`st.cache_*` is used here, in `composed` and in `drawn` only. The caches are common to all visitors and
bounded: five of them on 2048² images must fit into 900 MB. What is large is shared as a read-only resource,
what is small is data, of which each visitor gets a copy. What is shared of an analysis is bounded by its
bytes (`budget`). What no visit asks for any more is forgotten (`leaving`).
"""
# ruff: noqa: ARG001 - `key` is read by Streamlit's cache, not by the function

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from hrtem_core import pictures
from hrtem_core.analysis import Analysis, compose, keys
from hrtem_core.domains import Domain
from hrtem_core.engines import give_back_free
from hrtem_core.image import Micrograph
from hrtem_core.measures import Measurements, Scrutiny, Totals, measure
from hrtem_core.numerics import FloatImage, load_libraries
from hrtem_core.pictures import (
    ByteImage,
    Contrast,
    DarkField,
    FftView,
    Frame,
    Limits,
)
from hrtem_core.pictures import fft as fft_picture
from hrtem_core.preparation import Polygon, Prepared, ScaleBar, find_scale_bar, find_vacuum
from hrtem_core.readers import read
from hrtem_core.recipe import MaskPair
from hrtem_core.samples import SAMPLES, sample_bytes
from hrtem_core.spectrum import PowerPicture
from hrtem_core.stages import STAGES, Stage
from hrtem_ui.session import host, state
from hrtem_ui.session.budget import Budget, most_bytes
from hrtem_ui.session.leaving import ENTRIES, asked, is_kept
from hrtem_ui.session.state import Session
from hrtem_ui.session.waiting import Lately, Remember, Tell, Timed, tell_nobody

load_libraries()  # now: visitors are threads

LARGE, SMALL, PICTURES, FILTERED = 6, 30, 24, 2
"""Entries kept per function: large and small products, pictures of at most 1000 px, filtered micrographs."""

SHARED = ("prepared", "spectrum", "found_fringes", "fringes", "outlines", "found_domains")
"""Products that are not copied for each visitor."""

MOST_SHARED = 200
"""Entries of each of them, if `BUDGET` lets."""

TTL = "3h"
Spectral = tuple[ByteImage, Frame]


@dataclass(frozen=True, eq=False, kw_only=True)
class Results:
    """An analysis and what was measured in it.

    Parameters
    ----------
    analysis
        The products of all stages.
    totals
        Area, fraction and numbers of the whole field.
    scrutiny
        How much of the field was looked at, for what, and through how much noise.
    peaks, families, domains, crystallites
        Tables with the columns of the exported files.
    """

    analysis: Analysis
    totals: Totals
    scrutiny: Scrutiny
    peaks: pd.DataFrame
    families: pd.DataFrame
    domains: pd.DataFrame
    crystallites: pd.DataFrame


def _cached(stage: Stage) -> Callable[[str, Callable[[], object]], Timed]:
    """A function that makes the product of a stage once for each key."""

    def made(key: str, _make: Callable[[], object]) -> Timed:
        start = time.perf_counter()
        product = _make()
        give_back_free()
        return product, time.perf_counter() - start  # of which who waits is told by `Remember`

    made.__qualname__ = f"made.{stage.product}"  # by which Streamlit tells one cache from another
    cache = st.cache_resource if stage.product in SHARED else st.cache_data
    kept: Callable[[str, Callable[[], object]], Timed] = cache(
        max_entries=_entries(stage), ttl=TTL, show_spinner=False
    )(made)
    return kept


def _entries(stage: Stage) -> int:
    return MOST_SHARED if stage.product in SHARED else SMALL


CACHES = {stage.product: _cached(stage) for stage in STAGES}

LATELY = {stage.product: Lately(_entries(stage)) for stage in STAGES}
"""What the caches hold: Streamlit does not tell."""


BUDGET = Budget(lambda: most_bytes(ENTRIES.n_visits()), lambda product, key: is_kept(CACHES[product], key))


def product_keys(session: Session) -> dict[str, str]:
    """What each product of a session's recipe follows from."""
    return keys(session.micrograph.with_pixel_size(session.pixel_size), session.recipe)


FINISHED: dict[str, None] = {}
"""Keys of analyses that came to their end, those of the last ones."""


def _is_known(known: dict[str, str]) -> bool:
    """Whether an analysis was made lately, so that its products most likely are there."""
    for oldest in list(FINISHED)[:-SMALL]:
        FINISHED.pop(oldest, None)
    return known["crystallites"] in FINISHED


def _waiting() -> AbstractContextManager[None]:
    one = "one analysis at a time" if host.is_small() else "few analyses at a time"
    return st.spinner(f"This {'small ' * host.is_small()}server computes {one}: yours is next")


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _measured(key: str, _analysis: Analysis) -> Measurements:
    return measure(_analysis)


def is_at_hand(session: Session) -> bool:
    """Whether a session's results most likely need not be waited for."""
    return _is_known(product_keys(session))


def analysis(session: Session, tell: Tell = tell_nobody) -> Results:
    """The results of a session's recipe, stage after stage, each taken from the cache where it is there.

    Parameters
    ----------
    session
        Whose image and recipe.
    tell
        Told of every stage that has to be made.

    Raises
    ------
    UserError
        If the recipe cannot be carried out on this image.
    """
    micrograph, known = session.micrograph.with_pixel_size(session.pixel_size), product_keys(session)
    keep = Remember(known, CACHES, LATELY, micrograph.intensity.size, tell, BUDGET, SHARED)
    waits = keep.is_new("found_fringes") or (host.is_small() and not _is_known(known))
    with host.turn(state.checkpoint, _waiting) if waits else nullcontext():
        whole = compose(micrograph, session.recipe, keep, state.checkpoint)
    FINISHED[known["crystallites"]] = None
    found = asked(_measured, " ".join(known.values()), whole)
    return Results(
        analysis=whole,
        totals=found.totals,
        scrutiny=found.scrutiny,
        peaks=pd.DataFrame(found.peaks),
        families=pd.DataFrame(found.families),
        domains=pd.DataFrame(found.domains),
        crystallites=pd.DataFrame(found.crystallites),
    )


@st.cache_resource(show_spinner=False)
def sample(name: str) -> Micrograph:
    """A sample, its pixels shared by all who look at it."""
    filename = next(sample.filename for sample in SAMPLES if sample.name == name)
    return read(sample_bytes(name), name=filename)


@dataclass(frozen=True, eq=False)
class Grey:
    """An image as grey levels.

    Parameters
    ----------
    key
        Tells the image from all others.
    levels
        Of at most 1000 px along each side.
    low, high
        Intensities shown as black and as white.
    """

    key: str
    levels: ByteImage
    low: float
    high: float


@st.cache_data(max_entries=PICTURES, ttl=TTL, show_spinner=False)
def _grey(key: str, contrast: Contrast, limits: Limits | None, _image: FloatImage) -> Grey:
    known = limits or pictures.black_and_white(_image, contrast)
    return Grey(key, pictures.grey_levels(pictures.resized(_image), contrast, known), *known)


@st.cache_data(max_entries=PICTURES, ttl=TTL, show_spinner=False)
def _limits(key: str, contrast: Contrast, _analysis: Analysis) -> Limits:
    return pictures.limits_of(_analysis, contrast)


def micrograph_grey(session: Session, contrast: Contrast, analysis: Analysis | None = None) -> Grey:
    """The whole micrograph as grey levels; once there is an analysis, in the contrast of its part."""
    limits, micrograph = None, session.micrograph
    if analysis is not None:
        part = field_grey(session, analysis, contrast)
        if part.key == micrograph.digest:
            return part
        limits = part.low, part.high
    return asked(_grey, micrograph.digest, contrast, limits, micrograph.intensity)


def field(session: Session, analysis: Analysis) -> tuple[str, FloatImage]:
    """What tells the analyzed part of the micrograph from others, and its pixels as they are exported."""
    micrograph, placement = session.micrograph, analysis.placement
    (row0, col0), (rows, cols) = placement.origin_px, analysis.domains.shape
    row1, col1 = row0 + rows * placement.bin_factor, col0 + cols * placement.bin_factor
    part = pictures.analyzed_part(analysis)
    whole = part.shape == micrograph.shape
    return micrograph.digest if whole else f"{micrograph.digest} {row0} {col0} {row1} {col1}", part


def micrograph_base(session: Session, contrast: Contrast, analysis: Analysis | None = None) -> ByteImage:
    """Grey levels of the whole micrograph."""
    return micrograph_grey(session, contrast, analysis).levels


def field_grey(session: Session, analysis: Analysis, contrast: Contrast) -> Grey:
    """What was analyzed of the micrograph, as grey levels."""
    key, part = field(session, analysis)
    drawn = analysis.prepared.annotations
    limits = asked(_limits, f"{key} {drawn}", contrast, analysis) if drawn else None
    return asked(_grey, key, contrast, limits, part)


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _vacuum(key: str, _prepared: Prepared) -> tuple[Polygon, ...]:
    return find_vacuum(_prepared)


def vacuum(session: Session, prepared: Prepared) -> tuple[Polygon, ...]:
    """Areas that look like vacuum, () where none does or no scale says what is smooth."""
    return asked(_vacuum, product_keys(session)["prepared"], prepared) if session.calibrated else ()


@st.cache_resource(max_entries=FILTERED, ttl=TTL, show_spinner="filtering")
def _filtered(key: str, _analysis: Analysis) -> FloatImage:
    return pictures.wiener_filtered(_analysis.prepared, _analysis.spectrum)


def filtered(session: Session, analysis: Analysis) -> tuple[str, FloatImage]:
    """The prepared image through a Wiener filter, and what tells it from all others."""
    key = f"filtered {product_keys(session)['spectrum']}"
    return key, asked(_filtered, key, analysis)


def filtered_grey(session: Session, analysis: Analysis, contrast: Contrast) -> Grey:
    """The filtered image as grey levels."""
    key, image = filtered(session, analysis)
    return asked(_grey, key, contrast, None, image)


@st.cache_resource(max_entries=FILTERED, ttl=TTL, show_spinner="inverse FFT")
def _masked(key: str, masks: tuple[MaskPair, ...], _prepared: Prepared) -> FloatImage:
    return pictures.through_masks(_prepared.intensity, _prepared.pixel_size, masks)


def masked(session: Session, analysis: Analysis, masks: Sequence[MaskPair]) -> tuple[str, FloatImage]:
    """The inverse FFT through masks, and what tells it from all others."""
    prepared = product_keys(session)["prepared"]
    image = asked(_masked, prepared, tuple(masks), analysis.prepared)
    return f"masked {prepared} {tuple(masks)}", image


def masked_grey(session: Session, analysis: Analysis, masks: Sequence[MaskPair], contrast: Contrast) -> Grey:
    """The inverse FFT through masks as grey levels."""
    key, image = masked(session, analysis, masks)
    return asked(_grey, key, contrast, None, image)


@st.cache_resource(max_entries=LARGE, ttl=TTL, show_spinner="adding fringes up")
def _dark_field(key: str, _analysis: Analysis) -> DarkField:
    return pictures.dark_field(_analysis, pictures.SHOWN_PX)


def dark_field(session: Session, analysis: Analysis) -> DarkField:
    """The dark field for the screen, not yet coloured."""
    return asked(_dark_field, product_keys(session)["crystallites"], analysis)


@st.cache_data(max_entries=PICTURES, ttl=TTL, show_spinner=False)
def _fft(key: str, view: FftView, _power: PowerPicture) -> Spectral:
    return fft_picture.base(_power, view)


def fft_base(session: Session, power: PowerPicture, view: FftView) -> Spectral:
    """Grey levels of the spectrum, and which part of g-space they show."""
    return asked(_fft, f"{product_keys(session)['candidates']} {view.local}", view, power)


@st.cache_data(max_entries=PICTURES, ttl=TTL, show_spinner=False)
def _crystal_fft(
    key: str, domain_ids: tuple[int, ...], view: FftView, _transform: Callable[[], PowerPicture]
) -> Spectral:
    return fft_picture.base(_transform(), view)


def crystal_fft(session: Session, analysis: Analysis, crystal: list[Domain], view: FftView) -> Spectral:
    """Grey levels of the spectrum of one crystal, its domains given, and which part of g-space they show."""
    key, numbers = product_keys(session)["crystallites"], tuple(domain.domain_id for domain in crystal)
    transform = partial(pictures.crystal_power, analysis.prepared, crystal, analysis.spectrum.profile)
    return asked(_crystal_fft, key, numbers, view, transform)


@st.cache_data(max_entries=SMALL, ttl=TTL, show_spinner=False)
def _scale_bar(digest: str, _image: FloatImage) -> ScaleBar | None:
    return find_scale_bar(_image)


def scale_bar(session: Session) -> ScaleBar | None:
    """The scale bar burned into the image, None when there is none."""
    return asked(_scale_bar, session.micrograph.digest, session.micrograph.intensity)
