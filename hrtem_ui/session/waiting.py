"""Products taken from caches, and what someone who waits is told: which stage runs, how long the rest takes.

How long a stage takes is known from the last time that it ran on this host, per pixel; until then an ordinary
analysis is assumed.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from hrtem_core.stages import STAGES, Stage
from hrtem_ui.session.budget import Budget
from hrtem_ui.session.leaving import asked, clear, is_kept

Timed = tuple[object, float]
"""A product, and the seconds it took when it was made."""

Tell = Callable[[str, float], None]
"""Told what is being done, and the seconds that all the rest will take."""

ORDINARY_S_PER_PX = 1.5e-6
"""Of all stages together, on two cores."""

TOLD_S, AWAITED_S = 0.1, 0.7
"""What takes less by itself, or with all the rest, is over before it is read, and saying so takes time."""

NEWS = 0.5
"""How much of a stage's pace follows from the last time alone."""


def tell_nobody(doing: str, seconds_left: float) -> None:
    """For those who do not ask."""


@dataclass(eq=False)
class Pace:
    """How long stages take on this host.

    Parameters
    ----------
    seconds_per_px
        By the name of the stage, for every pixel of the micrograph.
    """

    seconds_per_px: dict[str, float] = field(
        default_factory=lambda: {stage.name: stage.share * ORDINARY_S_PER_PX for stage in STAGES}
    )

    def note(self, stage: Stage, seconds: float, n_pixels: int) -> None:
        """Note how long a stage took."""
        before = self.seconds_per_px[stage.name]
        self.seconds_per_px[stage.name] = (1 - NEWS) * before + NEWS * seconds / n_pixels

    def seconds(self, stages: Sequence[Stage], n_pixels: int) -> float:
        """How long these stages will take together."""
        return n_pixels * sum(self.seconds_per_px[stage.name] for stage in stages)


PACE = Pace()


class Lately:
    """The keys that a cache holds, if nobody has emptied it.

    Parameters
    ----------
    n_entries
        How many entries the cache keeps: those asked for last.
    """

    def __init__(self, n_entries: int) -> None:
        self._n_entries = n_entries
        self._keys: dict[Hashable, None] = {}

    def note(self, key: Hashable) -> None:
        """Note that a key was asked for."""
        self._keys.pop(key, None)
        self._keys[key] = None
        for oldest in list(self._keys)[: -self._n_entries]:
            self._keys.pop(oldest, None)

    def forget(self, key: Hashable) -> None:
        """Note that a key is no longer there."""
        self._keys.pop(key, None)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._keys


@dataclass(eq=False)
class Remember:
    """Takes every product from its cache where it is there.

    Parameters
    ----------
    keys
        Of the stages, by product.
    caches
        Cached functions that make what they are given, by product.
    lately
        What they hold.
    n_pixels
        Of the micrograph.
    tell
        Told what has to be made, and how long that and the rest will take.
    budget, shared
        Of the products that are shared, and which these are; those that it says have to go are forgotten.
    seconds
        Time each stage took when its product was made.
    """

    keys: dict[str, str]
    caches: Mapping[str, Callable[[str, Callable[[], object]], Timed]]
    lately: Mapping[str, Lately]
    n_pixels: int
    tell: Tell = tell_nobody
    budget: Budget | None = None
    shared: Collection[str] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: Stage, make: Callable[[], object]) -> object:
        """The product of the stage."""
        key, is_new = self.keys[stage.product], self._is_new(stage)
        if is_new:
            rest = [one for one in STAGES[STAGES.index(stage) :] if self._is_new(one)]
            own, left = PACE.seconds([stage], self.n_pixels), PACE.seconds(rest, self.n_pixels)
            if own >= TOLD_S and left >= AWAITED_S:
                self.tell(stage.doing, left)
        product, self.seconds[stage.name] = asked(self.caches[stage.product], key, make)
        self.lately[stage.product].note(key)
        self._keep_within_budget(stage.product, key, product)
        if is_new:
            PACE.note(stage, self.seconds[stage.name], self.n_pixels)
        return product

    def _keep_within_budget(self, kind: str, key: str, product: object) -> None:
        """Forget what has to make room for a product."""
        if self.budget is None or kind not in self.shared:
            return
        seconds = next(self.seconds[stage.name] for stage in STAGES if stage.product == kind)
        for other_kind, other in self.budget.note(kind, key, product, seconds):
            self.lately[other_kind].forget(other)
            clear(self.caches[other_kind], other, None)

    def is_new(self, product: str) -> bool:
        """Whether a product has to be made, as far as one knows."""
        return any(self._is_new(stage) for stage in STAGES if stage.product == product)

    def _is_new(self, stage: Stage) -> bool:
        """Whether a product has to be made, as far as one knows."""
        key = self.keys[stage.product]
        return key not in self.lately[stage.product] or not is_kept(self.caches[stage.product], key)
