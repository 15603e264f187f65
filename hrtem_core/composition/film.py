"""The film around the crystals: a smooth surface, as splines on even knots."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from hrtem_core.numerics import FloatArray

MOST_KNOTS = 24


@dataclass(frozen=True, eq=False)
class FilmSpline:
    """The smooth surface of the film.

    Parameters
    ----------
    knots
        For rows and for columns: shape (k,), the cubic spline's knots in nm.
    """

    knots: tuple[FloatArray, FloatArray]

    @classmethod
    def over(cls, field_nm: tuple[float, float], spacing_nm: float) -> "FilmSpline":
        """Knots over a field from (0, 0) on, not closer than `spacing_nm`."""
        return cls((_knots(field_nm[0], spacing_nm), _knots(field_nm[1], spacing_nm)))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of splines along rows and columns."""
        return len(self.knots[0]) - 4, len(self.knots[1]) - 4

    def at(self, places_nm: FloatArray) -> "scipy.sparse.csr_array":
        """Shape (n, splines): each spline at places in nm."""

        parts = []
        for axis, knots in enumerate(self.knots):
            inside = np.clip(places_nm[:, axis], knots[3], knots[-4])
            parts.append(scipy.sparse.csr_array(scipy.interpolate.BSpline.design_matrix(inside, knots, 3)))
        return _row_products(parts[0], parts[1])

    @cached_property
    def roughness(self) -> FloatArray:
        """Shape (splines, splines): sum of squared second differences along rows and columns."""
        second = [np.diff(np.eye(n), 2, axis=0) for n in self.shape]
        squares = [d.T @ d for d in second]
        return np.asarray(
            np.kron(squares[0], np.eye(self.shape[1])) + np.kron(np.eye(self.shape[0]), squares[1])
        )


def _knots(length_nm: float, spacing_nm: float) -> FloatArray:
    n = int(np.clip(length_nm / spacing_nm, 2, MOST_KNOTS))
    step = length_nm / n
    return np.asarray((np.arange(n + 7) - 3) * step)


def _row_products(one: "scipy.sparse.csr_array", other: "scipy.sparse.csr_array") -> "scipy.sparse.csr_array":
    """Row by row all products of two matrices' entries; each row of both has four."""
    n, width = one.shape[0], other.shape[1]
    columns = one.indices.reshape(n, 4)[:, :, None] * width + other.indices.reshape(n, 4)[:, None, :]
    values = one.data.reshape(n, 4)[:, :, None] * other.data.reshape(n, 4)[:, None, :]
    start = np.arange(0, 16 * n + 1, 16)
    return scipy.sparse.csr_array((values.ravel(), columns.ravel(), start), shape=(n, one.shape[1] * width))
