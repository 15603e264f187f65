"""Stage 3, inverse FFT: other lattices so close in g that the smooth fringes taken out would hold them too.

Fringes are taken out as smooth as a Gaussian of half a nanometre leaves them: bent or strained, they go as a
whole. Two lattices that lie on each other, turned by a few degrees (moiré), are closer in g than that
Gaussian is wide; the weaker would go with the stronger. In a region of many beats they are two spots.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy

from hrtem_core.fringes.narrow_band import NarrowBand
from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Wavevector, distance_per_nm
from hrtem_core.numerics import ComplexArray, FloatArray, FloatImage, Footprint


def close_lattices(
    image: FloatImage,
    footprint: Footprint,
    g_per_nm: Wavevector,
    pixel_nm: tuple[float, float],
    tuning: FringeTuning,
) -> tuple[Wavevector, ...]:
    """Wavevectors of lattices that fill a region together with the fringes at g, strongest first.

    Strategy: the region's spectrum around g. Another lattice is a spot at least `close_beats` beats away, at
    least `close_height` as high as that of g; such spots together hold `close_share` of the power there, for
    the spectrum of a distorted lattice has no gaps; and with g it beats by `close_contrast` or more, as no
    lattice does that only bends.

    Parameters
    ----------
    image
        Shape (rows, columns): the whitened image without the fringes that were explained before.
    footprint
        Where the fringes at g are.
    g_per_nm
        (row, column) in 1/nm.
    pixel_nm
        (row, column) pixel size in nm.
    tuning
        How far, how high and how sharp another spot must be.
    """
    side_nm = float(np.sqrt(footprint.n_pixels * pixel_nm[0] * pixel_nm[1]))
    nearest = max(tuning.close_beats / side_nm, tuning.same_g_per_nm)
    if nearest >= tuning.close_per_nm:
        return ()
    block = image[footprint.window] * footprint.mask
    band = NarrowBand((block.shape[0], block.shape[1]), pixel_nm, tuning.close_per_nm)
    spectrum = band.transform(block, g_per_nm)
    found = _spots(np.abs(spectrum) ** 2, band, side_nm, nearest, tuning)
    if not found:
        return ()
    beats, sides_nm = _beats(spectrum), [n * p for n, p in zip(block.shape, pixel_nm, strict=True)]
    return tuple(
        Wavevector(g_per_nm.row + row, g_per_nm.col + col)
        for row, col in found
        if beats(round(row * sides_nm[0]), round(col * sides_nm[1])) >= tuning.close_contrast
    )


def _spots(
    power: FloatArray, band: NarrowBand, side_nm: float, nearest_per_nm: float, tuning: FringeTuning
) -> list[tuple[float, float]]:
    """Where other spots lie in the power around g, in 1/nm from it; none when they hold too little of it."""
    rows, cols = band.offsets_per_nm[0][:, None], band.offsets_per_nm[1][None]
    distance, spot_per_nm = np.hypot(rows, cols), tuning.close_spot_beats / side_nm
    least = tuning.close_height**2 * float(power[distance < spot_per_nm].sum())
    ring = np.where((distance >= nearest_per_nm) & (distance < tuning.close_per_nm), power, 0)
    whole, found = float(ring.sum()), []
    while ring.any():
        row, col = np.unravel_index(int(np.argmax(ring)), ring.shape)
        place = float(rows[row, 0]), float(cols[0, col])
        spot = np.hypot(rows - place[0], cols - place[1]) < spot_per_nm
        if float(ring[spot].sum()) < least:
            break
        found.append(place)
        ring[spot] = 0
    return found if whole - float(ring.sum()) >= tuning.close_share * whole else []


def _beats(spectrum: ComplexArray) -> Callable[[int, int], float]:
    """How much the brightness of fringes varies with so many periods along rows and columns of their region.

    Two waves of amplitudes A and B beat with a contrast of 2 A B / (A^2 + B^2); one that bends is as bright
    everywhere.
    """
    shape = tuple(2 * n for n in spectrum.shape)
    wide = np.zeros(shape, np.complex64)
    wide[: spectrum.shape[0], : spectrum.shape[1]] = spectrum
    brightness = np.abs(scipy.fft.ifft2(wide)) ** 2
    found = np.abs(scipy.fft.fft2(brightness, tuple(2 * n for n in shape)))

    def contrast(rows: int, cols: int) -> float:
        near = np.ix_(2 * rows + np.arange(-1, 2), 2 * cols + np.arange(-1, 2))
        return float(2 * found[near].max() / found[0, 0])

    return contrast


def sparing(g_per_nm: Wavevector, close: tuple[Wavevector, ...], tuning: FringeTuning) -> FringeTuning:
    """The numbers with which fringes at g are taken out so smooth that lattices close to them stay.

    Parameters
    ----------
    g_per_nm
        (row, column) in 1/nm.
    close
        The other lattices, at least one.
    tuning
        The numbers for fringes that have no neighbours.
    """
    nearest = min(float(distance_per_nm(g, g_per_nm)) for g in close)
    smooth_nm = max(tuning.subtraction_nm, tuning.close_subtraction / nearest)
    return replace(tuning, subtraction_nm=smooth_nm)
