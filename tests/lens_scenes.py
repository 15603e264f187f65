"""Micrographs through an uncorrected lens whose truth is known: waves of thin crystals in a film."""

from dataclasses import dataclass

import numpy as np

from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.lens import Aberrations

SHAPE, PIXEL_NM = (640, 704), 0.03
FILM = 0.35


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


def at(d_nm: float, azimuth_deg: float) -> tuple[float, float]:
    angle = np.radians(azimuth_deg)
    return -np.sin(angle) / d_nm, np.cos(angle) / d_nm


def inside(wave: Wave) -> np.ndarray:
    rows, cols = (np.arange(n) * PIXEL_NM for n in SHAPE)
    distance = np.hypot(rows[:, None] - wave.centre_nm[0], cols - wave.centre_nm[1])
    return np.asarray(distance <= wave.diameter_nm / 2)


def micrograph(waves: list[Wave], lens: Aberrations, *, film: float = FILM, seed: int = 0) -> Micrograph:
    """What a camera counts: |1 + i (film + waves)|² through the lens, to first order, with noise."""
    rng = np.random.default_rng(seed)
    row, col = np.fft.fftfreq(SHAPE[0], PIXEL_NM)[:, None], np.fft.fftfreq(SHAPE[1], PIXEL_NM)
    q = np.hypot(row, col)
    atoms = np.fft.fft2(film * rng.normal(size=SHAPE)) * np.exp(-(q**2) / 30)
    rows, cols = (np.arange(n) * PIXEL_NM for n in SHAPE)
    exit_wave = np.fft.ifft2(atoms)
    for wave in waves:
        phase = 2 * np.pi * (wave.g_per_nm[0] * rows[:, None] + wave.g_per_nm[1] * cols)
        exit_wave = exit_wave + wave.amplitude * inside(wave) * np.exp(1j * phase)
    carried = np.fft.ifft2(
        np.fft.fft2(1j * exit_wave) * np.exp(-1j * lens.chi(row, col)) * np.exp(-(q**2) / 120)
    )
    counts = 100 * (1 + 2 * carried.real) + rng.normal(0, 2.0, SHAPE)
    return Micrograph(counts.astype(np.float32), PixelSize(PIXEL_NM, PIXEL_NM), "film.tif")
