"""Elemental maps, surveys, clicks and sensitivities out of files."""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hrtem_core.checkpoints import Checkpoint, go_on
from hrtem_core.composition.maps import MAX_MAP_PIXELS, ElementalMaps, check_shape, quantum_of
from hrtem_core.composition.transforms import Pair
from hrtem_core.errors import FileError
from hrtem_core.image import clean_name
from hrtem_core.numerics import FloatImage
from hrtem_core.readers import read_numbers_apart

MAX_TABLE_BYTES, MAX_ROWS = 1 << 20, 10_000
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ .()+-]{0,29}")
"""Of a map: an element, with or without its line."""


@dataclass(frozen=True)
class MapSource:
    """An image of a file, or of its bytes.

    Parameters
    ----------
    content
        Path, or bytes.
    name
        The file's name, for people; needed for bytes.
    image
        Which image of the file, from 0.
    """

    content: Path | bytes
    name: str = ""
    image: int = 0

    @property
    def called(self) -> str:
        """The file's name as people may see it."""
        path = self.content
        return clean_name(self.name or (path.name if isinstance(path, Path) else "unnamed"))

    @property
    def sha256(self) -> str:
        """Digest of the file's bytes, as 64 hexadecimal digits.

        Raises
        ------
        FileError
            If it cannot be read.
        """
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).hexdigest()
        sha = hashlib.sha256()
        try:
            with self.content.open("rb") as stream:
                while block := stream.read(1 << 20):
                    sha.update(block)
        except OSError as error:
            raise FileError(f"{self.called} cannot be opened; check the path and its permissions.") from error
        return sha.hexdigest()


def read_map(source: MapSource, checkpoint: Checkpoint = go_on) -> FloatImage:
    """One map or survey of a file, shape (rows, columns), read in a process of its own.

    Parameters
    ----------
    source
        TIFF, PNG, npy, EMD, HyperSpy or any other file of images.
    checkpoint
        As for `read_numbers_apart`.

    Raises
    ------
    FileError
        If there is none, or it holds no counts.
    """
    numbers = read_numbers_apart(
        source.content, name=source.name or None, image=source.image, checkpoint=checkpoint
    )
    if numbers.size > MAX_MAP_PIXELS:
        raise FileError(
            f"{source.called} has {numbers.size:,} pixels, more than {MAX_MAP_PIXELS:,}; bin the scan."
        )
    counts = numbers.astype(np.float64)
    check_shape(counts[None], source.called)
    return counts


def read_maps(
    files: Sequence[tuple[str, MapSource]],
    backgrounds: Mapping[str, MapSource] | None = None,
    survey: MapSource | None = None,
    *,
    checkpoint: Checkpoint = go_on,
) -> ElementalMaps:
    """Maps of several elements, one image each.

    Parameters
    ----------
    files
        (element, image).
    backgrounds
        By element.
    survey
        An image taken with the same scan.
    checkpoint
        As for `read_map`.

    Raises
    ------
    FileError
        If a file cannot be read, or the maps are not of one size.
    """
    below = backgrounds or {}
    if not files:
        raise FileError("Give at least one elemental map.")
    names = [element for element, _ in files]
    _check_names(names, list(below))
    counts = [read_map(source, checkpoint) for _, source in files]
    behind = {element: read_map(source, checkpoint) for element, source in below.items()}
    for (_, source), image in zip(files, counts, strict=True):
        _check_size(image, counts[0], source)
    for element, source in below.items():
        _check_size(behind[element], counts[0], source)
    nothing = np.zeros_like(counts[0])
    used = [(f"map {element}", source) for element, source in files]
    used += [(f"background {element}", source) for element, source in below.items()]
    used += [("survey", survey)] if survey else []
    return ElementalMaps(
        elements=tuple(names),
        counts=np.array(counts),
        backgrounds=np.array([behind.get(element, nothing) for element in names]),
        quanta=np.array([quantum_of(behind[e]) if e in behind else 0.0 for e in names]),
        survey=None if survey is None else read_map(survey, checkpoint),
        notes=tuple(_remarks(names, counts, behind)),
        digests=tuple((role, source.called, source.sha256) for role, source in used),
    )


