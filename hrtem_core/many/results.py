"""The results in a folder, and what their summaries say of each image."""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrtem_core.exports import summary_in
from hrtem_core.many.inputs import natural
from hrtem_core.many.jobs import RESERVED, folder_of_frame
from hrtem_core.many.ledger import DONE, FAILED, Entry, Records


@dataclass(frozen=True, kw_only=True)
class Result:
    """One image of many.

    Parameters
    ----------
    image_id
        The path of its result folder relative to all results.
    path
        Of the file, as far as it is known; else its name.
    error
        Why it failed, "" where it did not.
    folder
        Of the result, None where it failed.
    recorded_s
        The time of the file, in seconds since 1970; NaN if not known.
    field_nm, field_nm2
        Height and width of the field, and how much of it was usable; NaN where it failed.
    calibration_relative_sigma
        Relative standard uncertainty of the pixel size; 0 if nobody gave one.
    summary
        Numbers of `images.csv` by their names.
    settings
        A text that is equal for equal recipes, whatever image of its file is meant.
    frame
        Which image of its file it is, from 0, where a file's images were analyzed one by one; else None.
    """

    image_id: str
    path: str
    error: str = ""
    folder: Path | None = None
    recorded_s: float = math.nan
    field_nm: tuple[float, float] = (math.nan, math.nan)
    calibration_relative_sigma: float = 0.0
    summary: dict[str, Any]
    settings: str = ""
    frame: int | None = None

    @property
    def status(self) -> str:
        """In one word."""
        return FAILED if self.error else DONE

    @property
    def recorded(self) -> str:
        """The time of the file in UTC, as ISO 8601; "" if not known."""
        if not math.isfinite(self.recorded_s):
            return ""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.recorded_s))


NUMBERS = (
    "n_domains", "n_crystallites", "crystalline_area_nm2", "field_nm2", "crystalline_fraction",
    "pixel_size_nm", "seconds",
)  # fmt: skip
"""Columns of `images.csv` that a failure has not."""


def find_results(out: Path, records: Records) -> list[Result]:
    """All images of a folder of results, failures too, in natural order.

    Parameters
    ----------
    out
        Folder of all results.
    records
        What was noted of them.
    """
    by_id = {entry.image_id: entry for entry in records.latest.values() if entry.image_id}
    found = {}
    for folder, summary in _folders(out):
        image_id = folder.relative_to(out).as_posix()
        entry = by_id.get(image_id)
        if entry is None or not _has_failed_since(entry, folder):
            found[image_id or "."] = _result(image_id or ".", folder, summary, entry)
    failed = [
        Result(image_id=entry.image_id, path=entry.path, error=entry.error, summary={}, frame=entry.which)
        for entry in records.failed
        if entry.image_id not in found
    ]
    return sorted([*found.values(), *failed], key=lambda one: natural(one.image_id or one.path))


def _folders(out: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every result folder, and its summary."""
    pending = [out]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                held = list(entries)
        except OSError:  # what cannot be read holds nothing that can be merged
            continue
        summary = summary_in(here) if any(one.name == "summary.json" for one in held) else None
        if summary is not None:
            yield here, summary
            continue
        shown = [one for one in held if not one.name.startswith(".hrtem.")]
        folders = [one for one in shown if one.is_dir(follow_symlinks=False)]
        reserved = RESERVED if here == out else frozenset[str]()
        pending += [Path(one.path) for one in folders if one.name not in reserved]


def _has_failed_since(entry: Entry, folder: Path) -> bool:
    """Whether the last word on an image is a failure, and its result older: then it is not what was asked."""
    return entry.status == FAILED and (folder / "summary.json").stat().st_mtime <= entry.noted_s


def _result(image_id: str, folder: Path, summary: dict[str, Any], entry: Entry | None) -> Result:
    try:
        return _read(image_id, folder, summary, entry)
    except (KeyError, TypeError, ValueError) as error:
        path = entry.path if entry else str(summary.get("image", {}).get("name", ""))
        reason = f"its summary.json is damaged ({type(error).__name__}: {str(error)[:80]})."
        return Result(image_id=image_id, path=path, error=reason, summary={})


def _read(image_id: str, folder: Path, summary: dict[str, Any], entry: Entry | None) -> Result:
    image, recipe = summary["image"], summary["recipe"]
    size = image["pixel_size_nm"]
    row_nm, col_nm = (float(part) for part in (size if isinstance(size, list) else (size, size)))
    region = recipe["preparation"]["region_px"] or [0, 0, *image["shape"]]
    settings = {name: part for name, part in recipe.items() if name not in ("image_of", "image")}
    return Result(
        image_id=image_id,
        path=entry.path if entry else str(image["name"]),
        folder=folder,
        recorded_s=entry.modified_ns / 1e9 if entry and entry.modified_ns >= 0 else math.nan,
        field_nm=((region[2] - region[0]) * row_nm, (region[3] - region[1]) * col_nm),
        calibration_relative_sigma=float(image.get("calibration_relative_sigma") or 0.0),
        settings=repr(settings),
        frame=recipe["image"] if folder.name == folder_of_frame(recipe["image"]) else None,
        summary={
            "n_domains": int(summary["n_domains"]),
            "n_crystallites": int(summary["n_crystallites"]),
            "crystalline_area_nm2": float(summary["crystalline_area_nm2"]),
            "field_nm2": float(summary["usable_area_nm2"]),
            "crystalline_fraction": float(summary["crystalline_fraction"]),
            "pixel_size_nm": float(f"{math.sqrt(row_nm * col_nm):.9g}"),
            "seconds": round(float(summary["seconds"]["total"]), 3),
        },
    )
