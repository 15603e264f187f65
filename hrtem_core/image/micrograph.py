"""A micrograph: pixels, scale, name and a digest that identifies the pixels."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from hrtem_core.errors import FileError
from hrtem_core.image.instrument import NOT_SAID, Instrument
from hrtem_core.image.pixel_size import PixelSize
from hrtem_core.image.precision import single_precision
from hrtem_core.image.strips import Strips, parts_of
from hrtem_core.numerics import FloatImage, block_means, read_only

MAX_PIXELS = 16384 * 16384

MIN_SIDE_PX = 16


def digest_of(intensity: FloatImage) -> str:
    """SHA-256 of the shape and the float32 pixels, as 64 hexadecimal digits."""
    pixels = np.ascontiguousarray(intensity, dtype=np.float32)
    sha = hashlib.sha256(repr(pixels.shape).encode())
    sha.update(pixels.data)
    return sha.hexdigest()


@dataclass(frozen=True, eq=False)
class Micrograph:
    """An image of real space as it came from the microscope.

    Parameters
    ----------
    intensity
        Shape (rows, columns), float32, read-only; may hold NaN where the detector gave nothing. Numbers of
        other kinds become float32 without loss of contrast: a large offset is taken away, with a note. An
        array that can be written to is copied, and stays its owner's.
    pixel_size
        None when neither the file nor the user gave a scale.
    name
        The file's name without folders, for people.
    stored_as
        Number type in the file, such as "uint16".
    notes
        Remarks for the user, such as "page 1 of 12".
    digest
        `digest_of(intensity)`; computed when not given.
    binned_by
        The file's pixels along each side of one of these: above 1 the pixels are not the file's own.
    scale_remarks
        Those of the notes that say why the file's scale is not used, or which of several is.
    instrument
        What the file says of the microscope.
    """

    intensity: FloatImage
    pixel_size: PixelSize | None
    name: str
    stored_as: str = "float32"
    notes: tuple[str, ...] = ()
    digest: str = field(default="")
    binned_by: int = 1
    scale_remarks: tuple[str, ...] = ()
    instrument: Instrument = NOT_SAID

    def __post_init__(self) -> None:
        pixels = np.asarray(self.intensity)
        if pixels.ndim != 2:
            raise FileError(f"A micrograph has rows and columns; this array has {pixels.ndim} dimensions.")
        if min(pixels.shape) < MIN_SIDE_PX:
            raise FileError(
                f"The image must be at least {MIN_SIDE_PX} pixels on each side, "
                f"got {pixels.shape[0]} x {pixels.shape[1]}; choose a larger one."
            )
        if pixels.size > MAX_PIXELS:
            raise FileError(
                f"The image has {pixels.shape[0]} x {pixels.shape[1]} pixels, "
                "more than 16384 x 16384; crop or bin it first."
            )
        if pixels.dtype != np.float32:
            numbers, (rows, cols) = pixels, pixels.shape
            pixels, said = single_precision(Strips((rows, cols), lambda: parts_of(numbers)))
            object.__setattr__(self, "notes", (*self.notes, *said))
        elif pixels.flags.writeable:
            pixels = pixels.copy()
        object.__setattr__(self, "intensity", read_only(np.ascontiguousarray(pixels)))
        if not self.digest:
            object.__setattr__(self, "digest", digest_of(self.intensity))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) in pixels."""
        rows, cols = self.intensity.shape
        return rows, cols

    def with_pixel_size(self, pixel_size: PixelSize) -> "Micrograph":
        """The same pixels with another scale."""
        return replace(self, pixel_size=pixel_size)

    def binned(self, factor: int, reason: str) -> "Micrograph":
        """The micrograph as it is worked on where it is too large: blocks of pixels averaged, with a remark.

        Parameters
        ----------
        factor
            Pixels per side of a block; rows and columns that fill no block are left out.
        reason
            Why, for the remark.

        Raises
        ------
        FileError
            If too few pixels are left.
        """
        rows, cols = self.shape
        remark = f"on opening, averaged {factor} × {factor} pixels, from {rows} × {cols}: {reason}"
        return replace(
            self,
            intensity=read_only(block_means(self.intensity, factor)),
            pixel_size=self.pixel_size.binned(factor) if self.pixel_size else None,
            notes=(*self.notes, remark),
            digest="",
            binned_by=self.binned_by * factor,
        )
