"""Elemental maps: counts per pixel of one scan, element by element."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hrtem_core.errors import FileError, UserError
from hrtem_core.numerics import FloatArray, FloatImage, read_only

MAX_MAP_PIXELS, MIN_MAP_SIDE, MAX_ELEMENTS = 1 << 22, 8, 40
WHOLE = 1e-3
"""Values this close to multiples of one number, relative to it, are counts times that number."""


class CompositionError(UserError):
    """Maps and micrograph do not go together."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ElementalMaps:
    """Counts of one scan.

    Parameters
    ----------
    elements
        Shape (n,): names, such as "O".
    counts
        Shape (n, rows, columns): raw counts of each element's window.
    backgrounds
        Shape (n, rows, columns): what of them is background; 0 where none was given.
    quanta
        Shape (n,): background counts that one counted photon makes; 0 where none was given.
    survey
        Shape (rows, columns), or None: an image taken with the same scan.
    notes
        Remarks for people.
    digests
        Of the files, by their role.
    """

    elements: tuple[str, ...]
    counts: FloatImage
    backgrounds: FloatImage
    quanta: FloatArray
    survey: FloatImage | None = None
    notes: tuple[str, ...] = ()
    digests: tuple[tuple[str, str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("counts", "backgrounds", "quanta"):
            object.__setattr__(self, name, read_only(np.asarray(getattr(self, name), dtype=np.float64)))
        check_shape(self.counts, "The maps")
        if self.counts.shape != self.backgrounds.shape or len(self.counts) != len(self.elements):
            raise CompositionError("Counts, backgrounds and elements must be as many, and of one size.")
        if self.survey is not None and self.survey.shape != self.shape:
            rows, cols = self.survey.shape
            raise CompositionError(
                f"The survey image has {rows} x {cols} pixels and the maps have "
                f"{self.shape[0]} x {self.shape[1]}; "
                "give one that was taken with the same scan."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the scan."""
        return self.counts.shape[1], self.counts.shape[2]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all numbers, as 64 hexadecimal digits."""
        sha = hashlib.sha256(repr((self.elements, self.counts.shape)).encode())
        for array in (self.counts, self.backgrounds, self.quanta, self.survey):
            sha.update(b"" if array is None else np.ascontiguousarray(array, dtype=np.float64).tobytes())
        return sha.hexdigest()

    @property
    def net(self) -> FloatImage:
        """Shape (n, rows, columns): counts less background."""
        return np.asarray(self.counts - self.backgrounds)


def check_shape(counts: FloatImage, what: str) -> None:
    """See that an array of maps, shape (n, rows, columns), has an honest size and holds counts.

    Raises
    ------
    FileError
        If not.
    """
    n, rows, cols = counts.shape
    if min(rows, cols) < MIN_MAP_SIDE or rows * cols > MAX_MAP_PIXELS:
        raise FileError(
            f"{what} must have at least {MIN_MAP_SIDE} pixels on each side and at most "
            f"{MAX_MAP_PIXELS:,} in all, got {rows} x {cols}; crop or bin the scan."
        )
    if not 1 <= n <= MAX_ELEMENTS:
        raise FileError(f"{what} must be of 1 to {MAX_ELEMENTS} elements, got {n}.")
    known = np.isfinite(counts)
    if not known.all():
        raise FileError(f"{what} hold pixels without a number; export raw counts.")
    if counts.min() < 0:
        raise FileError(
            f"{what} hold counts below zero ({counts.min():g}); export raw counts, "
            "with their background beside them and not taken away."
        )


def quantum_of(background: FloatImage) -> float:
    """What one counted photon makes of a background: the number that all values are multiples of; else 1.

    A background is counted in windows beside the line and scaled to its width. Its noise follows from the
    scale, which files do not tell, but the values do.

    Parameters
    ----------
    background
        Shape (rows, columns).
    """
    values = np.unique(background[background > 0])
    if not values.size:
        return 0.0
    step = float(np.diff(values, prepend=0.0).min())
    multiples = values / step
    if np.abs(multiples - np.round(multiples)).max() < WHOLE * max(1.0, float(multiples.max())) * 0.1:
        return step
    return 1.0
