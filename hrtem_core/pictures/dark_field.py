"""The dark-field composite: every pixel as bright as its strongest fringes, in the colour of their domain.

In a microscope the objective aperture lets one reflection through, and what it comes from is bright. Here all
accepted reflections are let through one by one. Where several are present the strongest one gives the colour:
a mixture of two colours would name a third direction, family or crystal that is not there.
"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
import scipy

from hrtem_core.analysis import Analysis
from hrtem_core.domains import Domain
from hrtem_core.fringes import FringeMap
from hrtem_core.image import Grid
from hrtem_core.numerics import (
    FloatArray,
    FloatImage,
    IntArray,
    LabelImage,
    interpolation,
    pixel_range,
    quantile,
    read_only,
)
from hrtem_core.pictures.colours import ColourMode, Rgb, domain_colours
from hrtem_core.pictures.contrast import ByteImage

NO_DOMAIN = 0
"""Number of pixels that show nothing: those of a domain that a person took out, and all where no map is."""

FULL_QUANTILE = 0.98
"""Of the amplitudes inside domains; from there on a pixel has its colour's full brightness."""

SCREEN_GAMMA = 2.2
"""Of a screen: its light is proportional to this power of a colour's numbers."""


@dataclass(frozen=True, eq=False)
class DarkField:
    """The strongest fringes at every pixel, whatever they are to be coloured by.

    Parameters
    ----------
    amplitude
        Shape (rows, columns), float32: fringe amplitude over the local noise at a resolution of 1 nm, so
        that maps of different resolutions can be compared.
    domain
        Shape (rows, columns), int32: the number of the accepted domain it belongs to, from 1, or 0.
    full
        Amplitude from which on a pixel is as bright as can be.
    """

    amplitude: FloatImage
    domain: LabelImage
    full: float


def dark_field(analysis: Analysis, longer_px: int | None = None) -> DarkField:
    """The amplitude of the strongest fringes at every pixel, and the domain they belong to.

    Fringes are where the image shows them: what a lens has displaced is not brought home.

    Parameters
    ----------
    analysis
        Maps, pairs and domains; a pair's fringes outside its domains count to the nearest one of them.
    longer_px
        Longer side in pixels; None for those of the prepared image.
    """
    whole = analysis.domains.shape
    scale = 1.0 if longer_px is None else longer_px / max(whole)
    rows, cols = (max(1, round(side * scale)) for side in whole)
    amplitude = np.zeros((rows, cols), dtype=np.float32)
    number = np.full((rows, cols), NO_DOMAIN, dtype=np.int32)
    for fringes, domains in _maps(analysis):
        _add(amplitude, number, fringes, _owners(fringes, domains, analysis), analysis.spectrum.grid)
    inside = amplitude[number != NO_DOMAIN]
    full = quantile(inside, FULL_QUANTILE) if inside.size else 1.0
    return DarkField(read_only(amplitude), read_only(number), full)


def _maps(analysis: Analysis) -> list[tuple[FringeMap, list[tuple[int, Domain]]]]:
    """The maps of the pairs that have domains, with these and their numbers: 0 for those taken out."""
    found = analysis.domains
    numbered = chain(enumerate(found.accepted, start=1), ((NO_DOMAIN, one) for one in found.rejected))
    of_pair: dict[int, list[tuple[int, Domain]]] = {}
    for number, domain in numbered:
        of_pair.setdefault(domain.peak, []).append((number, domain))
    return [
        (analysis.fringes.maps[at], domains)
        for pair, domains in sorted(of_pair.items())
        for at in analysis.peaks.maps[pair]
        if analysis.fringes.maps[at].snr.size
    ]


