"""Array types used in signatures; every image is (row, column)."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.floating[Any]]

BoolImage = NDArray[np.bool_]

LabelImage = NDArray[np.integer[Any]]

FloatArray = NDArray[np.floating[Any]]

IntArray = NDArray[np.integer[Any]]

BoolArray = NDArray[np.bool_]

ComplexArray = NDArray[np.complexfloating[Any, Any]]

ArrayT = TypeVar("ArrayT", bound=NDArray[Any])


def read_only(array: ArrayT) -> ArrayT:
    """The same array, locked against writing."""
    array.setflags(write=False)
    return array
