"""Stage 3, inverse FFT: candidates far apart are judged side by side, as if one after another."""

from concurrent.futures import Future, ThreadPoolExecutor

from hrtem_core.fringes.pending import Pending
from hrtem_core.fringes.residual import Pursuit, Verdict

EACH = 2
"""So many candidates are judged ahead by each thread."""

FREE, MAX_LOST = 2, 0.25
"""So many verdicts may be lost, and this share of those that counted: then nothing more is judged ahead. In a
small field everything is near, and what is lost is paid for."""


class Ahead:
    """Judges candidates before it is their turn.

    Strategy: threads judge those that are likely to come next, on the residual as it is then, while stronger
    fringes are still being taken out of it. When its turn comes a candidate's verdict counts if nothing has
    changed in what it has read; else it is judged again. So the answer is that of one thread, bit for bit,
    whatever was judged when (optimistic concurrency control: Kung & Robinson 1981,
    doi:10.1145/319566.319567).

    Parameters
    ----------
    pursuit, pending
        Whose residual is looked at, and who waits.
    n
        Threads, this one counted; with one nothing is judged ahead.
    """

    def __init__(self, pursuit: Pursuit, pending: Pending, n: int) -> None:
        self.pursuit, self.pending, self.n_ahead = pursuit, pending, EACH * (n - 1)
        self.kept, self.lost = 0, 0
        """How many verdicts of other threads counted, and how many did not."""
        self._pool = ThreadPoolExecutor(n - 1) if n > 1 else None
        self._jobs: dict[int, Future[Verdict]] = {}

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def verdict(self, candidate: int) -> Verdict:
        """The verdict on a candidate whose turn it is; the others go on with those that come next."""
        if self._pool is not None:
            self._go_on(self._pool, candidate)
        job = self._jobs.pop(candidate, None)
        if job is not None and not job.cancel():
            verdict = job.result()
            if self.pursuit.holds(verdict):
                self.kept += 1
                return verdict
            self.lost += 1
        return self.pursuit.judge(self.pending.trial(candidate))

    def _go_on(self, pool: ThreadPoolExecutor, now: int) -> None:
        """Has the next ones judged, and gives up those who wait no more."""
        for candidate in [one for one, job in self._jobs.items() if one != now and self._is_over(one, job)]:
            self.lost += not self._jobs.pop(candidate).cancel()
        if self.lost > FREE + self.kept * MAX_LOST:
            return
        for candidate in self.pending.likely(now, self.n_ahead):
            if candidate not in self._jobs:
                self._jobs[candidate] = pool.submit(self.pursuit.judge, self.pending.trial(candidate))

    def _is_over(self, candidate: int, job: Future[Verdict]) -> bool:
        """Whether a candidate does not wait any more, or its verdict does not hold."""
        if not self.pending.is_open(candidate):
            return True
        return job.done() and not self.pursuit.holds(job.result())
