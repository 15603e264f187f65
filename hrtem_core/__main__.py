"""`python -m hrtem_core`, and the command `hrtem-domains`."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

INTERRUPTED = 130
AGAIN_S = 0.01
IMPORTING = "<frozen importlib"


def main() -> int:
    """Run the command line with the arguments of the process; gives its exit status."""
    try:
        import warnings  # these and all others here, so that Ctrl+C is heard while they are imported, too

        _hear_ctrl_c()
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # a library's remarks are nothing a caller can mend
        from hrtem_core import cli

        return cli.main()
    except KeyboardInterrupt:
        return INTERRUPTED


def _hear_ctrl_c() -> None:
    """Let Ctrl+C raise KeyboardInterrupt; where it would be lost, a moment later."""
    import _thread
    import signal
    import threading

    def interrupt(number: int, frame: "FrameType | None") -> None:
        if not _is_lost_in(frame):
            signal.default_int_handler(number, frame)
        again = threading.Timer(AGAIN_S, _thread.interrupt_main)
        again.daemon = True
        again.start()

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup's choice stays
        signal.signal(signal.SIGINT, interrupt)


def _is_lost_in(frame: "FrameType | None") -> bool:
    """Whether what is raised there may go nowhere.

    The interpreter's own import functions say so and go on where they forget a module's lock, and extensions
    made by Cython pass over whatever is raised while they set themselves up.
    """
    from importlib.machinery import ExtensionFileLoader

    if frame is not None and frame.f_code.co_filename.startswith(IMPORTING):
        return True
    while frame is not None:
        is_importing = frame.f_code.co_filename.startswith(IMPORTING)
        if is_importing and isinstance(frame.f_locals.get("self"), ExtensionFileLoader):
            return True
        frame = frame.f_back
    return False


if __name__ == "__main__":
    sys.exit(main())
