"""Spectrum images out of NumPy, Ripple and DigitalMicrograph files, and those of the optional extra."""

import importlib
import importlib.util
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.errors import FileError
from hrtem_core.readers import gatan, numpy_file
from hrtem_core.readers.rosetta import as_path
from hrtem_core.readers.scale import is_energy
from hrtem_core.readers.source import Source
from hrtem_core.readers.spectrum_image import SpectrumImage, energy_scale, slabs_of

MAX_RPL_BYTES, MAX_RPL_LINES = 1 << 16, 200
RPL_TYPES = {"signed": "i", "unsigned": "u", "float": "f"}
NO_CUBE = "holds no spectrum image; open a file with a spectrum at every pixel."


@contextmanager
def open_npz_cube(source: Source) -> Iterator[SpectrumImage]:
    """Entries `counts`, shape (rows, columns, channels), and `energy_kev` or `energy_ev` of the channels."""
    if source.extension == "npy":
        raise FileError(
            f"{source.name} does not say which energy a channel has; save counts and energy_kev as .npz."
        )
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        members = {
            info.filename.removesuffix(".npy"): info for info in numpy_file.members_of(archive, source.name)
        }
        energy = next((name for name in ("energy_kev", "energy_ev") if name in members), None)
        if "counts" not in members or energy is None:
            raise FileError(
                f"{source.name} {NO_CUBE} In .npz files it is called counts, its energies energy_kev."
            )
        arrays = {}
        for name in ("counts", energy):
            with archive.open(members[name]) as content:
                arrays[name] = numpy_file.array_in(content, members[name].file_size, source.name)
    counts, energies = arrays["counts"], np.asarray(arrays[energy], dtype=float)
    if counts.ndim != 3 or counts.dtype.kind not in "biuf" or energies.shape != counts.shape[-1:]:
        raise FileError(f"{source.name} must hold counts of (rows, columns, channels) and as many energies.")
    steps = np.diff(energies)
    if len(steps) == 0 or np.ptp(steps) > 1e-3 * abs(steps.mean()):
        raise FileError(f"{source.name} has energies that are not evenly spaced; resample the spectra.")
    first_ev, step_ev = energy_scale(float(steps.mean()), float(energies[0]), energy.removeprefix("energy_"))
    yield _cube(source.name, counts, first_ev, step_ev)


def _cube(name: str, counts: NDArray[Any], first_ev: float, step_ev: float) -> SpectrumImage:
    rows, cols, channels = counts.shape
    return SpectrumImage(
        name=name,
        shape=(rows, cols),
        n_channels=channels,
        first_ev=first_ev,
        step_ev=step_ev,
        slabs=slabs_of(counts),
    )


@contextmanager
def open_ripple(source: Source) -> Iterator[SpectrumImage]:
    """A Ripple file: a text of names and values (.rpl), and the numbers beside it (.raw)."""
    if not isinstance(source.content, Path):
        raise FileError(f"{source.name} needs its other half beside it: give the path of the .rpl file.")
    text, raw = source.content.with_suffix(".rpl"), source.content.with_suffix(".raw")
    if not text.is_file() or not raw.is_file():
        raise FileError(f"{source.name} needs both a .rpl and a .raw file of one name; the other is missing.")
    said = _ripple_header(text)
    order = {"big-endian": ">", "little-endian": "<"}.get(said.get("byte-order", ""), "=")
    kind = RPL_TYPES.get(said.get("data-type", ""), "?")
    dtype = np.dtype(f"{order}{kind}{int(said.get('data-length', '0'))}")
    depth, rows, cols = (int(said.get(key, "0")) for key in ("depth", "height", "width"))
    shape = (depth, rows, cols) if said.get("record-by") == "image" else (rows, cols, depth)
    start = int(said.get("offset", "0"))
    if (
        min(shape) < 1
        or start < 0
        or float(np.prod(np.array(shape, float))) * dtype.itemsize + start > raw.stat().st_size
    ):
        raise FileError(f"{raw.name} is shorter than {text.name} states; copy both again.")
    counts = np.memmap(raw, dtype=dtype, mode="r", offset=start, shape=shape)
    if said.get("record-by") == "image":
        counts = np.moveaxis(counts, 0, 2)
    unit, step, first = (said.get(f"depth-{key}", "0") for key in ("units", "scale", "origin"))
    first_ev, step_ev = energy_scale(float(step), float(first), unit)
    if not step_ev > 0:  # older files give the step as a whole number of eV, and the origin in keV
        first_ev, step_ev = 1000 * float(first), float(said.get("ev-per-chan", "0"))
    yield _cube(source.name, counts, first_ev, step_ev)


def _ripple_header(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        lines = stream.read(MAX_RPL_BYTES).decode("latin-1").splitlines()[:MAX_RPL_LINES]
    said = {}
    for line in lines:
        words = line.split(";")[0].split(None, 1)
        if len(words) == 2:
            said[words[0].lower()] = (
                words[1].strip().lower() if words[0].lower() != "depth-units" else words[1].strip()
            )
    return said


@contextmanager
def open_dm_cube(source: Source) -> Iterator[SpectrumImage]:
    """A spectrum image of DigitalMicrograph: three dimensions, one of them an energy."""
    for found in gatan.read_axes(source):
        energy = [number for number, (_, _, unit) in enumerate(found.axes) if is_energy(unit)]
        if found.numbers.ndim != 3 or len(energy) != 1:
            continue
        scale, origin, unit = found.axes[energy[0]]
        first_ev, step_ev = energy_scale(scale, -origin * scale, unit)
        yield _cube(source.name, np.moveaxis(found.numbers, energy[0], 2), first_ev, step_ev)
        return
    raise FileError(f"{source.name} {NO_CUBE}")


@contextmanager
def open_rosetta_cube(source: Source) -> Iterator[SpectrumImage]:
    """A spectrum image of a format that rosettasciio reads."""
    if importlib.util.find_spec("rsciio") is None:
        raise FileError(f"{source.name} needs an extra; install it with: pip install rosettasciio")
    plugin = importlib.import_module("rsciio.bruker")
    logging.getLogger("rsciio").setLevel(logging.CRITICAL)
    with as_path(source, source.extension) as path:
        signals = plugin.file_reader(str(path), select_type="spectrum_image")
    for signal in signals:
        axes = sorted(signal["axes"], key=lambda axis: int(axis.get("index_in_array", 0)))
        energy = [axis for axis, one in enumerate(axes) if is_energy(str(one.get("units") or ""))]
        if np.ndim(signal["data"]) == 3 and len(energy) == 1:
            axis = axes[energy[0]]
            counts = np.moveaxis(np.asarray(signal["data"]), energy[0], 2)
            first_ev, step_ev = energy_scale(float(axis["scale"]), float(axis["offset"]), str(axis["units"]))
            yield _cube(source.name, counts, first_ev, step_ev)
            return
    raise FileError(f"{source.name} {NO_CUBE}")
