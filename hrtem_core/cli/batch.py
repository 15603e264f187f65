"""Many files, one recipe, in words: what comes of each, how far it is, and what came of all."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from hrtem_core.cli.console import Progress, Speaker, counted, duration
from hrtem_core.engines import Here, Processes, dask_cluster
from hrtem_core.errors import UserError

if TYPE_CHECKING:
    from hrtem_core.many import Batch, Entry, Estimate, Found, Job, Merged, Orders, Outcome

LATEST_STEPS = 5
"""Of `convergence.csv`, over which the last line averages: a single image says little."""

GOES_ON = "The same command goes on where this one ended."


class NoImagesError(UserError):
    """There is nothing to analyze."""


class NoPlaceError(UserError):
    """There is no place for results."""


@dataclass
class Engine:
    """What is to do the work; what it has started ends with its block at the latest.

    Parameters
    ----------
    jobs
        Processes here; None for one per core.
    dask
        Address of a scheduler, in place of them.
    """

    jobs: int | None = None
    dask: str | None = None
    _begun: Processes | None = field(default=None, init=False)

    def begin(self, files: Sequence[Path], out: Path) -> None:
        """Start what will do the work before it is known what there is to do.

        Its libraries take longer to load than the images to be listed: those of processes, where there will
        be much, else of the one that reads. Where there is a ledger, all may be done already.
        """
        if self.dask is not None or (out / ".ledger").exists():
            return
        is_much = len(files) > 2 or any(os.path.isdir(one) or not os.path.exists(one) for one in files)
        n_workers = self.jobs or n_cores()
        if n_workers > 1 and is_much:
            self._begun = _processes(n_workers)
            self._begun.begin()
        else:
            from hrtem_core.readers import begin_reading

            begin_reading()

    def start(self, n_images: int) -> Executor:
        """The executor for so many images: for two or three no process is worth its start."""
        if self.dask is not None:
            return dask_cluster(self.dask)
        n_workers = min(self.jobs or n_cores(), (n_images + 1) // 2)
        if n_workers <= 1:
            self.end()
            return Here()
        return self._begun or _processes(n_workers)

    def end(self) -> None:
        """End what was started."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.shutdown(cancel_futures=True)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def _processes(n_workers: int) -> Processes:
    return Processes(n_workers, "hrtem_core.many:get_ready_beside_others")


def n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def analyze_files(
    files: Sequence[Path], orders: "Orders", engine: Engine, *, quiet: bool = False, watch: bool = False
) -> bool:
    """Analyze what some arguments stand for, and write and merge the results.

    Parameters
    ----------
    files
        Files, folders, patterns, lists.
    orders
        What is to be done with each, and where it goes.
    engine
        What does it.
    quiet
        Whether to say nothing of what goes well.
    watch
        Whether to wait for files to come, until interrupted.

    Returns
    -------
    is_good
        Whether nothing failed; each failure is one line on stderr.

    Raises
    ------
    NoImagesError, NoPlaceError
        If the arguments stand for no image, or `out` for no folder.
    """
    from hrtem_core.many import Batch, StoppedError

    if orders.out.exists() and not orders.out.is_dir():
        raise NoPlaceError(f"{orders.out} is not a folder; choose another one for the results.")
    found = orders.find(files)
    if not (found.inputs or found.problems or watch):
        given = " ".join(map(str, files))
        raise NoImagesError(f"{given} holds no image that can be read here ('formats' lists them).")
    is_single = not watch and not any(map(os.path.isdir, files))
    batch, speaker = Batch(orders, found, alone=is_single), Speaker(quiet)
    batch.sweep()
    _say_what_is_left_alone(found, speaker)
    if watch:
        return _watch(batch, files, engine, speaker)
    jobs = batch.to_do()
    try:
        _work(batch, jobs, engine.start(len(jobs)), speaker)
    except StoppedError as end:
        _say_how_it_ended(batch, str(end), speaker)
        return False
    except BaseException as end:
        _say_how_it_ended(batch, "interrupted." if isinstance(end, KeyboardInterrupt) else "", speaker)
        raise
    return _conclude(batch, found, jobs, speaker)


