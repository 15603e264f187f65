"""Stage 1, FFT peaks: the lines that detector rows or columns of unequal gain leave on the axes of an FFT."""

import numpy as np
from scipy import fft

from hrtem_core.numerics import ComplexArray
from hrtem_core.spectrum.windows import hann

MIN_LINE = 3.0
"""Median power along an axis, relative to the plane's, above which there is a line."""

SILENCE = 0.01
"""Power that is left of a line, relative to the plane's."""


def silence_lines(spectrum: ComplexArray, n_cols: int) -> None:
    """Scales down, in place, the axes of a whitened rfft2 along which there is a line.

    A line is excess power along the whole axis: its median over all frequencies is raised. Fringes along an
    axis that fill the field leak along it, too, but not once their profile is tapered.

    Parameters
    ----------
    spectrum
        Shape (rows, n_cols // 2 + 1).
    n_cols
        Columns of the image.
    """
    rows, _ = spectrum.shape
    unit = np.median(np.abs(spectrum[rows // 4 : rows // 4 + 8, 8:])) ** 2
    if unit == 0:
        return
    for line, profile in (
        (spectrum[:, 0], fft.ifft(spectrum[:, 0])),
        (spectrum[0, :], fft.irfft(spectrum[0, :], n_cols)),
    ):
        taper = hann(len(profile))
        tapered = np.abs(fft.fft(profile * taper / np.sqrt(np.mean(taper**2))))
        power = np.median(tapered[len(line) // 8 : len(line) // 2]) ** 2
        if power > MIN_LINE * unit:
            line *= np.sqrt(SILENCE * unit / power)
