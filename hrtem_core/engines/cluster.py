"""The workers of a dask scheduler."""

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hrtem_core.engines.memory import take_from_the_system
from hrtem_core.engines.running import AHEAD
from hrtem_core.errors import UserError

T = TypeVar("T")


class EngineError(UserError):
    """What should do the work is not there."""


@dataclass
class Cluster(Executor):
    """The workers of a dask scheduler, behind the `Executor` that its client makes.

    Parameters
    ----------
    client
        A `distributed.Client`; only `get_executor`, `scheduler_info`, `close` and `nthreads` are used.
    """

    client: Any
    ahead = AHEAD
    RETRIES = 2
    LOOK_S = 2.0

    def __post_init__(self) -> None:
        self._executor = self.client.get_executor(retries=self.RETRIES)
        self._known, self._looked_s = 1, -math.inf

    @property
    def n_workers(self) -> int:
        """Threads of all workers: a cluster grows and shrinks, so it is asked every few seconds."""
        if time.monotonic() - self._looked_s > self.LOOK_S:
            self._looked_s = time.monotonic()
            self._known = max(1, sum(map(int, self.client.nthreads().values())))
        return self._known

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Hand a task to the scheduler; the same task twice is done twice."""
        future: Future[T] = self._executor.submit(_on_worker, fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the scheduler go; its workers stay."""
        self._executor.shutdown(wait=wait and not cancel_futures)
        self.client.close()


def _on_worker(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do a task where a worker of dask is; the others there want the other cores."""
    from hrtem_core.numerics import use_threads

    keep_freed_memory()
    use_threads(1)
    return fn(*args, **kwargs)


LARGEST_KEPT_BYTES = 32 << 20
"""The largest block that glibc would keep by itself."""


@cache
def keep_freed_memory() -> bool:
    """Let glibc keep freed blocks for the next array, as it does by itself; whether it is there.

    Workers of dask are told to give every block above 64 kB back to the system (MALLOC_TRIM_THRESHOLD_), and
    an image takes thousands of them: that costs 40 % of its time.
    """
    return take_from_the_system(LARGEST_KEPT_BYTES, keep_free_bytes=2 * LARGEST_KEPT_BYTES)


def dask_cluster(address: str, patience_s: float = 10.0) -> Cluster:
    """The workers of a dask scheduler.

    Parameters
    ----------
    address
        Such as ``tcp://node:8786``, or the path of the scheduler's JSON file.
    patience_s
        How long an answer is waited for.

    Raises
    ------
    EngineError
        If dask is not installed, or nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        install = "pip install hrtem-domains[dask]"
        raise EngineError(f"--dask needs an extra; install it with: {install}") from error
    where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    if address.endswith(".json") and not os.path.exists(address):  # dask would wait for it without end
        raise EngineError(f"No dask scheduler answers at {address}: there is no such file.")
    try:
        make: Any = Client
        return Cluster(make(**where, timeout=patience_s, set_as_default=False))
    except (OSError, ValueError) as error:
        raise EngineError(f"No dask scheduler answers at {address}: {one_of(error)}.") from error


def one_of(error: BaseException) -> str:
    """The first line of an error's text, or its kind."""
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__
