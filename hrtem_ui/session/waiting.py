"""What someone who waits is told: which stage runs, and how long all of them will take.

How long a stage takes is known from the last time that it ran on this host, per pixel; until then an ordinary
analysis is assumed.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from hrtem_core.analysis import STAGES, Stage

Tell = Callable[[str, float], None]
"""Told what is being done, and the seconds that all the rest will take."""

ORDINARY_S_PER_PX = 1.5e-6
"""Of all stages together, on two cores."""

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

    def __contains__(self, key: Hashable) -> bool:
        return key in self._keys
