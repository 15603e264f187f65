"""What synthetic micrographs are drawn with: outlines, fringes, amorphous background."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from hrtem_core.errors import RecipeError
from hrtem_core.image import PixelSize, Wavevector, frequencies_per_nm
from hrtem_core.numerics import BoolImage, FloatArray

Point = tuple[float, float]
"""(row, column)."""

CARBON_DECAY_PER_NM = 2.5
"""Half-width of the Lorentzian that stands for the scattering factor of a light amorphous film."""


@dataclass(frozen=True)
class Optics:
    """The microscope's transfer of a thin specimen's phase to the image.

    Parameters
    ----------
    voltage_kv
        Accelerating voltage in kV.
    cs_mm
        Spherical aberration in mm.
    defocus_nm
        Underfocus, positive as usual for contrast at low frequencies, in nm.
    focal_spread_nm
        Standard deviation of the defocus from chromatic aberration, in nm.

    Raises
    ------
    RecipeError
        If the voltage is not positive, the spread negative, or a number not finite.
    """

    voltage_kv: float = 200.0
    cs_mm: float = 0.6
    defocus_nm: float = 60.0
    focal_spread_nm: float = 4.0

    def __post_init__(self) -> None:
        numbers = (self.voltage_kv, self.cs_mm, self.defocus_nm, self.focal_spread_nm)
        if not (all(map(math.isfinite, numbers)) and self.voltage_kv > 0 and self.focal_spread_nm >= 0):
            raise RecipeError(
                "Optics need finite numbers, a positive voltage and a focal spread of at least 0, got "
                f"{self.voltage_kv:g} kV, Cs {self.cs_mm:g} mm, defocus {self.defocus_nm:g} nm, "
                f"spread {self.focal_spread_nm:g} nm."
            )

    @property
    def wavelength_nm(self) -> float:
        """Relativistic de Broglie wavelength of the electrons in nm."""
        volts = self.voltage_kv * 1e3
        return 1.226426 / math.sqrt(volts * (1 + 0.9784756e-6 * volts))

    def transfer(self, g_per_nm: FloatArray) -> FloatArray:
        """Contrast transfer at spatial frequencies |g| in 1/nm: sin(chi) under the temporal envelope.

        chi = pi lambda df g² - pi/2 Cs lambda³ g⁴ and exp(-(pi lambda delta g²)²/2): Kirkland 2020,
        Advanced Computing in Electron Microscopy, chapter 3, doi:10.1007/978-3-030-33260-0.
        """
        wave, g2 = self.wavelength_nm, np.asarray(g_per_nm) ** 2
        chi = math.pi * wave * self.defocus_nm * g2 - math.pi / 2 * self.cs_mm * 1e6 * wave**3 * g2**2
        envelope = np.exp(-0.5 * (math.pi * wave * self.focal_spread_nm * g2) ** 2)
        return np.asarray(np.sin(chi) * envelope)


def amorphous_amplitude(g_per_nm: FloatArray, optics: Optics) -> FloatArray:
    """Unnormalised amplitude spectrum of an amorphous film at |g| in 1/nm."""
    return optics.transfer(g_per_nm) / (1 + (np.asarray(g_per_nm) / CARBON_DECAY_PER_NM) ** 2)


def amorphous_power(
    g_per_nm: FloatArray, shape: tuple[int, int], pixel: PixelSize, optics: Optics
) -> FloatArray:
    """Noise power per pixel of `amorphous` at |g| in 1/nm; its mean over all Fourier bins is 1."""
    mean_power = np.mean(amorphous_amplitude(_radius(shape, pixel), optics) ** 2)
    return np.asarray(amorphous_amplitude(g_per_nm, optics) ** 2 / mean_power)


def amorphous(
    shape: tuple[int, int], pixel_size: PixelSize, optics: Optics, rng: np.random.Generator
) -> FloatArray:
    """Image of an amorphous film: white noise through film and microscope, expected variance 1, mean 0."""
    radius = _radius(shape, pixel_size)
    amplitude = amorphous_amplitude(radius, optics)
    white = scipy.fft.fft2(rng.normal(size=shape))
    return np.asarray(scipy.fft.ifft2(white * (amplitude / np.sqrt(np.mean(amplitude**2)))).real)


def _radius(shape: tuple[int, int], pixel_size: PixelSize) -> FloatArray:
    """|g| in 1/nm of every bin of a full FFT."""
    row = frequencies_per_nm(shape[0], pixel_size.row_nm)
    col = frequencies_per_nm(shape[1], pixel_size.col_nm)
    return np.asarray(np.hypot(row[:, None], col[None, :]))


def positions_nm(shape: tuple[int, int], pixel_size: PixelSize) -> tuple[FloatArray, FloatArray]:
    """(rows, columns) of pixel centres in nm from pixel (0, 0), shapes (rows, 1) and (1, columns)."""
    return np.arange(shape[0])[:, None] * pixel_size.row_nm, np.arange(shape[1])[None, :] * pixel_size.col_nm


def disc(shape: tuple[int, int], centre_nm: Point, diameter_nm: float, pixel_size: PixelSize) -> BoolImage:
    """Pixels whose centres lie within a disc, round in nm whatever the pixels' shape."""
    row, col = positions_nm(shape, pixel_size)
    return np.asarray(np.hypot(row - centre_nm[0], col - centre_nm[1]) <= diameter_nm / 2)


