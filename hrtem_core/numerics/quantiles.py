"""Quantiles of a few thousand values, several times as fast as numpy's."""

import numpy as np

from hrtem_core.numerics.arrays import FloatArray


def quantile(values: FloatArray, share: float) -> float:
    """As `np.quantile`, by one partition.

    Parameters
    ----------
    values
        Shape (n,), n > 0.
    share
        0 for the smallest to 1 for the largest; between two values it is linear.
    """
    at = share * (len(values) - 1)
    lower = int(at)
    parted = np.partition(values, lower)
    value = float(parted[lower])
    return value if at == lower else value + (at - lower) * (float(parted[lower + 1 :].min()) - value)
