"""The noise level beside the signal: how strong the spectrum is here, at this |g|, without a lattice."""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.image import Wavevector
from hrtem_core.numerics import FloatArray, FloatImage, IntArray, interpolation
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.windows import Windows

N_SECTORS = 24

QUANTILE_TO_MEDIAN = 0.82
"""In noise alone, the median of a polar bin's mean over that quantile (Wilson & Hilferty 1931, 2 values)."""


def membership(rows: IntArray, cols: IntArray, shape: tuple[int, int]) -> "scipy.sparse.csr_matrix":
    """Sparse matrix with ones at (rows, cols)."""
    return scipy.sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, cols)), shape=shape)


def sectors(windows: Windows) -> IntArray:
    """Sector of every frequency of the windows' rfft2."""
    rows, cols = (axis.astype(np.float32) for axis in windows.frequencies_per_nm)
    sector = np.arctan2(rows[:, None], cols[None, :]) * np.float32(N_SECTORS / np.pi) + N_SECTORS / 2
    return np.asarray(sector.astype(np.int16) % N_SECTORS)


@dataclass(frozen=True, eq=False)
class PolarBins:
    """Bins of |g| and direction that average a window's power spectrum.

    Parameters
    ----------
    ring_per_nm
        Shape (n_rings,): centre radius of each ring.
    average
        Sparse matrix (n_rings * N_SECTORS, bins of the rfft2) that takes the mean of each polar bin, or of
        its whole ring where no frequency falls into the bin.
    ring, sector
        Shape of the rfft2: the polar bin of every frequency.
    """

    ring_per_nm: FloatArray
    average: "scipy.sparse.csr_matrix"
    ring: IntArray
    sector: IntArray

    @classmethod
    def of(cls, windows: Windows) -> "PolarBins":
        """The polar bins for the spectra of `windows`, one frequency resolution wide."""
        rows, cols = windows.frequencies_per_nm
        radius = np.hypot(rows[:, None], cols[None, :])
        width = 1.0 / min(n * p for n, p in zip(windows.size_px, windows.pixel_size.sizes_nm, strict=True))
        limit = min(np.abs(rows).max(), cols.max())
        n_rings = max(1, int(limit / width))
        ring = np.minimum((radius / width).astype(int), n_rings)
        sector = sectors(windows)
        inside = (ring < n_rings).ravel()
        polar = (ring * N_SECTORS + sector).ravel()
        frequencies = np.flatnonzero(inside)
        belongs = membership(polar[inside], frequencies, (n_rings * N_SECTORS, radius.size))
        by_ring = membership(ring.ravel()[inside], frequencies, (n_rings, radius.size))
        empty = np.flatnonzero(belongs.getnnz(axis=1) == 0)
        borrowed = membership(empty, empty // N_SECTORS, (n_rings * N_SECTORS, n_rings)) @ by_ring
        belongs = (belongs + borrowed).tocsr()
        average = scipy.sparse.diags(1 / np.maximum(belongs.getnnz(axis=1), 1)) @ belongs
        last = np.minimum(ring, n_rings - 1)
        return cls((np.arange(n_rings) + 0.5) * width, average.astype(np.float32).tocsr(), last, sector)

    def powers(self, spectra: FloatImage) -> FloatImage:
        """Polar means, shape (n, n_rings, N_SECTORS), of power spectra (n, *rfft2 shape)."""
        flat = spectra.reshape(len(spectra), -1)
        means = (self.average @ flat.T).T
        return np.asarray(means.reshape(len(spectra), len(self.ring_per_nm), N_SECTORS), dtype=np.float32)


def ring_levels(polar: FloatImage) -> FloatImage:
    """Median over directions of polar powers (..., n_rings, N_SECTORS), each ring with its neighbours."""
    inner = np.concatenate([polar[..., :1, :], polar[..., :-1, :]], axis=-2)
    outer = np.concatenate([polar[..., 1:, :], polar[..., -1:, :]], axis=-2)
    # Sorting these few values is seven times as fast as np.median.
    ordered = np.sort(np.concatenate([inner, polar, outer], axis=-1), axis=-1)
    middle = ordered.shape[-1] // 2
    return np.asarray((ordered[..., middle - 1] + ordered[..., middle]) / 2)


def ray_levels(polar: FloatImage, ring_per_nm: FloatArray, tuning: SpectrumTuning) -> FloatImage:
    """Quantile along each direction of polar powers (..., n_rings, N_SECTORS) over `ray_reach_per_nm`.

    Every second ring is taken, and counted: rings overlap by the windows' resolution.
    """
    spacing = ring_per_nm[1] - ring_per_nm[0] if len(ring_per_nm) > 1 else 1.0
    reach = max(1, round(tuning.ray_reach_per_nm / spacing))
    n_rings = polar.shape[-2]
    rays = np.ascontiguousarray(np.swapaxes(polar, -1, -2))
    out = np.empty_like(polar)
    for ring in range(0, n_rings, 2):
        first = max(0, ring - reach)
        first -= (first - ring) % 2 if first else 0
        near = rays[..., max(first, ring % 2) : ring + reach + 1 : 2]
        rank = int(tuning.ray_quantile * near.shape[-1])
        out[..., ring : ring + 2, :] = np.sort(near, axis=-1)[..., None, :, rank]
    return out * np.float32(QUANTILE_TO_MEDIAN)


def levels(polar: FloatImage, ring_per_nm: FloatArray, tuning: SpectrumTuning) -> FloatImage:
    """Noise level of polar powers (..., n_rings, N_SECTORS): its ring's or its ray's, the higher one."""
    rings, rays = ring_levels(polar)[..., None], ray_levels(polar, ring_per_nm, tuning)
    return np.asarray(np.maximum(np.maximum(rings, rays), tuning.noise_floor))


@dataclass(frozen=True, eq=False)
class LocalNoise:
    """Noise power at every place, |g| and direction, in units of the field's own noise power.

    Parameters
    ----------
    windows
        The windows it was measured in.
    ring_per_nm
        Shape (n_rings,): radius of each ring in 1/nm.
    level
        Shape (window rows, window columns, n_rings, N_SECTORS), float32.
    """

    windows: Windows
    ring_per_nm: FloatArray
    level: FloatImage

    def bins_of(self, radius_per_nm: FloatImage) -> IntArray:
        """Ring of each |g| in 1/nm; beyond the outermost ring that one."""
        width = 2 * self.ring_per_nm[0]
        return np.asarray(np.minimum((radius_per_nm / width).astype(int), len(self.ring_per_nm) - 1))

    def plane(self, g_per_nm: Wavevector) -> FloatImage:
        """Noise power at `g_per_nm` (row, column) in every window, shape (window rows, window columns)."""
        ring = np.interp(np.hypot(*g_per_nm), self.ring_per_nm, np.arange(len(self.ring_per_nm)))
        sector = (np.arctan2(g_per_nm[0], g_per_nm[1]) / np.pi * N_SECTORS + N_SECTORS / 2) - 0.5
        r0, s0 = int(ring), int(np.floor(sector))
        r1 = min(r0 + 1, len(self.ring_per_nm) - 1)
        fr, fs = ring - r0, sector - s0
        a, b = s0 % N_SECTORS, (s0 + 1) % N_SECTORS
        level = self.level
        inner = (1 - fs) * level[..., r0, a] + fs * level[..., r0, b]
        outer = (1 - fs) * level[..., r1, a] + fs * level[..., r1, b]
        return np.asarray((1 - fr) * inner + fr * outer, dtype=np.float32)

    def at(self, g_per_nm: Wavevector, rows_px: FloatArray, cols_px: FloatArray) -> FloatImage:
        """Noise power at `g_per_nm` on the grid `rows_px` x `cols_px` of the working image."""
        return self.drawn(self.plane(g_per_nm), rows_px, cols_px)

    def drawn(self, plane: FloatImage, rows_px: FloatArray, cols_px: FloatArray) -> FloatImage:
        """A plane on the grid `rows_px` x `cols_px` of the working image."""
        row_centres, col_centres = self.windows.centres_px
        return interpolation(row_centres, rows_px) @ plane @ interpolation(col_centres, cols_px).T


def measure_noise(
    windows: Windows,
    bins: PolarBins,
    polar: FloatImage,
    covered: FloatImage,
    *,
    tuning: SpectrumTuning = SPECTRUM_TUNING,
) -> LocalNoise:
    """The local noise from the windows' polar powers.

    Parameters
    ----------
    windows, bins
        Where, and in which polar bins, the powers were taken.
    polar
        Shape (window rows, window columns, n_rings, N_SECTORS).
    covered
        Shape (window rows, window columns): usable share of each window.
    tuning
        Its least level, and what of a ray counts.
    """
    level = levels(polar, bins.ring_per_nm, tuning)
    level[covered < 0.5] = tuning.noise_floor
    # The level is an estimate: a search over many places would settle where it happens to be low.
    level = np.maximum(level, scipy.ndimage.uniform_filter(level, size=(3, 3, 1, 1)))
    return LocalNoise(windows, bins.ring_per_nm, level.astype(np.float32))
