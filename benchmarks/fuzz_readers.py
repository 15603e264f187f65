"""Damaged and lying files of every format against the readers: each must open or end in a clear sentence.

    python benchmarks/fuzz_readers.py --cases 20000 --seed 0 --workers 2
    python benchmarks/fuzz_readers.py --lies --cases 5000           built as they should be, wrong contents
    python benchmarks/fuzz_readers.py --maps --cases 5000           as maps and spectra; with --lies too
    python benchmarks/fuzz_readers.py --files FOLDER_OF_REAL_FILES --cases 5000
    python benchmarks/fuzz_readers.py --files FOLDER --as-they-are  each file of a folder once

Every case is read and listed as the app and the command line do it: by a reading process that is held to
what a file of its size may take. Exit status 1 if anything but a micrograph or a `FileError` came out, if a
file of less than `SMALL_BYTES` took more than `MEMORY_BYTES` or `SECONDS` of processor time, or if a file was
left behind. "ended" are those at which the reading process had to be ended. It needs Linux.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
SECONDS, MEMORY_BYTES, SMALL_BYTES = 5.0, 300_000_000, 65_536

REPORTED = ("read", "refused", "ended", "escaped", "died")

Result = dict[str, float | str]


def _seeds(only: str, files: str, maps: bool) -> list[tuple[str, str, bytes]]:
    """(label, file name, content) of what is damaged: our own dialects, or the files of a folder."""
    if files:
        paths = [p for p in sorted(Path(files).rglob("*")) if p.is_file() and p.stat().st_size < 2**20]
        return [(path.suffix.lower().lstrip("."), path.name, path.read_bytes()) for path in paths]
    if maps:
        from cube_files import cube_files

        with tempfile.TemporaryDirectory() as folder:
            return [seed for seed in cube_files(Path(folder)) if seed[0].startswith(only)]
    from dialects import all_dialects, ser

    made = [(dialect.label, dialect.file_name, dialect.content) for dialect in (*all_dialects(), ser())]
    return [seed for seed in made if seed[0].startswith(only)]


def _on_disk(content: bytes, name: str) -> Path:
    """The content as a file, for what is mapped into memory, or read from its path."""
    descriptor, path = tempfile.mkstemp(Path(name).suffix, f"case-{os.getpid()}-")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return Path(path)


def _half_of(path: Path, seeds: list[tuple[str, str, bytes]]) -> Path | None:
    """The other half of Ripple's two files, as it should be, written beside a damaged one."""
    other = {".rpl": ".raw", ".raw": ".rpl"}.get(path.suffix)
    whole = next((content for _, name, content in seeds if other and name.endswith(other)), None)
    if other is None or whole is None:
        return None
    path.with_suffix(other).write_bytes(whole)
    return path.with_suffix(other)


class Measured:
    """A reading process, and what it takes."""

    def __init__(self) -> None:
        from hrtem_core.readers.apart import Reader

        self.reader = Reader()
        self.process = psutil.Process(self.reader.pid)
        self.begin()

    def begin(self) -> None:
        """Take the measure from here on."""
        Path(f"/proc/{self.reader.pid}/clear_refs").write_text("5")
        self.seconds = self._seconds()

    def _seconds(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def taken(self) -> tuple[float, float]:
        """Bytes at most, and seconds of processor time, since `begin`; infinite time when it has ended."""
        try:
            status = Path(f"/proc/{self.reader.pid}/status").read_text()
            peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
            return peak, self._seconds() - self.seconds
        except (OSError, IndexError, psutil.Error):
            return 0.0, float("inf")


def _read(measured: Measured, content: bytes | Path, name: str, image: dict[str, object]) -> None:
    """Read and list a file, as the app does."""
    from hrtem_core.checkpoints import go_on
    from hrtem_core.errors import FileError
    from hrtem_core.readers.limits import Limits
    from hrtem_core.readers.messages import micrograph_from
    from hrtem_core.readers.source import open_source

    source = open_source(content, name, Limits())
    for asked in ({"do": "list"}, {"do": "read", **image}):
        answer = measured.reader.ask({**asked, "max_file_bytes": 1 << 30}, source, go_on)
        if "error" in answer or "no_memory" in answer:
            raise FileError(str(answer))
    micrograph_from(answer["micrograph"], answer["content"])


SPANS = [[150.0, 250.0], [300.0, 340.0]]


def _compose(measured: Measured, content: bytes | Path, name: str) -> None:
    """Read a file as a map, and as a spectrum image, as `compose` does; one of them is enough."""
    from hrtem_core.checkpoints import go_on
    from hrtem_core.errors import FileError
    from hrtem_core.readers.limits import Limits
    from hrtem_core.readers.messages import array_from, span_sums_from
    from hrtem_core.readers.open_spectrum_image import numbers_of
    from hrtem_core.readers.source import open_source

    source = open_source(numbers_of(content), name, Limits())
    refused = []
    for asked in ({"do": "numbers", "image": 0}, {"do": "spans", "spans": SPANS}):
        answer = measured.reader.ask({**asked, "max_file_bytes": 1 << 30}, source, go_on)
        if "error" in answer or "no_memory" in answer:
            refused.append(str(answer))
            continue
        numbers = array_from(answer["array"], answer["content"])
        if "spans" in answer:
            span_sums_from(answer["spans"], numbers)
    if len(refused) == 2:
        raise FileError("; ".join(refused))


def _case(
    number: int, options: argparse.Namespace, seeds: list[tuple[str, str, bytes]]
) -> tuple[str, str, bytes]:
    """Label, name and content."""
    from liars import lying
    from mutations import mutated

    if options.lies:
        return lying(number, options.seed)
    label, name, whole = seeds[number % len(seeds)]
    return label, name, whole if options.as_they_are else mutated(whole, options.seed * 1_000_003 + number)


def work(first: int, last: int, step: int, options: argparse.Namespace) -> None:
    """Run cases first, first + step, ... below last; one line of JSON before and after each."""
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "core" / "readers")]
    from hrtem_core.errors import FileError

    warnings.simplefilter("error")
    seeds = [] if options.lies else _seeds(options.only, options.files, options.maps)
    measured = Measured()
    for case in range(first, last, step):
        label, name, content = _case(case, options, seeds)
        print(json.dumps({"case": case, "label": label, "n_bytes": len(content)}), flush=True)
        measured.begin()
        outcome, words = "read", ""
        is_half = name.endswith((".rpl", ".raw"))
        given = _on_disk(content, name) if is_half or not case % 3 else content
        half = _half_of(given, seeds) if isinstance(given, Path) else None
        try:
            if options.maps:
                _compose(measured, given, name)
            else:
                _read(measured, given, name, {"image": 0, "average_frames": case % 7 == 0})
        except FileError as error:
            outcome, words = "refused", str(error)
        except Exception as error:
            outcome, words = "escaped", f"{type(error).__name__}: {error}"
        for path in (given, half):
            if isinstance(path, Path):
                path.unlink()
        peak, seconds = measured.taken()
        if not measured.reader.is_fresh:
            outcome = "ended" if outcome == "refused" and seconds == float("inf") else outcome
            measured.reader.end()
            measured = Measured()
        line = {"outcome": outcome, "words": words, "seconds": min(seconds, SECONDS), "peak": peak}
        print(json.dumps(line), flush=True)
    measured.reader.end()


