"""Spectrum images: a spectrum at every pixel of a scan, summed over windows without unpacking it whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.numerics import FloatArray, FloatImage

MAX_CHANNELS, MAX_SCAN_PIXELS = 1 << 16, 1 << 22
SLAB_BYTES = 32 << 20
EV_PER_UNIT = {"ev": 1.0, "kev": 1000.0}


@dataclass(frozen=True, eq=False, kw_only=True)
class SpectrumImage:
    """A spectrum at every pixel.

    Parameters
    ----------
    name
        The file's name, for people.
    shape
        (rows, columns) of the scan.
    n_channels
        Length of a spectrum.
    first_ev, step_ev
        Energy of the first channel, and between channels.
    slabs
        Gives the spectra in order, as arrays of shape (pixels, channels), row by row of the scan.
    """

    name: str
    shape: tuple[int, int]
    n_channels: int
    first_ev: float
    step_ev: float
    slabs: Callable[[], Iterator[NDArray[Any]]]

    def __post_init__(self) -> None:
        rows, cols = self.shape
        if min(rows, cols, self.n_channels) < 2 or rows * cols > MAX_SCAN_PIXELS:
            raise FileError(f"{self.name} states {rows} x {cols} spectra of {self.n_channels} channels.")
        if self.n_channels > MAX_CHANNELS:
            raise FileError(
                f"{self.name} states spectra of {self.n_channels} channels, more than {MAX_CHANNELS}."
            )
        if not (np.isfinite([self.first_ev, self.step_ev]).all() and self.step_ev > 0):
            raise FileError(
                f"{self.name} does not say which energy a channel has; calibrate it, and save it again."
            )

    @property
    def energies_ev(self) -> FloatArray:
        """Shape (channels,)."""
        return np.asarray(self.first_ev + self.step_ev * np.arange(self.n_channels))

    def total(self) -> FloatArray:
        """Shape (channels,): the spectrum of all pixels together."""
        return np.asarray(sum(slab.sum(axis=0, dtype=np.float64) for slab in self.slabs()))

    def sums(self, weights: FloatArray) -> FloatImage:
        """Shape (n, rows, columns): weighted sums of every spectrum.

        Parameters
        ----------
        weights
            Shape (n, channels).
        """
        used = np.flatnonzero(weights.any(axis=0))
        if not used.size:
            return np.zeros((len(weights), *self.shape))
        part = slice(int(used[0]), int(used[-1]) + 1)
        columns = np.ascontiguousarray(weights[:, part].T)
        parts = [slab[:, part].astype(np.float64) @ columns for slab in self.slabs()]
        return np.concatenate(parts).T.reshape(len(weights), *self.shape)


def slabs_of(cube: NDArray[Any]) -> Callable[[], Iterator[NDArray[Any]]]:
    """Slabs of an array of shape (rows, columns, channels), which may lie on disk."""
    rows, cols, channels = cube.shape
    at_once = max(1, SLAB_BYTES // max(1, cols * channels * 8))

    def slabs() -> Iterator[NDArray[Any]]:
        for start in range(0, rows, at_once):
            block = np.asarray(cube[start : start + at_once])
            yield block.reshape(-1, channels)

    return slabs


def energy_scale(step: float, first: float, unit: str) -> tuple[float, float]:
    """(first, step) in eV of an axis in eV or keV; (NaN, NaN) of any other."""
    factor = EV_PER_UNIT.get(unit.strip().lower(), float("nan"))
    return first * factor, step * factor
