"""A folder that fills while one looks: jobs for files that have come to rest."""

import time
from collections.abc import Callable, Iterator, Sequence

from hrtem_core.many.inputs import stamp_of
from hrtem_core.many.jobs import Job

LOOK_S = 2.0
"""Between two looks; a file whose length and time are the same in both rests."""


def watched(look: Callable[[], Sequence[Job]], pause_s: float = LOOK_S) -> Iterator[Job | None]:
    """Jobs for files as they come, without end: each once it rests, and again when it has changed.

    Parameters
    ----------
    look
        Gives the jobs of all files that are there now.
    pause_s
        Time between two looks.

    Yields
    ------
    job
        None while there is nothing to do.
    """
    seen: dict[str, tuple[int, int]] = {}
    given: dict[str, tuple[int, int]] = {}
    looked_s = -pause_s
    while True:
        if time.monotonic() - looked_s < pause_s:
            yield None
            continue
        looked_s = time.monotonic()
        for job in look():
            stamp = stamp_of(job.path)
            rests = seen.get(job.key) == stamp and stamp[0] >= 0
            seen[job.key] = stamp
            if rests and given.get(job.key) != stamp:
                given[job.key] = stamp
                yield job