def run_worker(
    first: int, last: int, step: int, options: argparse.Namespace, folder: str
) -> Iterator[Result]:
    """Results of a series of cases; workers that die are replaced."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TMPDIR": folder}
    while first < last:
        arguments = ["--worker", str(first), str(last), str(step), "--seed", str(options.seed)]
        arguments += ["--only", options.only, "--files", options.files]
        arguments += (
            ["--maps"] * options.maps + ["--lies"] * options.lies + ["--as-they-are"] * options.as_they_are
        )
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


def _took_too_much(result: Result) -> bool:
    small = float(result["n_bytes"]) <= SMALL_BYTES
    return small and (float(result["peak"]) > MEMORY_BYTES or float(result["seconds"]) > SECONDS)


def report(results: list[Result], left_behind: list[str], seconds: float) -> bool:
    """Print the table; whether all is well."""
    by_label: dict[str, list[Result]] = collections.defaultdict(list)
    for result in results:
        by_label[str(result.get("label", "none")).split("-")[0]].append(result)
    head = " ".join(f"{name:>8s}" for name in REPORTED)
    print(f"{'format':12s} {'files':>7s} {head}  slowest s   peak MB")
    for label, group in [*sorted(by_label.items()), ("all", results)]:
        counts = collections.Counter(str(result["outcome"]) for result in group)
        slowest = max(float(result["seconds"]) for result in group)
        row = " ".join(f"{counts[name]:8d}" for name in REPORTED)
        peak = max(float(result["peak"]) for result in group) / 1e6
        print(f"{label:12s} {len(group):7d} {row} {slowest:10.2f} {peak:9.0f}")
    print(f"{seconds:.0f} s, left: {left_behind or 'nothing'}")
    for result in [one for one in results if one["outcome"] == "ended"][:20]:
        print(f"  case {result['case']} {result['label']} {result['n_bytes']} bytes ended: {result['words']}")
    bad = [result for result in results if result["outcome"] in ("escaped", "died")]
    bad += [{**one, "outcome": "took too much"} for one in results if _took_too_much(one)]
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
    parser.add_argument("--maps", action="store_true", help="read as maps and as spectrum images")
    parser.add_argument("--lies", action="store_true", help="files that lie, in place of damaged ones")
    parser.add_argument("--as-they-are", action="store_true", help="the files themselves, not damaged")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--worker", type=int, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(*options.worker, options)
        return 0
    if options.as_they_are:
        options.cases = len(_seeds("", options.files, options.maps))
    start = time.perf_counter()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:

        def collect(worker: int) -> None:
            last = options.first + options.cases
            for result in run_worker(options.first + worker, last, options.workers, options, folder):
                results.append(result)

        threads = [
            threading.Thread(target=collect, args=(worker,), daemon=True) for worker in range(options.workers)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            print(f"interrupted after {len(results)} of {options.cases} cases")
        left_behind = sorted(os.listdir(folder))
    return 0 if report(results, left_behind, time.perf_counter() - start) else 1


if __name__ == "__main__":
    sys.exit(main())
