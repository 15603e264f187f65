"""What processes noted of the images they were done with: one file for each process, which only grows.

Nothing is locked, so that it works on network drives. The truth of what is done lies in the result folders:
the ledger saves reading the pixels again, knows which file had which folder, and what failed and why.
"""

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hrtem_core.many.inputs import key_of

FOLDER, ENDING = ".ledger", ".jsonl"

DONE, FAILED = "done", "failed"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What became of one image.

    Parameters
    ----------
    path
        The file, absolute.
    image_id
        The path of its result folder relative to all results; "" of what has none.
    status
        `DONE` or `FAILED`.
    error
        Why it failed.
    sha256
        The micrograph's digest, "" if it was not read.
    n_bytes, modified_ns
        The file's length, and its time in ns: while both are as they were, so are the pixels.
    noted_s
        When this was noted, in seconds since 1970.
    seconds
        What the image took, reading and writing included; 0 where nothing was done.
    image
        Which image of the file, from 0; -1 for the one that the recipe names.
    """

    path: str
    image_id: str
    status: str
    error: str = ""
    sha256: str = ""
    n_bytes: int = -1
    modified_ns: int = -1
    noted_s: float = 0.0
    seconds: float = 0.0
    image: int = -1

    @property
    def key(self) -> str:
        """What tells the image from all others."""
        return key_of(self.path, self.which)

    @property
    def which(self) -> int | None:
        """Which image of the file, as jobs say it."""
        return None if self.image < 0 else self.image

    @property
    def name(self) -> str:
        """The file, and which of its images, for people."""
        return self.path if self.which is None else f"{self.path}, image {self.which}"


@dataclass
class Records:
    """All ledgers of a folder, read.

    Parameters
    ----------
    latest
        By key the last word on each image.
    fresh
        Keys of those done by runs with the command of the present one, since one of these came to its end.
    last_noted_s
        When anything was last noted, in seconds since 1970; 0 for never.
    """

    latest: dict[str, Entry] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    last_noted_s: float = 0.0

    def add(self, entry: Entry) -> None:
        """Take note of one more word."""
        known = self.latest.get(entry.key)
        if known is None or known.noted_s <= entry.noted_s:
            self.latest[entry.key] = entry
        self.last_noted_s = max(self.last_noted_s, entry.noted_s)

    @property
    def image_ids(self) -> dict[str, str]:
        """By key the `image_id` that an image had."""
        return {key: entry.image_id for key, entry in self.latest.items() if entry.image_id}

    @property
    def failed(self) -> list[Entry]:
        """What failed when it was last tried."""
        return [entry for entry in self.latest.values() if entry.status == FAILED]


class Ledger:
    """The ledger of this process; its file is made with the first word.

    Parameters
    ----------
    out
        Folder of all results.
    command
        What tells a run from others, such as a digest of what was asked for.
    """

    def __init__(self, out: Path, command: str) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        name = f"{stamp}-{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:6]}{ENDING}"
        self._path, self._command, self._begun = out / FOLDER / name, command, False

    def note(self, entry: Entry) -> None:
        """Add a line on one image."""
        self._write({**asdict(entry), "noted_s": time.time()})

    def end(self) -> None:
        """Note that the run came to its end: the same command, given again, is another run."""
        if self._begun:
            self._write({"ended_s": time.time()})

    def _write(self, line: dict[str, Any]) -> None:
        if not self._begun:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = [line] if self._begun else [{"command": self._command}, line]
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write("".join(json.dumps(one) + "\n" for one in lines))
        self._begun = True


def read_ledgers(out: Path, command: str = "") -> Records:
    """What all processes have noted in a folder of results.

    Parameters
    ----------
    out
        Folder of all results.
    command
        That of the present run.
    """
    records, ended_s, mine = Records(), 0.0, list[Entry]()
    for path in sorted((out / FOLDER).glob(f"*{ENDING}")):
        began = ""
        for line in _lines(path):
            began = str(line.get("command", began))
            if began == command and isinstance(line.get("ended_s"), float):
                ended_s = max(ended_s, line["ended_s"])
            entry = _entry(line)
            if entry is not None:
                records.add(entry)
                mine += [entry] if began == command and entry.status == DONE else []
    records.fresh = {entry.key for entry in mine if entry.noted_s > ended_s}
    return records


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a ledger; one that a kill has cut off says nothing."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        for text in stream:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


KINDS = {one.name: type(one.default) if one.default is not MISSING else str for one in fields(Entry)}


def _entry(line: dict[str, Any]) -> Entry | None:
    """The entry of a line, None for what is none."""
    known = {name: line[name] for name in KINDS if name in line}
    if "path" not in known or any(not isinstance(value, KINDS[name]) for name, value in known.items()):
        return None
    return Entry(**known) if known.get("status") in (DONE, FAILED) and "image_id" in known else None
