"""Spectrum images: a spectrum at every pixel of a scan, summed over windows without unpacking it whole."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.numerics import FloatArray, FloatImage

MAX_CHANNELS, MAX_SCAN_PIXELS = 1 << 16, 1 << 22
SLAB_BYTES = 32 << 20
MAX_SUMS = 1 << 27
"""Numbers of all sums together: 32 maps of 2048 x 2048 pixels."""
EV_PER_UNIT = {"ev": 1.0, "kev": 1000.0}

Span = tuple[float, float]
"""(from, to) in eV."""


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

    def over(self, spans: Sequence[Span]) -> "SpanSums":
        """The spectra summed over spans of energy; every spectrum is unpacked once.

        Parameters
        ----------
        spans
            (from, to) in eV; a channel counts where its centre lies in between.

        Raises
        ------
        FileError
            If the sums would take more memory than maps may.
        """
        rows, cols = self.shape
        if len(spans) * rows * cols > MAX_SUMS:
            raise FileError(
                f"{self.name} has {rows} x {cols} pixels, too many for {len(spans)} windows; bin the scan."
            )
        energies = self.energies_ev
        inside = np.array([(energies >= low) & (energies <= high) for low, high in spans]).reshape(
            -1, len(energies)
        )
        used = np.flatnonzero(inside.any(axis=0))
        part = slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0, 0)
        columns = inside[:, part].T.astype(np.float64)
        total, parts = np.zeros(self.n_channels), []
        for slab in self.slabs():
            total += slab.sum(axis=0, dtype=np.float64)
            parts.append(slab[:, part].astype(np.float64) @ columns)
        sums = np.concatenate(parts).T.reshape(len(spans), *self.shape)
        return SpanSums(
            name=self.name, first_ev=self.first_ev, step_ev=self.step_ev, total=total, spans=tuple(spans),
            sums=sums,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class SpanSums:
    """What is left of a spectrum image for maps: each spectrum's sums over spans of energy.

    Parameters
    ----------
    name
        The file's name, for people.
    first_ev, step_ev
        Energy of the first channel, and between channels.
    total
        Shape (channels,): the spectrum of all pixels together.
    spans
        (from, to) in eV.
    sums
        Shape (spans, rows, columns).
    """

    name: str
    first_ev: float
    step_ev: float
    total: FloatArray
    spans: tuple[Span, ...]
    sums: FloatImage

    @property
    def energies_ev(self) -> FloatArray:
        """Shape (channels,)."""
        return np.asarray(self.first_ev + self.step_ev * np.arange(len(self.total)))

    def counted_in(self, span: Span) -> FloatImage:
        """Shape (rows, columns): counts in one of the spans."""
        return np.asarray(self.sums[self.spans.index(span)])


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
