"""Rows of a scanned image where they belong: what drift and scanning did to a lattice that fills the field.

While an image is scanned row by row, drift stretches it, and differently from row to row: a single crystal
seems to have many spacings. What it did is a function of the row alone, the same for all its reflections.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.image import Grid
from hrtem_core.numerics import (
    BoolImage,
    ComplexArray,
    FloatArray,
    FloatImage,
    IntArray,
    n_threads,
    read_only,
    vertex,
)
from hrtem_core.spectrum.tuning import SPECTRUM_TUNING, SpectrumTuning
from hrtem_core.spectrum.windows import hann, starts


@dataclass(frozen=True, eq=False)
class Stripes:
    """Power spectra of stripes, each all the field's width and some rows high.

    Parameters
    ----------
    centre_px
        Shape (n,): their middle rows, rising.
    rows_per_nm, cols_per_nm
        Rising row frequencies, and column frequencies from 0, in 1/nm.
    power
        Shape (n, row frequencies, column frequencies); 1 in noise.
    """

    centre_px: FloatArray
    rows_per_nm: FloatArray
    cols_per_nm: FloatArray
    power: FloatImage

    @classmethod
    def of(cls, image: FloatImage, grid: Grid, tuning: SpectrumTuning) -> "Stripes":
        """Those of a whitened image, half a stripe apart."""
        n_rows, n_cols = grid.shape
        height = min(n_rows, max(8, round(tuning.stripe_nm / grid.pixel_size.row_nm)))
        first = starts(n_rows, height, height / 2)
        taper = np.outer(hann(height), hann(n_cols))
        taper /= np.sqrt((taper**2).sum())
        padded = scipy.fft.next_fast_len(2 * height, real=True)
        stack = np.stack([image[at : at + height] * taper for at in first]).astype(np.float32)
        bins = scipy.fft.fftshift(scipy.fft.rfft2(stack, s=(padded, n_cols), workers=n_threads()), axes=1)
        rows = scipy.fft.fftshift(scipy.fft.fftfreq(padded, grid.pixel_size.row_nm))
        cols = scipy.fft.rfftfreq(n_cols, grid.pixel_size.col_nm)
        return cls(first + (height - 1) / 2, rows, cols, np.abs(bins) ** 2)

    def brightest(self, band_per_nm: tuple[float, float], tuning: SpectrumTuning) -> list[tuple[int, int]]:
        """(row, column) of the strongest maxima of the middle stripe's band, apart from each other."""
        radius = np.hypot(self.rows_per_nm[:, None], self.cols_per_nm)
        power = self.power[len(self.power) // 2] * ((radius > band_per_nm[0]) & (radius < band_per_nm[1]))
        power[:, :2] = 0.0
        found: list[tuple[int, int]] = []
        for _ in range(tuning.max_tracks):
            row, col = np.unravel_index(int(np.argmax(power)), power.shape)
            if power[row, col] < tuning.track_power:
                break
            found.append((int(row), int(col)))
            beside = np.hypot(
                self.rows_per_nm[:, None] - self.rows_per_nm[row], self.cols_per_nm - self.cols_per_nm[col]
            )
            power[beside < tuning.tracks_apart / tuning.stripe_nm] = 0.0
        return found

    def followed(self, row: int, col: int, tuning: SpectrumTuning) -> FloatArray | None:
        """Row frequency of a spot in every stripe, from the middle one on; None where it is lost."""
        track = np.zeros(len(self.power))
        middle, near = len(self.power) // 2, slice(max(0, col - 1), col + 2)
        for order in (range(middle, len(self.power)), range(middle, -1, -1)):
            at = row
            for stripe in order:
                low = max(1, at - 3)
                line = self.power[stripe, low - 1 : at + 5, near].max(axis=1)
                if len(line) < 3:
                    return None
                best = 1 + int(np.argmax(line[1:-1]))
                if line[best] < tuning.track_power:
                    return None
                at = low - 1 + best
                shift = float(vertex(line[best - 1], line[best], line[best + 1]))
                track[stripe] = self.rows_per_nm[at] + shift * (self.rows_per_nm[1] - self.rows_per_nm[0])
        return track


def measured_strain(tracks: FloatArray, cols_per_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How rows are stretched, and sheared, in every stripe, and what that leaves of the spots' ways.

    Row frequencies are f = <f> (1 + a) + q b, with a reflection's mean row frequency <f>, its column one q.

    Parameters
    ----------
    tracks
        Shape (reflections, stripes): row frequencies in 1/nm.
    cols_per_nm
        Shape (reflections,).

    Returns
    -------
    strain
        Shape (2, stripes): a and b.
    left
        Shape (reflections, stripes), in 1/nm.
    """
    mean = tracks.mean(axis=1)
    waves = np.column_stack([mean, cols_per_nm])
    moved = tracks - mean[:, None]
    strain = np.linalg.lstsq(waves, moved, rcond=None)[0]
    return strain, moved - waves @ strain


def is_scan(strain: FloatArray, left: FloatArray, tracks: FloatArray, tuning: SpectrumTuning) -> bool:
    """Whether drift explains how spots move: enough, all of them, and gradually, as no interface does.

    Parameters
    ----------
    strain, left
        Of `measured_strain`.
    tracks
        Shape (reflections, stripes).
    tuning
        What enough is.
    """
    stretch = strain[0] - strain[0].mean()
    moved = tracks - tracks.mean(axis=1, keepdims=True)
    gradual = np.abs(np.diff(stretch)).max() <= tuning.max_scan_step * np.ptp(stretch)
    explained = (left**2).sum() <= tuning.max_scan_left * (moved**2).sum()  # two spots always are
    size = tuning.min_scan_strain < stretch.std() and np.abs(stretch).max() < tuning.max_scan_strain
    return bool(size and gradual and explained)


def row_strain(
    image: FloatImage, grid: Grid, band_per_nm: tuple[float, float], tuning: SpectrumTuning = SPECTRUM_TUNING
) -> FloatArray | None:
    """Stretch and shear of every row by the scan, shape (2, rows); None where no lattice tells of any.

    Parameters
    ----------
    image
        Shape (rows, columns): whitened.
    grid
        Its pixels.
    band_per_nm
        Least and largest |g|, in 1/nm.
    tuning
        The numbers of the method.
    """
    stripes = Stripes.of(image, grid, tuning)
    if len(stripes.centre_px) < tuning.min_stripes:
        return None
    spots = stripes.brightest(band_per_nm, tuning)
    both = [(stripes.followed(*spot, tuning), spot[1]) for spot in spots]
    kept = [(track, stripes.cols_per_nm[col]) for track, col in both if track is not None]
    if len(kept) < tuning.min_tracks:
        return None
    tracks, cols = np.array([track for track, _ in kept]), np.array([col for _, col in kept])
    strain, left = measured_strain(tracks, cols)
    if not is_scan(strain, left, tracks, tuning):
        return None
    rows = np.arange(grid.shape[0])
    whole = np.stack([np.interp(rows, stripes.centre_px, one) for one in strain])
    return np.asarray(whole - whole.mean(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Straightened:
    """An image whose rows lie where they belong.

    Parameters
    ----------
    image, usable
        Shape (rows, columns).
    spectrum
        Shape (rows, columns // 2 + 1): of the image, by rfft2.
    rows_px
        Shape (rows,), rising: where each row lies in the image as it was.
    """

    image: FloatImage
    usable: BoolImage
    spectrum: ComplexArray
    rows_px: FloatArray


def straightened(
    image: FloatImage, usable: BoolImage, spectrum: ComplexArray, grid: Grid, strain: FloatArray
) -> Straightened | None:
    """The image without the strain, which has no mean, of its rows.

    None where that makes no spots sharper: they moved for another reason, from grain to grain for one.

    Parameters
    ----------
    image, usable
        Shape (rows, columns).
    spectrum
        Shape (rows, columns // 2 + 1): of the image, by rfft2.
    grid
        Their pixels.
    strain
        Shape (2, rows): stretch and shear.
    """
    place = np.concatenate([[0.0], np.cumsum(1 + (strain[0][1:] + strain[0][:-1]) / 2)])
    n_rows, n_cols = grid.shape
    rows: IntArray = np.arange(n_rows)
    from_px = np.interp(rows, place * (n_rows - 1) / place[-1], rows)
    moved = np.cumsum(strain[1]) * grid.pixel_size.row_nm / grid.pixel_size.col_nm
    shift = np.interp(from_px, rows, moved - moved.mean())
    at = np.broadcast_to(from_px[:, None], grid.shape), np.arange(n_cols) - shift[:, None]
    turned = scipy.ndimage.map_coordinates(image, at, order=5, mode="grid-wrap", output=np.float32)
    known = scipy.ndimage.map_coordinates(usable.astype(np.float32), at, order=1, mode="nearest") > 0.5
    straight = read_only(turned * known)
    bins = scipy.fft.rfft2(straight, workers=n_threads())
    if _sharpness(bins) <= _sharpness(spectrum):
        return None
    return Straightened(straight, read_only(known), bins, read_only(from_px))


def _sharpness(spectrum: ComplexArray) -> float:
    """How much of the power is in few bins: the sum of its square."""
    power = spectrum[:, 1:].real ** 2 + spectrum[:, 1:].imag ** 2
    return float(np.square(power, dtype=float).sum())
