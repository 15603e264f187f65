"""What the system tells processes: those at work tidy up, their workers heed only their parent."""

import contextlib
import signal
import threading
from collections.abc import Iterator


class ToldToEnd(SystemExit):
    """The system has told this process to end; raised where it works, so that it tidies up.

    Parameters
    ----------
    number
        Of the signal; the exit status is 128 more, as a shell would say it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


def tidy_when_told_to_end() -> None:
    """Let SIGTERM and SIGHUP raise `ToldToEnd` from now on, once; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def told(number: int, _: object) -> None:
        for name in names:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise ToldToEnd(number)

    for name in names:
        if signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:  # nohup's choice stays
            signal.signal(getattr(signal, name), told)


@contextlib.contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """What is started meanwhile never hears Ctrl+C, not even while it starts: its parent says what happens.

    On Windows a process can only be deaf once it is at work.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker  # POSIX only

    resource_tracker.ensure_running()  # as it starts, it lets signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
