"""What does the work: never too far ahead, and what dies there takes nothing with it."""

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from hrtem_core.cli.batch import Engine
from hrtem_core.engines import (
    Cluster,
    EngineError,
    Here,
    Processes,
    WorkerDied,
    dask_cluster,
    run,
    running,
)
from hrtem_core.numerics import n_threads
from hrtem_core.numerics.libraries import LIBRARIES

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _nothing_runs_again_in_spawned_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of the app leave a page as `__main__`, which a spawned process would run."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def lost(job: object, error: BaseException) -> str:
    return f"lost {job}: {type(error).__name__}"


class Counting(Executor):
    """A stand-in for any executor: counts tasks that are handed over and not yet done."""

    def __init__(self, n_workers: int) -> None:
        self._pool, self._lock = ThreadPoolExecutor(n_workers), threading.Lock()
        self._max_workers, self.n_out, self.most = n_workers, 0, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> "Future[Any]":
        with self._lock:
            self.n_out += 1
            self.most = max(self.most, self.n_out)
        future = self._pool.submit(fn, *args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        with self._lock:
            self.n_out -= 1


def test_at_most_twice_the_workers_ahead_whatever_the_executor() -> None:
    executor = Counting(3)
    looked_at = []

    def jobs() -> Iterator[int]:
        for number in range(40):
            looked_at.append(number)
            yield number

    results = []
    for result in run(jobs(), executor, lambda number: number * 2, lost):
        results.append(result)
        assert len(looked_at) <= len(results) + 6 + 1
    assert sorted(results) == [2 * number for number in range(40)]
    assert executor.most <= 6


def test_a_task_that_raises_is_lost_and_no_more() -> None:
    executor = ThreadPoolExecutor(1)
    results = list(run([1, 0, 2], executor, lambda number: 2 / number, lost))
    assert sorted(map(str, results)) == ["1.0", "2.0", "lost 0: ZeroDivisionError"]


def test_word_comes_while_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "TICK_S", 0.01)
    executor, go_on = ThreadPoolExecutor(1), threading.Event()
    results = []
    for result in run(iter([None, 1, None]), executor, lambda _: go_on.wait(5), lost):
        results.append(result)
        if len(results) > 3:
            go_on.set()
    assert set(results) == {None, True}


@pytest.mark.parametrize("n_jobs", [0, 1, 3])
@pytest.mark.parametrize("executor", [Here(), ThreadPoolExecutor(1)], ids=["here", "elsewhere"])
def test_nobody_waits_once_all_is_done(executor: Executor, n_jobs: int) -> None:
    results = list(run(range(n_jobs), executor, str, lost))
    assert results == [str(number) for number in range(n_jobs)]


def test_a_process_that_dies_fails_its_own_task() -> None:
    with Processes(2) as executor:
        dying, living = executor.submit(os._exit, 9), executor.submit(time.sleep, 0.5)
        with pytest.raises(WorkerDied):
            dying.result(30)
        assert living.result(30) is None
        assert len({executor.submit(os.getpid).result(30) for _ in range(3)} - {os.getpid()}) >= 1


def test_errors_of_tasks_come_home() -> None:
    with Processes(1) as executor, pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result(30)


