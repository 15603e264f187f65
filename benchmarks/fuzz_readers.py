"""Damaged files of every format against the readers: each must open or end in a clear sentence.

    python benchmarks/fuzz_readers.py --cases 20000 --seed 0 --workers 2
    python benchmarks/fuzz_readers.py --files FOLDER_OF_REAL_FILES --cases 5000

Every case runs in a worker process with a watchdog; a worker that dies (crash, hang) is counted against the
case it was at, and another goes on after it. A worker may take more memory than a reader should, so that
one that does is seen, not refused by the system. Exit status 1 if anything but a micrograph or a `FileError`
came out, if a case took more than 1.5 GB, or if a file was left behind. It needs Linux.
"""

import argparse
import collections
import faulthandler
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SECONDS = 10
MEMORY_BYTES = 1_500_000_000
SYSTEM_BYTES = 6_000_000_000
"""What a worker gets: enough to see who takes too much, too little to stop the machine."""

REPORTED = ("read", "refused", "escaped", "died")

Result = dict[str, float | str]


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _seeds(only: str, files: str) -> list[tuple[str, str, bytes]]:
    """(label, file name, content) of what is damaged: our own dialects, or the files of a folder."""
    from dialects import all_dialects, ser

    if files:
        paths = [p for p in sorted(Path(files).rglob("*")) if p.is_file() and p.stat().st_size < 2**20]
        return [(path.suffix.lower().lstrip("."), path.name, path.read_bytes()) for path in paths]
    made = [(dialect.label, dialect.file_name, dialect.content) for dialect in (*all_dialects(), ser())]
    return [seed for seed in made if seed[0].startswith(only)]


def _on_disk(content: bytes, name: str) -> Path:
    """The content as a file, for what is mapped into memory, or read from its path."""
    descriptor, path = tempfile.mkstemp(Path(name).suffix, f"case-{os.getpid()}-")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return Path(path)


def work(first: int, last: int, step: int, options: argparse.Namespace) -> None:
    """Run cases first, first + step, ... below last; one line of JSON before and after each."""
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "core" / "readers")]
    from mutations import mutated

    from hrtem_core.errors import FileError
    from hrtem_core.readers import list_images, read

    warnings.simplefilter("error")
    seeds = _seeds(options.only, options.files)
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + SYSTEM_BYTES, in_use + SYSTEM_BYTES))
    for case in range(first, last, step):
        label, name, whole = seeds[case % len(seeds)]
        content = mutated(whole, options.seed * 1_000_003 + case)
        print(json.dumps({"case": case, "label": label}), flush=True)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        start, outcome, words = time.perf_counter(), "read", ""
        try:
            given = content if case % 3 else _on_disk(content, name)
            read(given, name=name, average_frames=case % 7 == 0)
            list_images(given, name=name)
        except FileError as error:
            outcome, words = "refused", str(error)
        except Exception as error:
            outcome, words = "escaped", f"{type(error).__name__}: {error}"
        finally:
            for path in Path(tempfile.gettempdir()).glob(f"case-{os.getpid()}-*"):
                path.unlink()
        seconds = time.perf_counter() - start
        faulthandler.cancel_dump_traceback_later()
        line = {"outcome": outcome, "words": words, "seconds": seconds, "peak": _peak_bytes()}
        print(json.dumps(line), flush=True)


def run_worker(
    first: int, last: int, step: int, options: argparse.Namespace, folder: str
) -> Iterator[Result]:
    """Results of a series of cases; workers that die are replaced."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TMPDIR": folder}
    while first < last:
        arguments = ["--worker", str(first), str(last), str(step), "--seed", str(options.seed)]
        arguments += ["--only", options.only, "--files", options.files]
        with subprocess.Popen(
            [sys.executable, __file__, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=folder,
        ) as process:  # fmt: skip
            current: Result = {}
            assert process.stdout is not None
            assert process.stderr is not None
            for line in process.stdout:
                message = json.loads(line) if line.startswith("{") else {"words": line.strip()}
                current.update(message)
                if "outcome" in message:
                    yield current
                    first, current = int(current["case"]) + step, {}
            complaint = process.stderr.read().strip()
        if process.returncode == 0:
            return
        words = f"exit status {process.returncode}: {complaint[-300:]}"
        yield {**current, "outcome": "died", "words": words, "seconds": SECONDS, "peak": 0}
        first = int(current.get("case", last)) + step


def report(results: list[Result], left_behind: list[str], seconds: float) -> bool:
    """Print the table; whether all is well."""
    by_label: dict[str, list[Result]] = collections.defaultdict(list)
    for result in results:
        by_label[str(result["label"]).split("-")[0]].append(result)
    print(f"{'format':12s} {'files':>7s} " + " ".join(f"{name:>8s}" for name in REPORTED) + "  slowest s")
    for label, group in [*sorted(by_label.items()), ("all", results)]:
        counts = collections.Counter(str(result["outcome"]) for result in group)
        slowest = max(float(result["seconds"]) for result in group)
        row = " ".join(f"{counts[name]:8d}" for name in REPORTED)
        print(f"{label:12s} {len(group):7d} {row} {slowest:10.2f}")
    peak = max(float(result["peak"]) for result in results)
    print(f"peak memory of a worker {peak / 1e6:.0f} MB, {seconds:.0f} s, left: {left_behind or 'nothing'}")
    bad = [result for result in results if result["outcome"] in ("escaped", "died")]
    large = [result for result in results if float(result["peak"]) > MEMORY_BYTES]
    bad += [{**result, "outcome": "took too much memory"} for result in large[:1]]
    for result in bad[:20]:
        print(f"  case {result['case']} {result['label']} {result['outcome']}: {result['words']}")
    return not bad and not left_behind


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="formats whose label begins so")
    parser.add_argument("--files", default="", help="damage the files of this folder in place of our own")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--worker", type=int, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(*options.worker, options)
        return 0
    start = time.perf_counter()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:

        def collect(worker: int) -> None:
            last = options.first + options.cases
            results.extend(run_worker(options.first + worker, last, options.workers, options, folder))

        threads = [threading.Thread(target=collect, args=(worker,)) for worker in range(options.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left_behind = sorted(os.listdir(folder))
    return 0 if report(results, left_behind, time.perf_counter() - start) else 1


if __name__ == "__main__":
    sys.exit(main())
