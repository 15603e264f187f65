"""What a visitor leaves on the server, and when it goes: uploads once opened, results soon after they left.

Streamlit keeps an upload as long as its page is open, results in caches common to all, and a visit that has
ended until another one ends. None of that is asked for here, so it is tidied up.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, ParamSpec, TypeVar

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from hrtem_ui.session import host

GRACE_S, LOOK_S = 300.0, 60.0
"""Results go so many seconds after a visit has ended, and that is looked for so often."""

MAX_ENTRIES = 1000
"""Remembered for each visit."""

P = ParamSpec("P")
T = TypeVar("T")

Entry = tuple[Callable[..., Any], tuple[Hashable, ...]]
"""A cached function, and the arguments it was asked with."""


def visit() -> str:
    """What Streamlit calls this visit: one page in one browser, from its opening to its end."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def is_here(one: str) -> bool:
    """Whether the page of a visit is still open."""
    return runtime.exists() and runtime.get_instance().is_active_session(one)


class Entries:
    """Which results were asked for in which visit, to forget those that no visit asks for any more.

    Parameters
    ----------
    is_here
        Whether a visit goes on.
    """

    def __init__(self, is_here: Callable[[str], bool] = is_here) -> None:
        self._is_here = is_here
        self._lock = threading.Lock()
        self._seen_s: dict[str, float] = {}
        self._asked: dict[str, dict[Entry, None]] = {}
        self._n_new = 0

    def were_asked_for(self) -> bool:
        """Whether any result was, since this was last asked."""
        with self._lock:
            n_new, self._n_new = self._n_new, 0
        return n_new > 0

    def note(self, one: str, entry: Entry) -> None:
        """Note that a visit has asked for a result."""
        with self._lock:
            self._seen_s[one] = time.monotonic()
            self._n_new += 1
            entries = self._asked.setdefault(one, {})
            entries.pop(entry, None)
            entries[entry] = None
            if len(entries) > MAX_ENTRIES:  # the caches have long dropped it
                del entries[next(iter(entries))]

    def is_kept(self, entry: Entry) -> bool:
        """Whether a visit has asked for a result, so that it was not forgotten."""
        with self._lock:
            return any(entry in entries for entries in self._asked.values())

    def n_visits(self) -> int:
        """How many visits' results are kept."""
        with self._lock:
            return len(self._asked)

    def sweep(self) -> int:
        """Forget the results of visits that ended `GRACE_S` ago; how many."""
        with self._lock:
            now = time.monotonic()
            for one in self._seen_s:
                if self._is_here(one):
                    self._seen_s[one] = now
            gone = [one for one, seen_s in self._seen_s.items() if now - seen_s >= GRACE_S]
            left = [entry for one in gone for entry in self._asked.pop(one)]
            for one in gone:
                del self._seen_s[one]
            wanted = {entry for entries in self._asked.values() for entry in entries}
        forgotten = set(left) - wanted
        for function, arguments in forgotten:
            clear(function, *arguments)
        return len(forgotten)


def clear(function: Callable[..., Any], *arguments: Hashable) -> None:
    """Have Streamlit forget what a cached function gave for these arguments."""
    function.clear(*arguments)  # type: ignore[attr-defined]


ENTRIES = Entries()
_sweeper = threading.Lock()

ALSO_DROPS: list[Callable[[], int]] = []
"""Called when it is tidied up: each drops what else has been left, and says how much."""


def asked(function: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """What a cached function gives, noted as asked for in this visit.

    Parameters
    ----------
    function
        Cached by Streamlit; its last argument is not part of the key.
    arguments
        All of its arguments, by position.
    """
    ENTRIES.note(visit(), (function, (*arguments[:-1], None)))
    if runtime.exists() and _sweeper.acquire(blocking=False):  # the first to ask begins to sweep
        host.keep_what_is_there()
        threading.Thread(target=_sweep_for_ever, daemon=True).start()
    return function(*arguments, **keywords)


def is_kept(function: Callable[..., Any], *arguments: Hashable) -> bool:
    """Whether what a cached function gives was asked for by a visit that goes on.

    Parameters
    ----------
    function
        Cached by Streamlit.
    arguments
        All of its arguments but the last.
    """
    return ENTRIES.is_kept((function, (*arguments, None)))


def _sweep_for_ever() -> None:
    while True:
        time.sleep(LOOK_S)
        if runtime.exists():  # not in tests, between two visits
            sweep()


def sweep() -> None:
    """Forget what nobody can ask for any more, and give its memory back; nothing where nobody has been."""
    forget_ended_visits()
    were_asked_for, n_forgotten = ENTRIES.were_asked_for(), ENTRIES.sweep()
    n_forgotten += sum(drop() for drop in ALSO_DROPS)
    if were_asked_for or n_forgotten:
        host.collect()


def forget_ended_visits() -> None:
    """Have Streamlit drop visits whose time to come back, two minutes, is over.

    It does so itself when the next visit ends, on its own thread; there is no public way to ask for it.
    """
    instance: Any = runtime.get_instance()
    try:
        expire = instance._session_mgr._session_storage._cache.expire
        loop = instance._get_async_objs().eventloop
    except AttributeError:  # another Streamlit: what is left goes when the next visit ends
        return
    loop.call_soon_threadsafe(expire)


def drop_upload(file_id: str) -> None:
    """Have Streamlit drop the bytes of a file that has been opened; its name stays on the page.

    Parameters
    ----------
    file_id
        What Streamlit calls the upload.
    """
    if runtime.exists() and visit():
        uploads: Any = runtime.get_instance().uploaded_file_mgr
        uploads.remove_file(visit(), file_id)
