"""One dataset of many results: made from the folders at any time, so shards and cut-off runs merge alike."""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from hrtem_core.errors import UserError
from hrtem_core.exports import whole_folder
from hrtem_core.many.ledger import read_ledgers
from hrtem_core.many.pooled import Estimate, Pool, Step
from hrtem_core.many.regions import Regions
from hrtem_core.many.results import NUMBERS, Result, find_results
from hrtem_core.many.sheets import DamagedTable, Sheet, columns_of, has_parquet, read_sheet
from hrtem_core.measures import Table

FOLDER = "merged"

TABLES = ("domains", "crystallites", "families", "peaks")

IMAGES, POOLED, CONVERGENCE = "images.csv", "pooled.csv", "convergence.csv"

OURS = frozenset(
    {IMAGES, POOLED, CONVERGENCE, *(f"{name}.{ending}" for name in TABLES for ending in ("parquet", "csv"))}
)

OF_IMAGE = ("image_id", "path", "recorded", "pixel_size_nm", "field_nm2")
"""What every row of a table says of its image, before its own columns."""

FRAME = "frame"
"""The last column: which image of its file, where those were analyzed one by one."""


Row = TypeVar("Row", Estimate, Step)


class MergeError(UserError):
    """There is nothing to merge."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What a merge has made.

    Parameters
    ----------
    folder
        Where it is.
    images
        All images, failures too.
    n_rows
        Of each table.
    estimates, steps
        Rows of `pooled.csv` and of `convergence.csv`.
    remarks
        What a person should know of the whole, in sentences.
    """

    folder: Path
    images: list[Result]
    n_rows: dict[str, int]
    estimates: list[Estimate]
    steps: list[Step]
    remarks: tuple[str, ...] = ()

    @property
    def n_done(self) -> int:
        """Images with a result."""
        return sum(not one.error for one in self.images)


def merge(out: Path, as_csv: bool = False) -> Merged:
    """Make one dataset of all results in a folder, in place of an earlier one.

    Parameters
    ----------
    out
        Folder of all results.
    as_csv
        Whether the tables are written as CSV too.

    Raises
    ------
    MergeError
        If there is no result and no failure.
    """
    images = find_results(out, read_ledgers(out))
    if not images:
        raise MergeError(f"{out} holds no results; give the folder that was given to analyze as --out.")
    endings = (["parquet"] if has_parquet() else []) + (["csv"] if as_csv or not has_parquet() else [])
    images, heads = _heads(images)
    pooled = _Pooled()
    with whole_folder(out / FOLDER, OURS) as folder, threadpool_limits(limits=1, user_api="blas"):
        images, n_rows = _write_tables(folder, images, heads, endings, pooled)
        _write_images(folder / IMAGES, images)
        pool = pooled.pool()
        estimates, steps = pool.estimates(), pool.steps()
        _write_rows(folder / POOLED, Estimate, estimates)
        _write_rows(folder / CONVERGENCE, Step, steps)
    remarks = tuple(_remarks(images, pool, endings))
    return Merged(
        folder=out / FOLDER, images=images, n_rows=n_rows, estimates=estimates, steps=steps, remarks=remarks
    )


def _heads(images: Sequence[Result]) -> tuple[list[Result], dict[str, list[str]]]:
    """All columns that the tables have in any image; images that lack a table have failed."""
    heads: dict[str, dict[str, None]] = {name: dict.fromkeys(OF_IMAGE) for name in TABLES}
    seen = []
    for one in images:
        try:
            mine = {name: columns_of(one.folder / f"{name}.csv") for name in TABLES if one.folder}
        except DamagedTable as error:
            one, mine = _damaged(one, error), {}
        for name, columns in mine.items():
            heads[name].update(dict.fromkeys(columns))
        seen.append(one)
    return seen, {name: [*columns, FRAME] for name, columns in heads.items()}


def _damaged(one: Result, error: DamagedTable) -> Result:
    return replace(one, folder=None, summary={}, error=f"{error}; analyze it again with --overwrite.")


class _Pooled:
    """Gathers what the statistics need while tables pass by."""

    def __init__(self) -> None:
        self.images: list[Result] = []
        self.domains, self.crystallites = Regions(), Regions()

    def add(self, one: Result, tables: dict[str, Table]) -> None:
        number = len(self.images)
        self.images.append(one)
        self.domains.add(number, tables["domains"], one.field_nm)
        self.crystallites.add(number, tables["crystallites"], one.field_nm)

    def pool(self) -> Pool:
        return Pool(self.images, self.domains, self.crystallites)


def _write_tables(
    folder: Path,
    images: Sequence[Result],
    heads: dict[str, list[str]],
    endings: Sequence[str],
    pooled: _Pooled,
) -> tuple[list[Result], dict[str, int]]:
    """Write the tables of all images; gives the images, those with damaged tables as failed, and rows."""
    n_rows, seen = dict.fromkeys(TABLES, 0), []
    sheets = {name: Sheet(folder / name, heads[name], endings) for name in TABLES}
    try:
        for one in images:
            try:
                tables = {name: read_sheet(one.folder / f"{name}.csv") for name in TABLES if one.folder}
                if one.folder:
                    pooled.add(one, tables)
            except (DamagedTable, KeyError, TypeError) as error:
                one, tables = _damaged(one, DamagedTable(f"a table is damaged ({error})")), {}
            for name, table in tables.items():
                n_rows[name] += sheets[name].add(table, _of_image(one))
            seen.append(one)
        for sheet in sheets.values():
            sheet.finish()
    finally:
        for sheet in sheets.values():
            sheet.close()
    return seen, n_rows


def _of_image(one: Result) -> dict[str, Any]:
    numbers = {name: one.summary[name] for name in ("pixel_size_nm", "field_nm2")}
    return {"image_id": one.image_id, "path": one.path, "recorded": one.recorded, **numbers, FRAME: one.frame}


def _write_images(path: Path, images: Sequence[Result]) -> None:
    rows = [
        [
            one.image_id,
            one.path,
            one.status,
            one.error,
            *(_cell(one.summary.get(name)) for name in NUMBERS),
            _cell(one.frame),
        ]
        for one in images
    ]
    _write_csv(path, ["image_id", "path", "status", "error", *NUMBERS, FRAME], rows)


def _write_rows(path: Path, kind: type[Row], rows: Sequence[Row]) -> None:
    cells = ([_cell(part) for part in astuple(row)] for row in rows)
    _write_csv(path, [one.name for one in fields(kind)], cells)


def _write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.9g}" if math.isfinite(value) else ""
    return "" if value is None else str(value)


def _remarks(images: Sequence[Result], pool: Pool, endings: Sequence[str]) -> list[str]:
    """What a person should know of the whole."""
    said = []
    n_settings = len({one.settings for one in images if not one.error})
    if n_settings > 1:
        said.append(f"the images were analyzed with {n_settings} different recipes.")
    if pool.images and not pool.calibration_relative_sigma:
        said.append(
            "the pixel size's uncertainty was not given (recipe: calibration_relative_sigma): "
            "it is in no interval, and more images do not reduce it."
        )
    if "parquet" not in endings:
        said.append("tables are CSV; for Parquet: pip install hrtem-domains[parquet].")
    return said