def _check_names(names: Sequence[str], below: Sequence[str]) -> None:
    for name in [*names, *below]:
        if not NAME.fullmatch(name):
            raise FileError(f"{name[:40]!r} is no name of a map; give an element, as in O=oxygen.tif.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise FileError(f"There are two maps of {twice}; give each element once.")
    stray = next((name for name in below if name not in names), None)
    if stray:
        raise FileError(f"There is a background of {stray} but no map of it; give both.")


def _check_size(image: FloatImage, first: FloatImage, source: MapSource) -> None:
    if image.shape != first.shape:
        rows, cols = image.shape
        raise FileError(
            f"{source.called} has {rows} x {cols} pixels and the first map "
            f"{first.shape[0]} x {first.shape[1]}; give maps of one scan."
        )


def _remarks(
    names: Sequence[str], counts: Sequence[FloatImage], behind: Mapping[str, FloatImage]
) -> list[str]:
    said = []
    for name, image in zip(names, counts, strict=True):
        if not np.array_equal(image, np.round(image)):
            said.append(f"the map of {name} holds no whole numbers: if it is not raw counts, its ± is wrong")
    missing = [name for name in names if name not in behind]
    if missing:
        said.append(
            f"no background was given for {', '.join(missing)}: all counts are taken for the element's"
        )
    return said


def _text(source: Path | MapSource, what: str) -> str:
    content = source.content if isinstance(source, MapSource) else source
    try:
        data = content[: MAX_TABLE_BYTES + 1] if isinstance(content, bytes) else _beginning(content)
        if len(data) > MAX_TABLE_BYTES:
            raise FileError(f"{source.name} is too long to be {what}; give another file.")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise FileError(f"{source.name} cannot be opened: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{source.name} is no text in UTF-8; save {what} as plain text.") from error


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_TABLE_BYTES + 1)


def read_table(path: Path, columns: Sequence[str], what: str) -> list[dict[str, str]]:
    """Rows of a CSV file, with at least some columns.

    Raises
    ------
    FileError
        If it cannot be read, or a column is missing.
    """
    text = _text(path, what)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        names = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = names
        rows = [row for row, _ in zip(reader, range(MAX_ROWS + 1), strict=False)]
    except csv.Error as error:
        raise FileError(f"{path.name} is no table: {error}.") from error
    missing = [column for column in columns if column not in names]
    if missing:
        raise FileError(f"{path.name} has no column {missing[0]}; {what} has {', '.join(columns)}.")
    if len(rows) > MAX_ROWS:
        raise FileError(f"{path.name} has more than {MAX_ROWS:,} rows; that is not {what}.")
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]


def number_in(row: Mapping[str, str], column: str, path: Path) -> float:
    """A finite number of a row.

    Raises
    ------
    FileError
        If there is none.
    """
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FileError(f"{path.name}: {column} must be a number, got {row[column][:40]!r}.")
    return value


def read_clicks(path: Path) -> tuple[Pair, ...]:
    """Pairs of places: a CSV file with `row_nm, col_nm, map_row_px, map_col_px`."""
    rows = read_table(path, Pair._fields, "a table of clicked pairs")
    return tuple(Pair(*(number_in(row, column, path) for column in Pair._fields)) for row in rows)


def read_json_object(path: Path | MapSource, what: str) -> dict[str, Any]:
    """The object of a JSON file.

    Raises
    ------
    FileError
        If it holds none.
    """
    try:
        tree = json.loads(_text(path, what))
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path.name} is no JSON; {what} is an object with one entry per element.") from error
    if not isinstance(tree, dict):
        raise FileError(f"{path.name} must hold an object with one entry per element.")
    return tree


def read_sensitivity(path: Path | MapSource) -> dict[str, float]:
    """Counts per atom, relative, by element: a JSON object."""
    found = {}
    for name, value in read_json_object(path, "a file of sensitivities").items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value <= 0:
            raise FileError(f"{path.name}: the sensitivity of {name[:40]} must be a number above 0.")
        found[name] = float(value)
    return found
