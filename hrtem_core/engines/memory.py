"""What glibc and Linux do with freed memory: keep it for the next array, or give it back to the system."""

import ctypes
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Of glibc's malloc.h."""

PR_SET_THP_DISABLE = 41
"""Of Linux's sys/prctl.h."""


@cache
def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libc.so.6")
        return library if library.mallopt and library.malloc_trim else None
    except (OSError, AttributeError):  # another system, or another C library
        return None


def take_from_the_system(from_bytes: int, *, keep_free_bytes: int | None = None) -> bool:
    """Take blocks from a size on straight from the system, and give them back when freed; smaller ones stay.

    Parameters
    ----------
    from_bytes
        That size; at most 32 MB.
    keep_free_bytes
        How much of what lies free at the end of an arena stays, too; glibc's own choice where not given.

    Returns
    -------
    bool
        Whether glibc is there and has taken it.
    """
    library = _glibc()
    if library is None:
        return False
    kept = keep_free_bytes is None or library.mallopt(M_TRIM_THRESHOLD, keep_free_bytes)
    return bool(kept and library.mallopt(M_MMAP_THRESHOLD, from_bytes))


def share_arenas(n_arenas: int) -> bool:
    """Have threads that begin from now on take memory from the arenas there are, or from so many.

    Each arena keeps what was freed in it, and glibc makes eight for every core. It heeds this as long as
    there are no more than eight in all.

    Parameters
    ----------
    n_arenas
        More than these are not made.

    Returns
    -------
    bool
        Whether glibc is there and has taken it.
    """
    library = _glibc()
    return library is not None and bool(library.mallopt(M_ARENA_MAX, n_arenas))


def without_huge_pages() -> bool:
    """Have this process take no huge pages.

    numpy asks for them, and Linux fills with them again what was freed.

    Returns
    -------
    bool
        Whether Linux is there and has taken it.
    """
    library = _glibc()
    return library is not None and library.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0


def give_back_free() -> None:
    """Return to the system all that is free inside this process."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
