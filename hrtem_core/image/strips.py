"""An image a few rows at a time: so its numbers as the file has them are never all in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

STRIP_BYTES = 2 << 20
"""About so much is decoded at a time; more where the file keeps more in one piece."""


@dataclass(frozen=True, eq=False)
class Strips:
    """An image from its top to its bottom.

    Parameters
    ----------
    shape
        (rows, columns) of the whole.
    again
        Gives strips of shape (some rows, columns) that follow each other, at every call from the top; of
        shape (some rows, columns, colours) where it has colours.
    n_colours
        1 to 4, opacity counted; 0 where it is grey and strips have two axes.
    """

    shape: tuple[int, int]
    again: Callable[[], Iterator[NDArray[Any]]]
    n_colours: int = 0


def rows_at_once(row_bytes: int, whole_rows: int = 1) -> int:
    """How many rows make a strip.

    Parameters
    ----------
    row_bytes
        Of one row.
    whole_rows
        So many are kept in one piece; a strip has a multiple of them.
    """
    return whole_rows * max(1, STRIP_BYTES // max(1, row_bytes * whole_rows))


def parts_of(pixels: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """An array that is there, part by part along its first axis: what is made of each takes little."""
    step = rows_at_once(pixels.nbytes // max(1, len(pixels)))
    return (pixels[row : row + step] for row in range(0, len(pixels), step))


def parts_in(
    stream: BinaryIO | IO[bytes], start: int, shape: tuple[int, int], dtype: np.dtype[Any]
) -> Iterator[NDArray[Any]]:
    """Numbers that lie row by row in a stream, from byte `start` on.

    Raises
    ------
    ValueError
        If the stream ends before.
    """
    rows, cols = shape
    step = rows_at_once(cols * dtype.itemsize)
    stream.seek(start)
    for row in range(0, rows, step):
        n_rows = min(step, rows - row)
        content = stream.read(n_rows * cols * dtype.itemsize)
        yield np.frombuffer(content, dtype).reshape(n_rows, cols)
