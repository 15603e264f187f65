"""Stage 1, FFT peaks: local maxima of the spectrum in windows of several sizes and in the whole field."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.image import half_plane, scaled_lengths
from hrtem_core.numerics import (
    BoolArray,
    BoolImage,
    FloatArray,
    FloatImage,
    IntArray,
    interpolation,
    read_only,
    vertex,
)
from hrtem_core.parameters import check_limits, parameter
from hrtem_core.spectrum.film import astigmatic_noise
from hrtem_core.spectrum.noise import N_SECTORS, LocalNoise, PolarBins, levels, sectors
from hrtem_core.spectrum.outside import NOTHING_OUTSIDE, Outside, neighbours, strongest_outside
from hrtem_core.spectrum.peak_threshold import power_threshold
from hrtem_core.spectrum.rings import Rings
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.whitening import PowerPicture, Spectrum
from hrtem_core.spectrum.windows import Windows

PICTURE_WINDOW_NM, LOCAL_PICTURE_PX = 6.4, 512

MEAN_POINTS = 64
"""Points along each axis of a window at which the noise level is looked up."""


@dataclass(frozen=True)
class CandidateParameters:
    """When a maximum of the spectrum is significant.

    Parameters
    ----------
    false_alarms
        Expected number of noise maxima above the threshold in one micrograph, and how many of 45 finds
        whose fringes were followed may be noise (docs/decisions/0012-false-discoveries.md).
    """

    false_alarms: float = parameter(
        0.05,
        "False discoveries allowed",
        "How many of 45 finds may be noise: a weak find must be the surer the fewer there are beside it.",
        limits=(1e-6, 100.0),
        slider=(0.01, 5.0),
        step=0.01,
    )

    def __post_init__(self) -> None:
        check_limits(self, "candidates")


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidates:
    """Maxima of the local spectra, strongest first; every array has one row per maximum.

    Parameters
    ----------
    g_per_nm
        Shape (n, 2): position between the bins, (row, column) in 1/nm, in the upper half plane.
    centre_px
        Shape (n, 2): centre of the window, (row, column) in pixels of the working image.
    window_nm
        Shape (n,): side of the window in nm.
    power
        Shape (n,): power over the local noise power.
    threshold
        Shape (n,): the power that noise exceeds `false_alarms` times per micrograph.
    sharpness
        Shape (n,): share of the power in the 3 x 3 bins around the maximum that lies in the middle one.
    local_maximum
        For people: the largest power over the local noise in all windows of `PICTURE_WINDOW_NM`, a picture of
        the spectrum in which small and weak grains stand out.
    false_alarms
        Expected number of noise maxima above the threshold in one micrograph.
    outside
        The strongest maximum of a spacing larger than is looked for.
    """

    g_per_nm: FloatArray
    centre_px: FloatArray
    window_nm: FloatArray
    power: FloatArray
    threshold: FloatArray
    sharpness: FloatArray
    local_maximum: PowerPicture
    false_alarms: float
    outside: Outside = NOTHING_OUTSIDE

    def __len__(self) -> int:
        return len(self.power)

    @property
    def significant(self) -> BoolArray:
        """Shape (n,): above the false-alarm threshold."""
        return np.asarray(self.power > self.threshold)


class _Maxima(NamedTuple):
    """Maxima of local spectra; the arrays are those of `Candidates`."""

    g_per_nm: FloatArray
    centre_px: FloatArray
    window_nm: FloatArray
    power: FloatArray
    threshold: FloatArray
    sharpness: FloatArray

    @classmethod
    def together(cls, parts: "Iterable[_Maxima]") -> "_Maxima":
        """Those of several searches, one after another."""
        return cls(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Search:
    """One size of windows, and what is needed to judge their spectra."""

    tuning: SpectrumTuning
    windows: Windows
    own_noise: "_OwnNoise | None"
    sector: IntArray
    radius_per_nm: FloatImage
    band: BoolImage
    below: BoolImage
    threshold: float
    low: float
    row_weights: FloatImage
    col_weights: FloatImage
    """How much each row, and column, of noise windows counts in each row, and column, of these windows."""

    @classmethod
    def of(
        cls, windows: Windows, spectrum: Spectrum, false_alarms: float, tuning: SpectrumTuning
    ) -> "_Search":
        band_per_nm = spectrum.band_per_nm
        rows, cols = windows.frequencies_per_nm
        radius = np.hypot(rows[:, None], cols[None, :])
        reach = tuning.reach / windows.size_nm
        band = radius > band_per_nm[0] - min(reach, 0.2 * band_per_nm[0])
        band &= radius < band_per_nm[1] + reach
        resolved = max(tuning.periods_outside / windows.side_nm, tuning.least_outside_per_nm)
        below = (radius < tuning.well_outside * band_per_nm[0]) & (radius > resolved)
        oversampling = np.prod([f / s for f, s in zip(windows.fft_shape, windows.size_px, strict=True)])
        counts = [len(windows.rows), len(windows.cols)]
        places = np.prod([n * (tuning.independent if n > 1 else 1.0) for n in counts])
        cells = max(1.0, float(band.sum() / oversampling * places))
        threshold = power_threshold(cells * tuning.n_sizes, false_alarms, tuning.tail)
        low = min(threshold, max(3.0, float(np.log(cells / tuning.n_noise))))
        own_noise = _OwnNoise.of(windows, spectrum.rings, tuning) if np.isfinite(windows.size_nm) else None
        weights = [
            mean_over(knots, first, size)
            for knots, first, size in zip(
                spectrum.noise.windows.centres_px, (windows.rows, windows.cols), windows.size_px, strict=True
            )
        ]
        return cls(
            tuning=tuning,
            windows=windows,
            own_noise=own_noise,
            sector=sectors(windows),
            radius_per_nm=radius,
            band=band,
            below=below,
            threshold=threshold,
            low=low,
            row_weights=weights[0],
            col_weights=weights[1],
        )


@dataclass(frozen=True, eq=False)
class _OwnNoise:
    """The noise of windows of one size, measured in each of them by itself.

    At a specimen's edge small windows see noise that larger ones next to them only see in part; large windows
    resolve rings of the transfer function that smaller ones blur.
    """

    bins: PolarBins
    raised: FloatImage
    """How many times a polar bin's noise is its ring's median, because the lens is astigmatic."""
    tuning: SpectrumTuning

    @classmethod
    def of(cls, windows: Windows, rings: Rings, tuning: SpectrumTuning) -> "_OwnNoise":
        bins = PolarBins.of(windows)
        return cls(bins, astigmatic_noise(rings, bins.ring_per_nm, windows.size_nm), tuning)

    def correct(self, powers: FloatImage, ratio: FloatImage, which: IntArray) -> None:
        """Divides, in place, the spectra of some windows by their own noise where that is the higher one."""
        if len(which):
            of_which = powers[which]
            own = levels(self.bins.powers(of_which), self.bins.ring_per_nm, self.tuning) * self.raised
            own = np.take(own.reshape(len(own), -1), self.bins.ring * N_SECTORS + self.bins.sector, axis=1)
            np.divide(of_which, own, out=own)
            ratio[which] = np.minimum(ratio[which], own)


def mean_over(knots: FloatArray, first: IntArray, size_px: int) -> FloatImage:
    """Matrix (n_windows, n_knots): what is known at knots, averaged over windows as their taper weighs it."""
    pixels = np.linspace(0, size_px - 1, min(size_px, MEAN_POINTS))
    weight = np.sin(np.pi * (pixels + 1) / (size_px + 1)) ** 4
    means = np.stack([weight @ interpolation(knots, start + pixels) for start in first])
    return np.asarray(means / weight.sum())


def _maxima_of_row(
    search: _Search, noise: LocalNoise, index: int, powers: FloatImage
) -> tuple[_Maxima, FloatImage, Outside]:
    """Maxima in a row of windows, the largest power over noise at every frequency, and what lies outside."""
    windows = search.windows
    row_centres, col_centres = windows.centres_px
    weights = search.row_weights[index]
    near = slice(*np.flatnonzero(weights)[[0, -1]] + (0, 1))
    level = np.tensordot(weights[near], noise.level[near], axes=(0, 0))
    level = np.tensordot(search.col_weights, level, axes=(1, 0)).astype(np.float32)
    polar = noise.bins_of(search.radius_per_nm) * N_SECTORS + search.sector
    ratio = np.take(level.reshape(len(level), -1), polar, axis=1)
    np.divide(powers, ratio, out=ratio)
    # Of a flat array the few that are set are found ten times as fast.
    high = np.flatnonzero((ratio > search.low) & search.band)
    t, r, c = np.unravel_index(high, ratio.shape)
    if search.own_noise is not None:
        which = np.unique(t[ratio[t, r, c] > search.threshold])
        search.own_noise.correct(powers, ratio, which)
    value, around = ratio[t, r, c], neighbours(ratio, t, r, c)
    top = (value > search.low) & np.all([value >= side for side in around.values()], axis=0)
    t, r, c, value = t[top], r[top], c[top], value[top]
    around = {where: side[top] for where, side in around.items()}
    frequencies = windows.frequencies_per_nm
    shift_r, shift_c = (
        vertex(around[-1, 0], value, around[1, 0]),
        vertex(around[0, -1], value, around[0, 1]),
    )
    g_rows = frequencies[0][r] + shift_r * frequencies[0][1]
    g_cols = frequencies[1][c] + shift_c * frequencies[1][1]
    maxima = _Maxima(
        g_per_nm=np.column_stack([g_rows, g_cols]),
        centre_px=np.column_stack([np.full(len(t), row_centres[index]), col_centres[t]]),
        window_nm=np.full(len(t), windows.side_nm),
        power=value.astype(np.float64),
        threshold=np.full(len(t), search.threshold),
        sharpness=(value / (value + sum(around.values()))).astype(np.float64),
    )
    outside = strongest_outside(ratio, search.below, search.radius_per_nm, search.threshold)
    return maxima, ratio.max(axis=0), outside


def _picture(windows: Windows, largest: FloatImage, reach_per_nm: float) -> PowerPicture:
    """The upper half plane of an rfft2 as a square picture of the whole plane."""
    rows, cols = windows.frequencies_per_nm
    step = 2 * reach_per_nm / LOCAL_PICTURE_PX
    axis = (np.arange(LOCAL_PICTURE_PX) - LOCAL_PICTURE_PX // 2) * step
    right = axis[LOCAL_PICTURE_PX // 2 :]
    order = np.argsort(rows, kind="stable")
    half = interpolation(rows[order], axis) @ largest[order] @ interpolation(cols, right).T
    picture = np.zeros((LOCAL_PICTURE_PX, LOCAL_PICTURE_PX), dtype=np.float32)
    picture[:, LOCAL_PICTURE_PX // 2 :] = half
    picture[1:, 1 : LOCAL_PICTURE_PX // 2] = half[1:, 1:][::-1, ::-1]
    return PowerPicture(read_only(picture), step)


def find_candidates(
    spectrum: Spectrum,
    parameters: CandidateParameters,
    *,
    tuning: SpectrumTuning = SPECTRUM_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Candidates:
    """The maxima of all local spectra, strongest relative to their threshold first.

    Strategy (docs/method.md, section 5): a grain stands out most in a window of its own size, so windows of
    several sizes are laid over the field, and each size has a threshold for all its places and bins together.

    Parameters
    ----------
    spectrum
        Whitened image and noise.
    parameters
        How much noise may pass.
    tuning
        The numbers of the method.
    checkpoint
        Called after every row of windows.
    """
    grid, tuning = spectrum.grid, scaled_lengths(tuning, spectrum.length_scale)
    found: list[_Maxima] = []
    outside: list[Outside] = [NOTHING_OUTSIDE]
    used = set[tuple[int, int]]()
    picture: PowerPicture | None = None
    for size in (*tuning.window_sizes_nm, np.inf):
        windows = Windows.over(
            grid.shape, grid.pixel_size, size, step=tuning.window_step, padding=tuning.padding
        )
        if windows.size_px in used:
            continue
        used.add(windows.size_px)
        search = _Search.of(windows, spectrum, parameters.false_alarms, tuning)
        judge = partial(_maxima_of_row, search, spectrum.noise)
        maxima, largest, beyond = zip(*windows.each_row(spectrum.whitened, judge, checkpoint), strict=True)
        found += maxima
        outside += beyond
        if picture is None or size <= PICTURE_WINDOW_NM * spectrum.length_scale:
            reach_per_nm = tuning.band_margin * spectrum.band_per_nm[1]
            picture = _picture(windows, np.max(largest, axis=0), reach_per_nm)
    everything = _Maxima.together(found)
    order = np.argsort(-everything.power / everything.threshold, kind="stable")
    ordered = _Maxima(*(array[order] for array in everything))
    assert picture is not None  # the first size of windows always fits
    return Candidates(
        g_per_nm=half_plane(ordered.g_per_nm),
        centre_px=ordered.centre_px,
        window_nm=ordered.window_nm,
        power=ordered.power,
        threshold=ordered.threshold,
        sharpness=ordered.sharpness,
        local_maximum=picture,
        false_alarms=parameters.false_alarms,
        outside=max(outside, key=lambda one: one.significance),
    )
