"""A pair from close by: the place where its fringes are strongest, that place's FFT, and its Bragg filter."""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.fringes import FringeMap, FringeMaps
from hrtem_core.image import PixelSize
from hrtem_core.numerics import FloatArray, FloatImage
from hrtem_core.peaks import Peaks
from hrtem_core.preparation import Prepared
from hrtem_core.spectrum import Spectrum

PERIODS = 26
"""Side of a close-up in periods of the fringes: enough to judge them, few enough to see them."""

MIN_PX, MAX_PX = 48, 640


@dataclass(frozen=True, eq=False, kw_only=True)
class Closeup:
    """A square part of the prepared image, and what one pair is in it.

    Parameters
    ----------
    image
        Shape (n, n): intensities.
    power
        Shape (n, n): power of its FFT under a Hann taper, zero frequency at (n // 2, n // 2).
    filtered
        Shape (n, n): the inverse FFT of the pair's frequencies alone.
    g_bins
        (row, column) of the pair in bins of the FFT.
    corner_px
        (row, column) of the first pixel in the prepared image.
    pixel_size
        Of these pixels.
    """

    image: FloatImage
    power: FloatImage
    filtered: FloatImage
    g_bins: tuple[float, float]
    corner_px: tuple[int, int]
    pixel_size: PixelSize

    @property
    def width_nm(self) -> float:
        """Width of the part in nm."""
        return len(self.image) * self.pixel_size.col_nm


def strongest_map(fringes: FringeMaps, peaks: Peaks, row: int) -> FringeMap | None:
    """The fringe map of a pair that reaches the highest signal-to-noise, None when it has none.

    Parameters
    ----------
    fringes
        All maps.
    peaks, row
        The pairs, and which of them.
    """
    maps = [fringes.maps[at] for at in peaks.maps[row] if fringes.maps[at].snr.size]
    return max(maps, key=lambda one: float(one.snr.max()), default=None)


def strongest_place(spectrum: Spectrum, fringes: FringeMap) -> tuple[float, float]:
    """(row, column) in pixels of the prepared image where a map is strongest, centres whole."""
    row, col = np.unravel_index(int(np.argmax(fringes.snr)), fringes.snr.shape)
    grid = spectrum.grid
    return float(grid.to_field(fringes.rows_px[row], 0)), float(grid.to_field(fringes.cols_px[col], 1))


def close_up(
    prepared: Prepared, fringes: FringeMap, centre_px: tuple[float, float], least_px: int = MIN_PX
) -> Closeup:
    """Cut a square out of the prepared image and Bragg-filter it.

    Parameters
    ----------
    prepared
        The image.
    fringes
        The pair, and how finely its map resolves.
    centre_px
        (row, column) of the middle of the square; at the image's border it is moved inside.
    least_px
        Side that the square has at least, where it can.
    """
    pixel = prepared.pixel_size
    g = fringes.g_per_nm
    wanted = round(PERIODS / max(np.hypot(*g), 1e-6) / pixel.mean_nm)
    side = min(max(wanted, MIN_PX, least_px), MAX_PX, *prepared.intensity.shape)
    top, left = (
        int(min(max(round(middle - side / 2), 0), whole - side))
        for middle, whole in zip(centre_px, prepared.intensity.shape, strict=True)
    )
    image = prepared.intensity[top : top + side, left : left + side]
    window = np.hanning(side)[:, None] * np.hanning(side)
    spectrum = scipy.fft.fftshift(scipy.fft.fft2((image - image.mean()) * window))
    bins = g[0] * side * pixel.row_nm, g[1] * side * pixel.col_nm
    return Closeup(
        image=image,
        power=np.asarray(np.abs(spectrum) ** 2),
        filtered=bragg_filtered(image, bins, fringes.resolution_nm / np.array(pixel.sizes_nm)),
        g_bins=bins,
        corner_px=(top, left),
        pixel_size=pixel,
    )


def bragg_filtered(image: FloatImage, g_bins: tuple[float, float], resolution_px: FloatArray) -> FloatImage:
    """The inverse FFT of an image under Gaussian masks round +g and -g.

    M. J. Hÿtch, E. Snoeck & R. Kilaas, Ultramicroscopy 74 (1998) 131, doi:10.1016/S0304-3991(98)00035-7.

    Parameters
    ----------
    image
        Shape (rows, columns).
    g_bins
        (row, column) of the pair in bins of the image's FFT.
    resolution_px
        (row, column): standard deviation of the Gaussian that the masks smooth with, in pixels.

    Returns
    -------
    filtered
        Shape (rows, columns), float32, mean 0.
    """

    def mask(sign: int) -> FloatImage:
        rows, cols = (
            np.exp(-2 * (np.pi * smooth * (scipy.fft.fftfreq(n) - sign * bins / n)) ** 2)
            for n, bins, smooth in zip(image.shape, g_bins, resolution_px, strict=True)
        )
        return np.asarray(rows[:, None] * cols)

    spectrum = scipy.fft.fft2(image - image.mean()) * (mask(1) + mask(-1))
    return np.asarray(scipy.fft.ifft2(spectrum).real, dtype=np.float32)


def amplitude_map(spectrum: Spectrum, fringes: FringeMap, closeup: Closeup) -> FloatImage:
    """The fringe amplitude over noise at the pixels of a close-up, 0 where the pair has no map.

    Parameters
    ----------
    spectrum
        Of the image that the close-up was cut from.
    fringes
        The pair's map.
    closeup
        Where to look.

    Returns
    -------
    snr
        Shape of the close-up.
    """
    positions = []
    for axis, known in enumerate((fringes.rows_px, fringes.cols_px)):
        first, n = closeup.corner_px[axis], closeup.image.shape[axis]
        wanted = spectrum.grid.to_working(np.arange(first, first + n), axis)
        positions.append((wanted, (wanted >= known[0]) & (wanted <= known[-1])))
    (rows, row_known), (cols, col_known) = positions
    sampled = np.zeros(closeup.image.shape, np.float32)
    sampled[np.ix_(row_known, col_known)] = fringes.sampled(rows[row_known], cols[col_known])
    return sampled
