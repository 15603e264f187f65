"""A folder that is there whole or not at all, whatever happens: an error, a kill, a power cut.

Strategy: fill a hidden folder beside it, sync it to the disk, and exchange the two in one step where the
system can. A lock file beside them is held as long as this is done; whoever can take a lock finds work of a
dead process, and tidies up after it. Nothing hidden is named after the folder: a long name has no room.
"""

import contextlib
import ctypes
import errno
import json
import os
import shutil
import socket
import sys
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HIDDEN = ".hrtem."

LOCK, NEW, OLD = ".lock", ".new", ".old"

ABANDONED_S = 86400.0
"""Where a file system knows no locks, what another machine began counts as abandoned after a day."""

AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2
"""Of linux/fs.h and of macOS' stdio.h."""

NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM}


@dataclass(frozen=True)
class Place:
    """The names under which one folder is made.

    Parameters
    ----------
    lock
        The file that is held as long as the work goes on.
    """

    lock: Path

    @classmethod
    def beside(cls, folder: Path) -> "Place":
        """A new place beside a folder."""
        return cls(folder.with_name(f"{HIDDEN}{uuid.uuid4().hex[:12]}{LOCK}"))

    @property
    def new(self) -> Path:
        """The folder that is being filled; after an exchange the earlier one."""
        return self.lock.with_suffix(NEW)

    @property
    def old(self) -> Path:
        """Where the earlier folder waits, on systems that cannot exchange two."""
        return self.lock.with_suffix(OLD)


@contextmanager
def whole_folder(folder: Path, ours: Collection[str] = ()) -> Iterator[Path]:
    """A folder to be filled, which takes the place of `folder` once the block has ended without an error.

    Parameters
    ----------
    folder
        Where it goes; its parents are made.
    ours
        Names of what an earlier folder there may hold; it goes with it. Anything else found there is kept.

    Raises
    ------
    OSError
        If the disk does not take it; an earlier folder is then as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = Place.beside(folder)
    held = _take(place.lock, {"folder": folder.name, "host": socket.gethostname(), "pid": os.getpid()})
    try:
        os.mkdir(place.new)
        yield place.new
        sync(place.new)
        _swap(place, folder, held)
        _sync_folder(folder.parent)
        _give_back(place, folder, ours)
    finally:
        try:
            _tidy(place, folder)
        finally:
            _release(place, held)


def sync(folder: Path) -> None:
    """See that the files of a folder, then their names, have reached the disk."""
    for entry in sorted(folder.iterdir()):
        # Windows syncs only what is open for writing.
        with entry.open("rb+") as stream:
            os.fsync(stream.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # opens no folders
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _swap(place: Place, folder: Path, held: int) -> None:
    """Put the new folder in its place; an earlier one is then at `place.new` or `place.old`."""
    if not os.path.lexists(folder):
        os.rename(place.new, folder)
    elif not _exchange(place.new, folder):
        os.fsync(held)  # it says whose the old folder is, should the next line be the last
        os.rename(folder, place.old)
        os.rename(place.new, folder)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change their names in one step; False where the system cannot."""
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        failed = library.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*names, RENAME_SWAP)
    else:
        return False
    number = ctypes.get_errno()
    if failed and number not in NO_EXCHANGE:
        raise OSError(number, os.strerror(number), str(other))
    return not failed


def _give_back(place: Place, folder: Path, ours: Collection[str]) -> None:
    """Move what is not ours, and came into the earlier folder at the last moment, to the one in its place."""
    for left in (place.new, place.old):
        entries = sorted(left.iterdir()) if ours and left.exists() else []
        for entry in entries:
            if entry.name not in ours and not os.path.lexists(folder / entry.name):
                os.rename(entry, folder / entry.name)


def _tidy(place: Place, folder: Path) -> None:
    """Give an earlier folder its name back if it has none, and remove what is left of the work."""
    if place.old.exists() and not os.path.lexists(folder):
        os.rename(place.old, folder)
    for left in (place.new, place.old):
        shutil.rmtree(left, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Tidy up after processes that died while they wrote folders of `parent`.

    Parameters
    ----------
    parent
        Where those folders are; it need not exist.

    Returns
    -------
    n_swept
        Number of unfinished works found.
    """
    try:
        with os.scandir(parent) as entries:
            names = [one.name for one in entries if one.name.startswith(HIDDEN) and one.name.endswith(LOCK)]
    except OSError:  # what cannot be read is said by whoever needs it
        return 0
    return sum(_recover(parent / name) for name in sorted(names))


def _recover(lock: Path) -> bool:
    """Finish or undo the work of a dead process; False if it lives."""
    try:
        held = os.open(lock, os.O_RDWR)
    except OSError:  # another one was faster, or it is not ours to tidy
        return False
    if not _is_abandoned(held, lock):
        os.close(held)
        return False
    name, place = _said_in(held).get("folder"), Place(lock)
    if isinstance(name, str) and name == Path(name).name:
        _tidy(place, lock.with_name(name))
    else:  # the lock was not yet written: then nothing was moved either
        shutil.rmtree(place.new, ignore_errors=True)
    _release(place, held)
    return True


def _is_abandoned(held: int, lock: Path) -> bool:
    """Whether nobody works there any more; the lock is then ours, and still at its place."""
    try:
        _lock(held)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            return False
        return _is_dead(_said_in(held), time.time() - os.fstat(held).st_mtime)
    return _is_at(held, lock)


def _is_dead(said: dict[str, object], age_s: float) -> bool:
    """Whether the process that wrote a lock is gone, as far as that can be told without locks."""
    if said.get("host") != socket.gethostname() or os.name == "nt":  # there, signal 0 is Ctrl+C
        return age_s > ABANDONED_S
    try:
        os.kill(int(str(said.get("pid"))), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        pass
    return age_s > ABANDONED_S


def _take(lock: Path, said: dict[str, object]) -> int:
    """Make a lock file and hold it; another process may sweep it away before it is held, then once more."""
    while True:
        held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            _lock(held)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                os.close(held)
                continue
        if _is_at(held, lock):
            break
        os.close(held)
    try:
        os.write(held, json.dumps(said).encode())
    except BaseException:  # no memory, or told to end: a lock that stays held is nobody's to tidy
        _release(Place(lock), held)
        raise
    return held


def _is_at(held: int, lock: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held), os.stat(lock))
    except FileNotFoundError:
        return False


def _release(place: Place, held: int) -> None:
    """Remove a lock file, and only then let it go, so that nobody takes one that is about to vanish.

    As long as anything is left that could not be removed, it stays for the next sweep.
    """
    if os.name == "nt":  # removes no open file
        os.close(held)
    try:
        if not (place.new.exists() or place.old.exists()):
            with contextlib.suppress(OSError):
                os.unlink(place.lock)
    finally:
        if os.name != "nt":
            os.close(held)


def _said_in(held: int) -> dict[str, object]:
    os.lseek(held, 0, os.SEEK_SET)
    try:
        said = json.loads(os.read(held, 4096))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _lock(held: int) -> None:
    """Lock an open file for this process alone, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(held, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
