"""Overlapping Hann windows: the local spectra in which small grains stand out."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import scipy

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.image import PixelSize, frequencies_per_nm
from hrtem_core.numerics import BoolImage, FloatArray, FloatImage, IntArray, n_threads, read_only

LEAST_PX = 8
"""Smaller windows resolve nothing; with an absurd pixel size there would be millions of them."""

ResultT = TypeVar("ResultT")


def starts(length_px: int, size_px: int, step_px: float) -> IntArray:
    """Evenly spread first pixels of windows that cover `length_px`, at most `step_px` apart."""
    span = length_px - size_px
    n = int(np.ceil(span / step_px)) + 1 if span > 0 else 1
    return np.unique(np.round(np.linspace(0, span, n)).astype(np.int64))


@lru_cache(maxsize=64)
def hann(size_px: int) -> FloatArray:
    """Hann taper without its zero end points, read-only."""
    return read_only(np.hanning(size_px + 2)[1:-1])


@dataclass(frozen=True, eq=False, kw_only=True)
class Windows:
    """A grid of windows on an image, and the frequencies of their FFT.

    Parameters
    ----------
    size_nm
        Nominal side of the square window in nm; cut to the image where it is larger.
    size_px
        (rows, columns) of a window.
    rows, cols
        First row, and first column, of the windows in pixels.
    fft_shape
        (rows, columns) of the zero-padded window.
    pixel_size
        Of the image.
    """

    size_nm: float
    size_px: tuple[int, int]
    rows: IntArray
    cols: IntArray
    fft_shape: tuple[int, int]
    pixel_size: PixelSize

    @classmethod
    def over(
        cls, shape: tuple[int, int], pixel_size: PixelSize, size_nm: float, *, step: float, padding: float
    ) -> "Windows":
        """Windows of `size_nm` over an image of `shape`; `step` and `padding` in units of their size."""
        sizes = [
            round(min(n, max(LEAST_PX, size_nm / p))) for n, p in zip(shape, pixel_size.sizes_nm, strict=True)
        ]
        lengths = [scipy.fft.next_fast_len(int(np.ceil(padding * n)), real=True) for n in sizes]
        return cls(
            size_nm=size_nm,
            size_px=(sizes[0], sizes[1]),
            rows=starts(shape[0], sizes[0], max(1.0, step * sizes[0])),
            cols=starts(shape[1], sizes[1], max(1.0, step * sizes[1])),
            fft_shape=(lengths[0], lengths[1]),
            pixel_size=pixel_size,
        )

    @property
    def side_nm(self) -> float:
        """Side in nm of the square of a window's area."""
        return float(np.sqrt(np.prod(self.size_px) * self.pixel_size.area_nm2))

    @property
    def centres_px(self) -> tuple[FloatArray, FloatArray]:
        """Rows, and columns, of the windows' centres in pixels."""
        return self.rows + (self.size_px[0] - 1) / 2, self.cols + (self.size_px[1] - 1) / 2

    @property
    def taper(self) -> FloatImage:
        """Hann taper of unit energy, so that white noise of unit variance has unit power."""
        taper = hann(self.size_px[0])[:, None] * hann(self.size_px[1])[None, :]
        return np.asarray(taper / np.sqrt((taper**2).sum()), dtype=np.float32)

    @property
    def frequencies_per_nm(self) -> tuple[FloatArray, FloatArray]:
        """Row frequencies in FFT order, and the non-negative column frequencies, in 1/nm."""
        rows = frequencies_per_nm(self.fft_shape[0], self.pixel_size.row_nm)
        cols = frequencies_per_nm(self.fft_shape[1], self.pixel_size.col_nm)
        return rows, np.abs(cols[: self.fft_shape[1] // 2 + 1])

    def each_row(
        self,
        image: FloatImage,
        judge: Callable[[int, FloatImage], ResultT],
        checkpoint: Checkpoint = go_on,
    ) -> list[ResultT]:
        """What `judge` makes of the power spectra of each row of windows, in order.

        Some rows are in work at a time: FFTs and array arithmetic release Python's lock.

        Parameters
        ----------
        image
            Shape (rows, columns).
        judge
            Called with the row's number and its power spectra, shape (columns of windows, *rfft2 shape).
        checkpoint
            Called after every row; when it raises, the rows that wait are not begun.
        """
        taper = self.taper
        tiled = np.lib.stride_tricks.sliding_window_view(image, self.size_px)

        def work(index: int) -> ResultT:
            spectra = scipy.fft.rfft2(tiled[self.rows[index], self.cols] * taper, s=self.fft_shape)
            powers = spectra.real**2
            powers += spectra.imag**2
            return judge(index, powers)

        with ThreadPoolExecutor(n_threads()) as pool:
            rows = [pool.submit(work, index) for index in range(len(self.rows))]
            try:
                return [_after(checkpoint, row) for row in rows]
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _after(checkpoint: Checkpoint, row: Future[ResultT]) -> ResultT:
    found = row.result()
    checkpoint()
    return found


def coverage(windows: Windows, usable: BoolImage) -> FloatImage:
    """Usable share of each window, shape (window rows, window columns)."""
    height, width = windows.size_px
    total = np.pad(usable.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32), ((1, 0), (1, 0)))
    r, c = windows.rows[:, None], windows.cols[None, :]
    count = total[r + height, c + width] - total[r, c + width] - total[r + height, c] + total[r, c]
    return np.asarray(count / (height * width), dtype=np.float32)


def window_powers(
    images: Sequence[FloatImage],
    pixel_size: PixelSize,
    centre_px: FloatArray,
    size_nm: float,
    g_per_nm: FloatArray,
) -> FloatArray:
    """Power at one g each in Hann windows of unit energy: 1 for white noise of unit variance.

    Parameters
    ----------
    images
        Of one shape, (rows, columns).
    pixel_size
        Of the images.
    centre_px
        Shape (n, 2): (row, column) of the windows' centres in pixels; what lies beyond an image is left out.
    size_nm
        Side of the windows in nm; cut to the images where it is larger.
    g_per_nm
        Shape (n, 2): (row, column) in 1/nm.

    Returns
    -------
    power
        Shape (n images, n).
    """
    waves, slices, energy = [], [], np.ones(len(centre_px))
    for axis, pixel_nm in enumerate(pixel_size.sizes_nm):
        n_px = images[0].shape[axis]
        size = max(2, round(min(n_px, size_nm / pixel_nm)))
        taper = hann(size)
        first = np.round(centre_px[:, axis] - (size - 1) / 2).astype(np.int64)
        start, stop = np.maximum(first, 0), np.minimum(first + size, n_px)
        total = np.concatenate([[0.0], np.cumsum(taper**2)])
        energy *= total[stop - first] - total[start - first]
        phase = 2 * np.pi * pixel_nm * g_per_nm[:, axis, None] * np.arange(size)
        # Cosine and sine as two real rows: a real product takes a quarter of a complex one.
        waves.append((taper * np.stack([np.cos(phase), np.sin(phase)], axis=1)).astype(np.float32))
        slices.append(np.column_stack([start, stop, start - first, stop - first]).tolist())
    powers = []
    for image in images:
        amplitudes = _amplitudes(image, waves[0], waves[1], slices)
        real = amplitudes[:, 0, 0] - amplitudes[:, 1, 1]
        imaginary = amplitudes[:, 0, 1] + amplitudes[:, 1, 0]
        powers.append((real**2 + imaginary**2) / energy)
    return np.asarray(powers)


def _amplitudes(
    image: FloatImage, row_waves: FloatArray, col_waves: FloatArray, slices: list[list[list[int]]]
) -> FloatArray:
    """Products with cosine and sine along rows and columns, shape (n, 2, 2)."""
    if all(place == places[0] for places in slices for place in places):
        return _in_one_window(image, row_waves, col_waves, slices)
    amplitudes = np.empty((len(row_waves), 2, 2), dtype=np.float32)
    for k, ((r0, r1, a0, a1), (c0, c1, b0, b1)) in enumerate(zip(*slices, strict=True)):
        amplitudes[k] = row_waves[k, :, a0:a1] @ image[r0:r1, c0:c1] @ col_waves[k, :, b0:b1].T
    return amplitudes


def _in_one_window(
    image: FloatImage, row_waves: FloatArray, col_waves: FloatArray, slices: list[list[list[int]]]
) -> FloatArray:
    """The amplitudes, shape (n, 2, 2), when all windows are the same one: its pixels are read once."""
    (r0, r1, a0, a1), (c0, c1, b0, b1) = slices[0][0], slices[1][0]
    along = row_waves[:, :, a0:a1].reshape(-1, a1 - a0) @ image[r0:r1, c0:c1]
    return np.asarray(
        np.matmul(along.reshape(len(row_waves), 2, -1), col_waves[:, :, b0:b1].transpose(0, 2, 1))
    )
