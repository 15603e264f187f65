"""A pair from close by: the place where its fringes are strongest, that place's FFT, and its Bragg filter."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from scipy import fft

from hrtem_core import pictures
from hrtem_core.fringes import FringeMap
from hrtem_core.numerics import FloatImage
from hrtem_core.pictures import BLACK, SELECTED, Contrast
from hrtem_core.preparation import Prepared
from hrtem_ui.frame import Page
from hrtem_ui.widgets import encoding

PERIODS = 26

MIN_PX, MAX_PX = 48, 640

SHOWN_PX, LETTERS = 420, 10

PLAIN = Contrast()


@dataclass(frozen=True, eq=False)
class Patch:
    """A square part of the prepared image around the strongest fringes of a pair.

    Parameters
    ----------
    image
        Shape (n, n): grey values.
    log_power
        Shape (n, n): log10 of the power of its FFT, zero frequency in the middle.
    filtered
        Shape (n, n): the image of the pair's frequencies alone.
    g_bins
        (row, column) of the pair in bins of the FFT.
    corner_px
        (row, column) of the patch's first pixel in the prepared image.
    """

    image: FloatImage
    log_power: FloatImage
    filtered: FloatImage
    g_bins: tuple[float, float]
    corner_px: tuple[int, int]


def strongest_map(page: Page, row: int) -> FringeMap | None:
    """The pair's fringe map that reaches the highest signal-to-noise, None when it has none."""
    maps = [page.analysis.fringes.maps[at] for at in page.analysis.peaks.maps[row]]
    maps = [fringes for fringes in maps if fringes.snr.size]
    return max(maps, key=lambda fringes: float(fringes.snr.max()), default=None)


def cut(
    prepared: Prepared, fringes: FringeMap, centre_px: tuple[float, float], least_px: int = MIN_PX
) -> Patch:
    """Cut a patch round a place of the prepared image and filter it.

    Parameters
    ----------
    prepared
        The image.
    fringes
        The pair, and how finely its map resolves.
    centre_px
        (row, column) of the middle of the patch.
    least_px
        Side that the patch has at least, where it can.
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
    power = np.abs(fft.fftshift(fft.fft2((image - image.mean()) * window))) ** 2
    log_power = np.log10(power + 1e-6 * power.max() + 1e-30).astype(np.float32)
    bins = g[0] * side * pixel.row_nm, g[1] * side * pixel.col_nm
    return Patch(
        image,
        log_power,
        _bragg_filtered(image, bins, fringes.resolution_nm / pixel.mean_nm),
        bins,
        (top, left),
    )


def _bragg_filtered(image: FloatImage, g_bins: tuple[float, float], resolution_px: float) -> FloatImage:
    """The image of Gaussian masks round +g and -g, which blur as the pair's amplitude map does."""
    side = len(image)
    width = side / (2 * np.pi * resolution_px)
    bins = fft.fftfreq(side, 1 / side)

    def mask(sign: int) -> NDArray[np.float64]:
        rows = np.exp(-0.5 * ((bins - sign * g_bins[0]) / width) ** 2)
        cols = np.exp(-0.5 * ((bins - sign * g_bins[1]) / width) ** 2)
        return np.asarray(rows[:, None] * cols)

    spectrum = fft.fft2(image - image.mean()) * (mask(1) + mask(-1))
    return np.asarray(fft.ifft2(spectrum).real, dtype=np.float32)


def details(page: Page, row: int | None) -> None:
    """Show the selected pair from close by: image, local FFT, Bragg-filtered image."""
    if row is None:
        return
    fringes = strongest_map(page, row)
    st.markdown(f"**Pair {row + 1} from close by**, where its fringes are strongest")
    if fringes is None:
        st.caption("This candidate was not followed up: nothing of it was significant.")
        return
    prepared = page.analysis.prepared
    row_at, col_at = np.unravel_index(int(np.argmax(fringes.snr)), fringes.snr.shape)
    to_rows, to_cols = _working_scale(page)
    centre = fringes.rows_px[row_at] / to_rows, fringes.cols_px[col_at] / to_cols
    patch = cut(prepared, fringes, (float(centre[0]), float(centre[1])))
    extent = len(patch.image) * prepared.pixel_size.mean_nm * page.units.per_nm
    columns = st.columns(3, gap="small")
    for column, image, caption in zip(
        columns, (patch.image, None, patch.filtered), ("Image", "Its FFT", "Bragg-filtered"), strict=True
    ):
        picture = _local_fft(patch) if image is None else pictures.rgb(pictures.grey(image, PLAIN, SHOWN_PX))
        if image is not None:
            pictures.draw_scale_bar(picture, extent, page.units.length_unit, letters=LETTERS)
        column.image(encoding.jpeg(picture), caption=caption, width="stretch")


def _working_scale(page: Page) -> tuple[float, float]:
    """Working pixels per pixel of the prepared image, along rows and columns."""
    spectrum = page.analysis.spectrum
    rows, cols = spectrum.whitened.shape
    return rows / spectrum.field_shape[0], cols / spectrum.field_shape[1]


def amplitude_map(page: Page, fringes: FringeMap, patch: Patch) -> FloatImage:
    """The pair's fringe amplitude over noise at the pixels of a patch, 0 where it has no map."""
    side = len(patch.image)
    positions = []
    for corner, scale, known in zip(
        patch.corner_px, _working_scale(page), (fringes.rows_px, fringes.cols_px), strict=True
    ):
        wanted = np.arange(corner, corner + side) * scale
        positions.append((wanted, (wanted >= known[0]) & (wanted <= known[-1])))
    (rows, row_known), (cols, col_known) = positions
    sampled = np.zeros((side, side), np.float32)
    sampled[np.ix_(row_known, col_known)] = fringes.sampled(rows[row_known], cols[col_known])
    return sampled


def _local_fft(patch: Patch) -> Image.Image:
    """The patch's FFT, cropped to a little beyond the pair, with a circle on each of its two spots."""
    side = len(patch.log_power)
    half = int(min(side // 2, max(8, 1.7 * np.hypot(*patch.g_bins))))
    middle = side // 2
    part = patch.log_power[middle - half : middle + half, middle - half : middle + half]
    picture = pictures.rgb(pictures.grey(part, Contrast(30, 99.9, 1.2), SHOWN_PX))
    scale = picture.width / (2 * half)
    for sign in (1, -1):
        at = tuple((sign * bins + half + 0.5) * scale for bins in reversed(patch.g_bins))
        pictures.draw_circle(picture, (at[0], at[1]), 13, BLACK, 4)
        pictures.draw_circle(picture, (at[0], at[1]), 12, SELECTED, 2)
    return picture
