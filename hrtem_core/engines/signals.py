"""What the system tells processes: those at work tidy up, their workers heed only their parent."""

import _thread
import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

AGAIN_S = 0.01
IMPORTING = "<frozen importlib"
"""How the interpreter calls the files of its own import functions."""


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


def hear_ctrl_c() -> None:
    """Let Ctrl+C raise KeyboardInterrupt, but while something is imported only once that is done.

    What is raised within an import can be lost or become another error: the interpreter goes on where it
    forgets a module's lock, extensions made by Cython pass over whatever happens while they set themselves
    up, and a class makes it a RuntimeError where it names its fields.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup's choice stays
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _is_importing(frame):
        again = threading.Timer(AGAIN_S, _thread.interrupt_main)
        again.daemon = True
        again.start()
    else:
        signal.default_int_handler(number, frame)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(IMPORTING):
            return True
        frame = frame.f_back
    return False
