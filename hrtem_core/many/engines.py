"""What does the work: this process, spawned ones, or a cluster. Each is a `concurrent.futures.Executor`."""

import contextlib
import ctypes
import math
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from hrtem_core.errors import UserError

T = TypeVar("T")
J = TypeVar("J")

TICK_S = 0.5
"""How often `run` gives word when nothing is done."""

AHEAD = 2
"""Tasks handed over for each worker: one at work, one waiting, so that none is idle and few are lost."""


class WorkerDied(Exception):
    """The process that worked on a task is gone."""


class EngineError(UserError):
    """What should do the work is not there."""


class ToldToEnd(SystemExit):
    """The system has told this process to end; raised where it works, so that it tidies up.

    Parameters
    ----------
    number
        Of the signal; the exit status is 128 more, as a shell would say it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


def tidy_when_told_to_end() -> None:
    """Let SIGTERM and SIGHUP raise `ToldToEnd` from now on, once; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def told(number: int, _: object) -> None:
        for name in names:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise ToldToEnd(number)

    for name in names:
        if signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:  # nohup's choice stays
            signal.signal(getattr(signal, name), told)


class Here(Executor):
    """Does every task at once, in this process."""

    n_workers, ahead = 1, 1

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """The task's result, already there."""
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class _Worker:
    """A spawned process that does tasks one after another."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, there = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def call(self, task: Any) -> Any:
        """What the task gives; if the process dies meanwhile, `WorkerDied`."""
        try:
            self.pipe.send(task)
            good, value = self.pipe.recv()
        except (EOFError, OSError) as error:
            self.process.join(5)
            raise WorkerDied(self.process.exitcode) from error
        if not good:
            raise value
        return value


def _serve(pipe: Connection) -> None:
    """The life of a worker: it ends with its parent, whatever that dies of."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, which says what is to happen
    tidy_when_told_to_end()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError, ToldToEnd):
        while True:
            task, args = pipe.recv()
            try:
                answer = True, task(*args)
            except Exception as error:
                answer = False, error
            pipe.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Processes(Executor):
    """Spawned processes, each by itself: one that dies fails its task only, and another takes its place.

    Parameters
    ----------
    n_workers
        How many.
    """

    ahead = AHEAD

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._threads = ThreadPoolExecutor(n_workers)
        self._mine = threading.local()
        self._workers: set[_Worker] = set()
        self._ending = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Hand over a task; it, its arguments and its result travel as messages."""
        del kwargs
        return self._threads.submit(self._elsewhere, fn, args)

    def _elsewhere(self, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None and not self._ending:
            worker = self._mine.worker = _Worker()
            self._workers.add(worker)
        if worker is None or self._ending:
            raise WorkerDied(None)
        try:
            result: T = worker.call((fn, args))
        except WorkerDied:
            self._workers.discard(worker)
            self._mine.worker = None
            raise
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End: with `cancel_futures` at once, each worker tidying up what it was at; else after all tasks."""
        if cancel_futures:
            self._ending = True
            for worker in list(self._workers):
                worker.process.terminate()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        for worker in list(self._workers):
            worker.pipe.close()
        for worker in list(self._workers):
            worker.process.join(10)
            if worker.process.is_alive():
                worker.process.kill()


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
    """Do a task where a worker of dask is."""
    keep_freed_memory()
    return fn(*args, **kwargs)


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES = -1, -3, 32 << 20
"""Of glibc's malloc.h, and the largest block that it would keep by itself."""


@cache
def keep_freed_memory() -> bool:
    """Let glibc keep freed blocks for the next array, as it does by itself; whether it is there.

    Workers of dask are told to give every block above 64 kB back to the system (MALLOC_TRIM_THRESHOLD_), and
    an image takes thousands of them: that costs 40 % of its time.
    """
    try:
        library = ctypes.CDLL("libc.so.6")
        trim = library.mallopt(M_TRIM_THRESHOLD, 2 * LARGEST_KEPT_BYTES)
        return bool(trim and library.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES))
    except (OSError, AttributeError):  # another system, or another C library
        return False


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


def run(
    jobs: Iterable[J | None], executor: Any, do: Callable[[J], T], lost: Callable[[J, BaseException], T]
) -> Iterator[T | None]:
    """Do jobs with an executor, and give their results as they come.

    Parameters
    ----------
    jobs
        What to do, looked at only when there is room; a None says that there is nothing to do just now.
    executor
        Any `concurrent.futures.Executor`. Its `n_workers` says how many it has (else `_max_workers`, else 1),
        and its `ahead` how many tasks for each are handed over at a time (else 2).
    do
        What is done to each.
    lost
        What to give for a job whose worker is gone.

    Yields
    ------
    result
        In the order in which they end; a None at least every `TICK_S` seconds.
    """
    waiting = iter(jobs)
    done: queue.SimpleQueue[tuple[J, Future[T]]] = queue.SimpleQueue()
    n_out, more = 0, True
    while more or n_out:
        while more and n_out < getattr(executor, "ahead", AHEAD) * _n_workers(executor):
            try:
                job = next(waiting)
            except StopIteration:
                more = False
                break
            if job is None:
                break
            executor.submit(do, job).add_done_callback(lambda future, job=job: done.put((job, future)))
            n_out += 1
        try:
            job, future = done.get(timeout=TICK_S)
        except queue.Empty:
            yield None
            continue
        n_out -= 1
        yield _result(job, future, lost)


def _n_workers(executor: Any) -> int:
    return int(getattr(executor, "n_workers", getattr(executor, "_max_workers", 1)))


def _result(job: J, future: "Future[T]", lost: Callable[[J, BaseException], T]) -> T:
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        return lost(job, error)
