"""Stage 1, FFT peaks: local maxima of the spectrum in windows of several sizes and in the whole field."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.calibration import half_plane
from hrtem_core.errors import RecipeError
from hrtem_core.noise import N_SECTORS, LocalNoise, PolarBins, interpolation, ray_levels, ring_levels
from hrtem_core.spectrum import Spectrum
from hrtem_core.types import BoolArray, FloatArray, FloatImage, IntArray
from hrtem_core.windows import Windows

WINDOW_SIZES_NM = (2.5, 4.0, 6.4, 10.0)
STEP = 1 / 3
"""Distance of neighbouring windows in units of their size: a Hann taper loses nothing in between."""
TAIL = 1.15
"""The noise level is itself measured, which makes the tail of the power ratio longer than exponential."""
REACH = 2.0
"""Maxima are looked for this many resolutions beyond the d-range: a strong reflection out there must not
pass as a weaker one at the range's end."""
N_NOISE = 120
"""How many of the strongest noise maxima are kept per window size, to show the mixture what noise is."""


@dataclass(frozen=True)
class CandidateParameters:
    """When a maximum of the spectrum is significant.

    Parameters
    ----------
    false_alarms
        Expected number of noise maxima above the threshold in one micrograph.
    """

    false_alarms: float = 0.05

    def __post_init__(self) -> None:
        if not 1e-6 <= self.false_alarms <= 100:
            raise RecipeError(f"false_alarms must lie between 1e-6 and 100, got {self.false_alarms:g}.")


@dataclass(frozen=True, eq=False)
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
        Shape (n,): share of the power around the maximum that a single wave would have there; 1 is a wave.
    """

    g_per_nm: FloatArray
    centre_px: FloatArray
    window_nm: FloatArray
    power: FloatArray
    threshold: FloatArray
    sharpness: FloatArray

    def __len__(self) -> int:
        return len(self.power)

    @property
    def significant(self) -> BoolArray:
        """Shape (n,): above the false-alarm threshold."""
        return np.asarray(self.power > self.threshold)


def polar_index(windows: Windows, noise: LocalNoise) -> tuple[IntArray, IntArray, FloatImage]:
    """Ring and sector of every bin of the windows' rfft2, and its |g|."""
    rows, cols = windows.frequencies_per_nm
    radius = np.hypot(rows[:, None], cols[None, :])
    width = noise.ring_per_nm[0] * 2
    ring = np.minimum((radius / width).astype(int), len(noise.ring_per_nm) - 1)
    sector = (np.arctan2(rows[:, None], cols[None, :]) / np.pi * N_SECTORS + N_SECTORS / 2).astype(int)
    return ring, sector % N_SECTORS, radius.astype(np.float32)


def maxima(
    spectrum: Spectrum, windows: Windows, false_alarms: float
) -> tuple[FloatArray, FloatArray, FloatArray, float, FloatArray]:
    noise = spectrum.noise
    ring, sector, radius = polar_index(windows, noise)
    g_min, g_max = spectrum.band_per_nm
    reach = REACH / windows.size_nm
    band = (radius > g_min - min(reach, 0.2 * g_min)) & (radius < g_max + reach)
    frequencies = windows.frequencies_per_nm
    row_centres, col_centres = windows.centres_px
    noise_rows, noise_cols = noise.windows.centres_px
    to_rows, to_cols = interpolation(noise_rows, row_centres), interpolation(noise_cols, col_centres)
    oversampling = np.prod([f / s for f, s in zip(windows.fft_shape, windows.size_px, strict=True)])
    overlap = np.prod([min(1.0, STEP * 1.5) if len(c) > 1 else 1.0 for c in (row_centres, col_centres)])
    cells = max(1.0, band.sum() / oversampling * len(row_centres) * len(col_centres) * overlap)
    threshold = float(np.log(cells / false_alarms) * TAIL)
    low = min(threshold, max(3.0, float(np.log(cells / N_NOISE))))
    found: list[FloatArray] = []
    own = PolarBins.of(windows) if windows.size_nm < noise.windows.size_nm else None
    for index, powers in enumerate(windows.powers(spectrum.whitened)):
        level = np.tensordot(to_rows[index], noise.level, axes=(0, 0))
        level = np.tensordot(to_cols, level, axes=(1, 0))
        here = level[:, ring, sector]
        if own is not None:
            polar = own.powers(powers)
            levels = np.maximum(ring_levels(polar)[..., None], ray_levels(polar, own.ring_per_nm))
            own_ring = np.minimum((radius / (2 * own.ring_per_nm[0])).astype(int), len(own.ring_per_nm) - 1)
            here = np.maximum(here, levels[:, own_ring, sector])
        ratio = powers / here
        ratio_band = np.where(band, ratio, 0)
        t, r, c = np.nonzero(ratio_band > low)
        value = ratio[t, r, c]
        n_rows, n_cols = ratio.shape[1:]
        around = {}
        top = np.ones(len(t), dtype=bool)
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                if dr == dc == 0:
                    continue
                cc = np.abs(c + dc)
                rr = np.where(c + dc < 0, -(r + dr), r + dr) % n_rows
                cc = np.minimum(cc, n_cols - 1)
                around[dr, dc] = ratio[t, rr, cc]
                top &= value >= around[dr, dc]
        t, r, c, value = t[top], r[top], c[top], value[top]
        around = {k: v[top] for k, v in around.items()}
        shift_r = vertex(around[-1, 0], value, around[1, 0])
        shift_c = vertex(around[0, -1], value, around[0, 1])
        step_r, step_c = frequencies[0][1], frequencies[1][1]
        g = np.c_[frequencies[0][r] + shift_r * step_r, frequencies[1][c] + shift_c * step_c]
        sharp = value / (value + sum(around.values())) if len(value) else value
        found.append(
            np.c_[g, np.full(len(t), row_centres[index]), col_centres[t], value, sharp].reshape(-1, 6)
        )
    rows = np.concatenate(found)
    return rows[:, :2], rows[:, 2:4], rows[:, 4], threshold, rows[:, 5]


def vertex(before: FloatArray, here: FloatArray, after: FloatArray) -> FloatArray:
    """Where between -0.5 and 0.5 a parabola through the logarithms of three powers has its maximum."""
    a, b, c = (np.log(np.maximum(v, 1e-6)) for v in (before, here, after))
    curvature = a - 2 * b + c
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = 0.5 * (a - c) / curvature
    return np.where(curvature < 0, np.clip(shift, -0.5, 0.5), 0.0)


def find_candidates(spectrum: Spectrum, parameters: CandidateParameters) -> Candidates:
    """The maxima of all local spectra, strongest relative to their threshold first."""
    shape = (spectrum.whitened.shape[0], spectrum.whitened.shape[1])
    found = []
    used: set[tuple[int, int]] = set()
    for size in (*WINDOW_SIZES_NM, 1e9):
        windows = Windows.over(shape, spectrum.pixel_size, size, step=STEP, padded=True)
        if windows.size_px in used:
            continue
        used.add(windows.size_px)
        g, centre, power, threshold, sharp = maxima(spectrum, windows, parameters.false_alarms)
        side = float(np.sqrt(np.prod(windows.size_px) * spectrum.pixel_size.area_nm2))
        n = len(power)
        found.append((g, centre, np.full(n, side), power, np.full(n, threshold), sharp))
    g, centre, window, power, threshold, sharp = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(-power / threshold, kind="stable")
    return Candidates(
        half_plane(g)[order], centre[order], window[order], power[order], threshold[order], sharp[order]
    )
