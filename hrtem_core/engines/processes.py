"""Work done in this process, or in spawned ones."""

import contextlib
import gc
import multiprocessing
import os
import pkgutil
import queue
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from hrtem_core.engines.running import AHEAD
from hrtem_core.engines.signals import ToldToEnd, deaf_to_ctrl_c, tidy_when_told_to_end

T = TypeVar("T")

MOST_BEGUN = 8
"""Processes that are started before it is known how many tasks there are."""


class WorkerDied(Exception):
    """The process that worked on a task is gone."""


class Here(Executor):
    """Does every task at once, in this process."""

    n_workers, ahead = 1, 1

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """The task's result, already there."""
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class _Worker:
    """A spawned process that does tasks one after another.

    Parameters
    ----------
    prepare
        As for `Processes`.
    """

    def __init__(self, prepare: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, there = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(there, prepare), daemon=True)
        with deaf_to_ctrl_c():
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


def _serve(pipe: Connection, prepare: str) -> None:
    """The life of a worker: it ends with its parent, whatever that dies of."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, which says what is to happen
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if prepare:
        pkgutil.resolve_name(prepare)()
    tidy_when_told_to_end()  # only now: imports swallow what is raised in them, or make another error of it
    with contextlib.suppress(EOFError, OSError, ToldToEnd):
        while True:
            task, args = pipe.recv()
            try:
                answer = True, task(*args)
            except Exception as error:
                answer = False, error
            pipe.send(answer)
    gc.freeze()  # ends sooner: nothing is looked through for circles once more


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
    prepare
        What each calls before its first task, such as "package.module:function": named, so that whoever
        starts them need not import it.
    """

    ahead = AHEAD

    def __init__(self, n_workers: int, prepare: str = "") -> None:
        self.n_workers, self._prepare = n_workers, prepare
        self._threads = ThreadPoolExecutor(n_workers)
        self._mine = threading.local()
        self._workers: set[_Worker] = set()
        self._begun: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._ending = False

    def begin(self) -> None:
        """Start them, or the first of many, now: they get ready while the tasks are looked for."""
        for _ in range(min(self.n_workers, MOST_BEGUN)):
            self._begun.put(self._another())

    def _another(self) -> _Worker:
        worker = _Worker(self._prepare)
        self._workers.add(worker)
        return worker

    def _one(self) -> _Worker:
        """A worker that is nobody's yet."""
        try:
            return self._begun.get_nowait()
        except queue.Empty:
            return self._another()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Hand over a task; it, its arguments and its result travel as messages."""
        del kwargs
        return self._threads.submit(self._elsewhere, fn, args)

    def _elsewhere(self, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None and not self._ending:
            worker = self._mine.worker = self._one()
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
