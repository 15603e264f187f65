"""What a family module tells the registry about a file: its images, not yet decoded."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import MIN_SIDE_PX, NOT_SAID, Instrument, Strips
from hrtem_core.readers.scale import ScaleTag


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """One image of a file, for a person to choose from.

    Parameters
    ----------
    index
        Value of the `image` argument of `read` that opens it, from 0.
    title
        The file's own name for the image, or its kind ("page 3").
    rows, cols
        Size in pixels.
    stored_as
        Number type in the file, such as "uint16".
    n_frames
        Number of frames in the stack it belongs to; 1 for a single image.
    """

    index: int
    title: str
    rows: int
    cols: int
    stored_as: str
    n_frames: int = 1


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Frames of one size in a file; a single image is a stack of one.

    Parameters
    ----------
    title
        The file's own name for the data, or "".
    shape
        (rows, columns) in pixels.
    stored_as
        Number type in the file, such as "uint16".
    decode
        Gives frame i, shape (rows, columns) or (rows, columns, colours), any number type.
    n_frames
        Number of frames.
    bytes_per_pixel
        Bytes one decoded pixel takes, all colours together.
    scales
        Every scale the file states, the most trusted first.
    notes
        Remarks for the user.
    compressed
        Whether a small file may legitimately hold a large image.
    instrument
        What the file says of the microscope.
    strips
        Gives the same frame i from its top a few rows at a time, as `Strips` says; None where it is there as
        a whole only.
    n_colours
        Of each strip, as `Strips` says.
    """

    title: str
    shape: tuple[int, int]
    stored_as: str
    decode: Callable[[int], NDArray[Any]]
    n_frames: int = 1
    bytes_per_pixel: int = 1
    scales: tuple[ScaleTag, ...] = ()
    notes: tuple[str, ...] = ()
    compressed: bool = False
    instrument: Instrument = NOT_SAID
    strips: Callable[[int], Iterator[NDArray[Any]]] | None = None
    n_colours: int = 0

    def pixels(self, frame: int) -> NDArray[Any] | Strips:
        """Frame number `frame`, in strips where it can be had so."""
        if self.strips is None:
            return self.decode(frame)
        return Strips(self.shape, partial(self.strips, frame), self.n_colours)


def stacks_among(found: Sequence[Stack | str], name: str) -> list[Stack]:
    """The stacks of a file: large before tiny, numbers before masks, single images before stacks.

    Parameters
    ----------
    found
        Stacks, and reasons why other data of the file are none.
    name
        The file's name, for the message.

    Raises
    ------
    FileError
        If there is no stack; the message gives the reasons.
    """
    stacks = [stack for stack in found if isinstance(stack, Stack)]
    if not stacks:
        reasons = " and ".join(sorted({reason for reason in found if isinstance(reason, str)})) or "no data"
        spectra = " Spectra belong to compose, with a micrograph of the same place." * ("spectr" in reasons)
        raise FileError(
            f"{name} holds {reasons}, no micrograph; open an image with rows and columns.{spectra}"
        )
    return sorted(stacks, key=lambda s: (min(s.shape) < MIN_SIDE_PX, s.stored_as == "bool", s.n_frames > 1))
