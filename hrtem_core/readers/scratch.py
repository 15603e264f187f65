"""A reading process's own folder for what a library needs as a file, and what ended ones have left."""

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "hrtem-reading-"

LEFT_S = 3600.0
"""What is younger is nobody's to remove: containers that share a folder do not see each other's processes."""


def scratch_folder() -> str:
    """A new folder for this process to give away; those of processes that were killed are removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):  # another process was faster
            is_old = time.time() - left.stat().st_mtime > LEFT_S
            if is_old and owner.isdecimal() and _has_ended(int(owner)):
                shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


def _has_ended(pid: int) -> bool:
    """Whether there is no such process; where that cannot be asked without harm, nothing has ended."""
    if os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
