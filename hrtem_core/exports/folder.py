"""All results of an analysis in one folder, whole or not at all."""

import os
import shutil
import uuid
from pathlib import Path

from hrtem_core.analysis import Analysis
from hrtem_core.errors import UserError
from hrtem_core.exports.bundle import EXTRA_FILES, FILES, PHASE_FILES, result_files
from hrtem_core.measures import Totals, measure


class ResultsFolderError(UserError):
    """Results cannot be written where they were asked for."""


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
    if not folder.exists() and not folder.is_symlink():
        _check_parents(folder)
        return
    if not overwrite:
        raise ResultsFolderError(f"{folder} exists already; choose another folder, or overwrite it.")
    if folder.is_symlink() or not folder.is_dir():
        raise ResultsFolderError(f"{folder} is not a folder of results and is not replaced; move it away.")
    foreign = sorted(
        entry.name for entry in folder.iterdir() if entry.name not in FILES + PHASE_FILES + EXTRA_FILES
    )
    if foreign:
        raise ResultsFolderError(
            f"{folder} also holds {foreign[0]}, which is no result and would be lost; move it away."
        )


def _check_parents(folder: Path) -> None:
    """See that a folder that is not there can be made."""
    parent = next((above for above in folder.absolute().parents if above.exists()), None)
    if parent is None or not parent.is_dir():
        raise ResultsFolderError(f"{parent or folder} is not a folder; choose another one for the results.")
    if not os.access(parent, os.W_OK):
        raise ResultsFolderError(
            f"Nothing may be written to {parent}; choose another folder for the results."
        )


def write_results(analysis: Analysis, folder: Path, overwrite: bool = False, extras: bool = False) -> Totals:
    """Write all files of a result into a new folder, whole or not at all.

    Strategy: write beside it under a temporary name, move an earlier result aside, rename, and only then
    remove the earlier one; when the renaming fails the earlier result comes back.

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
    mark = uuid.uuid4().hex[:8]
    # Not named after the folder: a long name has no room for more.
    fresh, earlier = (folder.with_name(f".results.{mark}.{part}") for part in ("new", "old"))
    fresh.mkdir(parents=True)
    try:
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        check_folder(folder, overwrite)
        _swap(fresh, folder, earlier)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # gone already unless something failed
    shutil.rmtree(earlier, ignore_errors=True)
    return measured.totals


def _swap(fresh: Path, folder: Path, earlier: Path) -> None:
    """Put the folder `fresh` in place of `folder`, which moves to `earlier` if it exists."""
    # Windows renames no folder onto another, even an empty one: the way must be free.
    had_earlier = folder.exists()
    if had_earlier:
        os.replace(folder, earlier)
    try:
        os.replace(fresh, folder)
    except OSError:
        if had_earlier:
            os.replace(earlier, folder)
        raise
