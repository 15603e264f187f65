"""Tables of many images as one: read from CSV with their types, written as Parquet or CSV bit by bit."""

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrtem_core.exports import to_csv
from hrtem_core.measures import Table

WHOLE, YES_NO, NUMBER, TEXT = "whole", "yes or no", "number", "text"

MEASURED = ("_nm", "_nm2", "_deg", "_per_nm", "_percent", "snr", "probability", "fraction", "sigma")
"""Endings of columns that hold numbers; what nobody knows is kept as text."""

FLUSH_ROWS = 50_000
"""Rows that wait in memory: a block of Parquet is best neither tiny nor a dataset."""


class DamagedTable(ValueError):
    """A table does not hold what its columns say."""


def kind_of(column: str) -> str:
    """What a column of a result's tables holds, by its name.

    Parameters
    ----------
    column
        Such as ``area_nm2``.
    """
    if column in ("accepted", "touches_border"):
        return YES_NO
    if column == "image_id":
        return TEXT
    if column.endswith("_id") or column.startswith("n_") or column == "frame":
        return WHOLE
    return NUMBER if column.endswith(MEASURED) else TEXT


READ: dict[str, Callable[[str], Any]] = {
    WHOLE: lambda text: int(text) if text else None,
    YES_NO: {"True": True, "False": False, "": None}.__getitem__,
    NUMBER: lambda text: float(text) if text else None,
    TEXT: str,
}


ARROW = {WHOLE: np.int64, YES_NO: np.bool_, NUMBER: np.float64}
"""Types of the values of columns without text."""


def columns_of(path: Path) -> list[str]:
    """The heads of a table's columns.

    Raises
    ------
    DamagedTable
        If there is no such table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return next(csv.reader(stream))
    except (OSError, ValueError, StopIteration) as error:
        raise DamagedTable(f"{path.name} cannot be read") from error


def read_sheet(path: Path) -> Table:
    """A result's table; what is empty is None.

    Raises
    ------
    DamagedTable
        If it is not a table of its columns.
    """
    try:
        head, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        columns = list(zip(*rows, strict=True)) if rows else [() for _ in head]
        return {
            name: list(map(READ[kind_of(name)], column)) for name, column in zip(head, columns, strict=True)
        }
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise DamagedTable(f"{path.name} is damaged or missing") from error


def has_parquet() -> bool:
    """Whether Parquet can be written here."""
    import importlib.util

    return importlib.util.find_spec("pyarrow") is not None


class Sheet:
    """A table that grows image by image, in files that are written on the way.

    Parameters
    ----------
    base
        Path of the files without their endings.
    columns
        All that may come, in order; what an image lacks is left empty.
    endings
        "parquet", "csv", or both.
    """

    def __init__(self, base: Path, columns: Sequence[str], endings: Iterable[str]) -> None:
        self._columns, self._waiting, self._n = list(columns), list[tuple[Table, int]](), 0
        self._files = contextlib.ExitStack()
        makers = {"parquet": _parquet_writer, "csv": _csv_writer}
        self._writers = [
            makers[ending](base.with_name(f"{base.name}.{ending}"), self._columns, self._files)
            for ending in endings
        ]

    def add(self, table: Table, every_row: Mapping[str, Any]) -> int:
        """Add the rows of one image, and to each what is true of all of them; gives their number."""
        n_rows = len(next(iter(table.values()), []))
        repeated = {name: [value] * n_rows for name, value in every_row.items()}
        self._waiting.append(({**repeated, **table}, n_rows))
        self._n += n_rows
        if self._n >= FLUSH_ROWS:
            self._flush()
        return n_rows

    def finish(self) -> None:
        """Write what still waits, be it nothing: a table without rows is one."""
        self._flush(at_end=True)

    def close(self) -> None:
        """Close the files."""
        self._files.close()

    def _flush(self, at_end: bool = False) -> None:
        block: Table = {
            name: [entry for table, n in self._waiting for entry in table.get(name, [None] * n)]
            for name in self._columns
        }
        if self._n or at_end:
            for write in self._writers:
                write(block)
        self._waiting, self._n = [], 0


Writer = Callable[[Table], None]


def _csv_writer(path: Path, columns: Sequence[str], files: contextlib.ExitStack) -> Writer:
    stream = files.enter_context(path.open("w", encoding="utf-8", errors="surrogateescape", newline=""))
    stream.write(to_csv({name: [] for name in columns}))

    def write(block: Table) -> None:
        shown = {name: ["" if one is None else one for one in column] for name, column in block.items()}
        stream.write(to_csv(shown).split("\n", 1)[1])

    return write


def _parquet_writer(path: Path, columns: Sequence[str], files: contextlib.ExitStack) -> Writer:
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {WHOLE: pa.int64(), YES_NO: pa.bool_(), NUMBER: pa.float64(), TEXT: pa.string()}
    schema = pa.schema([(name, kinds[kind_of(name)]) for name in columns])
    writer = files.enter_context(parquet.ParquetWriter(path, schema, compression="zstd"))

    def write(block: Table) -> None:
        arrays = [
            pa.Array.from_buffers(
                schema.field(name).type, len(block[name]), _buffers(block[name], kind_of(name))
            )
            for name in columns
        ]
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

    return write


def _buffers(column: Sequence[Any], kind: str) -> list[Any]:
    """A column as Arrow lays it out in memory: which entries are known, then what they are.

    `pyarrow.array` takes a list as it is, but imports pandas first, which takes longer than most merges.
    Source: Arrow columnar format 1.5, arrow.apache.org/docs/format/Columnar.html.
    """
    import pyarrow as pa

    known = np.array([one is not None for one in column], dtype=bool)
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    if kind == TEXT:
        # Names of files that are not UTF-8 hold half characters, which Parquet refuses.
        texts = [("" if one is None else one).encode("utf-8", "backslashreplace") for one in column]
        ends = np.cumsum([0, *map(len, texts)]).astype(np.int32)
        return [validity, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    values: NDArray[Any] = np.array([0 if one is None else one for one in column], dtype=ARROW[kind])
    if kind == YES_NO:
        values = np.packbits(values, bitorder="little")
    return [validity, pa.py_buffer(values)]
