"""A synthetic micrograph with its truth: crystals drawn into a specimen, and how visible each of them is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hrtem_core.errors import RecipeError
from hrtem_core.image import Micrograph, PixelSize, Wavevector, azimuth_deg
from hrtem_core.numerics import BoolImage, FloatArray, Footprint, read_only
from hrtem_core.synthesis.drawing import add_fringes, amorphous_power, gaussian_edge
from hrtem_core.synthesis.specimen import FieldParameters, Specimen, detect, draw_specimen

EDGE_NM = 0.1
"""Standard deviation of a crystal's blurred edge: about an atom's width."""


@dataclass(frozen=True)
class Fringes:
    """One set of lattice fringes to draw.

    Parameters
    ----------
    g_per_nm
        (row, column) in cycles per nm.
    amplitude
        In units of the amorphous film's standard deviation.
    rho
        Instead of the amplitude: the ideal observer's signal-to-noise ratio that results (`Reflection`).
    phase_rad
        Phase at the middle of the crystal's rectangle.

    Raises
    ------
    RecipeError
        Unless exactly one of amplitude and rho is given, and is a positive number.
    """

    g_per_nm: Wavevector
    amplitude: float | None = None
    rho: float | None = None
    phase_rad: float = 0.0

    def __post_init__(self) -> None:
        given = [value for value in (self.amplitude, self.rho) if value is not None]
        if len(given) != 1 or not (math.isfinite(given[0]) and given[0] > 0):
            raise RecipeError(
                "Fringes need either an amplitude or a rho, as a positive number, "
                f"got amplitude {self.amplitude} and rho {self.rho}."
            )

    @classmethod
    def of_spacing(
        cls, d_nm: float, azimuth_deg: float, *, amplitude: float | None = None, rho: float | None = None
    ) -> "Fringes":
        """Fringes of planes d nm apart whose g points at an azimuth (0 = right, 90 = up, degrees)."""
        angle = math.radians(azimuth_deg)
        return cls(Wavevector(-math.sin(angle) / d_nm, math.cos(angle) / d_nm), amplitude, rho)


@dataclass(frozen=True, eq=False)
class PlannedGrain:
    """A crystal to draw.

    Parameters
    ----------
    mask
        Shape (rows, columns) of the field: where it is.
    fringes
        What it shows.
    phase
        Name of its structure.
    bend_deg_per_nm
        Rotation of its lattice per nm along a row of pixels.
    """

    mask: BoolImage
    fringes: tuple[Fringes, ...]
    phase: str = "crystal"
    bend_deg_per_nm: float = 0.0


@dataclass(frozen=True)
class Reflection:
    """Fringes as they were drawn.

    Parameters
    ----------
    g_row_per_nm, g_col_per_nm
        Mean g of the crystal, cycles per nm.
    amplitude
        Fringe amplitude in detector counts at full film thickness.
    rho
        a sqrt(sum(w²) / 2 S): the signal-to-noise ratio of the ideal observer, the matched filter that knows
        g, phase and the outline's weight w, whose sum of squares is about the area A in pixels. S is the
        expected noise power per pixel at g, of film and dose (North 1963, doi:10.1109/PROC.1963.2383).
    """

    g_row_per_nm: float
    g_col_per_nm: float
    amplitude: float
    rho: float

    @property
    def d_nm(self) -> float:
        """Lattice spacing in nm."""
        return 1 / math.hypot(self.g_row_per_nm, self.g_col_per_nm)

    @property
    def azimuth_deg(self) -> float:
        """Direction of g in [0, 180) degrees."""
        return float(azimuth_deg((self.g_row_per_nm, self.g_col_per_nm)))


@dataclass(frozen=True, eq=False)
class Grain:
    """A crystal in a scene.

    Parameters
    ----------
    footprint
        Where it is.
    image_shape
        Rows and columns of the image.
    phase
        Name of its structure.
    reflections
        Its fringes, as planned.
    """

    footprint: Footprint
    image_shape: tuple[int, int]
    phase: str
    reflections: tuple[Reflection, ...]

    @property
    def mask(self) -> BoolImage:
        """Shape of the image: where the crystal is."""
        return self.footprint.drawn(self.image_shape)


@dataclass(frozen=True, eq=False)
class Scene:
    """A micrograph, and the crystals in it."""

    micrograph: Micrograph
    grains: tuple[Grain, ...]

    @property
    def pixel_size(self) -> PixelSize:
        """The scale, which a scene always has."""
        assert self.micrograph.pixel_size is not None
        return self.micrograph.pixel_size

    def truth(self) -> Iterator[tuple[int, Grain, Reflection]]:
        """(grain number from 1, grain, reflection) of every reflection."""
        for number, grain in enumerate(self.grains, start=1):
            for reflection in grain.reflections:
                yield number, grain, reflection


def scene_with(
    grains: Sequence[PlannedGrain] = (),
    parameters: FieldParameters | None = None,
    *,
    seed: int = 0,
    name: str = "scene",
) -> Scene:
    """Draw a scene with exactly these crystals.

    Parameters
    ----------
    grains
        Crystals; where they overlap their fringes add up.
    parameters
        The field without them; by default 512 x 512 px of amorphous film at 0.03 nm per pixel.
    seed
        Of film and noise: equal seeds give equal pixels.
    name
        The micrograph's name.

    Raises
    ------
    RecipeError
        If a crystal's mask has no pixel or another shape than the field.
    """
    rng = np.random.default_rng(seed)
    parameters = parameters or FieldParameters()
    return compose(grains, parameters, draw_specimen(parameters, rng), rng, name)


def compose(
    grains: Sequence[PlannedGrain],
    parameters: FieldParameters,
    specimen: Specimen,
    rng: np.random.Generator,
    name: str,
) -> Scene:
    """Draw crystals into a specimen and take its micrograph; parameters as in `scene_with`."""
    signal = np.zeros(parameters.shape)
    drawn = tuple(_draw(grain, signal, parameters, specimen) for grain in grains)
    structure = parameters.contrast * (specimen.thickness * specimen.film + signal)
    counts = detect(specimen.mean + structure, parameters, rng)
    return Scene(Micrograph(read_only(counts.astype(np.float32)), parameters.pixel_size, name), drawn)


def _draw(grain: PlannedGrain, signal: FloatArray, parameters: FieldParameters, specimen: Specimen) -> Grain:
    """Add a crystal's fringes to the signal, in units of the film's standard deviation."""
    if grain.mask.shape != signal.shape or not grain.mask.any():
        raise RecipeError(
            f"A crystal's mask must have the field's shape {signal.shape} and at least one pixel set, "
            f"got shape {grain.mask.shape} with {np.count_nonzero(grain.mask)} pixels."
        )
    inner, outer = _rectangles(grain.mask, parameters.pixel_size)
    own = read_only(grain.mask[inner].copy())
    weight = gaussian_edge(grain.mask[outer], EDGE_NM, parameters.pixel_size) * specimen.thickness[outer]
    brightness = float(specimen.mean[inner][own].mean())
    squared_thickness = float((specimen.thickness[inner][own] ** 2).mean())
    reflections = []
    for fringes in grain.fringes:
        noise = noise_power(fringes.g_per_nm, parameters, brightness, squared_thickness)
        unit = parameters.contrast * parameters.dose
        rho_of_one = unit * math.sqrt(float(np.sum(weight**2)) / (2 * noise))
        amplitude = fringes.amplitude or (fringes.rho or 0.0) / rho_of_one
        add_fringes(
            signal[outer], weight, fringes.g_per_nm, amplitude, fringes.phase_rad,
            parameters.pixel_size, grain.bend_deg_per_nm,
        )  # fmt: skip
        reflections.append(Reflection(*fringes.g_per_nm, amplitude * unit, amplitude * rho_of_one))
    footprint = Footprint(inner[0].start, inner[1].start, own)
    return Grain(footprint, parameters.shape, grain.phase, tuple(reflections))


def noise_power(
    g_per_nm: Wavevector, parameters: FieldParameters, brightness: float = 1.0, squared_thickness: float = 1.0
) -> float:
    """Expected noise power per pixel at g, in squared counts: of the dose and of the film.

    Parameters
    ----------
    g_per_nm
        (row, column) in cycles per nm.
    parameters
        The field; stripes, which have power at g_col = 0 only, do not count.
    brightness
        Mean relative intensity where the noise is wanted.
    squared_thickness
        Mean squared relative thickness of the film there.
    """
    film = amorphous_power(
        np.array(math.hypot(*g_per_nm)), parameters.shape, parameters.pixel_size, parameters.optics
    )
    unit = parameters.contrast * parameters.dose
    return brightness * parameters.dose + unit**2 * squared_thickness * float(film)


def _rectangles(mask: BoolImage, pixel_size: PixelSize) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The mask's bounding rectangle, and the one that holds its blurred edge too."""
    inner, outer = [], []
    for axis, size in enumerate(pixel_size.sizes_nm):
        occupied = np.flatnonzero(mask.any(axis=1 - axis))
        first, stop = int(occupied[0]), int(occupied[-1]) + 1
        margin = math.ceil(4 * EDGE_NM / size)
        inner.append(slice(first, stop))
        outer.append(slice(max(first - margin, 0), min(stop + margin, mask.shape[axis])))
    return (inner[0], inner[1]), (outer[0], outer[1])
