"""The mean of a stack's frames after their drift is corrected, one frame in memory at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from scipy.ndimage import fourier_shift
from skimage.registration import phase_cross_correlation

from hrtem_core.errors import FileError
from hrtem_core.types import FloatArray, FloatImage, read_only

SUBPIXEL = 20
"""Shifts are found to 1/20 px: fringes of 4 px lose 0.1 % of their amplitude by that."""


@dataclass(frozen=True, eq=False)
class FrameAverage:
    """The mean of aligned frames.

    Parameters
    ----------
    intensity
        Shape (rows, columns), float32; pixels no frame covers keep the first frame's value.
    shifts_px
        Shape (frames, 2), (row, column) by which each frame was moved onto the first, in px.
    """

    intensity: FloatImage
    shifts_px: FloatArray

    @property
    def largest_drift_px(self) -> float:
        """Length of the largest shift in px."""
        return float(np.hypot(*self.shifts_px.T).max())


def _tapered(image: FloatImage) -> FloatImage:
    """Zero mean, and a Hann window: the frame's border must not hold the correlation at zero."""
    rows, cols = (np.hanning(n).astype(np.float32) for n in image.shape)
    tapered: FloatImage = (image - image.mean()) * rows[:, None] * cols
    return tapered


def _moved(image: FloatImage, shift_px: FloatArray) -> tuple[FloatImage, FloatImage]:
    """The image moved by a fraction of a pixel, and where it still has its own pixels (1) or none (0).

    Fourier interpolation keeps the amplitude of every fringe; splines would damp the finest.
    """
    moved = scipy.fft.ifft2(fourier_shift(scipy.fft.fft2(image), shift_px)).real.astype(np.float32)
    covered = np.ones(image.shape, np.float32)
    for axis, shift in enumerate(shift_px):
        edge = np.moveaxis(covered, axis, 0)
        lost = int(np.ceil(abs(shift)))
        if lost:
            edge[slice(0, lost) if shift > 0 else slice(-lost, None)] = 0
    return moved, covered


def _finite(frame: FloatImage) -> FloatImage:
    """The frame with the mean in place of pixels that are no number."""
    good = np.isfinite(frame)
    return frame if good.all() else np.where(good, frame, frame[good].mean() if good.any() else 0)


def _drift_px(reference: FloatImage, frame: FloatImage) -> FloatArray:
    """(row, column) by which the frame must be moved onto the reference, in px."""
    register: Any = phase_cross_correlation  # scikit-image has no types
    shift, _, _ = register(reference, frame, upsample_factor=SUBPIXEL, normalization=None)
    return np.asarray(shift, dtype=float)


def average_frames(frames: Iterable[FloatImage]) -> FrameAverage:
    """The mean of all frames, each moved onto the first by subpixel cross-correlation.

    Strategy: every frame is compared with the mean of those before it, which is less noisy than any
    single frame (Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156, for the subpixel step).

    Parameters
    ----------
    frames
        Images of one shape (rows, columns), float32; taken one by one.

    Raises
    ------
    FileError
        If there is no frame, or their shapes differ.
    """
    total: FloatImage | None = None
    weight = np.zeros((1, 1), np.float32)
    shifts: list[FloatArray] = []
    for frame in map(_finite, frames):
        if total is None:
            total, weight = frame.astype(np.float32), np.ones(frame.shape, np.float32)
            shifts.append(np.zeros(2))
            continue
        if frame.shape != total.shape:
            raise FileError("The frames of the stack differ in size; average frames of one size.")
        shift = _drift_px(_tapered(total / weight), _tapered(frame))
        moved, covered = _moved(frame, shift)
        total += moved * covered
        weight += covered
        shifts.append(shift)
    if total is None:
        raise FileError("The stack has no frames to average.")
    return FrameAverage(read_only(total / weight), read_only(np.array(shifts)))
