"""What a browser can have back after a reload: image, recipe and undo history, in this server's memory.

The only way to a work is the random key that the browser keeps; here it is known by its sha256 alone.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from hrtem_core.composition import ElementalMaps
from hrtem_core.image import Micrograph
from hrtem_core.recipe import Recipe
from hrtem_ui.session import host, leaving
from hrtem_ui.session.packed import PackedMicrograph
from hrtem_ui.session.state import Session

HOUR_S = 3600.0

MAX_WORKS, MAX_BYTES, MAX_BYTES_SMALL = 500, 1 << 30, 128 << 20
"""How many works are kept, and how much their pixels may take, on a host with little memory too."""

LEFT_BYTES = 8 << 20
"""On a shared host, how much the packed pixels of works may take whose pages have been closed for `GRACE_S`;
the last one stays."""

LEAST_KEY = 40
"""Characters of a key: `secrets.token_urlsafe(32)` has 43."""


class Owner(NamedTuple):
    """A browser, and one of its tabs: the sha256 of their keys."""

    browser: str
    tab: str


def owner_of(keys: object) -> Owner | None:
    """Whose the keys are that a browser reports; None for one that cannot keep any, or makes them up."""
    match keys:
        case [str(browser), str(tab)] if min(len(browser), len(tab)) >= LEAST_KEY:
            return Owner(*(hashlib.sha256(key.encode()).hexdigest() for key in (browser, tab)))
    return None


@dataclass(frozen=True, eq=False)
class Work:
    """What is kept of a session of a visit; `used_s` is when, in seconds of a monotonic clock."""

    micrograph: Micrograph | PackedMicrograph
    recipe: Recipe
    sample: str
    past: tuple[Recipe, ...]
    future: tuple[Recipe, ...]
    used_s: float
    maps: ElementalMaps | None = None
    visit: str = ""

    @classmethod
    def of(cls, session: Session) -> "Work":
        """The session's work as it is now."""
        past, future = tuple(session.past), tuple(session.future)
        used_s = time.monotonic()
        return cls(
            session.micrograph, session.recipe, session.sample, past, future,
            used_s=used_s, maps=session.maps, visit=leaving.visit(),
        )  # fmt: skip

    def session(self) -> Session:
        """A new session on it."""
        past, future, one = list(self.past), list(self.future), self.micrograph
        micrograph = one.unpacked() if isinstance(one, PackedMicrograph) else one
        return Session(micrograph, self.recipe, sample=self.sample, past=past, future=future, maps=self.maps)

    def packed(self) -> "Work":
        """The same in less memory; a sample's pixels are shared by all and stay as they are."""
        one = self.micrograph
        if self.sample or isinstance(one, PackedMicrograph):
            return self
        return replace(self, micrograph=PackedMicrograph.of(one))

    @property
    def n_bytes(self) -> int:
        """What its pixels take."""
        one = self.micrograph
        return one.n_bytes if isinstance(one, PackedMicrograph) else one.intensity.nbytes


class Works:
    """Works by their owner, those used last at the end; bounded in number, bytes and, if shared, time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: OrderedDict[Owner, Work] = OrderedDict()
        self._here_s: dict[Owner, float] = {}
        self._sweeper: threading.Timer | None = None

    def keep(self, owner: Owner, session: Session) -> None:
        """Keep a session's work in place of the owner's earlier one; a sample as it comes needs none."""
        with self._lock:
            if owner in self._works or not session.is_untouched_sample:
                self._works[owner] = Work.of(session)
                self._works.move_to_end(owner)
                self._here_s[owner] = time.monotonic()
            self._bound()

    def recall(self, owner: Owner) -> Session | None:
        """The tab's work, else the last of its browser, None where there is none."""
        with self._lock:
            self._bound()
            same = (work for other, work in reversed(self._works.items()) if other.browser == owner.browser)
            work = self._works.get(owner) or next(same, None)
        return work.session() if work else None

    def _bound(self) -> None:
        """Drop what is too old, and the oldest of what is too much."""
        limit = MAX_BYTES_SMALL if host.is_small() else MAX_BYTES
        oldest_s = time.monotonic() - keeps_for_s()
        while self._works:
            first = next(iter(self._works.values()))
            if first.used_s > oldest_s and len(self._works) <= MAX_WORKS and self._n_bytes() <= limit:
                break
            self._works.popitem(last=False)
        self._sweep_in_time()

    def tidy_left(self) -> int:
        """Pack the works that were left, on a shared host drop the oldest of too many; how many changed."""
        with self._lock:
            left = {owner: self._works[owner] for owner in self._left()}
        packed = {owner: work.packed() for owner, work in left.items()}  # others need not wait for that
        with self._lock:
            still = [owner for owner, work in left.items() if self._works.get(owner) is work]
            self._works |= {owner: packed[owner] for owner in still}
            dropped = [] if host.is_own() else _too_many(still, packed)
            for owner in dropped:
                del self._works[owner]
        return len(dropped) + sum(packed[owner] is not left[owner] for owner in still)

    def _left(self) -> list[Owner]:
        """Whose pages have been closed for `GRACE_S`, the last one first."""
        now, left = time.monotonic(), list[Owner]()
        self._here_s = {owner: self._here_s[owner] for owner in self._works}
        for owner, work in reversed(self._works.items()):
            if leaving.is_here(work.visit):
                self._here_s[owner] = now
            elif now - self._here_s[owner] >= leaving.GRACE_S:
                left.append(owner)
        return left

    def _n_bytes(self) -> int:
        return _n_bytes(self._works.values())

    def _sweep_in_time(self) -> None:
        """See to it that the oldest work goes when its time is over, even if nobody comes."""
        if self._sweeper is not None or not self._works or math.isinf(keeps_for_s()):
            return
        age_s = time.monotonic() - next(iter(self._works.values())).used_s
        self._sweeper = threading.Timer(max(0.0, keeps_for_s() - age_s), self._sweep)
        self._sweeper.daemon = True
        self._sweeper.start()

    def _sweep(self) -> None:
        with self._lock:
            self._sweeper = None
            self._bound()


def _too_many(owners: Iterable[Owner], works: Mapping[Owner, Work]) -> list[Owner]:
    """The owners, the last one first, whose works take more than `LEFT_BYTES` with the later ones."""
    kept: list[Work] = []
    dropped = list[Owner]()
    for owner in owners:
        if kept and _n_bytes([*kept, works[owner]]) > LEFT_BYTES:
            dropped.append(owner)
        else:
            kept.append(works[owner])
    return dropped


def _n_bytes(works: Iterable[Work]) -> int:
    """Of the pixels; those of a sample are shared by all."""
    images = {id(work.micrograph): work.n_bytes for work in works if not work.sample}
    return sum(images.values())


def keeps_for_s() -> float:
    """How long a work is kept after its last use: on one's own computer as long as the app runs."""
    return math.inf if host.is_own() else HOUR_S


WORKS = Works()
leaving.ALSO_DROPS.append(lambda: WORKS.tidy_left())
