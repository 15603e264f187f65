"""Micrographs through an uncorrected lens whose truth is known: waves of thin crystals in a film."""

import numpy as np

from hrtem_core.image import Aberrations, Micrograph, PixelSize
from hrtem_core.synthesis.waves import Wave as Wave
from hrtem_core.synthesis.waves import seen_through

SHAPE, PIXEL_NM = (640, 704), 0.03
PIXEL_SIZE = PixelSize(PIXEL_NM, PIXEL_NM)


def at(d_nm: float, azimuth_deg: float) -> tuple[float, float]:
    angle = np.radians(azimuth_deg)
    return -np.sin(angle) / d_nm, np.cos(angle) / d_nm


def inside(wave: Wave) -> np.ndarray:
    return wave.inside(SHAPE, PIXEL_SIZE)


def micrograph(
    waves: list[Wave], lens: Aberrations, *, film: float = 0.35, refraction: float = 0.0, seed: int = 0
) -> Micrograph:
    return seen_through(lens, waves, SHAPE, PIXEL_SIZE, film=film, refraction=refraction, seed=seed)
