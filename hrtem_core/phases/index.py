"""An index of many CIF files, such as a mirror of the Crystallography Open Database: SQLite, one file.

The index holds what one looks for (elements, formula, cell, centring) and where the file is; a structure
itself is always read from its CIF file.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median_low

from hrtem_core.errors import RecipeError
from hrtem_core.phases.cif import bytes_of, read_cif
from hrtem_core.phases.formulas import formula_key, formula_of
from hrtem_core.phases.parameters import ALWAYS_PRESENT, MOST_CANDIDATES
from hrtem_core.phases.structure import MAX_NAME, Structure, space_group_of, volume_nm3

FORMAT = 1
APPLICATION_ID = 0x48444F4D
"""By which a file is told to be such an index."""

COMMIT_EVERY = 500
"""Files after which what was read is kept, should the rest be interrupted."""

MOST_FILES = 2_000_000

MOST_FOUND = 3000
"""Entries of one look-up; more are a look-up that says too little."""

ALIKE = 0.015
"""Entries of one formula and space group whose lengths agree this well, relative, are one structure."""

SCHEMA = f"""
pragma application_id = {APPLICATION_ID};
create table about (format integer, root text);
create table entries (
    id integer primary key, path text unique, size integer, modified_ns integer,
    formula text, formula_key text, space_group text, centring text, n_atoms integer,
    a real, b real, c real, alpha real, beta real, gamma real, volume_nm3 real, cod integer, reference text
);
create index by_formula on entries (formula_key);
create table contents (entry integer, element text, primary key (entry, element)) without rowid;
create table left_out (path text primary key, size integer, modified_ns integer, reason text);
"""


@dataclass(frozen=True)
class Indexed:
    """What came of indexing a folder.

    Parameters
    ----------
    n_structures, n_left_out
        Entries in the index, and files that are none.
    n_read
        Files that were read this time; the others had not changed.
    """

    n_structures: int
    n_left_out: int
    n_read: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A structure in the index.

    Parameters
    ----------
    path
        Of its CIF file, below the folder that was indexed.
    formula, space_group, cod, reference
        What the file says; cod is 0 where it says none.
    cell_angstrom_deg
        a, b, c, alpha, beta, gamma.
    """

    path: str
    formula: str
    space_group: str
    cod: int
    reference: str
    cell_angstrom_deg: tuple[float, float, float, float, float, float]

    @property
    def name(self) -> str:
        """Formula, and what tells it from others: the number in the COD, or the file's name."""
        return f"{self.formula} {self.cod or Path(self.path).stem}"[:MAX_NAME].strip()


def index_folder(folder: Path, index: Path, told: Callable[[int, int], None] | None = None) -> Indexed:
    """Index all CIF files below a folder; files that have not changed since are not read again.

    Parameters
    ----------
    folder
        A mirror of CIF files, in any folders below it.
    index
        The SQLite file to write, or to bring up to date.
    told
        Called now and then with how many of how many files are done.

    Raises
    ------
    RecipeError
        If there is no such folder, or the index cannot be written. A file that is no structure is left out
        and named in the index, with the reason.
    """
    if not folder.is_dir():
        raise RecipeError(f"{folder} is not a folder with CIF files.")
    files = list(_cif_files(folder))
    if len(files) > MOST_FILES:
        raise RecipeError(f"{folder} must hold at most {MOST_FILES:,} CIF files, got {len(files):,}.")
    with _opened(index, write=True) as base:
        _tell_root(base, folder, index)
        known = {
            (path, size, modified)
            for table in ("entries", "left_out")
            for path, size, modified in base.execute(f"select path, size, modified_ns from {table}")
        }
        _forget_missing(base, {path for path, _, _ in files})
        fresh = [file for file in files if file not in known]
        for done, file in enumerate(fresh):
            _enter(base, folder, *file)
            if done % COMMIT_EVERY == COMMIT_EVERY - 1:
                base.commit()
                if told:
                    told(done + 1, len(fresh))
        base.commit()
        counts = [
            base.execute(f"select count(*) from {table}").fetchone()[0] for table in ("entries", "left_out")
        ]
    return Indexed(counts[0], counts[1], len(fresh))


