"""A batch of images: what is done already, what is to be done, when to stop, and what came of it."""

import csv
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hrtem_core.engines import WorkerDied, run
from hrtem_core.errors import UserError
from hrtem_core.exports import summary_in, sweep
from hrtem_core.many.inputs import Found, each_image, find_inputs, natural, stamp_of
from hrtem_core.many.jobs import Asked, Job, plan, shard_of
from hrtem_core.many.ledger import DONE, FAILED, Entry, Ledger, read_ledgers
from hrtem_core.many.one import Outcome, analyze_one, is_as_asked
from hrtem_core.recipe import to_json

FAILURES = "failures.csv"


class StoppedError(UserError):
    """The run was ended before all was tried; the text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """How many images are done, beside what is asked of each.

    Parameters
    ----------
    out
        Folder of all results.
    asked
        Of every image.
    shard
        (I, N): every N-th image only, from the I-th; None for all.
    max_failures
        The run stops after so many; None for never.
    each_image
        Whether every image of a file, such as the frames of a series, is one of its own.
    """

    out: Path
    asked: Asked
    shard: tuple[int, int] | None = None
    max_failures: int | None = None
    each_image: bool = False

    def find(self, given: Sequence[Path]) -> Found:
        """The images that some arguments stand for, as `find_inputs` reads them."""
        found = find_inputs(given, self.out)
        return each_image(found) if self.each_image else found

    @property
    def command(self) -> str:
        """A digest of what tells this run from others: recipe, options, and which shard."""
        asked, saved = self.asked, self.asked.saved
        parts = to_json(saved.recipe, image_of=saved.image_of), asked.pixel_size_nm, asked.extras
        told = repr((*parts, asked.overwrite, self.shard, self.each_image))
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(kw_only=True)
class Tally:
    """What has become of the images so far.

    Parameters
    ----------
    n_all
        How many there are.
    n_earlier
        Results that were there already.
    n_done, n_failed
        In this run.
    """

    n_all: int = 0
    n_earlier: int = 0
    n_done: int = 0
    n_failed: int = 0
    began_s: float = field(default_factory=time.monotonic)

    @property
    def n_over(self) -> int:
        """Images that nothing more will be done to."""
        return self.n_earlier + self.n_done + self.n_failed

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        if outcome.error:
            self.n_failed += 1
        elif outcome.earlier:
            self.n_earlier += 1
        else:
            self.n_done += 1

    def seconds_left(self) -> float | None:
        """How long the rest takes if it goes on as before; None while that is not known."""
        n_worked = self.n_done + self.n_failed
        if not n_worked:
            return None
        return (time.monotonic() - self.began_s) / n_worked * max(self.n_all - self.n_over, 0)


class Batch:
    """One run over many images.

    Parameters
    ----------
    orders
        What is to be done.
    found
        The images.
    alone
        Whether one image by itself leaves nothing but its result.
    """

    def __init__(self, orders: Orders, found: Found, alone: bool = True) -> None:
        self.orders, self.tally = orders, Tally()
        command = orders.command
        self.records = read_ledgers(orders.out, command)
        self.jobs = self._planned(found)
        self.is_one = alone and len(found.inputs) == 1 and not found.problems and not self.records.latest
        self.ledger = Ledger(orders.out, command)
        self.problems = [
            Entry(path=str(one.path), image_id="", status=FAILED, error=one.error) for one in found.problems
        ]

    def _planned(self, found: Found) -> list[Job]:
        orders = self.orders
        jobs = plan(found.inputs, orders.out, orders.asked, self.records.image_ids)
        jobs = shard_of(jobs, *orders.shard) if orders.shard else jobs
        self.tally.n_all += len(jobs)
        if not orders.asked.overwrite:
            return jobs
        # Replacing what this very command replaced before it was cut off would begin at the start each time.
        return [replace(job, again=job.key not in self.records.fresh) for job in jobs]

    def sweep(self) -> int:
        """Tidy up after processes that died at work here; gives how many had."""
        folders = {self.orders.out, *(job.folder.parent for job in self.jobs)}
        return sum(sweep(folder) for folder in sorted(folders))

    def to_do(self) -> list[Job]:
        """The jobs whose results are not known to be there; the others are counted."""
        rest = [job for job in self.jobs if not self._is_done(job)]
        self.tally.n_earlier += len(self.jobs) - len(rest)
        return rest

    def _is_done(self, job: Job) -> bool:
        """Whether the result is there, as far as can be told without reading the pixels."""
        entry = self.records.latest.get(job.key)
        if job.again or entry is None or entry.status != DONE or not entry.sha256:
            return False
        if (entry.n_bytes, entry.modified_ns) != stamp_of(job.path):
            return False
        there = summary_in(job.folder)
        return there is not None and is_as_asked(there, job, entry.sha256)

    def outcomes(
        self, jobs: Iterable[Job | None], executor: Any, do: Callable[[Job], Outcome] = analyze_one
    ) -> Iterator[Outcome | None]:
        """Do jobs, note what becomes of them, and give the outcomes as they come; a None twice a second.

        Raises
        ------
        StoppedError
            If the disk takes nothing more, or too many images failed.
        """
        for problem in self.problems:
            self.tally.n_all += 1
            yield self._noted(Outcome(entry=problem, folder=self.orders.out))
        for outcome in run(jobs, executor, do, _lost):
            yield outcome and self._noted(outcome)

    def _noted(self, outcome: Outcome) -> Outcome:
        self.tally.add(outcome)
        if self.is_one or outcome.is_disk_full:
            return outcome
        try:
            self.ledger.note(outcome.entry)
        except OSError as error:
            reason = error.strerror or error
            raise StoppedError(f"stopped: {self.orders.out} cannot be written: {reason}.") from error
        return outcome

    def check(self, outcome: Outcome) -> None:
        """Raise `StoppedError` if after this outcome nothing more is to be tried."""
        if outcome.is_disk_full and not self.is_one:
            raise StoppedError("stopped: nothing more can be written; make room, or choose another --out.")
        most = self.orders.max_failures
        if most is not None and self.tally.n_failed >= most and self.tally.n_over < self.tally.n_all:
            failures = "a failure" if most == 1 else f"{most} failures"
            raise StoppedError(f"stopped after {failures}, as --max-failures asks.")

    def end(self, cut_off: bool = False) -> list[Entry]:
        """Write down what failed; gives the failures of all runs here that nothing has mended since.

        Parameters
        ----------
        cut_off
            Whether the run did not come to its end: the same command then goes on with it.
        """
        if self.is_one:
            return []
        if not cut_off:
            self.ledger.end()
        failed = sorted(read_ledgers(self.orders.out).failed, key=lambda entry: natural(entry.name))
        write_failures(self.orders.out / FAILURES, failed)
        return failed

    def see(self, found: Found) -> list[Job]:
        """The jobs of images that are there by now."""
        self.records = read_ledgers(self.orders.out, self.orders.command)
        self.tally.n_all = 0
        self.jobs = self._planned(found)
        return self.jobs

    def passes_by(self, job: Job) -> bool:
        """Whether a job's result is there; it is then counted."""
        is_done = self._is_done(job)
        self.tally.n_earlier += is_done
        return is_done

    def is_merged(self) -> bool:
        """Whether nothing has been noted since the results were last merged."""
        try:
            merged_s = (self.orders.out / "merged" / "images.csv").stat().st_mtime
        except OSError:
            return False
        return merged_s > self.records.last_noted_s

    def is_complete(self, found: Found) -> bool:
        """Whether of all images, of other shards too, either the result is there or why it is not."""
        records = read_ledgers(self.orders.out)
        jobs = plan(found.inputs, self.orders.out, self.orders.asked, records.image_ids)
        return all(job.key in records.latest or job.folder.exists() for job in jobs)


def _lost(job: Job, error: BaseException) -> Outcome:
    """The outcome of a job whose worker is gone."""
    n_bytes, modified_ns = stamp_of(job.path)
    if isinstance(error, WorkerDied):
        text = "its process was ended from outside, as by a system out of memory; try it with fewer --jobs."
    else:
        text = f"its worker was lost: {str(error)[:300] or type(error).__name__}"
    entry = Entry(
        path=str(job.path),
        image=-1 if job.image is None else job.image,
        image_id=job.image_id,
        status=FAILED,
        error=text,
        n_bytes=n_bytes,
        modified_ns=modified_ns,
    )
    return Outcome(entry=entry, folder=job.folder)


def _said(failed: Entry) -> str:
    """Why an image failed, and which of its file's it is."""
    return failed.error if failed.which is None else f"image {failed.which}: {failed.error}"


def write_failures(path: Path, failed: Sequence[Entry]) -> None:
    """Write the table of failures, whole or not at all; without failures there is none."""
    if not failed:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with fresh.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("path", "error"))
        writer.writerows((entry.path, _said(entry)) for entry in failed)
    os.replace(fresh, path)
