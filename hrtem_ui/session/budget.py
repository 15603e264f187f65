"""How much the large products of all visitors may take together, and which of them go first."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, is_dataclass

import numpy as np

from hrtem_ui.session import host

MIB = 1 << 20

SMALL_BYTES, SHARED_BYTES, OWN_PART = 256 * MIB, 512 * MIB, 8
"""On a small host; with many visits; with few of them a part of the memory, if that is more."""

FEW_VISITS = 2

LATEST = 2
"""So many products of each kind stay however large they are: the image that is worked on, and one before."""

MAX_DEPTH = 6


def array_bytes(product: object) -> int:
    """Memory of all arrays that a product holds, those that it holds twice counted once."""
    return sum(_arrays_in(product, 0).values())


def _arrays_in(product: object, depth: int) -> dict[int, int]:
    """Bytes of arrays by their identity."""
    if isinstance(product, np.ndarray):
        whole = product.base if isinstance(product.base, np.ndarray) else product
        return {id(whole): whole.nbytes}
    parts: list[object] = []
    if is_dataclass(product):
        parts = [getattr(product, field.name, None) for field in fields(product)]
    elif isinstance(product, (tuple, list)):
        parts = list(product)
    elif isinstance(product, dict):
        parts = list(product.values())
    found: dict[int, int] = {}
    for part in parts if depth < MAX_DEPTH else ():
        found |= _arrays_in(part, depth + 1)
    return found


def most_bytes(n_visits: int) -> int:
    """How much may be kept for so many visits."""
    if host.is_small():
        return SMALL_BYTES
    return SHARED_BYTES if n_visits > FEW_VISITS else max(SHARED_BYTES, host.memory_bytes() // OWN_PART)


@dataclass
class _Kept:
    """A product's kind and size, what it costs to make again per byte, and its worth."""

    kind: str
    n_bytes: int
    s_per_byte: float
    worth: float = 0.0


class Budget:
    """Which products are worth their memory: those that are slow to make again for their size, and in use.

    Each is worth the seconds it takes per byte, on top of what the last one was worth that had to go: so what
    nobody asks for sinks (GreedyDual-Size: P. Cao and S. Irani, USENIX Symposium on Internet Technologies and
    Systems, 1997).

    Parameters
    ----------
    most_bytes
        How much may be kept, asked whenever something is added.
    is_there
        Whether a product, its kind and key given, has not been forgotten for other reasons.
    """

    def __init__(self, most_bytes: Callable[[], int], is_there: Callable[[str, Hashable], bool]) -> None:
        self._most_bytes, self._is_there = most_bytes, is_there
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Hashable], _Kept] = {}
        self._floor = 0.0

    def note(self, kind: str, key: Hashable, product: object, seconds: float) -> list[tuple[str, Hashable]]:
        """Note that a product was asked for; gives kind and key of those that have to go.

        Parameters
        ----------
        kind, key
            Which one it is.
        product, seconds
            Itself, and the time it took when it was made.
        """
        with self._lock:
            kept = self._kept.pop((kind, key), None)
            if kept is None:
                n_bytes = max(1, array_bytes(product))
                kept = _Kept(kind, n_bytes, seconds / n_bytes)
            kept.worth = self._floor + kept.s_per_byte
            self._kept[kind, key] = kept  # at the end: asked for last
            return self._too_many()

    def _too_many(self) -> list[tuple[str, Hashable]]:
        """Drop what is worth least until the others fit."""
        self._kept = {which: kept for which, kept in self._kept.items() if self._is_there(*which)}
        total, limit = sum(kept.n_bytes for kept in self._kept.values()), self._most_bytes()
        gone: list[tuple[str, Hashable]] = []
        for which in sorted(self._droppable(), key=lambda one: self._kept[one].worth):
            if total <= limit:
                break
            kept = self._kept.pop(which)
            total, self._floor = total - kept.n_bytes, max(self._floor, kept.worth)
            gone.append(which)
        return gone

    def _droppable(self) -> list[tuple[str, Hashable]]:
        """All but the last of each kind."""
        of_kind: dict[str, list[tuple[str, Hashable]]] = {}
        for which, kept in self._kept.items():
            of_kind.setdefault(kept.kind, []).append(which)
        return [which for all_of_kind in of_kind.values() for which in all_of_kind[:-LATEST]]