def _cif_files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Path below the folder, size, and time of the last change, in the order of their paths."""
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(at, name)
            if name.lower().endswith(".cif") and path.is_file() and not path.is_symlink():
                about = path.stat()
                yield path.relative_to(folder).as_posix(), about.st_size, about.st_mtime_ns


@contextmanager
def _opened(index: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """The index, made if there is none and it is to be written."""
    try:
        is_new = write and not index.exists()
        mode = "rwc" if write else "ro"
        with closing(sqlite3.connect(f"{index.absolute().as_uri()}?mode={mode}", uri=True)) as base:
            if is_new:
                base.executescript(SCHEMA)
            elif base.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
                raise RecipeError(f"{index} is no index of structures; `structures index DIR` makes one.")
            yield base
    except RecipeError:
        raise
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise RecipeError(f"{index} cannot be used as an index of structures: {error}.") from error


def _tell_root(base: sqlite3.Connection, folder: Path, index: Path) -> None:
    """Note where the files are, seen from the index, so that both can be moved together."""
    root = os.path.relpath(folder.absolute(), index.absolute().parent)
    before = base.execute("select format, root from about").fetchone()
    if before is not None and before != (FORMAT, root):
        raise RecipeError(f"{index} is the index of another folder, {before[1]}; name a new file.")
    if before is None:
        base.execute("insert into about values (?, ?)", (FORMAT, root))


def _forget_missing(base: sqlite3.Connection, there: set[str]) -> None:
    for table in ("entries", "left_out"):
        for (path,) in base.execute(f"select path from {table}").fetchall():
            if path not in there:
                _forget(base, path)


def _forget(base: sqlite3.Connection, path: str) -> None:
    base.execute("delete from contents where entry in (select id from entries where path = ?)", (path,))
    base.execute("delete from entries where path = ?", (path,))
    base.execute("delete from left_out where path = ?", (path,))


def _enter(base: sqlite3.Connection, folder: Path, path: str, size: int, modified_ns: int) -> None:
    """Enter one file, or why it is left out."""
    _forget(base, path)
    try:
        structure = read_cif(bytes_of(folder / path), Path(path).name)
        if not structure.sites:
            raise RecipeError(f"{path}: the file lists no atoms.")
        formula = formula_of(structure)
    except RecipeError as error:
        base.execute("insert into left_out values (?, ?, ?, ?)", (path, size, modified_ns, str(error)[:500]))
        return
    group = space_group_of(structure)
    row = (
        path, size, modified_ns, formula, formula_key(formula), group, group[:1], len(structure.sites),
        *structure.cell_angstrom_deg, volume_nm3(structure), structure.cod, structure.reference,
    )  # fmt: skip
    added = base.execute(f"insert into entries values (null{', ?' * len(row)})", row)
    base.executemany(
        "insert into contents values (?, ?)", [(added.lastrowid, element) for element in structure.elements]
    )


def find_entries(index: Path, *, elements: Sequence[str] = (), formula: str = "") -> tuple[Entry, ...]:
    """The entries that are made of nothing but some elements, or have a formula; by formula, then by path.

    Parameters
    ----------
    index
        As `index_folder` wrote it.
    elements
        What the specimen may be made of; hydrogen counts as present. None is any.
    formula
        As Li2CO3, in any order; "" is any.

    Raises
    ------
    RecipeError
        If neither is given, too many are found, or it is no index.
    """
    if not elements and not formula:
        raise RecipeError("A look-up in an index must name elements or a formula.")
    conditions, values = [], list[str]()
    if elements:
        allowed = sorted({*elements, ALWAYS_PRESENT})[:100]
        conditions.append(
            "not exists (select 1 from contents where entry = entries.id and element not in "
            f"({', '.join('?' * len(allowed))}))"
        )
        values += allowed
    if formula:
        conditions.append("formula_key = ?")
        values.append(formula_key(formula))
    asked = (
        "select path, formula, space_group, cod, reference, a, b, c, alpha, beta, gamma from entries where "
        f"{' and '.join(conditions)} order by formula, path limit {MOST_FOUND + 1}"
    )
    with _opened(index, write=False) as base:
        rows = base.execute(asked, values).fetchall()
        entries = tuple(_entry(*row) for row in rows)
    if len(rows) > MOST_FOUND:
        raise RecipeError(f"More than {MOST_FOUND:,} structures of {index} are meant; name fewer elements.")
    return entries


def _entry(path: str, formula: str, group: str, cod: int, reference: str, *cell: float) -> Entry:
    a, b, c, alpha, beta, gamma = map(float, cell)
    return Entry(
        path=str(path),
        formula=str(formula),
        space_group=str(group),
        cod=int(cod),
        reference=str(reference),
        cell_angstrom_deg=(a, b, c, alpha, beta, gamma),
    )


def left_out(index: Path) -> tuple[tuple[str, str], ...]:
    """Files that are in no entry of an index, and why."""
    with _opened(index, write=False) as base:
        return tuple(base.execute("select path, reason from left_out order by path").fetchall())


def indexed_structures(
    index: Path, *, elements: Sequence[str] = (), formula: str = ""
) -> tuple[Structure, ...]:
    """The structures of the entries found, read from their files; of alike ones that of median volume.

    Parameters
    ----------
    index, elements, formula
        As for `find_entries`.

    Raises
    ------
    RecipeError
        If none is found, or more than can be told apart, or a file is gone.
    """
    entries = _without_repeats(find_entries(index, elements=elements, formula=formula))
    if not 0 < len(entries) <= MOST_CANDIDATES:
        raise RecipeError(
            f"1 to {MOST_CANDIDATES} structures must be found in {index}, got {len(entries)} "
            f"of {formula or ', '.join(elements)}; name {'more' if not entries else 'fewer'} elements."
        )
    with _opened(index, write=False) as base:
        (root,) = base.execute("select root from about").fetchone()
    folder = (index.absolute().parent / str(root)).resolve()
    return tuple(_read(folder, entry) for entry in entries)


def _read(folder: Path, entry: Entry) -> Structure:
    path = (folder / entry.path).resolve()
    if not path.is_relative_to(folder):
        raise RecipeError(f"The index names {entry.path[:80]}, which is not below {folder}; make it anew.")
    return replace(read_cif(bytes_of(path), path.name), name=entry.name)


def _without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """One of all entries that are one structure: two of them would share its probability."""
    groups: list[list[Entry]] = []
    for entry in entries:
        own = next((group for group in groups if _alike(group[0], entry)), None)
        if own is None:
            groups.append([entry])
        else:
            own.append(entry)
    return [_median(group) for group in groups]


def _alike(one: Entry, other: Entry) -> bool:
    if (one.formula, one.space_group) != (other.formula, other.space_group):
        return False
    pairs = zip(one.cell_angstrom_deg, other.cell_angstrom_deg, strict=True)
    return all(abs(a / b - 1) < ALIKE for a, b in pairs)


def _median(group: Sequence[Entry]) -> Entry:
    def size(entry: Entry) -> float:
        a, b, c, *_ = entry.cell_angstrom_deg
        return a * b * c

    middle = median_low(map(size, group))
    return next(entry for entry in group if size(entry) == middle)
