"""How many threads an analysis takes."""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

_n = 2


def n_threads() -> int:
    """Threads for FFTs and rows of windows: two, or what this process was told; no result depends on it."""
    return _n


def use_threads(n: int) -> None:
    """Take so many from now on: one where other processes are at work on the other cores.

    Parameters
    ----------
    n
        At least 1.
    """
    global _n
    _n = n


def one_library_thread() -> AbstractContextManager[object]:
    """Within it products of matrices (BLAS, and whatever takes OpenMP) take one thread.

    Their work here is small: threads wait for each other longer than they work, and the order of their sums
    is anybody's.
    """
    limit: AbstractContextManager[object] = _libraries(len(sys.modules)).limit(limits=1)
    return limit


@lru_cache(maxsize=1)
def _libraries(n_modules: int) -> ThreadpoolController:  # noqa: ARG001 - it is the key
    """The libraries that this process has loaded, looked for again (2 ms) only after another import."""
    return ThreadpoolController()