def polygon(
    shape: tuple[int, int],
    centre_nm: Point,
    diameter_nm: float,
    pixel_size: PixelSize,
    rng: np.random.Generator,
) -> BoolImage:
    """A crystal's outline: a random convex polygon with five to eight facets.

    Parameters
    ----------
    shape
        Rows and columns of the image.
    centre_nm
        (row, column) of the point from which facets are measured, in nm from pixel (0, 0).
    diameter_nm
        Diameter of a disc of about the same area.
    pixel_size
        The image's scale.
    rng
        Draws directions and distances of the facets.
    """
    row, col = positions_nm(shape, pixel_size)
    n_facets = int(rng.integers(5, 9))
    direction = (np.arange(n_facets) + rng.uniform(-0.25, 0.25, n_facets)) * 2 * np.pi / n_facets
    direction += rng.uniform(0, 2 * np.pi)
    # A regular n-gon has the disc's area at this distance.
    distance = math.sqrt(math.pi / (n_facets * math.tan(math.pi / n_facets))) * diameter_nm / 2
    # No facet is missing so far that the outline leaves this rectangle.
    window = tuple(
        slice(
            max(math.ceil((middle - 1.25 * diameter_nm) / size), 0),
            math.ceil((middle + 1.25 * diameter_nm) / size),
        )
        for middle, size in zip(centre_nm, pixel_size.sizes_nm, strict=True)
    )
    inside = np.zeros(shape, np.bool_)
    inside[window] = True
    row, col = row[window[0]], col[:, window[1]]
    for angle, part in zip(direction, rng.uniform(0.85, 1.15, n_facets), strict=True):
        along = (row - centre_nm[0]) * math.sin(angle) + (col - centre_nm[1]) * math.cos(angle)
        inside[window] &= along <= distance * part
    return inside


def add_fringes(
    image: FloatArray,
    weight: FloatArray | BoolImage,
    g_per_nm: Wavevector,
    amplitude: float,
    phase_rad: float,
    pixel_size: PixelSize,
    bend_deg_per_nm: float = 0.0,
) -> None:
    """Add amplitude * weight * cos(2 pi g·r + phase) to the image in place, r from the middle of the array.

    Parameters
    ----------
    image, weight
        Shape (rows, columns); the weight is 1 inside the crystal and 0 outside.
    g_per_nm
        (row, column) in cycles per nm.
    amplitude, phase_rad
        In the image's unit; in radians, at the middle.
    pixel_size
        The image's scale.
    bend_deg_per_nm
        Rotation of the lattice per nm along a row of pixels, pure bending, counter-clockwise to the right.
    """
    row, col = positions_nm((image.shape[0], image.shape[1]), pixel_size)
    row, col = row - row.mean(), col - col.mean()
    curvature = math.radians(bend_deg_per_nm)
    # Displacement field of a bent beam; its rotation is curvature * col, its shear strain zero. The row
    # axis points down, so a counter-clockwise turn moves what lies to the right towards smaller rows.
    moved_row, moved_col = -0.5 * curvature * col**2, curvature * row * col
    turns = g_per_nm[0] * (row - moved_row) + g_per_nm[1] * (col - moved_col)
    image += amplitude * weight * np.cos(2 * np.pi * turns + phase_rad)


def gaussian_edge(mask: BoolImage, edge_nm: float, pixel_size: PixelSize) -> FloatArray:
    """The mask as weights that fall from 1 to 0 over a blurred edge of standard deviation `edge_nm`."""
    sigmas = [edge_nm / size for size in pixel_size.sizes_nm]
    return np.asarray(scipy.ndimage.gaussian_filter(mask.astype(np.float64), sigmas))
