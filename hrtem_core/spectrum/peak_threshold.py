"""Stage 1, FFT peaks: how strong a maximum must be, so that noise brings few of them.

Which of the finds to believe, once their fringes have been followed, is for `peaks/false_discoveries.py`.
"""

import numpy as np


def power_threshold(n_values: float, false_alarms: float, tail: float) -> float:
    """Power over the local noise that noise alone is expected to exceed so many times.

    The power of noise at one frequency is exponentially distributed.

    Parameters
    ----------
    n_values
        Independent values that are looked at.
    false_alarms
        How many of them may exceed the threshold.
    tail
        Scale of the exponential's tail: above 1, because the noise's level is itself measured.
    """
    return float(np.log(n_values / false_alarms) * tail)
