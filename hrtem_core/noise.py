"""The noise level beside the signal: how strong the spectrum is here, at this |g|, without a lattice."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hrtem_core.calibration import PixelSize
from hrtem_core.types import BoolImage, FloatArray, FloatImage
from hrtem_core.windows import Windows

N_SECTORS = 12
RAY_REACH_PER_NM = 2.0
"""Edges and Fresnel fringes are broad along one direction of the spectrum; a lattice spot is narrower."""


@dataclass(frozen=True, eq=False)
class PolarBins:
    """Bins of |g| and direction that average a window's power spectrum.

    Parameters
    ----------
    ring_per_nm
        Shape (n_rings,): centre radius of each ring.
    average
        Sparse matrix (n_rings * N_SECTORS, bins of the rfft2) that takes the mean of each polar bin.
    filled
        Shape (n_rings, N_SECTORS): whether a polar bin has any frequency in it.
    """

    ring_per_nm: FloatArray
    average: sparse.csr_matrix
    filled: BoolImage

    @classmethod
    def of(cls, windows: Windows) -> "PolarBins":
        """The polar bins for the spectra of `windows`, one frequency resolution wide."""
        rows, cols = windows.frequencies_per_nm
        radius = np.hypot(rows[:, None], cols[None, :])
        width = 1.0 / min(n * p for n, p in zip(windows.size_px, windows.pixel_size.sizes_nm, strict=True))
        limit = min(np.abs(rows).max(), cols.max())
        n_rings = max(1, int(limit / width))
        ring = np.minimum((radius / width).astype(int), n_rings)
        sector = (np.arctan2(rows[:, None], cols[None, :]) / np.pi * N_SECTORS + N_SECTORS / 2).astype(int)
        sector = np.broadcast_to(sector % N_SECTORS, ring.shape)
        inside = (ring < n_rings).ravel()
        polar = (ring * N_SECTORS + sector).ravel()[inside]
        counts = np.bincount(polar, minlength=n_rings * N_SECTORS)
        average = sparse.csr_matrix(
            (1.0 / counts[polar].astype(np.float32), (polar, np.flatnonzero(inside))),
            shape=(n_rings * N_SECTORS, radius.size),
            dtype=np.float32,
        )
        filled = (counts > 0).reshape(n_rings, N_SECTORS)
        return cls((np.arange(n_rings) + 0.5) * width, average, filled)

    def powers(self, spectra: FloatImage) -> FloatImage:
        """Polar means, shape (n, n_rings, N_SECTORS), NaN where a bin is empty, of spectra (n, ...)."""
        flat = spectra.reshape(len(spectra), -1)
        polar = (self.average @ flat.T).T.reshape(len(spectra), *self.filled.shape)
        return np.asarray(np.where(self.filled, polar, np.nan), dtype=np.float32)


def ring_levels(polar: FloatImage) -> FloatImage:
    """Median over directions of polar powers (..., n_rings, N_SECTORS), each ring with its neighbours."""
    inner = np.concatenate([polar[..., :1, :], polar[..., :-1, :]], axis=-2)
    outer = np.concatenate([polar[..., 1:, :], polar[..., -1:, :]], axis=-2)
    return np.nanmedian(np.concatenate([inner, polar, outer], axis=-1), axis=-1).astype(np.float32)


def ray_levels(polar: FloatImage, ring_per_nm: FloatArray) -> FloatImage:
    """Median along each direction of polar powers (..., n_rings, N_SECTORS) over `RAY_REACH_PER_NM`."""
    spacing = ring_per_nm[1] - ring_per_nm[0] if len(ring_per_nm) > 1 else 1.0
    reach = max(1, round(RAY_REACH_PER_NM / spacing))
    n_rings = polar.shape[-2]
    out = np.empty_like(polar)
    for ring in range(n_rings):
        near = polar[..., max(0, ring - reach) : ring + reach + 1, :]
        out[..., ring, :] = np.nanmedian(near, axis=-2)
    return np.nan_to_num(out, nan=0.0)


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

    def plane(self, g_per_nm: tuple[float, float]) -> FloatImage:
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

    def at(self, g_per_nm: tuple[float, float], rows_px: FloatArray, cols_px: FloatArray) -> FloatImage:
        """Noise power at `g_per_nm` on the grid `rows_px` x `cols_px` of the working image."""
        plane = self.plane(g_per_nm)
        row_centres, col_centres = self.windows.centres_px
        return interpolation(row_centres, rows_px) @ plane @ interpolation(col_centres, cols_px).T


def interpolation(knots: FloatArray, points: FloatArray) -> FloatImage:
    """Matrix (n_points, n_knots) of linear interpolation, constant beyond the ends."""
    if len(knots) == 1:
        return np.ones((len(points), 1), dtype=np.float32)
    position = np.interp(points, knots, np.arange(len(knots)))
    lower = np.minimum(position.astype(int), len(knots) - 2)
    weight = (position - lower).astype(np.float32)
    matrix = np.zeros((len(points), len(knots)), dtype=np.float32)
    index = np.arange(len(points))
    matrix[index, lower] = 1 - weight
    matrix[index, lower + 1] = weight
    return matrix


FLOOR = 0.7
"""Least noise level: where the field is quieter than usual (vacuum) nothing is gained by believing it."""


def measure_noise(
    windows: Windows, bins: PolarBins, polar: FloatImage, covered: FloatImage
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
    """
    ring = ring_levels(polar)[..., None]
    ray = ray_levels(polar, bins.ring_per_nm)
    level = np.maximum(np.maximum(ring, ray), FLOOR)
    level[covered < 0.5] = FLOOR
    return LocalNoise(windows, bins.ring_per_nm, level.astype(np.float32))
