"""The few bins of an FFT around one wavevector, and back: several times faster than FFTs of all bins."""

import numpy as np

from hrtem_core.image import Wavevector
from hrtem_core.numerics import ComplexArray, FloatArray, FloatImage


class NarrowBand:
    """The FFT of rectangles of one shape, within a distance of any wavevector.

    Strategy: where some forty bins of each axis are wanted, two products with the waves of these bins are
    the FFT there, and two more its inverse.

    Parameters
    ----------
    shape
        (rows, columns) of the rectangles; as in any FFT, opposite borders touch.
    pixel_nm
        (row, column) pixel size in nm.
    reach_per_nm
        Half the width of the band along each axis, in 1/nm.
    inside
        The (rows, columns) that are given and asked for, all by default; the others are zero.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        pixel_nm: tuple[float, float],
        reach_per_nm: float,
        inside: tuple[slice, slice] = (slice(None), slice(None)),
    ) -> None:
        self.shape = shape
        self.places_nm = [np.arange(n)[part] * p for n, p, part in zip(shape, pixel_nm, inside, strict=True)]
        """Row and column positions of what is given."""
        self.offsets_per_nm: list[FloatArray] = []
        """Row and column frequencies of the bins relative to the wavevector, rising."""
        self._waves: list[ComplexArray] = []
        for n, p, part in zip(shape, pixel_nm, inside, strict=True):
            most = min(int(reach_per_nm * n * p), (n - 1) // 2)
            bins = np.arange(-most, most + 1)
            self.offsets_per_nm.append(bins / (n * p))
            roots = np.exp(-2j * np.pi / n * np.arange(n)).astype(np.complex64)
            self._waves.append(roots[np.outer(bins, np.arange(n)[part]) % n])

    def _waves_around(self, g_per_nm: Wavevector) -> list[ComplexArray]:
        return [
            wave * np.exp(-2j * np.pi * g * places_nm).astype(np.complex64)
            for wave, g, places_nm in zip(self._waves, g_per_nm, self.places_nm, strict=True)
        ]

    def transform(self, image: FloatImage, g_per_nm: Wavevector) -> ComplexArray:
        """The bins around g, shape (n row offsets, n column offsets), not normalised."""
        rows, cols = self._waves_around(g_per_nm)
        # The image is real: a real product for each part takes half of a complex one.
        n = len(rows)
        both = np.vstack([rows.real, rows.imag]) @ image
        return np.asarray((both[:n] + 1j * both[n:]) @ cols.T)

    def inverse_real(self, spectrum: ComplexArray, g_per_nm: Wavevector) -> FloatImage:
        """The real part of the inverse FFT of the bins around g alone, shape of what is given."""
        rows, cols = self._waves_around(g_per_nm)
        side = rows.conj().T @ spectrum / np.float32(self.shape[0] * self.shape[1])
        return np.asarray(np.hstack([side.real, side.imag]) @ np.vstack([cols.real, cols.imag]))