def _say_what_is_left_alone(found: "Found", speaker: Speaker) -> None:
    if found.other:
        kinds = ", ".join(f"{n} {ending or 'without ending'}" for ending, n in found.other.most_common(5))
        n = sum(found.other.values())
        speaker.remark("note", f"{counted(n, 'file')} of other kinds left alone ({kinds})")


def _work(batch: "Batch", jobs: "Iterable[Job | None]", engine: Executor, speaker: Speaker) -> None:
    """Do the jobs; what ends it early is raised once all that was at work has tidied up."""
    from hrtem_core.many import analyze_one, get_ready

    do: Callable[[Job], Outcome] = analyze_one
    if isinstance(engine, Here):
        if jobs:
            get_ready()
        do = partial(_analyze_aloud, speaker=speaker, stages=batch.is_one)
    try:
        for outcome in batch.outcomes(jobs, engine, do):
            if outcome is not None:
                _say(outcome, speaker, remarks=not isinstance(engine, Here))
                batch.check(outcome)
            if not batch.is_one and batch.tally.n_over < batch.tally.n_all:
                speaker.progress(_how_far(batch), batch.tally.n_over)
    except BaseException:
        engine.shutdown(wait=True, cancel_futures=True)
        raise
    engine.shutdown()


def _analyze_aloud(job: "Job", *, speaker: Speaker, stages: bool) -> "Outcome":
    """Analyze an image in this process, and say what there is to say while it is done."""
    from hrtem_core.many import analyze_one

    name = _name(job.path.name, job.image_id, job.image)
    progress = Progress(name, speaker.problem) if stages and not speaker.quiet else None
    return analyze_one(job, progress, lambda text: speaker.remark(name, text))


def _name(file_name: str, image_id: str, image: int | None) -> str:
    """An image's name for people, with the folders that tell it from others."""
    folder = PurePosixPath(image_id).parent
    if image is None:
        return str(folder / file_name)
    return f"{folder.parent / file_name}, image {image}"


def _say(outcome: "Outcome", speaker: Speaker, remarks: bool) -> None:
    """Say what became of one image."""
    entry = outcome.entry
    name = _name(Path(entry.path).name, entry.image_id, entry.which) if entry.image_id else entry.path
    for text in outcome.remarks if remarks else ():
        speaker.remark(name, text)
    if outcome.error:
        speaker.problem(outcome.error if outcome.error.startswith(name) else f"{name}: {outcome.error}")
    elif outcome.found:
        speaker.result(f"{name}: {outcome.found} -> {outcome.folder}")


def _how_far(batch: "Batch") -> str:
    """Such as "37 of 1000, 2 failed, 12 min left"."""
    tally = batch.tally
    failed = f", {tally.n_failed} failed" if tally.n_failed else ""
    left = tally.seconds_left()
    return f"{tally.n_over} of {tally.n_all}{failed}" + (f", {duration(left)} left" if left else "")


def _say_how_it_ended(batch: "Batch", why: str, speaker: Speaker) -> None:
    """Why a run was cut off, and what was done."""
    if batch.is_one:
        return
    if why:
        speaker.problem(why)
    failed: Sequence[Entry] = ()
    with suppress(OSError):  # a full disk does not hide why it ended
        failed = batch.end(cut_off=True)
    speaker.problem(f"{_what_was_done(batch, failed)}. {GOES_ON}")


def _what_was_done(batch: "Batch", failed: "Sequence[Entry]") -> str:
    """In one sentence, without its full stop."""
    tally = batch.tally
    earlier = f" ({tally.n_earlier} of them earlier)" if tally.n_earlier and tally.n_done else ""
    text = f"{tally.n_done + tally.n_earlier} of {tally.n_all} done{earlier}"
    if tally.n_earlier and not tally.n_done:
        text = f"{tally.n_earlier} of {tally.n_all} done already"
    return f"{text}, {len(failed)} failed ({batch.orders.out / 'failures.csv'})" if failed else text