def _owners(fringes: FringeMap, domains: list[tuple[int, Domain]], analysis: Analysis) -> LabelImage:
    """For every sample of a map the number of the nearest of its pair's domains."""
    grid = analysis.spectrum.grid
    rows, cols = (
        np.round(grid.to_field(known, axis)).astype(int)
        for axis, known in enumerate((fringes.rows_px, fringes.cols_px))
    )
    every_row, every_col = (axis.ravel() for axis in np.meshgrid(rows, cols, indexing="ij"))
    owner = np.full(fringes.snr.shape, -1)
    for number, domain in domains:
        owner[domain.footprint.holds(every_row, every_col).reshape(owner.shape)] = number
        row, col = domain.footprint.positions().mean(axis=0)  # one that lies between the samples, too
        owner[np.abs(rows - row).argmin(), np.abs(cols - col).argmin()] = number
    nearest = scipy.ndimage.distance_transform_edt(owner < 0, return_distances=False, return_indices=True)
    return np.asarray(owner[tuple(nearest)], dtype=np.int32)


def _add(
    amplitude: FloatImage, number: LabelImage, fringes: FringeMap, owner: LabelImage, grid: Grid
) -> None:
    """Put a map where it is stronger than what is there already; both images are changed."""
    rows, working_rows = _covered(fringes.rows_px, grid, 0, amplitude.shape[0])
    cols, working_cols = _covered(fringes.cols_px, grid, 1, amplitude.shape[1])
    snr = fringes.sampled(working_rows, working_cols)
    # noise of unit power adds to the square of an amplitude
    here = np.sqrt(np.maximum(snr**2 - 1, 0)) / np.float32(fringes.resolution_nm)
    near = _nearest(fringes.rows_px, working_rows)[:, None], _nearest(fringes.cols_px, working_cols)
    stronger = here > amplitude[rows, cols]
    amplitude[rows, cols][stronger] = here[stronger]
    number[rows, cols][stronger] = owner[near][stronger]


def _covered(known_px: FloatArray, grid: Grid, axis: int, n: int) -> tuple[slice, FloatArray]:
    """Which of a picture's `n` pixels along an axis a map speaks for, and where they are in it."""
    ratio = n / grid.shape[axis]
    start, stop = pixel_range(known_px, n, ratio)
    field_px = (np.arange(start, stop) + 0.5) * grid.field_shape[axis] / n - 0.5
    return slice(start, stop), grid.to_working(field_px, axis)


def _nearest(known_px: FloatArray, wanted_px: FloatArray) -> IntArray:
    """For every wanted position the nearest known one."""
    return np.asarray(interpolation(known_px, wanted_px).argmax(axis=1))


def coloured(found: DarkField, analysis: Analysis, mode: ColourMode, gamma: float = 1.0) -> ByteImage:
    """A dark field in colours: a pixel's light is proportional to the amplitude.

    Parameters
    ----------
    found
        Amplitudes and domains.
    analysis
        What the domains are.
    mode
        What the colour says.
    gamma
        Exponent of the brightness; below 1 shows weak fringes.

    Returns
    -------
    picture
        Shape (rows, columns, 3).
    """
    colours: list[Rgb] = [(0, 0, 0)]
    colours += domain_colours(
        mode, analysis.domains, analysis.families, analysis.crystallites, analysis.phases
    )
    light = _light(found, gamma)
    palette = np.array(colours, dtype=np.float32)
    picture = np.empty((*light.shape, 3), dtype=np.uint8)
    for channel in range(3):  # one at a time: a large picture of three floats would be large
        picture[..., channel] = light * palette[found.domain, channel]
    return picture


def _light(found: DarkField, gamma: float) -> FloatImage:
    """The part of its colour's numbers that a pixel has, 0 to 1."""
    light = np.clip(found.amplitude / np.float32(max(found.full, 1e-6)), 0, 1)
    light **= np.float32(gamma / SCREEN_GAMMA)
    return np.asarray(light)


def brightness(found: DarkField, gamma: float = 1.0) -> ByteImage:
    """A dark field without its colours, which `numbered_pixels` and a palette give it: as `coloured` does."""
    return np.asarray(255 * _light(found, gamma), dtype=np.uint8)


def numbered_pixels(found: DarkField) -> ByteImage:
    """The number of every pixel's domain, red + 256 green, shape (rows, columns, 3)."""
    picture = np.zeros((*found.domain.shape, 3), dtype=np.uint8)
    picture[..., 0], picture[..., 1] = found.domain % 256, found.domain // 256
    return picture
