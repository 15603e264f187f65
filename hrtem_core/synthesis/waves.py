"""Thin crystals in a film, seen through a lens that displaces their fringes; the truth is where they lie.

To first order in the scattered waves the image of 1 + i psi is 1 + 2 Re(i psi through the lens): every wave
of a crystal is carried by its own R, and g and -g to opposite sides. `simulate` draws without a lens.
Crystals that refract are imaged to all orders: the beam that their waves beat with has crossed them, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrtem_core.image import Aberrations, Micrograph, PixelSize, frequencies_per_nm
from hrtem_core.numerics import BoolImage, FloatArray, read_only
from hrtem_core.synthesis.drawing import disc

FILM_DECAY_PER_NM2, ENVELOPE_PER_NM2 = 30.0, 120.0
"""exp(-q² / this): what the film's atoms scatter, and what the microscope carries."""


@dataclass(frozen=True)
class Wave:
    """One wave of a crystal: a disc that scatters into g, and only there.

    Parameters
    ----------
    centre_nm, diameter_nm
        (row, column) and size of the disc.
    g_per_nm
        (row, column); the fringes of g and -g look alike, but a lens carries them to opposite sides.
    amplitude
        Relative to the incident wave.
    """

    centre_nm: tuple[float, float]
    diameter_nm: float
    g_per_nm: tuple[float, float]
    amplitude: complex = 0.06

    def inside(self, shape: tuple[int, int], pixel_size: PixelSize) -> BoolImage:
        """Where the crystal is."""
        return disc(shape, self.centre_nm, self.diameter_nm, pixel_size)


def seen_through(
    lens: Aberrations,
    waves: Sequence[Wave],
    shape: tuple[int, int],
    pixel_size: PixelSize,
    *,
    film: float = 0.35,
    refraction: float = 0.0,
    counts: float = 100.0,
    noise: float = 2.0,
    seed: int = 0,
    name: str = "film.tif",
) -> Micrograph:
    """What a camera records of crystals in a film.

    Parameters
    ----------
    lens
        The objective lens.
    waves
        Of the crystals.
    shape
        (rows, columns) in pixels.
    pixel_size
        Of the camera.
    film
        Standard deviation of the film's phase before the decay of its atoms' scattering.
    refraction
        Phase in rad that a crystal gives to the beam, more than the film does, per nm of its thickness; if
        not 0, crystals are balls.
    counts, noise
        Mean and standard deviation of the noise of a pixel.
    seed
        Of film and noise.
    name
        The micrograph's name.
    """
    rng = np.random.default_rng(seed)
    row, col = (frequencies_per_nm(n, side) for n, side in zip(shape, pixel_size.sizes_nm, strict=True))
    row = row[:, None]
    q = np.hypot(row, col)
    atoms = np.fft.fft2(film * rng.normal(size=shape)) * np.exp(-(q**2) / FILM_DECAY_PER_NM2)
    rows, cols = (np.arange(n) * side for n, side in zip(shape, pixel_size.sizes_nm, strict=True))
    exit_wave = np.fft.ifft2(atoms)
    for wave in waves:
        phase = 2 * np.pi * (wave.g_per_nm[0] * rows[:, None] + wave.g_per_nm[1] * cols)
        exit_wave = exit_wave + wave.amplitude * wave.inside(shape, pixel_size) * np.exp(1j * phase)
    transfer = np.exp(-1j * lens.chi(row, col)) * np.exp(-(q**2) / ENVELOPE_PER_NM2)
    if refraction == 0:
        intensity = 1 + 2 * np.fft.ifft2(np.fft.fft2(1j * exit_wave) * transfer).real
    else:
        beam = np.exp(1j * refraction * _thickness_nm(waves, rows, cols))
        carried = np.fft.ifft2(np.fft.fft2(beam * (1 + 1j * exit_wave)) * transfer)
        intensity = np.abs(carried) ** 2
    recorded = counts * intensity + rng.normal(0, noise, shape)
    return Micrograph(read_only(recorded.astype(np.float32)), pixel_size, name)


def _thickness_nm(waves: Sequence[Wave], rows_nm: FloatArray, cols_nm: FloatArray) -> FloatArray:
    """How thick the crystals are along the beam, each a ball."""
    thickness = np.zeros((len(rows_nm), len(cols_nm)))
    for centre, diameter in {(wave.centre_nm, wave.diameter_nm) for wave in waves}:
        squared = (rows_nm[:, None] - centre[0]) ** 2 + (cols_nm - centre[1]) ** 2
        thickness = np.maximum(thickness, 2 * np.sqrt(np.maximum(diameter**2 / 4 - squared, 0)))
    return thickness
