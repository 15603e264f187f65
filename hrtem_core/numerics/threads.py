"""How many threads an analysis takes."""

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
