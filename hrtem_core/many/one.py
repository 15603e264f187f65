"""One job done: whatever becomes of it is an outcome, never an exception."""

import errno
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hrtem_core import analysis
from hrtem_core.errors import UserError
from hrtem_core.exports import (
    NothingWrittenError,
    ResultsFolderError,
    check_folder,
    listed_files,
    summary_in,
    write_results,
)
from hrtem_core.image import Micrograph, PixelSize
from hrtem_core.many.inputs import stamp_of
from hrtem_core.many.jobs import Job, difference
from hrtem_core.many.ledger import DONE, FAILED, Entry
from hrtem_core.measures import Totals, measure, scrutiny
from hrtem_core.numerics import load_libraries, use_threads
from hrtem_core.readers import begin_reading, read_apart
from hrtem_core.recipe import Recipe, check_resolution, scaled, to_dict
from hrtem_core.version import VERSION

NOTHING_MORE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Errors of a disk that takes nothing more: the next image would fail in the same way."""

SURPRISE = 1.05
"""A typed pixel size that differs from the file's by more than this factor is told of."""

NO_MEMORY = "needs more memory than there is; choose a region, or bin it (recipe: preparation)."

Tell = Callable[[str], None]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a job.

    Parameters
    ----------
    entry
        For the ledger.
    folder
        Of the result.
    found
        In words, "" where nothing was written.
    remarks
        What to say of the image, warnings included.
    earlier
        Whether the result was there already.
    is_disk_full
        Whether nothing more can be written.
    """

    entry: Entry
    folder: Path
    found: str = ""
    remarks: tuple[str, ...] = ()
    earlier: bool = False
    is_disk_full: bool = False

    @property
    def error(self) -> str:
        """Why it failed, "" where it did not."""
        return self.entry.error


class _Refused(UserError):
    """What is there is not what was asked for, and may not be replaced."""


def get_ready() -> None:
    """Start the process that reads, and meanwhile import what an analysis would import as it goes."""
    begin_reading()
    load_libraries()


def get_ready_beside_others() -> None:
    """The same in a process that shares the cores with others."""
    get_ready()
    use_threads(1)


def analyze_one(job: Job, progress: Progress | None = None, tell: Tell | None = None) -> Outcome:
    """Analyze one image and write its result, unless it is there already.

    Parameters
    ----------
    job
        What to do.
    progress
        Told when a stage begins.
    tell
        Takes remarks as they come; they stand in the outcome too.

    Returns
    -------
    outcome
        Of about 1 kB. Errors stand in it; only what ends the process is raised.
    """
    work = _Work(job, progress, tell or (lambda _: None))
    try:
        return work.outcome(*work.do())
    except UserError as error:
        is_disk_full = isinstance(error, NothingWrittenError)
        return replace(work.failure(str(error)), is_disk_full=is_disk_full)
    except MemoryError:
        return work.failure(NO_MEMORY)
    except OSError as error:
        reason = f"{job.folder} cannot be written: {error.strerror or error}."
        return replace(work.failure(reason), is_disk_full=error.errno in NOTHING_MORE)
    except Exception as error:  # a mistake of ours must cost one image, not a night; it is said as what it is
        return work.failure(f"an error in the program, please report it: {type(error).__name__}: {error}")


@dataclass
class _Work:
    """A job while it is done."""

    job: Job
    progress: Progress | None
    tell: Tell

    def __post_init__(self) -> None:
        self.began_s = time.monotonic()
        self.n_bytes, self.modified_ns = stamp_of(self.job.path)
        self.digest = ""
        self.remarks: list[str] = []

    def remark(self, text: str) -> None:
        self.remarks.append(text)
        self.tell(text)

    def do(self) -> tuple[str, bool]:
        """Read, analyze, write; gives what was found in words, and whether it was there already."""
        job, asked = self.job, self.job.asked
        there = self._see_that_it_may_be_written()
        which = job.recipe
        micrograph = read_apart(job.path, image=which.image, average_frames=which.average_frames)
        self.digest = micrograph.digest
        recipe = job.recipe_for(self.digest)
        if there is not None and is_as_asked(there, job, self.digest):
            return "", True
        if there is not None and not asked.overwrite:
            raise _Refused(_why_not(there, micrograph, recipe, job))
        micrograph, stated = scaled(micrograph, recipe), micrograph.pixel_size
        check_resolution(micrograph, recipe)
        for text in (*micrograph.notes, *asked.notes(micrograph), *_surprises(micrograph, stated)):
            self.remark(f"note: {text}")
        done = analysis.analyze(micrograph, recipe, progress=self.progress)
        if self.progress is not None:
            self.progress("writing", 1.0)
        totals = self._write(done)
        looked_at = scrutiny(done)
        for warning in looked_at.warnings:
            self.remark(f"warning: {warning}")
        return f"{_in_words(totals)}; {looked_at.in_words}", False

    def _see_that_it_may_be_written(self) -> dict[str, Any] | None:
        """The summary of what is there and may count as done, None where nothing does."""
        job = self.job
        if job.is_input_folder:
            raise ResultsFolderError(f"{job.folder} holds images to be analyzed; choose another --out.")
        there = summary_in(job.folder) if os.path.lexists(job.folder) else None
        if there is None or job.asked.overwrite:
            check_folder(job.folder, job.asked.overwrite)
        return None if job.again else there

    def _write(self, done: Any) -> Totals:
        """Write the result; a twin that was faster has written the same."""
        try:
            return write_results(done, self.job.folder, self.job.asked.overwrite, self.job.asked.extras)
        except ResultsFolderError:
            there = summary_in(self.job.folder)
            if there is None or not is_as_asked(there, self.job, self.digest):
                raise
            return measure(done).totals

    def outcome(self, found: str, earlier: bool) -> Outcome:
        return Outcome(
            entry=self._entry(DONE, ""),
            folder=self.job.folder,
            found=found,
            remarks=tuple(self.remarks),
            earlier=earlier,
        )

    def failure(self, error: str) -> Outcome:
        entry = self._entry(FAILED, error)
        return Outcome(entry=entry, folder=self.job.folder, remarks=tuple(self.remarks))

    def _entry(self, status: str, error: str) -> Entry:
        return Entry(
            path=str(self.job.path),
            image=-1 if self.job.image is None else self.job.image,
            image_id=self.job.image_id,
            status=status,
            error=error,
            sha256=self.digest,
            n_bytes=self.n_bytes,
            modified_ns=self.modified_ns,
            seconds=round(time.monotonic() - self.began_s, 3),
        )


def is_as_asked(there: dict[str, Any], job: Job, digest: str) -> bool:
    """Whether a result is what the job would write.

    Parameters
    ----------
    there
        The result's summary.
    job
        What was asked for.
    digest
        Of the micrograph's pixels now.
    """
    recipe = job.recipe_for(digest)
    image = there["image"]
    same_pixels = image.get("sha256") == digest and there["versions"]["hrtem_core"] == VERSION
    if not same_pixels or difference(there["recipe"], _as_json(recipe)):
        return False
    listed = listed_files(there) if "files" in there else frozenset[str]()
    if job.asked.extras and "report.html" not in listed:
        return False
    return listed <= set(os.listdir(job.folder))


@lru_cache(maxsize=8)
def _as_json(recipe: Recipe) -> dict[str, Any]:
    """A recipe as a summary holds it; thousands of images are asked for with the same."""
    tree: dict[str, Any] = json.loads(json.dumps(to_dict(recipe)))
    return tree


def _why_not(there: dict[str, Any], micrograph: Micrograph, recipe: Recipe, job: Job) -> str:
    """Why a result is not what was asked for."""
    version = there["versions"]["hrtem_core"]
    differs = difference(there["recipe"], _as_json(recipe))
    if there["image"].get("sha256") != micrograph.digest:
        reason = f"a result of other pixels ({there['image'].get('name')})"
    elif differs:
        reason = f"a result of another recipe ({differs})"
    elif version != VERSION:
        reason = f"a result of version {version}, this is {VERSION}"
    else:
        reason = "a result that lacks files asked for"
    return f"{job.folder} holds {reason}; choose another --out, or --overwrite."


def _in_words(totals: Totals) -> str:
    counts = {
        "domain": totals.n_domains,
        "crystallite": totals.n_crystallites,
        "d-spacing": totals.n_families,
    }
    found = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items())
    return f"{found}, {100 * totals.crystalline_fraction:.1f} % crystalline"


def _surprises(micrograph: Micrograph, stated: PixelSize | None) -> list[str]:
    """What to say of a pixel size in force that is not the file's."""
    scale = micrograph.pixel_size
    if stated is None or scale is None:
        return []
    if max(scale.mean_nm / stated.mean_nm, stated.mean_nm / scale.mean_nm) < SURPRISE:
        return []
    return [
        f"the file says {stated.mean_nm:.5g} nm per pixel ({stated.origin}), "
        f"but {scale.mean_nm:.5g} nm was given and is used"
    ]
