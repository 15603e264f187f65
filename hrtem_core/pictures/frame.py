"""Which part of its own coordinates a picture shows."""

from dataclasses import dataclass

from hrtem_core.image import Placement


@dataclass(frozen=True)
class Frame:
    """Which rectangle of its own coordinates a picture shows, edge to edge.

    Parameters
    ----------
    top, left
        Coordinates of the picture's upper left corner.
    height, width
        Extent of the picture in the same coordinates.
    """

    top: float
    left: float
    height: float
    width: float

    @classmethod
    def of_field(cls, shape: tuple[int, int], placement: Placement) -> "Frame":
        """The part of the micrograph that was analyzed, in its pixels from its outer corner.

        Parameters
        ----------
        shape
            (rows, columns) of the prepared image.
        placement
            Where it lies.
        """
        (top, left), (bottom, right) = placement.corners_px(((0, 0), shape)).tolist()
        return cls(top, left, bottom - top, right - left)

    def kept(self, row: float, col: float) -> tuple[float, float]:
        """A place of its coordinates, kept inside the picture."""
        return (
            min(max(row, self.top), self.top + self.height),
            min(max(col, self.left), self.left + self.width),
        )
