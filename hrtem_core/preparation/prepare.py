"""The micrograph made ready: cropped, without faults and drawings, binned.

`prepare` keeps where every pixel came from, so that results can be drawn on the micrograph as it was opened.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.errors import RecipeError, ScaleError
from hrtem_core.image import MIN_SIDE_PX, Micrograph, PixelSize, Placement
from hrtem_core.numerics import BoolImage, FloatImage, block_means, read_only
from hrtem_core.parameters import parameter
from hrtem_core.preparation.annotations import Annotation, find_annotations
from hrtem_core.preparation.dead_lines import find_dead_lines, mend_dead_lines
from hrtem_core.preparation.filling import filled
from hrtem_core.preparation.glare import find_glare
from hrtem_core.preparation.no_data import find_no_data
from hrtem_core.preparation.spikes import find_spikes
from hrtem_core.preparation.strokes import find_strokes
from hrtem_core.preparation.tuning import PREPARATION_TUNING, PreparationTuning
from hrtem_core.preparation.usable import LeftOut, Polygon, UsableArea, in_drawings, in_polygons

MAX_BIN = 16

MAX_VERTICES = 10_000


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_polygon(polygon: Any, name: str) -> None:
    if not isinstance(polygon, tuple) or not 3 <= len(polygon) <= MAX_VERTICES:
        raise RecipeError(
            f"{name} must hold polygons of 3 to {MAX_VERTICES} corners; add corners or remove it."
        )
    for corner in polygon:
        is_pair = isinstance(corner, tuple) and len(corner) == 2
        if not is_pair or not all(isinstance(v, (int, float)) and np.isfinite(v) for v in corner):
            raise RecipeError(f"{name} must hold corners as two numbers (row, column), got {corner!r}.")


@dataclass(frozen=True, kw_only=True)
class PreparationParameters:
    """What is done to the micrograph before anything is looked for in it.

    Parameters
    ----------
    region_px
        (row0, col0, row1, col1) in px of the micrograph, rows row0 to row1 - 1; None for all of it.
    bin_factor
        Blocks of this many pixels squared are averaged, 1 to 16.
    remove_spikes
        Whether dead and hot pixels, rows and columns, and X-ray spikes are replaced by their surroundings.
    detect_annotations
        Whether burned-in scale bars and text are excluded.
    detect_borders
        Whether borders that a program has filled in are excluded: constant, repeated or mirrored.
    excluded_px
        Polygons not to be looked at, corners (row, column) in px of the micrograph, centres whole.
    excluded_nm
        The same with corners in nm from the centre of the micrograph's first pixel.

    Raises
    ------
    RecipeError
        If a value is of the wrong kind or out of range.
    """

    region_px: tuple[int, int, int, int] | None = parameter(
        None, "Region", "Only these rows and columns are analyzed.", unit="px"
    )
    bin_factor: int = parameter(
        1,
        "Average pixels before the analysis",
        "Blocks of this many pixels squared are averaged.",
    )
    remove_spikes: bool = parameter(True, "Remove spikes", "Hot and dead pixels, X-rays.")
    detect_annotations: bool = parameter(
        True, "Ignore burned-in labels", "Scale bars and text are found and left out."
    )
    detect_borders: bool = parameter(
        True, "Ignore filled-in borders", "What aligning, rotating or padding has filled in is left out."
    )
    excluded_px: tuple[Polygon, ...] = parameter(
        (), "Areas ignored", "Polygons that are not looked at, in pixels.", unit="px"
    )
    excluded_nm: tuple[Polygon, ...] = parameter(
        (), "Areas ignored, given in nm", "Polygons that are not looked at, in nm.", unit="nm"
    )

    def __post_init__(self) -> None:
        if not (_is_whole(self.bin_factor) and 1 <= self.bin_factor <= MAX_BIN):
            raise RecipeError(
                f"bin_factor must be a whole number from 1 to {MAX_BIN}, got {self.bin_factor!r}."
            )
        for name in ("remove_spikes", "detect_annotations", "detect_borders"):
            if not isinstance(getattr(self, name), bool):
                raise RecipeError(f"{name} must be true or false, got {getattr(self, name)!r}.")
        for name in ("excluded_px", "excluded_nm"):
            if not isinstance(getattr(self, name), tuple):
                raise RecipeError(f"{name} must be a list of polygons, got {getattr(self, name)!r}.")
            for polygon in getattr(self, name):
                _check_polygon(polygon, name)
        if self.region_px is not None:
            self._check_region(self.region_px)

    def _check_region(self, region: Any) -> None:
        if not (isinstance(region, tuple) and len(region) == 4 and all(map(_is_whole, region))):
            raise RecipeError(f"region_px must be four whole numbers row0, col0, row1, col1, got {region!r}.")
        row0, col0, row1, col1 = region
        smallest = MIN_SIDE_PX * self.bin_factor
        if min(row0, col0) < 0 or row1 - row0 < smallest or col1 - col0 < smallest:
            raise RecipeError(
                f"region_px must start at 0 or later and hold at least {smallest} pixels on each side "
                f"at bin factor {self.bin_factor}, got {region!r}."
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Prepared:
    """A micrograph ready for analysis.

    Parameters
    ----------
    intensity
        Shape (rows, columns), float32, finite everywhere; what is not usable is filled smoothly.
    usable
        Shape (rows, columns): False where the intensity is filled in and says nothing.
    pixel_size
        Of these pixels, binning included.
    origin_px
        (row, column) of the micrograph's pixel in which this image begins.
    bin_factor
        How many of the micrograph's pixels one pixel spans along each side.
    annotations
        Scale bar and text, in px of the whole micrograph.
    n_spikes
        Number of faulty pixels replaced.
    n_dead_lines
        Number of faulty rows and columns replaced.
    left_out
        Why what is not usable is not, in the order of the reasons.
    """

    intensity: FloatImage
    usable: BoolImage
    pixel_size: PixelSize
    origin_px: tuple[int, int] = (0, 0)
    bin_factor: int = 1
    annotations: tuple[Annotation, ...] = ()
    n_spikes: int = 0
    n_dead_lines: int = 0
    left_out: tuple[LeftOut, ...] = ()


def _region(micrograph: Micrograph, parameters: PreparationParameters) -> tuple[slice, slice]:
    """Rows and columns of the micrograph that are used: whole bins only."""
    rows, cols = micrograph.shape
    row0, col0, row1, col1 = parameters.region_px or (0, 0, rows, cols)
    if row1 > rows or col1 > cols:
        raise RecipeError(
            f"region_px ends at row {row1}, column {col1}, beyond the image of {rows} x {cols} pixels; "
            "choose it inside."
        )
    factor = parameters.bin_factor
    n_rows, n_cols = (row1 - row0) // factor, (col1 - col0) // factor
    if min(n_rows, n_cols) < MIN_SIDE_PX:
        raise RecipeError(
            f"bin_factor {factor} leaves {n_rows} x {n_cols} pixels, fewer than {MIN_SIDE_PX} on a side; "
            "choose a smaller one."
        )
    return slice(row0, row0 + n_rows * factor), slice(col0, col0 + n_cols * factor)


def excluded_polygons(scale: PixelSize, parameters: PreparationParameters) -> tuple[Polygon, ...]:
    """All excluded polygons in px of the micrograph."""
    in_px = tuple(
        tuple((row / scale.row_nm, col / scale.col_nm) for row, col in polygon)
        for polygon in parameters.excluded_nm
    )
    return parameters.excluded_px + in_px


def _without_dead_lines(intensity: FloatImage, tuning: PreparationTuning) -> tuple[FloatImage, int]:
    """The image with its faulty rows and columns replaced, and their number."""
    rows, cols = find_dead_lines(intensity, tuning=tuning), find_dead_lines(intensity.T, tuning=tuning)
    if len(rows) or len(cols):
        intensity = intensity.copy()
        mend_dead_lines(intensity, rows)
        mend_dead_lines(intensity.T, cols)
    return intensity, len(rows) + len(cols)


def _without_spikes(
    intensity: FloatImage, usable: BoolImage, tuning: PreparationTuning
) -> tuple[FloatImage, int]:
    """The image with its faulty usable pixels replaced, and their number."""
    positions, values = find_spikes(intensity, tuning=tuning)
    inside = usable[positions[:, 0], positions[:, 1]]
    rows, cols = positions[inside].T
    if len(rows) == 0:
        return intensity, 0
    mended = intensity.copy()
    mended[rows, cols] = values[inside]
    return mended, len(rows)


def _usable(
    micrograph: Micrograph,
    scale: PixelSize,
    parameters: PreparationParameters,
    region: tuple[slice, slice],
    tuning: PreparationTuning,
    checkpoint: Checkpoint,
) -> tuple[UsableArea, tuple[Annotation, ...]]:
    """What of the region can be used, and the drawings of the whole micrograph."""
    image = micrograph.intensity
    usable = UsableArea(image[region].shape)
    usable.leave_out(~np.isfinite(image[region]), "no number in the file")
    empty = find_no_data(image, tuning=tuning)
    checkpoint()
    drawn: tuple[Annotation, ...] = ()
    if parameters.detect_annotations:
        recorded = empty.blank_borders(image)
        drawn = find_annotations(recorded, tuning=tuning)
        checkpoint()
        drawings = (
            in_drawings(image.shape, drawn, tuning=tuning)
            | empty.inside
            | find_strokes(recorded, tuning=tuning)
        )
        usable.leave_out(drawings[region], "drawing")
        checkpoint()
    if parameters.detect_borders:
        for name in ("constant", "repeated", "mirrored"):
            usable.leave_out(getattr(empty, name)[region], f"{name} border")
    excluded = excluded_polygons(scale, parameters)
    if excluded:
        usable.leave_out(in_polygons(image.shape, excluded, checkpoint)[region], "excluded by hand")
    return usable, drawn


def prepare(
    micrograph: Micrograph,
    parameters: PreparationParameters,
    *,
    tuning: PreparationTuning = PREPARATION_TUNING,
    checkpoint: Checkpoint = go_on,
) -> Prepared:
    """The micrograph cropped, without spikes, drawings and excluded areas, and binned, in this order.

    Parameters
    ----------
    micrograph
        With its scale.
    parameters
        What is cropped, mended, left out and binned.
    tuning
        What is faulty, glare, drawn or never recorded.
    checkpoint
        Called after every step.

    Raises
    ------
    ScaleError
        If the micrograph has no scale.
    RecipeError
        If the region or the binning does not fit the micrograph, or the ignored areas are too intricate.
    """
    scale = micrograph.pixel_size
    if scale is None:
        raise ScaleError(f"{micrograph.name} has no scale; give the pixel size in nm.")
    region = _region(micrograph, parameters)
    usable, annotations = _usable(micrograph, scale, parameters, region, tuning, checkpoint)
    intensity = micrograph.intensity[region]
    if not np.isfinite(intensity).all():
        intensity = np.where(np.isfinite(intensity), intensity, np.float32(np.nan))  # infinities too
    n_spikes, n_dead_lines = 0, 0
    if parameters.remove_spikes:
        intensity, n_dead_lines = _without_dead_lines(intensity, tuning)
        checkpoint()
        intensity, n_spikes = _without_spikes(intensity, usable.mask, tuning)
    checkpoint()
    glare = find_glare(intensity, usable.mask, max(scale.sizes_nm), tuning=tuning)
    usable.leave_out(glare, "glare")
    checkpoint()
    intensity = filled(intensity, usable.mask)
    factor = parameters.bin_factor
    return Prepared(
        intensity=read_only(np.ascontiguousarray(block_means(intensity, factor), dtype=np.float32)),
        usable=read_only(usable.mask if factor == 1 else block_means(usable.mask, factor) > 0.999),
        pixel_size=scale.binned(factor),
        origin_px=(region[0].start, region[1].start),
        bin_factor=factor,
        annotations=annotations,
        n_spikes=n_spikes,
        n_dead_lines=n_dead_lines,
        left_out=tuple(usable.left_out),
    )


def placed(micrograph: Micrograph, prepared: Prepared) -> Placement:
    """Where the prepared image lies in the micrograph."""
    pixel_size = micrograph.pixel_size or prepared.pixel_size
    return Placement(micrograph.shape, pixel_size, prepared.origin_px, prepared.bin_factor)
