"""Our readers beside rosettasciio's on the files of a folder: the same pixels, and the same scale?

    pip download --no-deps hyperspy==1.7.6 && unzip hyperspy-1.7.6-*.whl 'hyperspy/tests/io/*'
    python benchmarks/compare_readers.py hyperspy/tests/io

That release of hyperspy carries small files of many instruments (its zip and gz files have to be unpacked,
too): most are spectra, diffraction patterns or under 16 pixels, and refused. A scale that no micrograph
of a lattice has counts as none. One file of a Zeiss SEM differs: its palette has colours, which rosettasciio
does not look at. Needs rosettasciio.
"""

import argparse
import collections
import importlib
import logging
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from hrtem_core.errors import FileError
from hrtem_core.image import PLAUSIBLE_NM, Micrograph
from hrtem_core.readers import read
from hrtem_core.readers.scale import nm_per

PLUGINS = {
    "dm3": "digitalmicrograph", "dm4": "digitalmicrograph", "ser": "tia", "emi": "tia", "bcf": "bruker",
    "emd": "emd", "tif": "tiff", "hspy": "hspy", "mrc": "mrc", "png": "image", "jpg": "image",
}  # fmt: skip


def their_scale_nm(axes: list[dict[str, Any]]) -> tuple[float, ...] | None:
    """(row, column) in nm as we would use it; None when it is no length, or that of no lattice image."""
    sizes = tuple((nm_per(str(axis.get("units"))) or 0) * float(axis.get("scale", 0)) for axis in axes[-2:])
    return sizes if all(PLAUSIBLE_NM[0] <= size <= PLAUSIBLE_NM[1] for size in sizes) else None


def verdict(ours: Micrograph, signals: list[dict[str, Any]]) -> str:
    """Whether one of rosettasciio's signals has our pixels and our scale."""
    found = "no image of this size"
    for signal in signals:
        data = np.asarray(signal["data"])
        if data.dtype.names is not None or data.shape[-2:] != ours.shape:
            continue
        first = data.reshape(-1, *data.shape[-2:])[0]
        first = np.abs(first) if first.dtype.kind == "c" else first
        if not np.array_equal(first.astype(np.float32), ours.intensity, equal_nan=True):
            found = "OTHER PIXELS" if found == "no image of this size" else found
            continue
        theirs, size = their_scale_nm(signal["axes"]), ours.pixel_size
        same = (
            size is None if theirs is None else size is not None and np.allclose(size.sizes_nm, theirs, 1e-4)
        )
        found = "same" if same else f"OTHER SCALE: {size and size.sizes_nm} nm, rosettasciio {theirs}"
        if same:
            return found
    return found


def compare(path: Path) -> str:
    """One word, or the reason, for one file."""
    plugin = importlib.import_module(f"rsciio.{PLUGINS[path.suffix.lower()[1:]]}")
    try:
        ours = read(path)
    except FileError as error:
        return f"refused: {error}"
    try:
        signals = plugin.file_reader(str(path), **({"select_type": "image"} if path.suffix == ".bcf" else {}))
    except Exception as error:
        return f"rosettasciio fails: {type(error).__name__}"
    return verdict(ours, signals)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    counts: collections.Counter[str] = collections.Counter()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower()[1:] in PLUGINS:
            said = compare(path)
            counts[said.partition(":")[0]] += 1
            print(f"{path.relative_to(folder)}: {said}")
    print(", ".join(f"{n} {word}" for word, n in counts.most_common()))
    return 1 if counts["OTHER PIXELS"] or counts["OTHER SCALE"] else 0


if __name__ == "__main__":
    sys.exit(main())
