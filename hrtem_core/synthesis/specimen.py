"""The field of view without its crystals: film, vacuum edge, dose and the detector's faults."""

import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import scipy

from hrtem_core.errors import RecipeError
from hrtem_core.image import MIN_SIDE_PX, PixelSize
from hrtem_core.numerics import FloatArray
from hrtem_core.synthesis.drawing import Optics, amorphous, positions_nm

VACUUM_BRIGHTNESS = 1.2
"""Mean intensity of vacuum relative to the film's."""
RAMP_NM = 8.0
"""Distance from the edge over which the film reaches its full thickness."""


@dataclass(frozen=True, kw_only=True)
class FieldParameters:
    """Everything in a synthetic micrograph but its crystals.

    Parameters
    ----------
    shape
        Rows and columns in pixels.
    pixel_size
        The scale.
    optics
        The microscope.
    contrast
        Standard deviation of the amorphous film's image, relative to its mean.
    dose
        Mean electrons per pixel (Poisson noise).
    vacuum_fraction
        Share of the field's width, at its left, that is vacuum.
    stripes
        Standard deviation of the detector's row offsets, in units of the amorphous film's.
    scale_bar_nm
        Length of a burned-in scale bar; 0 for none.
    dead_fraction
        Share of pixels that read 0.

    Raises
    ------
    RecipeError
        If a number is out of its range.
    """

    shape: tuple[int, int] = (512, 512)
    pixel_size: PixelSize = field(default_factory=partial(PixelSize, 0.03, 0.03, "simulated"))
    optics: Optics = field(default_factory=Optics)
    contrast: float = 0.06
    dose: float = 120.0
    vacuum_fraction: float = 0.0
    stripes: float = 0.0
    scale_bar_nm: float = 0.0
    dead_fraction: float = 0.0

    def __post_init__(self) -> None:
        if min(self.shape) < MIN_SIDE_PX:
            raise RecipeError(f"A scene needs at least {MIN_SIDE_PX} pixels on each side, got {self.shape}.")
        limits = {
            "contrast": (0, 0.3), "dose": (0.01, 1e6), "vacuum_fraction": (0, 0.9), "stripes": (0, 100),
            "scale_bar_nm": (0, 1e4), "dead_fraction": (0, 0.5),
        }  # fmt: skip
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise RecipeError(
                    f"{name} must lie between {low:g} and {high:g}, got {getattr(self, name):g}."
                )

    @property
    def size_nm(self) -> tuple[float, float]:
        """(height, width) in nm."""
        return self.shape[0] * self.pixel_size.row_nm, self.shape[1] * self.pixel_size.col_nm


@dataclass(frozen=True, eq=False)
class Specimen:
    """A drawn field before crystals and noise.

    Parameters
    ----------
    mean
        Expected relative intensity without lattice and film structure, shape (rows, columns).
    thickness
        Thickness of the film relative to its full one, 0 in vacuum, shape (rows, columns).
    film
        Image of the amorphous film at full thickness: mean 0, variance 1, shape (rows, columns).
    """

    mean: FloatArray
    thickness: FloatArray
    film: FloatArray


def draw_specimen(parameters: FieldParameters, rng: np.random.Generator) -> Specimen:
    """Film, and vacuum edge where asked for."""
    film = amorphous(parameters.shape, parameters.pixel_size, parameters.optics, rng)
    mean = np.ones(parameters.shape)
    if not parameters.vacuum_fraction:
        return Specimen(mean, np.ones(parameters.shape), film)
    depth = _depth_nm(parameters, rng)
    thickness = np.clip(depth / RAMP_NM, 0, 1) ** 0.5
    mean = VACUUM_BRIGHTNESS + (1 - VACUUM_BRIGHTNESS) * thickness
    return Specimen(mean + _fresnel_fringes(depth, parameters.optics), thickness, film)


def _depth_nm(parameters: FieldParameters, rng: np.random.Generator) -> FloatArray:
    """Distance in nm along a row of pixels from a wavy edge, positive in the specimen."""
    n_rows = parameters.shape[0]
    smooth_px = 2.0 / parameters.pixel_size.row_nm
    wave = scipy.ndimage.gaussian_filter1d(rng.normal(size=n_rows), smooth_px, mode="reflect")
    wave *= 0.5 / max(float(wave.std()), 1e-12)
    width_nm = parameters.size_nm[1]
    col = positions_nm(parameters.shape, parameters.pixel_size)[1]
    return np.asarray(col - parameters.vacuum_fraction * width_nm - wave[:, None])


def _fresnel_fringes(depth_nm: FloatArray, optics: Optics) -> FloatArray:
    """Fringes along an edge: cos(pi x² / (lambda df)), fading over two first-fringe widths.

    A Fresnel integral's phase, with the decay that limited coherence adds: Williams & Carter 2009,
    chapter 23, doi:10.1007/978-0-387-76501-3.
    """
    first_nm = math.sqrt(optics.wavelength_nm * max(abs(optics.defocus_nm), 1.0))
    return np.asarray(
        0.15 * np.cos(math.pi * (depth_nm / first_nm) ** 2) * np.exp(-np.abs(depth_nm) / (2 * first_nm))
    )


def detect(expected: FloatArray, parameters: FieldParameters, rng: np.random.Generator) -> FloatArray:
    """Counts of a detector: Poisson noise, then its stripes, scale bar and dead pixels.

    Parameters
    ----------
    expected
        Relative intensity, 1 = `parameters.dose` counts, shape (rows, columns).
    parameters
        Dose and faults.
    rng
        Source of the noise.
    """
    counts = rng.poisson(np.clip(expected, 1e-3, None) * parameters.dose).astype(np.float64)
    if parameters.stripes:
        sigma = parameters.stripes * parameters.contrast * parameters.dose
        counts += rng.normal(scale=sigma, size=(parameters.shape[0], 1))
    if parameters.scale_bar_nm:
        _burn_scale_bar(counts, parameters)
    if parameters.dead_fraction:
        counts[rng.random(counts.shape) < parameters.dead_fraction] = 0
    return np.asarray(counts)


def _burn_scale_bar(counts: FloatArray, parameters: FieldParameters) -> None:
    """Overwrite a bar at the lower left with the brightest value, as export from a viewer does."""
    rows, cols = parameters.shape
    thickness, margin = max(rows // 80, 2), max(min(rows, cols) // 30, 2)
    length = min(round(parameters.scale_bar_nm / parameters.pixel_size.col_nm), cols - 2 * margin)
    counts[rows - margin - thickness : rows - margin, margin : margin + length] = counts.max()
