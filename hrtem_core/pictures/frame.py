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

    def place(self, x: float, y: float, shown_width: float, shown_height: float) -> tuple[float, float]:
        """(row, column) of a displayed position, kept inside the picture."""
        across = min(max(x / shown_width, 0.0), 1.0)
        down = min(max(y / shown_height, 0.0), 1.0)
        return self.top + down * self.height, self.left + across * self.width
