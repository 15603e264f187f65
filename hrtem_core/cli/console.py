"""Text for a terminal: one line, nothing hidden in it, and not too often."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE_S = 1.5
"""Progress is told of work that takes longer."""

EVERY_S = 1.0
"""Between two lines of progress."""


def shown(text: str) -> str:
    """The text with "?" for characters that do not show: a file's name may hold commands to the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def one_line(text: str) -> str:
    """The text without line breaks, and without characters that do not show."""
    return shown(" ".join(text.split()))


@dataclass
class Progress:
    """Tells of the stages of one file once it has taken longer than `PATIENCE_S`.

    Parameters
    ----------
    name
        Of the file.
    tell
        Takes a line of text.
    """

    name: str
    tell: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    told: str = ""

    def __call__(self, stage: str, fraction: float) -> None:
        """Take note of a stage and the fraction of the whole analysis that is done."""
        if stage != self.told and time.monotonic() - self.started > PATIENCE_S:
            self.told = stage
            self.tell(f"{self.name}: {stage}, {fraction:.0%}")


@dataclass
class Speaker:
    """Says what becomes of many images: results on stdout, everything else on stderr.

    Parameters
    ----------
    quiet
        Whether to say nothing of what goes well.
    """

    quiet: bool
    _began_s: float = field(default_factory=time.monotonic)
    _last: tuple[float, int] = (0.0, 0)
    _is_open: bool = False

    def result(self, text: str) -> None:
        """Say what was found."""
        if not self.quiet:
            self._close()
            print(shown(text), flush=True)

    def remark(self, name: str, text: str) -> None:
        """Say what a person should know of an image."""
        if not self.quiet:
            self.problem(f"{name}: {text}")

    def problem(self, text: str) -> None:
        """Say what went wrong."""
        self._close()
        print(f"hrtem_core: {one_line(text)}", file=sys.stderr, flush=True)

    def progress(self, text: str, count: int) -> None:
        """Say how far it is, at most once a second: in place on a terminal, elsewhere if there is more."""
        now, is_terminal = time.monotonic(), sys.stderr.isatty()
        if self.quiet or now - self._began_s < PATIENCE_S or now - self._last[0] < EVERY_S:
            return
        if count == self._last[1] and not is_terminal:
            return
        self._last = now, count
        if is_terminal:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._is_open = True
        else:
            print(f"hrtem_core: {text}", file=sys.stderr, flush=True)

    def _close(self) -> None:
        """Wipe the line of progress from a terminal."""
        if self._is_open:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._is_open = False


def duration(seconds: float) -> str:
    """A length of time in one unit, or two."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def counted(n: int, name: str) -> str:
    """A number of things."""
    return f"{n} {name}{'' if n == 1 else 's'}"
