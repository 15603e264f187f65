"""Scenes as files: the micrograph with its scale, and the truth as a table and a label stack."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.image import PixelSize
from hrtem_core.synthesis.scene import Grain, Scene

TRUTH_COLUMNS = (
    "grain_id", "phase", "g_row_per_nm", "g_col_per_nm", "d_nm", "azimuth_deg", "area_nm2", "rho",
)  # fmt: skip


def write_scene(scene: Scene, folder: Path) -> None:
    """Write `micrograph.tif`, `truth.csv` and `truth_labels.tif` into a folder, made if it is missing.

    Parameters
    ----------
    scene
        What to write.
    folder
        Files of those names in it are replaced. The table has a row per reflection; the label stack has
        the shape (layers, rows, columns), value = grain_id, overlapping grains on different layers.

    Raises
    ------
    FileError
        If the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_micrograph(folder / "micrograph.tif", _counts(scene), scene.pixel_size)
        write_micrograph(folder / "truth_labels.tif", _labels(scene), scene.pixel_size)
        _write_truth(folder / "truth.csv", scene)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"The scene cannot be written to {folder}: {reason}. Choose another folder."
        ) from error


def write_micrograph(path: Path, pixels: NDArray[Any], pixel_size: PixelSize) -> None:
    """Write an 8- or 16-bit image or stack as a compressed TIFF that ImageJ opens with its scale in nm.

    Parameters
    ----------
    path
        The file, replaced if it exists.
    pixels
        Shape (rows, columns) or (layers, rows, columns), uint8 or uint16.
    pixel_size
        The scale; ImageJ keeps it as pixels per unit, along columns and along rows.
    """
    tifffile.imwrite(
        path,
        pixels,
        imagej=True,
        compression="zlib",
        resolution=(1 / pixel_size.col_nm, 1 / pixel_size.row_nm),
        metadata={"unit": "nm", "axes": "YX" if pixels.ndim == 2 else "ZYX"},
    )


def _counts(scene: Scene) -> NDArray[Any]:
    """Counts as the smallest of uint8 and uint16 that holds them."""
    counts = np.clip(np.rint(scene.micrograph.intensity), 0, 65535)
    return counts.astype(np.min_scalar_type(int(counts.max())))


def _labels(scene: Scene) -> NDArray[np.uint16]:
    """Grain numbers on as many layers as overlaps take, each grain on the first one that is free."""
    layers = [np.zeros(scene.micrograph.shape, np.uint16)]
    for number, grain in enumerate(scene.grains, start=1):
        window, mask = grain.footprint.window, grain.footprint.mask
        free = [layer for layer in layers if not layer[window][mask].any()]
        if not free:
            layers.append(np.zeros_like(layers[0]))
        (free or layers[-1:])[0][window][mask] = number
    return np.stack(layers)


def _write_truth(path: Path, scene: Scene) -> None:
    """The table of reflections."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(TRUTH_COLUMNS)
        for number, grain, reflection in scene.truth():
            numbers = (
                reflection.g_row_per_nm,
                reflection.g_col_per_nm,
                reflection.d_nm,
                reflection.azimuth_deg,
                _area_nm2(grain, scene.pixel_size),
                reflection.rho,
            )
            table.writerow((number, grain.phase, *(f"{value:.6g}" for value in numbers)))


def _area_nm2(grain: Grain, pixel_size: PixelSize) -> float:
    """Area of the grain's mask in nm²."""
    return grain.footprint.n_pixels * pixel_size.area_nm2
