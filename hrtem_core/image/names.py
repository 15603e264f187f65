"""Names of files as people may see them, and names for what is made of them."""

import os
import unicodedata
from pathlib import PurePath

MAX_NAME = 120

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories of characters that do not show, or that change the direction of reading."""


def clean_name(name: str) -> str:
    """A file's name for people: no folders, no control or direction characters, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in HIDDEN).strip()
    if visible.strip(". ") == "":
        return "unnamed"
    if len(visible) <= MAX_NAME:
        return visible
    stem, dot, suffix = visible.rpartition(".")
    tail = dot + suffix if dot and len(suffix) <= 8 else ""
    return (stem or visible)[: MAX_NAME - len(tail)] + tail


IMPOSSIBLE = '/\\:*?"<>|'
"""Characters that some system does not allow in a file's name."""

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")}
"""Names of devices on Windows, whatever ending follows (Naming Files, Paths, and Namespaces, Win32)."""


def folder_name(file_name: str, *, portable: bool = os.name == "nt") -> str:
    """Name of the folder for a file's results: the file's name without its ending, if that is one.

    Characters that do not show are left out, and what would name another folder ("..") is not used.

    Parameters
    ----------
    file_name
        Name of the file, without folders.
    portable
        Whether every system must allow it, as Windows must always: for what is downloaded.
    """
    stem = "".join(c for c in PurePath(file_name).stem if unicodedata.category(c) not in HIDDEN)
    if portable:
        stem = "".join("_" if c in IMPOSSIBLE else c for c in stem).rstrip(". ")
        stem = f"_{stem}" if stem.partition(".")[0].rstrip().casefold() in RESERVED else stem
    return stem if stem.strip(". ") else "results"


def file_part(text: str) -> str:
    """A text as a part of a file's name: what some system does not allow there becomes "_".

    Parameters
    ----------
    text
        Anything, such as the name of a family.
    """
    visible = "".join(c for c in text if unicodedata.category(c) not in HIDDEN)
    return "".join("_" if c in IMPOSSIBLE else c for c in visible).strip(". ")