def _conclude(batch: "Batch", found: "Found", jobs: "Sequence[Job]", speaker: Speaker) -> bool:
    """Write down failures, merge, and say what came of all."""
    out, tally = batch.orders.out, batch.tally
    failed = batch.end()
    if batch.is_one:
        if tally.n_earlier:
            speaker.result(f"{batch.jobs[0].path.name}: done already -> {batch.jobs[0].folder}")
        return not tally.n_failed
    speaker.result(f"{_what_was_done(batch, failed)} -> {out}")
    if batch.orders.shard and not batch.is_complete(found):
        speaker.result(f"Once all shards have ended: hrtem_core merge {out}")
    elif jobs or batch.problems or not batch.is_merged():
        _merge(out, speaker)
    return not tally.n_failed


def _merge(out: Path, speaker: Speaker) -> None:
    from hrtem_core.many import merge

    for line in in_words(merge(out)):
        speaker.result(line)


def in_words(merged: "Merged") -> list[str]:
    """What a merge has made, in lines."""
    rows = ", ".join(f"{n} {name}" for name, n in merged.n_rows.items())
    lines = [f"merged: {merged.n_done} of {counted(len(merged.images), 'image')}, {rows} -> {merged.folder}"]
    known = {one.quantity: one for one in merged.estimates}
    for name, title in (
        ("crystalline_fraction", "crystalline fraction"),
        ("crystallite_mean_diameter", "mean diameter of crystallites"),
        ("crystallite_density", "crystallites per nm²"),
    ):
        lines += _estimate(title, known[name])
    means = [step for step in merged.steps if step.quantity == "crystallite_mean_diameter"]
    moved = [step.wasserstein_nm for step in means if step.wasserstein_nm == step.wasserstein_nm]
    if moved:
        latest = moved[-LATEST_STEPS:]
        told = f"{sum(latest) / len(latest):.2g} nm"
        lines.append(f"one more image moves the distribution of crystallite diameters by {told}")
    return lines + [f"note: {text}" for text in merged.remarks]


def _estimate(title: str, one: "Estimate") -> list[str]:
    if one.estimate != one.estimate:
        return []
    unit = "" if one.unit == "1" or one.quantity.endswith("density") else f" {one.unit}"
    if one.low95 != one.low95:
        return [f"{title}: {one.estimate:.3g}{unit} (too few images for an interval)"]
    return [f"{title}: {one.estimate:.3g}{unit} ({one.low95:.3g} to {one.high95:.3g})"]


def _watch(batch: "Batch", files: Sequence[Path], engine: Engine, speaker: Speaker) -> bool:
    """Analyze files as they come to rest, until interrupted; then merge."""
    from hrtem_core.many import StoppedError, watched

    def look() -> "list[Job]":
        return batch.see(batch.orders.find(files))

    def jobs() -> "Iterator[Job | None]":
        for job in watched(look):
            if job is None or not batch.passes_by(job):
                yield job

    speaker.result(f"watching {' '.join(map(str, files))}; Ctrl+C ends it")
    try:
        _work(batch, jobs(), engine.start(2 * n_cores()), speaker)
    except KeyboardInterrupt:  # the way to end it
        pass
    except StoppedError as end:
        _say_how_it_ended(batch, str(end), speaker)
        return False
    except BaseException:
        _say_how_it_ended(batch, "", speaker)
        raise
    failed = batch.end()
    speaker.result(f"{_what_was_done(batch, failed)}. {GOES_ON}")
    if batch.tally.n_over:
        _merge(batch.orders.out, speaker)
    return not batch.tally.n_failed


def merge_results(out: Path, as_csv: bool, quiet: bool) -> None:
    """Make the dataset of all results in a folder again, and say what it is."""
    from hrtem_core.exports import sweep
    from hrtem_core.many import merge

    sweep(out)
    for line in in_words(merge(out, as_csv)):
        Speaker(quiet).result(line)
