"""What this host can carry: its memory decides how large an image may stay."""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import streamlit as st

from hrtem_core.engines import give_back_free

SMALL_HOST = "HRTEM_SMALL_HOST"

OWN_ADDRESSES = ("localhost", "127.0.0.1", "::1")

SMALL_BYTES = 2 * 1024**3

SMALL_SIDE_PX = 2048

SIDE_PX = 8192

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def is_small() -> bool:
    """Whether images above 2048² are to be binned: as `HRTEM_SMALL_HOST` says, else by the memory found."""
    said = os.environ.get(SMALL_HOST, "").strip()
    return said != "0" if said else memory_bytes() < SMALL_BYTES


def is_own() -> bool:
    """Whether the app serves nobody but this computer."""
    return st.get_option("server.address") in OWN_ADDRESSES


@cache
def memory_bytes() -> int:
    """Memory this process may use: the machine's, or its container's if that is less."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf; a laptop is not small
        return 1 << 40
    try:
        return min(machine, int(CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):  # no container, or "max"
        return machine


_alone = threading.BoundedSemaphore(1)
_for_each_core = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


@contextmanager
def turn(checkpoint: Callable[[], None], say: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
    """As many analyses at a time as there are cores, on a small host one; the others wait for their turn.

    More of them would take the memory of them all, and none would end sooner.

    Parameters
    ----------
    checkpoint
        Called ten times a second; what it raises ends the waiting.
    say
        Tells a person, while its context lasts, that there is somebody before them.
    """
    free = _alone if is_small() else _for_each_core
    if not free.acquire(blocking=False):
        with say():
            while not free.acquire(timeout=0.1):
                checkpoint()
    try:
        yield
    finally:
        free.release()


def collect() -> None:
    """Return what only circles of objects hold, too: results of four visitors on 1536² were 55 MB.

    Python looks for such circles in old objects when a quarter of them are new; this server has a million.
    """
    gc.unfreeze()
    gc.collect()
    keep_what_is_there()
    give_back_free()


def keep_what_is_there() -> None:
    """Have what there is, modules and results, not looked through for circles until the next `collect`.

    Streamlit has that done after every run of a page, in which it took a quarter of the server's time.
    """
    gc.freeze()


def least_bin(shape: tuple[int, int]) -> int:
    """Smallest whole binning that brings an image within what this host carries; 1 when it fits."""
    limit = SMALL_SIDE_PX if is_small() else SIDE_PX
    area = shape[0] * shape[1]
    factor = 1
    while area > (limit * factor) ** 2:
        factor += 1
    return factor