def test_ending_at_once_ends_the_processes() -> None:
    executor = Processes(1)
    pid = executor.submit(os.getpid).result(30)
    at_work = executor.submit(time.sleep, 60)
    while not at_work.running():
        time.sleep(0.01)
    executor.shutdown(cancel_futures=True)
    with pytest.raises(WorkerDied):  # had it been waited for, its result would be there
        at_work.result(1)
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
def test_processes_end_with_their_parent_whatever_it_dies_of() -> None:
    code = (
        "import os, time\nfrom hrtem_core.engines import Processes\nexecutor = Processes(1)\n"
        "print(executor.submit(os.getpid).result(), flush=True)\nexecutor.submit(time.sleep, 60).result()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 20
    while psutil.pid_exists(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(worker)


def test_dask_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(EngineError, match=r"none\.json: there is no such file\."):
        dask_cluster(str(tmp_path / "none.json"))
    with pytest.raises(EngineError, match=r"No dask scheduler answers at tcp://127\.0\.0\.1:9: "):
        dask_cluster("tcp://127.0.0.1:9", patience_s=0.3)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EngineError, match=r"pip install hrtem-domains\[dask\]"):
        dask_cluster("tcp://127.0.0.1:1")


class FakeClient:
    """What `Cluster` asks of a `distributed.Client`."""

    def __init__(self) -> None:
        self.asked: dict[str, object] = {}
        self.closed = False

    def get_executor(self, **asked: object) -> Executor:
        self.asked = asked
        return ThreadPoolExecutor(2)

    def nthreads(self) -> dict[str, int]:
        return {"tcp://a": 3, "tcp://b": 2}

    def close(self) -> None:
        self.closed = True


def test_a_cluster_is_an_executor() -> None:
    client = FakeClient()
    cluster = Cluster(client)
    assert (cluster.n_workers, cluster.ahead, client.asked) == (5, 2, {"retries": 2})
    assert sorted(run(range(5), cluster, lambda number: number, lost)) == list(range(5))
    cluster.shutdown()
    assert client.closed


PAGE_FAULTS = """
import resource, numpy as np
from hrtem_core.engines.cluster import keep_freed_memory as keep
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
{before}
begun = faults()
for _ in range(50):
    np.ones(1 << 18)
print(faults() - begun)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told what dask tells it")
def test_a_worker_of_dask_keeps_freed_memory() -> None:
    """It is told to give it back, which costs 40 % of an image's time."""
    told = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
    given_back, kept = (
        int(
            subprocess.check_output(
                [sys.executable, "-c", PAGE_FAULTS.format(before=one)], env=told, cwd=ROOT
            )
        )
        for one in ("pass", "assert keep()")
    )
    assert kept < given_back / 5


def test_what_starts_processes_imports_nothing_that_takes_time() -> None:
    """They load their libraries while the one that starts them loads its own, and lists the images."""
    code = "import sys, hrtem_core.cli.batch, hrtem_core.cli.commands\nprint('numpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "False\n"


def imported_whole(code: str) -> list[str]:
    """The modules that a new process holds after some lines."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split()


def imported(code: str) -> set[str]:
    """The libraries, and parts of scipy, among them."""
    parts = (name.split(".") for name in imported_whole(code))
    return {".".join(part[:2]) if part[0] == "scipy" else part[0] for part in parts}


ANALYZE_NOISE = """
import numpy as np, hrtem_core as hc
noise = np.random.default_rng(0).normal(size=(256, 256))
hc.analyze(hc.Micrograph(noise, hc.PixelSize(0.03, 0.03), "noise"), hc.Recipe())
"""


@pytest.mark.parametrize("asks", ["hrtem_core.many", "hrtem_core.readers.worker"])
def test_listing_and_reading_images_need_no_library_that_only_analyses_need(asks: str) -> None:
    names = ("fft", "ndimage", "special", "sparse", "stats", "optimize", "interpolate", "spatial", "linalg")
    dear = {"sklearn", "pandas", *(f"scipy.{name}" for name in names)}
    assert not dear & imported(f"import {asks}")


def test_what_an_analysis_takes_is_loaded_before_there_is_an_image() -> None:
    loaded = imported("from hrtem_core.many import get_ready\nget_ready()")
    taken = imported(ANALYZE_NOISE)
    assert taken <= loaded
    assert {".".join(name.split(".")[:2]) for name in LIBRARIES} <= taken


def test_the_app_has_loaded_what_an_analysis_takes_before_its_visitors_are_threads() -> None:
    assert set(LIBRARIES) <= set(imported_whole("import hrtem_ui.session.compute"))


def test_reading_begins_before_what_an_analysis_takes_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    monkeypatch.setattr("hrtem_core.readers.begin_reading", lambda: begun.append(1))
    file, out = tmp_path / "a.tif", tmp_path / "out"
    file.write_bytes(b"x")
    for engine in (Engine(2), Engine(1)):
        engine.begin([file], out)
    assert len(begun) == 2
    Engine(dask="tcp://127.0.0.1:1").begin([file], out)  # elsewhere
    with Engine(2) as engine:
        engine.begin([tmp_path], out)  # by processes, each of which has its own
    (out / ".ledger").mkdir(parents=True)
    Engine(1).begin([file], out)  # all may be done already
    assert len(begun) == 2


def test_processes_that_were_begun_get_ready_and_are_the_ones_that_work() -> None:
    with Processes(1, "hrtem_core.many:get_ready_beside_others") as executor:
        executor.begin()
        (begun,) = {worker.process.pid for worker in executor._workers}
        assert executor.submit(n_threads).result(60) == 1  # the other cores are for the others
        assert executor.submit(os.getpid).result(30) == begun


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="nothing of the kind there")
def test_a_process_that_starts_does_not_hear_ctrl_c() -> None:
    with Processes(1) as executor:
        executor.begin()
        (worker,) = executor._workers
        os.kill(worker.process.pid or 0, signal.SIGINT)
        assert executor.submit(os.getpid).result(30) == worker.process.pid


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="nothing of the kind there")
def test_the_first_process_of_all_does_not_hear_ctrl_c_either() -> None:
    """What multiprocessing starts beside it lets the signals through again."""
    code = (
        "import os, signal\nfrom hrtem_core.engines import Processes\nexecutor = Processes(1)\n"
        "executor.begin()\n(worker,) = executor._workers\nos.kill(worker.process.pid, signal.SIGINT)\n"
        "print(executor.submit(os.getpid).result() == worker.process.pid)\nexecutor.shutdown()"
    )
    said = subprocess.check_output(
        [sys.executable, "-c", code], cwd=ROOT, text=True, stderr=subprocess.STDOUT
    )
    assert said == "True\n"


def folder_of(tmp_path: Path) -> Path:
    (tmp_path / "films").mkdir()
    return tmp_path / "films"


@pytest.mark.parametrize("jobs", [2, 3])
def test_processes_are_begun_for_a_folder(tmp_path: Path, jobs: int) -> None:
    with Engine(jobs) as engine:
        engine.begin([folder_of(tmp_path)], tmp_path / "out")
        executor = engine.start(40)
        assert isinstance(executor, Processes)
        assert len(executor._workers) == jobs
        workers = list(executor._workers)
    assert not any(worker.process.is_alive() for worker in workers)


def test_processes_are_not_begun_in_vain(tmp_path: Path) -> None:
    folder, out = folder_of(tmp_path), tmp_path / "out"
    Engine(1).begin([folder], out)
    with Engine(2) as engine:
        engine.begin([tmp_path / "films"], out)
        assert isinstance(engine.start(2), Here)  # they have ended
        (folder / "a.tif").write_bytes(b"x")
        for files in ([folder / "a.tif"], [folder]):
            (out / ".ledger").mkdir(parents=True, exist_ok=True)  # all may be done already
            engine.begin(files, out)
            executor = engine.start(40)
            assert isinstance(executor, Processes)
            assert executor._workers == set()
            executor.shutdown()
