"""Stage 1, FFT: the spectrum of an image's periodic part, without the cross that its borders would leave."""

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.numerics import BoolImage, ComplexArray, FloatImage, n_threads

ROWS_AT_ONCE = 256
"""Rows of the image are transformed in blocks, of which only the low frequencies are kept."""


def standardised(image: FloatImage) -> FloatImage:
    """The image with mean 0 and largest deviation 1: sums of squares of any detector's counts stay finite."""
    centred = image - np.mean(image, dtype=np.float64).astype(np.float32)
    largest = max(float(centred.max()), -float(centred.min()))
    if largest > 0:
        centred /= np.float32(largest)
    return centred


def with_noise(image: FloatImage, usable: BoolImage, share: float) -> FloatImage:
    """An image with white noise of a share of the usable pixels' standard deviation, the same every time."""
    if not share or not usable.any():
        return image
    noise = np.random.default_rng(0).standard_normal(image.shape, dtype=np.float32)
    return image + np.float32(share * image[usable].std(dtype=np.float64)) * noise


def periodic_spectrum(
    image: FloatImage, cropped: tuple[int, int], checkpoint: Checkpoint = go_on
) -> ComplexArray:
    """rfft2 of the periodic part of an image, its borders leave no cross, for an image of fewer pixels.

    Only two one-dimensional FFTs are needed beyond the image's own (Moisan 2011,
    doi:10.1007/s10851-010-0227-1).

    Parameters
    ----------
    image
        Shape (rows, columns).
    cropped
        (rows, columns) of the image over the same field whose rfft2 it shall be: the low frequencies.
    checkpoint
        Called after every block of rows.
    """
    rows, cols = image.shape
    row = np.r_[0 : cropped[0] - cropped[0] // 2, rows - cropped[0] // 2 : rows]
    col = np.arange(cropped[1] // 2 + 1)
    along_rows = np.empty((rows, len(col)), dtype=np.complex64)
    for start in range(0, rows, ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        along_rows[block] = scipy.fft.rfft(image[block], axis=1, workers=n_threads())[:, : len(col)]
        checkpoint()
    spectrum: ComplexArray = scipy.fft.fft(along_rows, axis=0, workers=n_threads(), overwrite_x=True)[row]
    row_jump = scipy.fft.rfft(image[-1] - image[0])[: len(col)]
    col_jump = scipy.fft.fft(image[:, -1] - image[:, 0])[row]
    row_angle, col_angle = 2 * np.pi * row / rows, 2 * np.pi * col / cols
    row_turn = (1 - np.exp(1j * row_angle)).astype(np.complex64)
    col_turn = (1 - np.exp(1j * col_angle)).astype(np.complex64)
    row_cos = 2 * np.cos(row_angle).astype(np.float32) - 4
    col_cos = 2 * np.cos(col_angle).astype(np.float32)
    checkpoint()
    for i in range(len(row)):
        jump = row_jump * row_turn[i] + col_jump[i] * col_turn
        denominator = row_cos[i] + col_cos
        denominator[0] = denominator[0] if i else 1.0
        smooth = jump / denominator
        smooth[0] = smooth[0] if i else 0.0
        spectrum[i] -= smooth
    spectrum *= np.float32(cropped[0] * cropped[1] / (rows * cols))
    return spectrum
