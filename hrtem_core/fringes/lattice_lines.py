"""Stage 3, inverse FFT: lines of the spectrum through the spot of a strong lattice, levelled.

What scanning does to a lattice (rows that jitter, the beam's flyback) and what the border of the field does
to it depends on one coordinate only. Its spectrum is a line along an axis through the lattice's spot, far
weaker than the spot and far stronger than noise: each of its maxima looks like a lattice. The line's own
level is taken away; what stands out of it, the spot of another lattice, stays.
"""

import numpy as np
import scipy

from hrtem_core.fringes.tuning import FRINGE_TUNING, FringeTuning
from hrtem_core.image import Wavevector
from hrtem_core.numerics import BoolArray, ComplexArray, FloatImage


def level_line(
    image: FloatImage,
    g_per_nm: Wavevector,
    axis: int,
    pixel_nm: tuple[float, float],
    *,
    tuning: FringeTuning = FRINGE_TUNING,
) -> None:
    """Takes, in place, the level of a line along an axis through g to that of the noise beside it.

    Parameters
    ----------
    image
        Shape (rows, columns), float32: what stronger fringes have left around those at g; changed.
    g_per_nm
        (row, column) in 1/nm.
    axis
        The axis of the spectrum along which the line runs.
    pixel_nm
        (row, column) pixel size in nm.
    tuning
        How wide and how long a line is, and what stands out of it.
    """
    turned = image if axis == 0 else image.T
    n = turned.shape[1]
    reach = tuning.line_bins + tuning.line_beside
    # Counted from g itself: what keeps the lattice's period to the end has no side lobes in these bins.
    offsets = np.arange(-reach, reach + 1)
    bins = abs(g_per_nm[1 - axis]) * n * pixel_nm[1 - axis] + offsets
    possible = (bins > 1) & (bins < n / 2 - 1)
    inside = np.abs(offsets[possible]) <= tuning.line_bins
    if inside.all() or not inside.any():
        return
    waves = np.exp(-2j * np.pi / n * np.outer(np.arange(n), bins[possible])).astype(np.complex64)
    line = np.asarray(scipy.fft.fft(turned @ waves, axis=0))
    width = max(3, round(2 * tuning.line_level_per_nm * len(turned) * pixel_nm[axis]))
    change = line * (scales(line, inside, width, tuning) - 1)
    turned += (2 / n) * (scipy.fft.ifft(change, axis=0) @ waves.conj().T).real


def scales(line: ComplexArray, inside: BoolArray, width: int, tuning: FringeTuning) -> FloatImage:
    """Factors of a line's bins, shape (n, bins across), that take its level to that of the bins beside it.

    Parameters
    ----------
    line
        Shape (n, bins across).
    inside
        Shape (bins across,): the line's own, the others lie beside it.
    width
        So many bins along the line have one level.
    tuning
        How much a line must be raised, and what stands out of it.
    """
    power = line.real**2 + line.imag**2
    beside = scipy.ndimage.uniform_filter1d(np.median(power[:, ~inside], axis=1), width, mode="wrap")
    level = scipy.ndimage.median_filter(power, size=(width, 1), mode="wrap")
    least = beside * (1 + tuning.line_sigmas * 1.5 / np.sqrt(width))
    raised = inside & (level > least[:, None])
    stands_out = power > tuning.line_stands_out * level / np.log(2)
    factors = np.sqrt(beside[:, None] / np.maximum(level, 1e-20))
    return np.where(raised & ~stands_out, factors, 1.0).astype(np.float32)
