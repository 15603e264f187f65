"""The mean of a stack's frames after their drift is corrected, one frame in memory at a time."""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.errors import FileError
from hrtem_core.image import MIN_SIDE_PX
from hrtem_core.numerics import BoolImage, FloatArray, FloatImage, read_only
from hrtem_core.preparation.annotations import find_annotations
from hrtem_core.preparation.drift import Drift, ReadFrame, measure_drift
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning

MAX_FRAMES = 2000


@dataclass(frozen=True, eq=False)
class FrameAverage:
    """The mean of aligned frames.

    Parameters
    ----------
    intensity
        Shape (rows, columns), float32, on the pixels of the first frame; NaN where every frame has drawing.
    drift
        By how much each frame was moved.
    """

    intensity: FloatImage
    drift: Drift

    @property
    def in_words(self) -> str:
        """What was done, for the user."""
        n, n_measured = len(self.drift.measured), int(self.drift.measured.sum())
        if n == 1:
            return "the series has one frame"
        if n_measured == 0:
            return (
                f"mean of {n} frames as they lie: their drift cannot be measured, "
                "because nothing stands out of the noise that they have in common"
            )
        largest = float(np.hypot(*self.drift.shifts_px.T).max())
        text = f"mean of {n} frames, drift up to {largest:.1f} px corrected"
        if n_measured == n:
            return text
        return f"{text}; {n - n_measured} of them too noisy to be measured, and moved like their neighbours"


def _moved(frame: FloatImage, shift_px: FloatArray) -> tuple[FloatImage, FloatImage]:
    """The frame moved by a fraction of a pixel, and where it still has its own pixels (1) or none (0).

    Fourier interpolation keeps the amplitude of every fringe; splines would damp the finest.
    """
    covered = np.ones(frame.shape, np.float32)
    if not shift_px.any():
        return frame, covered
    spectrum = scipy.fft.rfft2(frame)
    rows = np.exp(-2j * np.pi * scipy.fft.fftfreq(frame.shape[0]) * shift_px[0]).astype(np.complex64)
    cols = np.exp(-2j * np.pi * scipy.fft.rfftfreq(frame.shape[1]) * shift_px[1]).astype(np.complex64)
    moved = scipy.fft.irfft2(spectrum * rows[:, None] * cols, frame.shape).astype(np.float32)
    for axis, shift in enumerate(shift_px):
        edge = np.moveaxis(covered, axis, 0)
        lost = int(np.ceil(abs(shift)))
        if lost:
            edge[slice(0, lost) if shift > 0 else slice(-lost, None)] = 0
    return moved, covered


def _finite(frame: FloatImage) -> FloatImage:
    """The frame with the mean in place of pixels that are no number."""
    good = np.isfinite(frame)
    if good.all():
        return frame
    return np.where(good, frame, frame[good].mean() if good.any() else 0).astype(np.float32)


def _drawn(frame: FloatImage, tuning: PreparationTuning) -> BoolImage:
    """Where a scale bar or text is drawn into the frame, with a margin; shape (rows, columns)."""
    drawn = np.zeros(frame.shape, bool)
    margin = tuning.drawing_margin_px
    for box in find_annotations(frame, tuning=tuning):
        rows = slice(max(box.row0 - margin, 0), box.row1 + margin)
        drawn[rows, max(box.col0 - margin, 0) : box.col1 + margin] = True
    return drawn


def _without(drawn: BoolImage, frame: FloatImage) -> FloatImage:
    """The frame with its mean where something is drawn."""
    if not drawn.any():
        return frame
    return np.where(drawn, frame[~drawn].mean(), frame).astype(np.float32)


def average_frames(
    frame: ReadFrame, n_frames: int, *, tuning: PreparationTuning = PREPARATION_TUNING
) -> FrameAverage:
    """The mean of all frames, each moved onto the first by a fraction of a pixel.

    Parameters
    ----------
    frame
        Gives frame i, shape (rows, columns), float32, all of one shape; called several times for each.
    n_frames
        Their number.
    tuning
        What is drawn, what drifts, and how well frames must agree.

    Raises
    ------
    FileError
        If there is no frame, more than `MAX_FRAMES`, or their shapes differ.
    """
    if not 1 <= n_frames <= MAX_FRAMES:
        raise FileError(f"1 to {MAX_FRAMES} frames can be averaged, got {n_frames}; split the series.")
    shape = frame(0).shape
    if min(shape) < MIN_SIDE_PX:
        raise FileError(
            f"Frames must be at least {MIN_SIDE_PX} pixels on each side to be averaged, "
            f"got {shape[0]} x {shape[1]}."
        )

    def checked(number: int) -> FloatImage:
        given = frame(number)
        if given.shape != shape:
            raise FileError("The frames of the stack differ in size; average frames of one size.")
        return _finite(given)

    drawn = _drawn(checked(0), tuning)  # what is burned in does not drift, and would hold all frames in place

    def specimen(number: int) -> FloatImage:
        return _without(drawn, checked(number))

    drift = measure_drift(specimen, n_frames, tuning=tuning)
    weight = (~drawn).astype(np.float32)
    total = specimen(0) * weight
    for number in range(1, n_frames):
        shift = drift.shifts_px[number]
        moved, covered = _moved(specimen(number), shift)
        whole = [round(float(along)) for along in shift]
        covered *= ~np.roll(drawn, whole, axis=(0, 1))
        total += moved * covered
        weight += covered
    missing = np.float32(np.nan)
    return FrameAverage(read_only(np.where(weight > 0, total / np.maximum(weight, 1), missing)), drift)
