"""`python -m hrtem_core`, and the command `hrtem-domains`."""

import _thread
import signal
import sys
import threading
import warnings
from types import FrameType

INTERRUPTED = 130
AGAIN_S = 0.01


def main() -> int:
    """Run the command line with the arguments of the process; gives its exit status."""
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup's choice stays
            signal.signal(signal.SIGINT, _interrupt)
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # a library's remarks are nothing a caller can mend
        from hrtem_core import cli  # here, so that Ctrl+C is heard while it is imported, too

        return cli.main()
    except KeyboardInterrupt:
        return INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, but not within an import: what is raised there can be lost, as where the
    interpreter forgets the module's lock, and says so and goes on. It is then raised after the import."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            again = threading.Timer(AGAIN_S, _thread.interrupt_main)
            again.daemon = True
            again.start()
            return
        frame = frame.f_back
    signal.default_int_handler(number, frame)


if __name__ == "__main__":
    sys.exit(main())
