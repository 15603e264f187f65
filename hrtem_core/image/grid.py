"""Places in an image."""

from typing import NamedTuple


class Position(NamedTuple):
    """A place in an image, in pixels, centres whole: not to be taken for a wavevector."""

    row: float
    col: float
