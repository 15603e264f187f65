"""Jobs through any `concurrent.futures.Executor`, never too far ahead."""

import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

T = TypeVar("T")
J = TypeVar("J")

TICK_S = 0.5
"""How often `run` gives word when nothing is done."""

AHEAD = 2
"""Tasks handed over for each worker: one at work, one waiting, so that none is idle and few are lost."""


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
    while True:
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
        if not (more or n_out):
            return
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
