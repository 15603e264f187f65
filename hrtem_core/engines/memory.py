"""What glibc does with freed memory: keep it for the next array, or give it back to the system."""

import ctypes
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h."""


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


def give_back_free() -> None:
    """Return to the system all that is free inside this process."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
