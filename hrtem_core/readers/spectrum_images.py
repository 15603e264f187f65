"""Spectrum images: a spectrum at every pixel of a scan, summed over windows without unpacking it whole."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError, UserError
from hrtem_core.numerics import FloatArray, FloatImage
from hrtem_core.readers.limits import Limits
from hrtem_core.readers.source import Source, open_source

MAX_CUBE_BYTES = 4 << 30
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


@contextmanager
def open_spectrum_image(
    source: Path | bytes, *, name: str | None = None, limits: Limits | None = None
) -> Iterator[SpectrumImage]:
    """The first spectrum image of a file.

    Parameters
    ----------
    source
        Path of the file, or its bytes.
    name
        The file's name; needed for bytes.
    limits
        What is still opened; files up to 4 GiB when not given.

    Raises
    ------
    FileError
        If the file holds none, or is damaged.
    """
    given = open_source(source, name, limits or Limits(max_file_bytes=MAX_CUBE_BYTES))
    opener = _opener_of(given)
    try:
        with opener(given) as found:
            yield found
    except UserError:
        raise
    except MemoryError as error:
        raise FileError(
            f"{given.name} needs more memory than there is; crop or bin the scan first."
        ) from error
    except Exception as error:  # as in `read`: libraries have their own exceptions for broken files
        raise FileError(
            f"{given.name} cannot be read as a spectrum image: the file is damaged or incomplete. "
            "Copy it again."
        ) from error


def _opener_of(source: Source) -> "Callable[[Source], AbstractContextManager[SpectrumImage]]":
    """What opens a file, by its first bytes or its ending; imported only when needed."""
    from hrtem_core.readers import cubes
    from hrtem_core.readers.formats import recognize

    if source.extension in ("rpl", "raw"):
        return cubes.open_ripple
    family = recognize(source).module
    if family == "hdf5":
        from hrtem_core.readers.hdf5_cubes import open_hdf5_cube

        return open_hdf5_cube
    known = {
        "numpy_file": cubes.open_npz_cube,
        "gatan": cubes.open_dm_cube,
        "rosetta": cubes.open_rosetta_cube,
    }
    if family not in known:
        raise FileError(
            f"{source.name} is no spectrum image; "
            "those are read from hspy, emd, dm4, rpl with raw, npz and bcf."
        )
    return known[family]


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
