"""The file as it was given: its name, its first bytes, and a stream over it."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hrtem_core.errors import FileError
from hrtem_core.image import clean_name
from hrtem_core.readers.limits import Limits, check_file_bytes

HEAD_BYTES = 4096


@dataclass(frozen=True)
class Source:
    """An opened-to-be file.

    Parameters
    ----------
    content
        Where the bytes are.
    name
        Cleaned name, for messages and for the micrograph.
    n_bytes
        Length of the file in bytes.
    head
        Its first bytes, at most 4096.
    """

    content: Path | bytes
    name: str
    n_bytes: int
    head: bytes

    @property
    def extension(self) -> str:
        """Lower-case ending of the name without the dot."""
        _, dot, suffix = self.name.rpartition(".")
        return suffix.lower() if dot else ""

    def open(self) -> BinaryIO:
        """A new stream over the whole file; close it after use."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


def open_source(source: str | Path | bytes, name: str | None, limits: Limits) -> Source:
    """Look at a file without decoding it.

    Parameters
    ----------
    source
        Path of a file, or its bytes.
    name
        The file's name; needed for bytes, where it is all that is known of the name.
    limits
        What is still opened.

    Raises
    ------
    FileError
        If there is no such file, it is not a regular one, or it is empty or too large.
    """
    if isinstance(source, str):
        source = Path(source)
    given = name if name is not None else (source.name if isinstance(source, Path) else "unnamed")
    label = clean_name(given)
    if isinstance(source, bytes):
        check_file_bytes(len(source), label, limits)
        return Source(source, label, len(source), source[:HEAD_BYTES])
    try:
        if not source.exists():
            raise FileError(f"There is no file {label} at the place given; check the path.")
        if not source.is_file():
            raise FileError(f"{label} is not a file; give the path of an image file.")
        n_bytes = source.stat().st_size
        check_file_bytes(n_bytes, label, limits)
        with source.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise FileError(f"{label} cannot be opened; check the path and its permissions.") from error
    return Source(source, label, n_bytes, head)
