"""All results of an analysis in one folder, whole or not at all."""

import json
import os
import stat
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from hrtem_core.analysis import Analysis
from hrtem_core.errors import UserError
from hrtem_core.exports.atomic_folder import whole_folder
from hrtem_core.exports.bundle import EXTRA_FILES, FILES, result_files
from hrtem_core.exports.composition import COMPOSITION_FILES
from hrtem_core.measures import Totals, measure

SUMMARY, PARTS = "summary.json", ("image", "versions", "recipe")
"""The file that says that a folder is a result of ours, and what every version has written into it."""

MAX_SUMMARY_BYTES = 64 << 20


class ResultsFolderError(UserError):
    """Results cannot be written where they were asked for."""


class NothingWrittenError(ResultsFolderError):
    """Nothing at all may be written there, whatever its name."""


def summary_in(folder: Path) -> dict[str, Any] | None:
    """The summary of the result in a folder, None where there is none of ours.

    Parameters
    ----------
    folder
        Any path.
    """
    try:
        with (folder / SUMMARY).open("rb") as stream:
            found = json.loads(stream.read(MAX_SUMMARY_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(found.get(part), dict) for part in PARTS):
        return None
    return found if "hrtem_core" in found["versions"] else None


def check_folder(folder: Path, overwrite: bool) -> None:
    """See that results may be written to a folder, before the work begins.

    Parameters
    ----------
    folder
        Where the results are to go.
    overwrite
        Whether earlier results there may be replaced; other people's files never are.

    Raises
    ------
    ResultsFolderError
        If they may not.
    """
    _check(folder, overwrite, _check_result)


def check_composition_folder(folder: Path, overwrite: bool) -> None:
    """As `check_folder`, for the files of a composition; an empty folder may be filled."""
    is_empty = folder.is_dir() and not any(folder.iterdir())
    _check(folder, overwrite or is_empty, lambda held: _check_names(held, COMPOSITION_FILES))


def _check(folder: Path, overwrite: bool, check_held: Callable[[Path], object]) -> None:
    if not os.path.lexists(folder):
        _check_parents(folder)
        return
    if not overwrite:
        raise ResultsFolderError(f"{folder} exists already; choose another folder, or overwrite it.")
    if folder.is_symlink() or not folder.is_dir():
        raise ResultsFolderError(f"{folder} is not a folder of results and is not replaced; move it away.")
    check_held(folder)


def _check_result(folder: Path) -> None:
    """See that a folder is empty, or holds a result of ours and nothing else."""
    summary = summary_in(folder)
    held = _check_names(folder, listed_files(summary))
    if held and summary is None:
        raise ResultsFolderError(
            f"{folder} holds {held[0]}, but no {SUMMARY} that says it is a result; move it away."
        )


def _check_names(folder: Path, ours: Collection[str]) -> list[str]:
    """Names of what a folder holds: nothing but files of ours."""
    with os.scandir(folder) as entries:
        held = sorted((one.name, stat.S_ISREG(one.stat(follow_symlinks=False).st_mode)) for one in entries)
    foreign = [name for name, is_file in held if name not in ours or not is_file]
    if foreign:
        raise ResultsFolderError(
            f"{folder} also holds {foreign[0]}, which is no result and would be lost; move it away."
        )
    return [name for name, _ in held]


def listed_files(summary: dict[str, Any] | None) -> frozenset[str]:
    """Names of the files of a result, as its summary lists them; those of earlier versions list none."""
    listed = (summary or {}).get("files")
    if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
        return frozenset(listed)
    return frozenset(FILES + EXTRA_FILES)


def _check_parents(folder: Path) -> None:
    """See that a folder that is not there can be made."""
    parent = next((above for above in folder.absolute().parents if above.exists()), None)
    if parent is None or not parent.is_dir():
        raise ResultsFolderError(f"{parent or folder} is not a folder; choose another one for the results.")
    if not os.access(parent, os.W_OK):
        raise NothingWrittenError(
            f"Nothing may be written to {parent}; choose another folder for the results."
        )


def write_results(analysis: Analysis, folder: Path, overwrite: bool = False, extras: bool = False) -> Totals:
    """Write all files of a result into a new folder, whole or not at all.

    Parameters
    ----------
    analysis
        What to write.
    folder
        Where to; its parents are made.
    overwrite
        Whether to replace an earlier result.
    extras
        As for `result_files`.

    Returns
    -------
    totals
        What was found, in short.

    Raises
    ------
    ResultsFolderError
        If the folder exists and may not be replaced.
    """
    check_folder(folder, overwrite)
    measured = measure(analysis)
    files = result_files(analysis, extras, measured)
    _write(files, folder, listed_files(summary_in(folder)), lambda: check_folder(folder, overwrite))
    return measured.totals


def write_composition(files: dict[str, bytes], folder: Path, overwrite: bool = False) -> None:
    """Write the files of a composition into a new folder, whole or not at all.

    Parameters
    ----------
    files
        From `composition_files`.
    folder, overwrite
        As for `write_results`.

    Raises
    ------
    ResultsFolderError
        If the folder exists and may not be replaced, or the disk does not take it.
    """
    try:
        _write(files, folder, COMPOSITION_FILES, lambda: check_composition_folder(folder, overwrite))
    except OSError as error:
        raise ResultsFolderError(f"{folder} cannot be written: {error.strerror or error}.") from error


def _write(files: dict[str, bytes], folder: Path, ours: Collection[str], check: Callable[[], None]) -> None:
    """Write files, and look once more, at the last moment, at what they are to replace."""
    with whole_folder(folder, ours) as fresh:
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        check()
