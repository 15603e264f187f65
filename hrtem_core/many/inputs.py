"""What was given on a command line, as the images it stands for: files, folders, patterns, lists."""

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePath

from hrtem_core.errors import UserError
from hrtem_core.exports import summary_in
from hrtem_core.readers import FORMATS, list_images_apart

ENDINGS = frozenset(f".{ending}" for known in FORMATS for ending in known.extensions)

MAX_LIST_BYTES = 64 << 20


class InputsError(UserError):
    """What was given stands for no images."""


@dataclass(frozen=True)
class Input:
    """One image to be analyzed.

    Parameters
    ----------
    path
        Absolute; nothing says that it is there.
    relative
        The path from the folder that was given; the file's name where the file itself was.
    image
        Which image of the file, from 0; None for the one that the recipe names.
    """

    path: Path
    relative: PurePath
    image: int | None = None

    @property
    def key(self) -> str:
        """What tells the image from all others."""
        return key_of(str(self.path), self.image)


def key_of(path: str, image: int | None) -> str:
    """What tells an image from all others: its file, and which of the file's images it is, if that was asked.

    Parameters
    ----------
    path
        The file, absolute.
    image
        From 0, or None. No path holds a zero byte, so that no other file has this key.
    """
    return path if image is None else f"{path}\0{image}"


def stamp_of(path: Path) -> tuple[int, int]:
    """Length and time in ns of a file: while they stay, so do its pixels. (-1, -1) if it is not there."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return -1, -1
    return facts.st_size, facts.st_mtime_ns


@dataclass(frozen=True)
class Problem:
    """What cannot even be looked at, such as a folder without rights.

    Parameters
    ----------
    path
        Absolute.
    error
        A sentence.
    """

    path: Path
    error: str


@dataclass
class Found:
    """The images that were meant.

    Parameters
    ----------
    inputs
        In natural order, each path once.
    problems
        What could not be looked at.
    other
        Number of files with each ending that is no image's, which were left alone.
    """

    inputs: list[Input] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)


def natural(text: str) -> tuple[tuple[int | str, ...], str]:
    """A key that sorts numbers in a text by their value: film 9 comes before film 10.

    Parameters
    ----------
    text
        Such as a path.
    """
    parts = re.split(r"(\d+)", text.casefold())
    # Digits of other scripts are no numbers here; parts of a split take turns, so kinds never meet.
    # They stand apart from the text, which would meet a number where one name begins another.
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts), text


def find_inputs(given: Sequence[Path], out: Path) -> Found:
    """The images that some arguments stand for.

    Parameters
    ----------
    given
        Files, folders (with all that is in them), patterns such as ``*.tif``, and ``@list.txt``: a text
        file with one of these in every line. What stands for nothing stays, and is then said not to be there.
    out
        Folder of the results; what it holds is no input.

    Raises
    ------
    InputsError
        If a list cannot be read.
    """
    found, known = Found(), set[Path]()
    for path in _expanded(given):
        whole = Path(os.path.abspath(path))
        if os.path.isdir(whole):
            inputs: Iterable[Input] = _inside(whole, Path(os.path.abspath(out)), found)
        else:
            inputs = [Input(whole, PurePath(whole.name))]
        for one in inputs:
            if one.path not in known:
                known.add(one.path)
                found.inputs.append(one)
    return found


def each_image(found: Found) -> Found:
    """The same, with every image of a file that holds several, such as a series, as one of its own.

    Parameters
    ----------
    found
        Files; what of them cannot be read stays as it is: whoever opens it is told why.

    Returns
    -------
    found
        The images of a file follow each other.
    """
    inputs = [
        replace(one, image=number)
        for one in found.inputs
        for number in _images_in(one.path, stamp_of(one.path))
    ]
    return replace(found, inputs=inputs)


@lru_cache(maxsize=100_000)
def _images_in(path: Path, stamp: tuple[int, int]) -> tuple[int | None, ...]:
    """Numbers of a file's images; a single one needs none."""
    del stamp  # part of what it is remembered by
    try:
        n_images = len(list_images_apart(path))
    except UserError:
        return (None,)
    return tuple(range(n_images)) if n_images > 1 else (None,)


def _expanded(given: Iterable[Path], in_list: bool = False) -> Iterator[Path]:
    """The paths; patterns are replaced by what they match (Windows' shells do not), lists by their lines."""
    for path in given:
        text = str(path)
        if os.path.lexists(path):
            yield path
        elif text.startswith("@") and not in_list:
            yield from _expanded(_listed(Path(text[1:])), in_list=True)
        else:
            matches = glob.glob(text, recursive=True) if glob.has_magic(text) else []
            yield from (Path(match) for match in sorted(matches, key=natural))
            if not matches:
                yield path


def _listed(path: Path) -> list[Path]:
    """The paths that a list holds, one per line, as if each had been given."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_LIST_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text in UTF-8"
        raise InputsError(f"The list {path} cannot be read: {reason}.") from error
    return [Path(line) for line in text.splitlines() if line.strip()]


def _inside(folder: Path, out: Path, found: Found) -> Iterator[Input]:
    """The images of a folder and of the folders in it, results of ours left out."""
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                held = sorted(entries, key=lambda entry: natural(entry.name))
        except OSError as error:
            found.problems.append(Problem(here, f"the folder cannot be read: {error.strerror or error}."))
            continue
        shown = [entry for entry in held if not entry.name.startswith(".")]
        folders = [Path(entry.path) for entry in shown if entry.is_dir(follow_symlinks=False)]
        pending += reversed([one for one in folders if one != out and not is_result(one)])
        for entry in shown:
            ending = os.path.splitext(entry.name)[1].lower()
            if ending in ENDINGS and not entry.is_dir():
                yield Input(Path(entry.path), Path(entry.path).relative_to(folder))
            elif entry.is_file():
                found.other[ending] += 1


def is_result(folder: Path) -> bool:
    """Whether a folder holds a result of ours, whose pictures are no micrographs."""
    return (folder / "domains.tif").exists() and summary_in(folder) is not None
